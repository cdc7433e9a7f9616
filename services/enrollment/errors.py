"""What the rules of enrollment refuse, each named after the rule; 422 breaks a rule, 409 collides with a record."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from shared.errors import Conflict, FieldError, ScorebookError


class RuleBroken(ScorebookError):
    """A rule of the programme refuses the request as it is."""

    title = "A rule of the programme is broken"


class PolicyNotWhole(RuleBroken):
    """A policy contradicts itself; `rule` says how."""

    code = "policy-not-whole"

    def __init__(self, field: str, rule: str, sentence: str) -> None:
        super().__init__(sentence, field=field, rule=rule)


class PolicyNotLater(RuleBroken):
    """A policy version comes into force no later than the one before it."""

    code = "policy-not-later"

    def __init__(self, valid_from: date, last: date) -> None:
        super().__init__(f"{valid_from} is not after {last}, when the last version came into force", field="valid_from")


class NoPolicyInForce(RuleBroken):
    """The programme had no policy on that day."""

    code = "no-policy-in-force"

    def __init__(self, programme: str, day: date, field: str) -> None:
        super().__init__(f"programme {programme} has no policy in force on {day}", field=field)


class RegionNotEligible(RuleBroken):
    """The policy in force does not name the region."""

    code = "region-not-eligible"

    def __init__(self, region: str, version: int) -> None:
        super().__init__(f"region {region} is not in policy version {version}", field="region")


class SectorNotEligible(RuleBroken):
    """The policy in force does not name the sector."""

    code = "sector-not-eligible"

    def __init__(self, sector: str, version: int) -> None:
        super().__init__(f"sector {sector} is not in policy version {version}", field="sector")


class UnknownModule(RuleBroken):
    """The policy in force does not offer the module."""

    code = "unknown-module"

    def __init__(self, module: str, version: int) -> None:
        super().__init__(f"module {module} is not in the catalogue of policy version {version}", field="module")


class HeadcountOutsideWindow(RuleBroken):
    """The enterprise is too small or too large for the policy in force; names both head-counts."""

    code = "headcount-outside-window"

    def __init__(self, headcount: int, minimum: int, maximum: int, fields: Sequence[str]) -> None:
        super().__init__(f"{headcount} workers are outside the window of {minimum} to {maximum}")
        self.errors = tuple(FieldError(field, self.code, self.detail) for field in fields)


class TaxIdMalformed(RuleBroken):
    """A tax id is 3 to 32 letters and digits once spaces, dots and dashes are gone."""

    code = "tax-id-malformed"

    def __init__(self) -> None:
        super().__init__(
            "a tax id is 3 to 32 letters A-Z and digits; spaces, dots and dashes do not count", field="tax_id"
        )


class DateInFuture(RuleBroken):
    """What has happened has a date up to today."""

    code = "date-in-future"

    def __init__(self, field: str, day: date, today: date) -> None:
        super().__init__(f"{field} {day} is after today, {today}", field=field)


class TooEarly(RuleBroken):
    """A date comes before one it has to follow."""

    code = "too-early"

    def __init__(self, field: str, day: date, earliest: date, because: str) -> None:
        super().__init__(f"{field} {day} is before {earliest}, {because}", field=field)


class TooLate(RuleBroken):
    """A date comes after one it has to precede."""

    code = "too-late"

    def __init__(self, field: str, day: date, latest: date, because: str) -> None:
        super().__init__(f"{field} {day} is after {latest}, {because}", field=field)


class TrainingTooShort(RuleBroken):
    """Every classroom day needs a day of its own."""

    code = "training-too-short"

    def __init__(self, days: int, classroom_days: int) -> None:
        super().__init__(f"{classroom_days} classroom days do not fit into {days} day(s)", field="ends_on")


class TrainerNotCertified(RuleBroken):
    """No certification of the trainer for the module is active on the day."""

    code = "trainer-not-certified"

    def __init__(self, trainer: UUID, module: str, day: date, field: str) -> None:
        super().__init__(f"trainer {trainer} has no active certification for {module} on {day}", field=field)


class CandidateWithoutTot(RuleBroken):
    """The candidate had not passed the training of trainers of the module by the day."""

    code = "candidate-without-tot"

    def __init__(self, trainer: UUID, module: str, day: date, field: str) -> None:
        super().__init__(f"trainer {trainer} had not passed the training of trainers of {module} by {day}", field=field)


class ExpertNotCertified(RuleBroken):
    """No expert certification of the supervisor for the module is active on the day."""

    code = "expert-not-certified"

    def __init__(self, trainer: UUID, module: str, day: date) -> None:
        super().__init__(
            f"trainer {trainer} has no active expert certification for {module} on {day}",
            field="supervising_expert_id",
        )


class ExpertMissing(RuleBroken):
    """A candidate leads only under a named expert."""

    code = "expert-missing"

    def __init__(self) -> None:
        super().__init__("a candidate leads only under a supervising expert", field="supervising_expert_id")


class OnlyForCandidates(RuleBroken):
    """Supervision and co-candidates belong to a training led by a candidate."""

    code = "only-for-candidates"

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} is only for a training led by a candidate", field=field)


class SamePersonTwice(RuleBroken):
    """One person has one part in a training, and is present once in a session."""

    code = "same-person-twice"

    def __init__(self, person: UUID | str, field: str) -> None:
        super().__init__(f"{person} is named twice", field=field)


class ParentNotNational(RuleBroken):
    """A regional chamber stands under the programme's national partner."""

    code = "parent-not-national"

    def __init__(self, sentence: str, field: str = "parent_id") -> None:
        super().__init__(sentence, field=field)


