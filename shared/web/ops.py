"""The ops interface every service offers: progress, outbox, parked messages, republishing, verification, audit."""

import json
from typing import Annotated, Any, Final
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import AwareDatetime, Field

from shared.auth.actor import EVERY_PROGRAMME, Actor, Role
from shared.database.checks import platform_checks
from shared.errors import NotAllowed, NotFound
from shared.messaging.lease import recall_leases
from shared.messaging.topics import topic_of
from shared.runtime import Runtime
from shared.text import Line, Reason
from shared.web.access import Access, ReadAccess, Reading, runtime_of
from shared.web.body import RequestBody, read_json, require_json
from shared.web.ops_answers import (
    AuditEntry,
    AuditPage,
    CheckResult,
    Head,
    Heads,
    Parked,
    ParkedList,
    Progress,
    QueueMoved,
    Republished,
    Verification,
)

router = APIRouter(prefix="/v1/ops", tags=["ops"])


class OpsRead(ReadAccess):
    """Dependency of ops pages: messages of all programmes lie side by side there, so the scope must be all of them."""

    def __init__(self) -> None:
        super().__init__(Role.OPS, Role.AUDITOR)

    async def actor(self, request: Request) -> Actor:
        """Check role and scope."""
        return _of_installation(await super().actor(request))


class OpsWrite(Access):
    """Dependency of ops actions: each may be repeated without harm, so they need no Idempotency-Key."""

    def __init__(self) -> None:
        super().__init__(frozenset({Role.OPS}))

    async def __call__(self, request: Request) -> Actor:
        """Check role, scope and body."""
        actor = _of_installation(await self.actor(request))
        require_json(request)
        read_json(await request.body())
        return actor


def _of_installation(actor: Actor) -> Actor:
    if not actor.sees_programme(EVERY_PROGRAMME):
        raise NotAllowed(
            f"this concerns every programme, the token is for {actor.programme}", field="authorization", rule="scope"
        )
    return actor


OpsReading = Annotated[Reading, Depends(OpsRead())]


OpsActor = Annotated[Actor, Depends(OpsWrite())]


_PRODUCED: Final = """
SELECT (SELECT coalesce(sum(last_sequence), 0)::bigint FROM stream_head) AS produced,
       count(*) AS unpublished,
       extract(epoch FROM clock_timestamp() - min(recorded_at))::float8 AS oldest,
       count(*) FILTER (WHERE attempts > 0) AS failing
FROM outbox WHERE published_at IS NULL
"""
_CONSUMED: Final = """
SELECT topic, sum(last_sequence)::bigint AS total FROM consumer_position
WHERE consumer = $1 GROUP BY topic ORDER BY topic
"""
_PARKED: Final = """
SELECT state, count(*) AS messages, extract(epoch FROM clock_timestamp() - min(parked_at))::float8 AS age
FROM parked WHERE closed_at IS NULL GROUP BY state ORDER BY state
"""


@router.get("/progress")
async def progress(read: OpsReading) -> Progress:
    """Say what was produced, what is unsent, what was consumed and what is parked."""
    connection, name = read.connection, read.runtime.service.name
    produced = (await connection.exec_driver_sql(_PRODUCED)).one()
    consumed = await connection.exec_driver_sql(_CONSUMED, (name,))
    parked = (await connection.exec_driver_sql(_PARKED)).all()
    return Progress(
        service=name,
        produced=produced.produced,
        unpublished=produced.unpublished,
        oldest_unpublished_seconds=produced.oldest,
        failing=produced.failing,
        consumed=_read_topics(read.runtime) | {row.topic: row.total for row in consumed},
        parked={row.state: row.messages for row in parked},
        oldest_parked_seconds=max((row.age for row in parked), default=None),
    )


def _read_topics(runtime: Runtime) -> dict[str, int]:
    prefix = runtime.settings.topic_prefix
    return {topic_of(prefix, service): 0 for service in runtime.service.handlers.services()}


_HEADS: Final = """
SELECT aggregate_id::text AS key, last_sequence FROM stream_head
WHERE ($1::uuid IS NULL OR aggregate_id > $1) ORDER BY stream_head.aggregate_id LIMIT $2
"""
_POSITIONS: Final = """
SELECT key, last_sequence FROM consumer_position
WHERE consumer = $1 AND topic = $2 AND last_sequence > 0 AND ($3::text IS NULL OR key > $3) ORDER BY key LIMIT $4
"""
PageSize = Annotated[int, Query(ge=1, le=10_000)]
_LARGEST_ID: Final = 2**63 - 1
ParkedId = Annotated[int, Path(ge=1, le=_LARGEST_ID)]
After = Annotated[int, Query(ge=0, le=_LARGEST_ID)]


@router.get("/heads")
async def heads(read: OpsReading, after: UUID | None = None, limit: PageSize = 5_000) -> Heads:
    """List the last sequence of every aggregate this service produced, in order of aggregate id."""
    rows = await read.connection.exec_driver_sql(_HEADS, (after, limit))
    return Heads(items=[Head(aggregate_id=row.key, sequence=row.last_sequence) for row in rows])


@router.get("/positions")
async def positions(read: OpsReading, topic: str, after: str | None = None, limit: PageSize = 5_000) -> Heads:
    """List how far every aggregate of `topic` has come in this service, in order of aggregate id."""
    rows = await read.connection.exec_driver_sql(_POSITIONS, (read.runtime.service.name, topic, after, limit))
    return Heads(items=[Head(aggregate_id=row.key, sequence=row.last_sequence) for row in rows])


_LIST_PARKED: Final = """
SELECT id, topic, key, event_id, event_type, sequence, state, waits_for, error_code, error, attempts, parked_at,
       headers::text AS headers, payload
FROM parked WHERE ($1::bigint IS NULL OR id = $1) AND (id > $2) AND ($1::bigint IS NOT NULL OR closed_at IS NULL)
ORDER BY id LIMIT $3
"""


