"""What the ops interface answers; the command line reads it with these too."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field


class Progress(BaseModel):
    """How far production and consumption have come; equal totals everywhere mean every event has arrived."""

    service: str
    produced: int = Field(description="Events this service has ever recorded.")
    unpublished: int
    oldest_unpublished_seconds: float | None
    failing: int = Field(description="Unpublished rows the broker refused at least once.")
    consumed: dict[str, int] = Field(description="Per topic, the sum of the sequences applied.")
    parked: dict[str, int] = Field(description="Open parked messages by state.")
    oldest_parked_seconds: float | None


class Head(BaseModel):
    """An aggregate and its last sequence: as produced, or as consumed."""

    aggregate_id: str
    sequence: int


class Heads(BaseModel):
    """A page of heads; ask on with `after` = the last aggregate_id."""

    items: list[Head]


class Parked(BaseModel):
    """A parked message, whole."""

    id: int
    topic: str
    key: str
    event_id: UUID | None
    event_type: str | None
    sequence: int | None
    state: str
    waits_for: str | None
    error_code: str | None
    error: str | None
    attempts: int
    parked_at: datetime
    headers: dict[str, Any]
    payload: str | None


class ParkedList(BaseModel):
    """Parked messages, oldest first."""

    items: list[Parked]


class QueueMoved(BaseModel):
    """What became of a queue."""

    released: int
    head: int | None
    head_state: str | None


class Republished(BaseModel):
    """How many events will be published again."""

    events: int


class CheckResult(BaseModel):
    """One check of this service's own data."""

    name: str
    describes: str
    findings: list[dict[str, str]]


class Verification(BaseModel):
    """The result of every check; no findings anywhere means all is well."""

    service: str
    checks: list[CheckResult]


class AuditEntry(BaseModel):
    """Who did what, when and why."""

    id: int
    at: datetime
    actor: str
    action: str
    entity: str
    reason: str | None
    correlation_id: str


class AuditPage(BaseModel):
    """Audit entries, oldest first; ask on with `after` = the last id."""

    items: list[AuditEntry]
