"""Refusals on a candidate's path, from the register to the recommendation."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from services.certification.errors.common import RuleBroken
from shared.errors import Conflict, NotAllowed


class FirstModuleMissing(RuleBroken):
    """No other module before the programme's first one [S22]."""

    code = "first-module-missing"

    def __init__(self, trainer: UUID, module: str, first: Collection[str], on: date, allowed: Sequence[str]) -> None:
        wanted = " or ".join(sorted(first)) or "the first module"
        super().__init__(
            f"trainer {trainer} was neither certified in {wanted} nor had completed a cycle in it by {on}, so "
            f"{module} cannot begin",
            field="module",
            rule="first-module-first",
            allowed_actions=allowed,
        )


class ScoreMissing(RuleBroken):
    """The scheme asks for the score of a training of trainers."""

    code = "score-missing"

    def __init__(self, version: int) -> None:
        super().__init__(f"scheme version {version} asks for the score", field="score", rule="required-by-scheme")


class ScoreContradictsOutcome(RuleBroken):
    """The score says one thing, the outcome another."""

    code = "score-contradicts-outcome"

    def __init__(self, score: int, minimum: int, outcome: str, version: int) -> None:
        super().__init__(
            f"a score of {score} is not {outcome}: scheme version {version} asks for at least {minimum}",
            field="outcome",
            rule="minimum-score",
        )


class NotAnExpert(RuleBroken):
    """Only an expert trainer whose certification for the module is active on the day may do this."""

    code = "not-an-expert"

    def __init__(self, field: str, trainer: UUID, module: str, on: date) -> None:
        super().__init__(
            f"trainer {trainer} was not an active expert for {module} on {on}", field=field, rule="active-expert"
        )


class OwnRecommendation(RuleBroken):
    """Nobody recommends themselves."""

    code = "own-recommendation"

    def __init__(self, trainer: UUID) -> None:
        super().__init__(f"trainer {trainer} cannot recommend themselves", field="expert_id", rule=self.code)


class EvidenceMissing(RuleBroken):
    """A recommendation needs a completed training-of-enterprises cycle."""

    code = "evidence-missing"

    def __init__(self, trainer: UUID, module: str, on: date, minimum: int, refused_on: date | None) -> None:
        since = f" that began after the refusal of {refused_on}" if refused_on else ""
        super().__init__(
            f"by {on} trainer {trainer} had no {module} cycle{since} whose enrollments are all completed or "
            f"withdrawn, at least {minimum} of them completed",
            field="recommended_on",
            rule="completed-cycle",
        )


class NotTheSupervisor(RuleBroken):
    """The recommender must have supervised the candidate."""

    code = "not-the-supervisor"

    def __init__(self, expert: UUID, trainer: UUID, module: str) -> None:
        super().__init__(
            f"expert {expert} supervised no completed {module} cycle of trainer {trainer}",
            field="expert_id",
            rule="supervised-a-cycle",
        )


class NotThatExpert(NotAllowed):
    """A trainer's own token recommends in the trainer's own name."""

    code = "not-that-expert"

    def __init__(self, expert: UUID) -> None:
        super().__init__(f"the token does not belong to trainer {expert}", field="expert_id", rule="own-name")


class PartnerNeeded(RuleBroken):
    """A partner's own token registers the partner's own trainers."""

    code = "partner-needed"

    def __init__(self) -> None:
        super().__init__("name your own partner", field="partner_id", rule="partner-scope")


class DuplicateSubject(Conflict):
    """One login stands for one trainer."""

    code = "duplicate-subject"

    def __init__(self, subject: str) -> None:
        super().__init__(f"login {subject} belongs to another trainer", field="subject", rule="unique")


class SchemeRetroactive(Conflict):
    """A case is judged by the version in force when it opened, so a version cannot begin before an opened case."""

    code = "scheme-retroactive"

    def __init__(self, valid_from: date, latest: date) -> None:
        super().__init__(
            f"valid_from {valid_from} is not after {latest}, the last day that an earlier version already governs",
            field="valid_from",
            rule="not-retroactive",
        )


class CertificationInactive(RuleBroken):
    """The step needs a certification that has effect on the day."""

    code = "certification-inactive"

    def __init__(self, field: str, trainer: UUID, module: str, on: date) -> None:
        super().__init__(
            f"the certification of trainer {trainer} in {module} has no effect on {on}",
            field=field,
            rule="active-certification",
        )


class AlreadyExpert(Conflict):
    """One appointment is enough."""

    code = "already-expert"

    def __init__(self, trainer: UUID, module: str, since: date) -> None:
        super().__init__(f"trainer {trainer} is an expert for {module} since {since}", field="module", rule="unique")