class OtherPartnersEnterprise(RuleBroken):
    """An enterprise is trained by its own partner."""

    code = "other-partners-enterprise"

    def __init__(self, enterprise: UUID) -> None:
        super().__init__(f"enterprise {enterprise} belongs to another partner than the training", field="enterprise_id")


class FirstModuleMissing(RuleBroken):
    """No module before the first one is completed."""

    code = "first-module-missing"

    def __init__(self, enterprise: UUID, day: date) -> None:
        super().__init__(f"enterprise {enterprise} had not completed the first module by {day}", field="enterprise_id")


class BaselineMissing(RuleBroken):
    """No first module before a completed baseline."""

    code = "baseline-missing"

    def __init__(self, enterprise: UUID, day: date, field: str) -> None:
        super().__init__(f"enterprise {enterprise} had no completed baseline by {day}", field=field)


class DayOutsideTemplate(RuleBroken):
    """The module has fewer classroom days."""

    code = "day-outside-template"

    def __init__(self, day: int, classroom_days: int) -> None:
        super().__init__(f"day {day} is not one of the {classroom_days} classroom days", field="day")


class NotEnrolled(RuleBroken):
    """Only people of enterprises with an active enrollment in the training are present."""

    code = "not-enrolled"

    def __init__(self, enterprise: UUID, field: str) -> None:
        super().__init__(f"enterprise {enterprise} has no active enrollment in this training", field=field)


class SeatsExceeded(RuleBroken):
    """An enterprise sends no more people of a level than it has seats, over all classroom days."""

    code = "seats-exceeded"

    def __init__(self, enterprise: UUID, level: str, persons: int, seats: int) -> None:
        super().__init__(
            f"enterprise {enterprise} sends {persons} {level}s to {seats} {level} seat(s)", field="attendances"
        )


class VisitOutsidePlan(RuleBroken):
    """The plan has fewer visits."""

    code = "visit-outside-plan"

    def __init__(self, number: int, planned: int) -> None:
        super().__init__(f"visit {number} is not one of the {planned} planned", field="number")


class VisitOutOfOrder(RuleBroken):
    """Visit n comes after visit n-1."""

    code = "visit-out-of-order"

    def __init__(self, number: int) -> None:
        super().__init__(f"visit {number} needs visit {number - 1} done before", field="number")


class CostNotPossible(RuleBroken):
    """A cost is not negative and in the programme's currency; `rule` says which."""

    code = "cost-not-possible"

    def __init__(self, rule: str, sentence: str, field: str) -> None:
        super().__init__(sentence, field=field, rule=rule)


