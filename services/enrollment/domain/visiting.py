"""Visits to an enterprise after the classroom: the plan, what was done, what was in vain."""

from datetime import date
from enum import StrEnum

from services.enrollment.domain.certification import TrainerFacts
from services.enrollment.domain.dates import require_from, require_happened
from services.enrollment.domain.enrollment import Enrollment, Progress, require_active, require_classroom_finished
from services.enrollment.domain.training import Training
from services.enrollment.errors.delivery import CostNotPossible, VisitAlreadyDone, VisitOutOfOrder, VisitOutsidePlan
from services.enrollment.errors.training import TrainerNotCertified
from shared.money import Money


class VisitOutcome(StrEnum):
    """Done, or an attempt in vain: no entry, workers not released (score.md 7, item 12)."""

    DONE = "done"
    ABORTED = "aborted"


def require_attempt(
    enrollment: Enrollment, training: Training, progress: Progress, *, number: int, field: str, day: date, today: date
) -> None:
    """Raise unless attempt at visit `number` on `day` follows what is recorded; `field` names the date.

    Raises RefusedTransition, ClassroomNotFinished, VisitOutsidePlan, VisitAlreadyDone, VisitOutOfOrder, DateInFuture or
    TooEarly.
    """
    require_active(enrollment, "record-visit")
    require_classroom_finished(training, progress)
    if not 1 <= number <= training.template.planned_visits:
        raise VisitOutsidePlan(number, training.template.planned_visits)
    if number in progress.visits_done:
        raise VisitAlreadyDone(number, progress.visits_done[number])
    if number > 1 and number - 1 not in progress.visits_done:
        raise VisitOutOfOrder(number)
    require_happened(field, day, today=today)
    require_from(field, day, max(progress.held.values()), "the last classroom day")
    require_from(field, day, max(progress.visits_done.values(), default=None), "the visit before")
    require_from(field, day, progress.last_attempt_on, "the last attempt")


def require_visitor(training: Training, trainer: TrainerFacts, day: date) -> None:
    """Raise TrainerNotCertified unless the visitor is of the training's team or certified for its module that day."""
    if trainer.trainer_id not in training.leadership.team and not trainer.may_lead(day):
        raise TrainerNotCertified(trainer.trainer_id, training.module, day, "trainer_id")


def require_cost(cost: Money | None, currency: str) -> None:
    """Raise CostNotPossible when the cost of an attempt is negative or in another currency than the programme's."""
    if cost is None:
        return
    if cost.minor < 0:
        raise CostNotPossible("not-negative", f"a cost of {cost} is negative", "cost.amount")
    if cost.currency != currency:
        raise CostNotPossible("programme-currency", f"the programme counts in {currency}", "cost.currency")
