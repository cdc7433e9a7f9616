"""Accounting periods, their steps, and the seals of a book."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel

from shared.text import Line, Reason
from shared.web.access import Resource
from shared.web.body import RequestBody


class PeriodState(StrEnum):
    """Whether a period takes entries: everybody's, those of whom somebody else allowed, nobody's."""

    OPEN = "open"
    SOFT_CLOSED = "soft-closed"
    CLOSED = "closed"


class SoftClosePeriod(RequestBody):
    """Close an accounting period for review."""

    reason: Reason | None = None


class ClosePeriod(RequestBody):
    """Close an accounting period."""

    reason: Reason | None = None


class GrantPosting(RequestBody):
    """Allow `subject` (as in the token's `sub`) to post into a period closed for review."""

    subject: Line
    reason: Reason


class AskReopening(RequestBody):
    """Ask another person to reopen a period."""

    reason: Reason


class ReopenPeriod(RequestBody):
    """Agree that a period is reopened."""

    reason: Reason


class PeriodStepOut(BaseModel):
    """One step in the life of a period; `subject` is whom a grant is for."""

    action: str
    actor: str
    subject: str | None
    reason: str | None
    at: datetime


class PeriodOut(Resource):
    """An accounting period of a book; made when its first entry comes."""

    partner_id: UUID
    starts_on: date
    ends_on: date
    state: PeriodState
    closed_at: datetime | None
    closed_by: str | None
    steps: list[PeriodStepOut]


class SealOut(Resource):
    """A block of a book's hash chain; hashes are SHA-256 in hexadecimal."""

    partner_id: UUID
    seq: int
    entries: int
    previous_hash: str
    hash: str
    sealed_at: datetime