class ProgrammeExists(Conflict):
    """A programme is defined once; later versions of its policy follow."""

    code = "programme-exists"

    def __init__(self, programme: str) -> None:
        super().__init__(f"programme {programme} is already defined; add a policy version", field="programme")


class NationalPartnerExists(Conflict):
    """A programme has one national partner."""

    code = "national-partner-exists"

    def __init__(self, existing: UUID) -> None:
        super().__init__(f"the programme already has the national partner {existing}", field="kind")


class DuplicatePartner(Conflict):
    """Two partners of a programme do not share a name."""

    code = "duplicate-partner"

    def __init__(self, name: str) -> None:
        super().__init__(f"a partner named {name} is already registered", field="name")


class DuplicateEnterprise(Conflict):
    """A tax id is registered once in a programme; names the existing enterprise only to those who may see it."""

    code = "duplicate-enterprise"

    def __init__(self, tax_id: str, existing: UUID | None) -> None:
        named = f" as enterprise {existing}" if existing is not None else ""
        super().__init__(f"tax id {tax_id} is already registered{named}", field="tax_id")


class TrainingFull(Conflict):
    """Every place of the training is taken."""

    code = "training-full"

    def __init__(self, training: UUID, places: int) -> None:
        super().__init__(f"all {places} places of training {training} are taken", field="training_id")


class AlreadyInTraining(Conflict):
    """An enterprise is enrolled once in a training."""

    code = "already-in-training"

    def __init__(self, enrollment: UUID) -> None:
        super().__init__(f"the enterprise is in this training by enrollment {enrollment}", field="enterprise_id")


class ModuleAlreadyTaken(Conflict):
    """An enterprise takes a module once, unless it withdrew."""

    code = "module-already-taken"

    def __init__(self, module: str, enrollment: UUID) -> None:
        super().__init__(f"the enterprise takes {module} by enrollment {enrollment}", field="enterprise_id")


class SessionAlreadyHeld(Conflict):
    """A classroom day is held once."""

    code = "session-already-held"

    def __init__(self, day: int, held_on: date) -> None:
        super().__init__(f"day {day} was held on {held_on}", field="day")


class ParticipantContradicted(Conflict):
    """A participant keeps sex and level as first recorded."""

    code = "participant-contradicted"

    def __init__(self, participant: str, recorded: str, given: str, field: str) -> None:
        super().__init__(f"participant {participant} is recorded as {recorded}, not {given}", field=field)


class VisitAlreadyDone(Conflict):
    """A visit is done once."""

    code = "visit-already-done"

    def __init__(self, number: int, visited_on: date) -> None:
        super().__init__(f"visit {number} was done on {visited_on}", field="number")


class ClassroomNotFinished(Conflict):
    """Visits and completion come after all classroom days."""

    code = "classroom-not-finished"

    def __init__(self, held: int, classroom_days: int) -> None:
        super().__init__(
            f"{held} of {classroom_days} classroom days are held",
            field="enrollment_id",
            allowed_actions=("record-session", "withdraw"),
        )


class NeverPresent(Conflict):
    """Nobody of the enterprise was in the classroom."""

    code = "never-present"

    def __init__(self, enrollment: UUID) -> None:
        super().__init__(
            f"nobody of enrollment {enrollment} was present on a classroom day",
            field="enrollment_id",
            allowed_actions=("withdraw",),
        )


class VisitsOutstanding(Conflict):
    """Completion comes after all planned visits."""

    code = "visits-outstanding"

    def __init__(self, done: int, planned: int) -> None:
        super().__init__(
            f"{done} of {planned} planned visits are done",
            field="enrollment_id",
            allowed_actions=("record-visit", "abort-visit", "withdraw"),
        )


class CertificateUnknown(Conflict):
    """A certification event speaks of a certificate that was never issued here; a person has to look."""

    code = "certificate-unknown"

    def __init__(self, trainer: UUID, module: str, number: str) -> None:
        super().__init__(f"trainer {trainer} has no certificate {number} for {module}", field="certificate_number")
