"""Assessments: one baseline per enterprise, then progress assessments and one endline per enrollment."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.assessment.domain.days import not_before
from services.assessment.errors import BaselineExists, BaselineMissing, EndlineExists, EnrollmentLeft
from shared.events.vocabulary import AssessmentKind


class EnrollmentState(StrEnum):
    """How far an enterprise is with a training."""

    ACTIVE = "active"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Enrollment:
    """An enterprise's place in a training, as enrollment told it."""

    id: UUID
    enterprise_id: UUID
    partner_id: UUID
    training_id: UUID
    state: EnrollmentState
    withdrawn_on: date | None

    def require_live(self, field: str) -> None:
        """Refuse what hangs on a training the enterprise left; raises EnrollmentLeft."""
        if self.withdrawn_on is not None:
            raise EnrollmentLeft(self.id, self.withdrawn_on, field)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An assessment that stands."""

    id: UUID
    assessed_on: date


def decide_baseline(enterprise_id: UUID, existing: Recorded | None) -> None:
    """Allow an enterprise its first baseline; raises BaselineExists."""
    if existing is not None:
        raise BaselineExists(enterprise_id, existing.id)


def decide_follow_up(
    kind: AssessmentKind,
    enrollment: Enrollment,
    training_starts_on: date,
    baseline: Recorded | None,
    endline: Recorded | None,
    assessed_on: date,
) -> Recorded:
    """Allow a progress assessment or the one endline of an enrollment and return the baseline it is compared with.

    Raises EnrollmentLeft, BaselineMissing, DateBefore (training, baseline) or EndlineExists.
    """
    enrollment.require_live("enrollment_id")
    if baseline is None:
        raise BaselineMissing(enrollment.enterprise_id)
    not_before("assessed_on", assessed_on, training_starts_on, "the first day of the training")
    not_before("assessed_on", assessed_on, baseline.assessed_on, "the baseline")
    if kind is AssessmentKind.ENDLINE and endline is not None:
        raise EndlineExists(enrollment.id, endline.id)
    return baseline
