"""What the scheduling of trainings refuses."""

from datetime import date
from uuid import UUID

from services.enrollment.errors import RuleBroken
from shared.errors import Conflict


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


class CertificateUnknown(Conflict):
    """A certification event speaks of a certificate that was never issued here; a person has to look."""

    code = "certificate-unknown"

    def __init__(self, trainer: UUID, module: str, number: str) -> None:
        super().__init__(f"trainer {trainer} has no certificate {number} for {module}", field="certificate_number")
