"""Reminders: schedules, runs, letters and pauses."""

from datetime import date
from itertools import pairwise
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field
from pydantic_core import PydanticCustomError

from services.billing.domain.reminders import Pause, Skip
from services.billing.schemas.fields import NonNegativeMoney
from shared.days import Day
from shared.money import Money
from shared.text import Reason
from shared.web.access import Resource
from shared.web.body import RequestBody

DayCount = Annotated[int, Field(strict=True, ge=1, le=730)]


def _rising(days: list[int]) -> list[int]:
    if any(later <= earlier for earlier, later in pairwise(days)):
        raise PydanticCustomError("rising", "each level comes later than the one before")
    return days


class SetReminderSchedule(RequestBody):
    """When reminders of a book go out: days after the due day, level by level, and the least a letter is worth."""

    valid_from: Day
    days_after_due: Annotated[list[DayCount], Field(min_length=1, max_length=9), AfterValidator(_rising)] = Field(
        examples=[[7, 21, 45]]
    )
    minimum: NonNegativeMoney


class ReminderScheduleOut(Resource):
    """A schedule; of several, the newest that begins by a day holds on it."""

    partner_id: UUID
    valid_from: date
    days_after_due: list[int]
    minimum: Money


class RunReminders(RequestBody):
    """Make the reminders that are due on a day."""

    run_on: Day


class ReminderItemOut(BaseModel):
    """What a reminder is about."""

    invoice_id: UUID
    number: str
    due_on: date
    open: Money


class ReminderOut(Resource):
    """One letter to an enterprise; what it says is the paper's business."""

    partner_id: UUID
    run_id: UUID
    enterprise_id: UUID
    enterprise_name: str
    level: int
    reminded_on: date
    total: Money
    items: list[ReminderItemOut]


class ReminderSkipOut(BaseModel):
    """What a run left alone, and why."""

    invoice_id: UUID
    number: str
    due_on: date
    level: int
    cause: Skip
    reason: str


class ReminderRunOut(Resource):
    """A run with the letters it made and what it left alone."""

    partner_id: UUID
    schedule_id: UUID
    run_on: date
    reminders: list[UUID]
    skipped: list[ReminderSkipOut]


class PauseReminders(RequestBody):
    """Leave an invoice alone until a day, that day included."""

    cause: Literal["disputed", "paused"]
    until: Day
    reason: Reason


class ResumeReminders(RequestBody):
    """End a pause before its day."""

    reason: Reason


class ReminderPauseOut(Resource):
    """A pause, or the end of one; the newest of an invoice holds."""

    partner_id: UUID
    invoice_id: UUID
    cause: Pause
    until: date | None
    reason: str
    made_on: date
    made_by: str
