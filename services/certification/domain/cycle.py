"""A training-of-enterprises (ToE) cycle: a training led by a candidate under an expert, as evidence."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID


class EnrollmentOutcome(StrEnum):
    """How an enterprise's place in a training ended."""

    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class CycleEnrollment:
    """One enterprise in a cycle; without outcome it is still being served."""

    enrollment_id: UUID
    enterprise_id: UUID
    enrolled_on: date
    outcome: EnrollmentOutcome | None
    closed_on: date | None
    event_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Cycle:
    """A training the candidate led or co-led; `event_ids` are the events it was learnt from."""

    training_id: UUID
    module: str
    expert_id: UUID | None
    starts_on: date
    ends_on: date
    enrollments: tuple[CycleEnrollment, ...]
    event_ids: tuple[UUID, ...] = ()

    def completed_on(self, minimum: int) -> date | None:
        """Return the day the cycle was complete, or None while it is not.

        Complete: every enrollment is completed or withdrawn and at least `minimum` are completed. The day is that of
        the last classroom day or of the last enrollment that ended, whichever is later.
        """
        completed = sum(1 for one in self.enrollments if one.outcome is EnrollmentOutcome.COMPLETED)
        closings = [one.closed_on for one in self.enrollments if one.closed_on is not None]
        if completed < max(minimum, 1) or len(closings) < len(self.enrollments):
            return None
        return max([self.ends_on, *closings])


def evidence(
    cycles: Iterable[Cycle], *, passed_on: date | None, refused_on: date | None, by: date, minimum: int
) -> tuple[Cycle, ...]:
    """Return the cycles that speak for a candidate on the day `by`, oldest first.

    A cycle counts when it began on or after the day the training of trainers was passed, after the last refusal if
    there was one (a refusal asks for a further cycle), and was complete by `by`.
    """
    found = [
        cycle
        for cycle in cycles
        if (passed_on is None or cycle.starts_on >= passed_on)
        and (refused_on is None or cycle.starts_on > refused_on)
        and (done := cycle.completed_on(minimum)) is not None
        and done <= by
    ]
    return tuple(sorted(found, key=lambda cycle: (cycle.starts_on, cycle.training_id)))


def has_completed(cycles: Sequence[Cycle], modules: Iterable[str], *, by: date, minimum: int) -> bool:
    """Tell whether a cycle in one of `modules` was complete by `by`."""
    wanted = frozenset(modules)
    return any(
        cycle.module in wanted and (done := cycle.completed_on(minimum)) is not None and done <= by for cycle in cycles
    )