@router.get("/parked")
async def parked(read: OpsReading, after: After = 0, limit: Annotated[int, Query(ge=1, le=500)] = 100) -> ParkedList:
    """List open parked messages."""
    rows = await read.connection.exec_driver_sql(_LIST_PARKED, (None, after, limit))
    return ParkedList(items=[_present(row) for row in rows])


@router.get("/parked/{parked_id}")
async def parked_message(read: OpsReading, parked_id: ParkedId) -> Parked:
    """Show one parked message, open or closed."""
    row = (await read.connection.exec_driver_sql(_LIST_PARKED, (parked_id, 0, 1))).one_or_none()
    if row is None:
        raise NotFound("parked message", str(parked_id), field="id")
    return _present(row)


def _present(row: Any) -> Parked:  # noqa: ANN401 - a driver row
    fields = {name: getattr(row, name) for name in Parked.model_fields if name not in ("headers", "payload")}
    payload = None if row.payload is None else bytes(row.payload).decode(errors="backslashreplace")
    return Parked.model_validate({**fields, "headers": _json(row.headers), "payload": payload})


def _json(text: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(text)
    return loaded


class ReplayRequest(RequestBody):
    """Why an operator tries again."""

    reason: Reason | None = None


class DiscardRequest(RequestBody):
    """Why an operator gives a message up; kept for ever."""

    reason: Reason


@router.post("/parked/{parked_id}/replay")
async def replay_parked(request: Request, actor: OpsActor, parked_id: ParkedId, body: ReplayRequest) -> QueueMoved:
    """Try the queue of this message again from its head, in order."""
    drained = await runtime_of(request).parking.replay(parked_id, actor.subject, body.reason)
    return QueueMoved(released=drained.released, head=drained.head, head_state=drained.head_state)


@router.post("/parked/{parked_id}/discard")
async def discard_parked(request: Request, actor: OpsActor, parked_id: ParkedId, body: DiscardRequest) -> QueueMoved:
    """Give up the message at the head of its queue; what waits behind it moves on."""
    drained = await runtime_of(request).parking.discard(parked_id, actor.subject, body.reason)
    return QueueMoved(released=drained.released, head=drained.head, head_state=drained.head_state)


class Republish(RequestBody):
    """Which events of the outbox to publish again; nothing given means all of them."""

    since: AwareDatetime | None = None
    event_types: list[Line] = Field(default_factory=list)
    aggregate_id: UUID | None = None
    reason: Reason | None = None


_REPUBLISH: Final = """
UPDATE outbox SET published_at = NULL
WHERE published_at IS NOT NULL AND ($1::timestamptz IS NULL OR occurred_at >= $1)
  AND (cardinality($2::text[]) = 0 OR event_type = ANY($2)) AND ($3::uuid IS NULL OR aggregate_id = $3)
"""


_AUDIT_REPUBLISH: Final = """
INSERT INTO audit_trail (at, actor, action, programme, entity, reason, correlation_id, request)
VALUES ($1, $2, 'republish', $3, 'outbox', $4, $5, $6::text::jsonb)
"""


@router.post("/republish")
async def republish(request: Request, actor: OpsActor, body: Republish) -> Republished:
    """Hand events of the outbox to the relay once more, in their order: refills a broker that lost its data.

    It concerns every programme, so its line in the audit trail is under the programme `*`.
    """
    runtime = runtime_of(request)
    correlation = structlog.contextvars.get_contextvars().get("correlation_id")
    async with runtime.transactions.begin(actor, correlation_id=correlation) as transaction:
        # What a relay has just sent, perhaps to the broker that is gone, may not be marked yet, and no more after this.
        await recall_leases(transaction.connection)
        done = await transaction.connection.exec_driver_sql(
            _REPUBLISH, (body.since, body.event_types, body.aggregate_id)
        )
        line = (transaction.now, actor.subject, EVERY_PROGRAMME, body.reason, transaction.correlation_id)
        await transaction.connection.exec_driver_sql(_AUDIT_REPUBLISH, (*line, body.model_dump_json()))
    runtime.transactions.wake_relay()
    return Republished(events=done.rowcount)


@router.get("/verification")
async def verification(read: OpsReading) -> Verification:
    """Re-derive everything from its sources and name each row that differs."""
    service = read.runtime.service
    results = [
        CheckResult(
            name=check.name,
            describes=check.describes,
            findings=[{"row": f.row, "message": f.message} for f in await check.run(read.connection)],
        )
        for check in (*platform_checks(), *service.checks)
    ]
    return Verification(service=service.name, checks=results)


audit_router = APIRouter(prefix="/v1/programmes/{programme}/audit", tags=["audit"])
_AUDIT: Final = """
SELECT id, at, actor, action, entity, reason, correlation_id FROM audit_trail
WHERE programme = $1 AND id > $2 AND ($3::text IS NULL OR entity = $3) ORDER BY id LIMIT $4
"""


@audit_router.get("")
async def audit(
    read: Annotated[Reading, Depends(ReadAccess(Role.AUDITOR, Role.PROGRAMME_MANAGER, Role.OPS))],
    programme: str,
    entity: Annotated[str | None, Query(max_length=100)] = None,
    after: After = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> AuditPage:
    """List the writes of a programme, or of one entity such as `enterprise/<id>`; `*` lists those of operators."""
    rows = await read.connection.exec_driver_sql(_AUDIT, (programme, after, entity, limit))
    return AuditPage(items=[AuditEntry.model_validate(dict(row._mapping)) for row in rows])  # noqa: SLF001 - SQLAlchemy's public name
