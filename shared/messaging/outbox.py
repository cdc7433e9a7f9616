"""The outbox: the durable log of what a service has said.

Rows are written in the transaction that changed the state; the relay publishes them later. Order within an aggregate is
the order of commits, because the sequence is taken under the lock of the aggregate's `stream_head` row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.errors import ScorebookError
from shared.events.base import EventData
from shared.messaging.topics import shard_of

LARGEST_EVENT: Final = 900_000
"""Bytes of an event's data. Brokers take 1 MiB with headers; one they refuse would hold up its aggregate for ever."""


class EventTooLarge(ScorebookError):
    """What happened is too long to be published, so it may not happen."""

    code = "event-too-large"
    title = "Too much for one step"

    def __init__(self, event_type: str, size: int) -> None:
        super().__init__(f"{event_type} would be {size} bytes, {LARGEST_EVENT} are allowed: do it in smaller parts")


@dataclass(frozen=True, slots=True)
class PendingEvent:
    """An event waiting for its transaction to commit."""

    event_id: UUID
    data: EventData
    aggregate_id: UUID
    programme: str
    occurred_at: datetime
    correlation_id: str
    causation_id: str | None
    actor: str
    traceparent: str | None


_WRITE: Final = """
WITH incoming AS (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::timestamptz[], $7::text[],
                         $8::text[], $9::text[], $10::text[], $11::bytea[], $12::smallint[]) WITH ORDINALITY
      AS i (event_id, event_type, aggregate_type, aggregate_id, programme, occurred_at, correlation_id,
            causation_id, actor, traceparent, payload, shard, position)
), heads AS (
    INSERT INTO stream_head AS h (aggregate_id, aggregate_type, last_sequence)
    SELECT aggregate_id, min(aggregate_type), count(*) FROM incoming GROUP BY aggregate_id ORDER BY aggregate_id
    ON CONFLICT (aggregate_id) DO UPDATE SET last_sequence = h.last_sequence + excluded.last_sequence
    RETURNING aggregate_id, last_sequence
)
INSERT INTO outbox (event_id, event_type, aggregate_type, aggregate_id, sequence, programme, occurred_at,
                    correlation_id, causation_id, actor, traceparent, payload, shard)
SELECT i.event_id, i.event_type, i.aggregate_type, i.aggregate_id,
       heads.last_sequence + 1 - row_number() OVER (PARTITION BY i.aggregate_id ORDER BY i.position DESC),
       i.programme, i.occurred_at, i.correlation_id, i.causation_id, i.actor, i.traceparent, i.payload, i.shard
FROM incoming i JOIN heads USING (aggregate_id)
ORDER BY i.position
"""


async def write_outbox(connection: AsyncConnection, events: Sequence[PendingEvent]) -> None:
    """Append `events` to the outbox in the order given, in one statement.

    Locks the heads of all aggregates concerned, in id order, until the transaction ends. Raises EventTooLarge.
    """
    payloads = [event.data.model_dump_json().encode() for event in events]
    for event, payload in zip(events, payloads, strict=True):
        if len(payload) > LARGEST_EVENT:
            raise EventTooLarge(event.data.type, len(payload))
    columns: tuple[Sequence[object], ...] = (
        [event.event_id for event in events],
        [event.data.type for event in events],
        [event.data.aggregate for event in events],
        [event.aggregate_id for event in events],
        [event.programme for event in events],
        [event.occurred_at for event in events],
        [event.correlation_id for event in events],
        [event.causation_id for event in events],
        [event.actor for event in events],
        [event.traceparent for event in events],
        payloads,
        [shard_of(event.aggregate_id) for event in events],
    )
    await connection.exec_driver_sql(_WRITE, columns)
