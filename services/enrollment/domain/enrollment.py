"""An enterprise's place in a training: taken, completed or given up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.enrollment.domain.dates import require_from, require_happened, require_until
from services.enrollment.domain.training import Training
from services.enrollment.errors.enrollment import (
    AlreadyInTraining,
    ClassroomNotFinished,
    FirstModuleMissing,
    ModuleAlreadyTaken,
    NeverPresent,
    OtherPartnersEnterprise,
    TrainingFull,
    VisitsOutstanding,
)
from shared.errors import RefusedTransition


class EnrollmentStatus(StrEnum):
    """Active until it is completed or withdrawn; both are final."""

    ACTIVE = "active"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Enrollment:
    """A place in a training."""

    id: UUID
    programme: str
    training_id: UUID
    enterprise_id: UUID
    partner_id: UUID
    module: str
    enrolled_on: date
    status: EnrollmentStatus


@dataclass(frozen=True, slots=True)
class Standing:
    """What an enterprise has behind it when it asks for a place in a training.

    `in_training`: its enrollment in this training, whatever became of it. `in_module`: its enrollment in the module
    that was not withdrawn. `first_completed_on`: when it first completed a first module.
    """

    enterprise_id: UUID
    partner_id: UUID
    registered_on: date
    in_training: UUID | None
    in_module: UUID | None
    first_completed_on: date | None


def require_place(training: Training, standing: Standing, *, enrolled_on: date, today: date, taken: int) -> None:
    """Raise unless the enterprise may take a place; `taken` counts the enrollments that were not withdrawn.

    Raises OtherPartnersEnterprise, DateInFuture, TooEarly, TooLate, AlreadyInTraining, ModuleAlreadyTaken,
    FirstModuleMissing or TrainingFull. Source of the rules: architecture section 8, second item.
    """
    if standing.partner_id != training.partner_id:
        raise OtherPartnersEnterprise(standing.enterprise_id)
    require_happened("enrolled_on", enrolled_on, today=today)
    require_from("enrolled_on", enrolled_on, standing.registered_on, "the enterprise's registration")
    require_until("enrolled_on", enrolled_on, training.starts_on, "the first day of the training")
    if standing.in_training is not None:
        raise AlreadyInTraining(standing.in_training)
    if standing.in_module is not None:
        raise ModuleAlreadyTaken(training.module, standing.in_module)
    first = standing.first_completed_on
    if not training.is_first and (first is None or first > training.starts_on):
        raise FirstModuleMissing(standing.enterprise_id, training.starts_on)
    if taken >= training.template.max_enterprises:
        raise TrainingFull(training.id, training.template.max_enterprises)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an enrollment has come: classroom days held, those somebody of the enterprise attended, visits done."""

    held: Mapping[int, date]
    attended: Mapping[int, date]
    visits_done: Mapping[int, date]
    last_attempt_on: date | None = None

    @property
    def last_seen_on(self) -> date | None:
        """The last day anything happened with the enterprise."""
        days = [*self.attended.values(), *self.visits_done.values()]
        if self.last_attempt_on is not None:
            days.append(self.last_attempt_on)
        return max(days, default=None)


def require_active(enrollment: Enrollment, action: str) -> None:
    """Raise RefusedTransition unless the enrollment is active: completed and withdrawn are final."""
    if enrollment.status is not EnrollmentStatus.ACTIVE:
        raise RefusedTransition("enrollment", enrollment.id, enrollment.status.value, action, ())


def require_classroom_finished(training: Training, progress: Progress) -> None:
    """Raise ClassroomNotFinished until every classroom day is held."""
    if len(progress.held) < training.template.classroom_days:
        raise ClassroomNotFinished(len(progress.held), training.template.classroom_days)


def require_completable(
    enrollment: Enrollment, training: Training, progress: Progress, *, completed_on: date, today: date
) -> None:
    """Raise unless the enterprise has finished the module.

    Raises RefusedTransition, ClassroomNotFinished, NeverPresent, VisitsOutstanding, DateInFuture or TooEarly.
    """
    require_active(enrollment, "complete")
    require_classroom_finished(training, progress)
    if not progress.attended:
        raise NeverPresent(enrollment.id)
    if len(progress.visits_done) < training.template.planned_visits:
        raise VisitsOutstanding(len(progress.visits_done), training.template.planned_visits)
    require_happened("completed_on", completed_on, today=today)
    require_from("completed_on", completed_on, max(progress.visits_done.values()), "the last visit")


def require_withdrawable(enrollment: Enrollment, progress: Progress, *, withdrawn_on: date, today: date) -> None:
    """Raise unless the enterprise may leave: RefusedTransition, DateInFuture or TooEarly."""
    require_active(enrollment, "withdraw")
    require_happened("withdrawn_on", withdrawn_on, today=today)
    require_from("withdrawn_on", withdrawn_on, enrollment.enrolled_on, "the day of enrollment")
    require_from("withdrawn_on", withdrawn_on, progress.last_seen_on, "the last session or visit of the enterprise")
