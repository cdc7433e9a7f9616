"""The inbox: one mark per consumer and event, and how far each aggregate has come."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.messaging.envelope import Envelope
from shared.messaging.record import Record

_MARK: Final = """
INSERT INTO inbox (consumer, event_id, event_type, key, sequence)
SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::text[], $5::bigint[]) ORDER BY 2
ON CONFLICT DO NOTHING RETURNING event_id
"""

# A key never seen has no row to lock, so two workers with records of one partition (a zombie and its successor) take
# turns by the partition. A statement of its own, so that what the first one wrote is visible to the next statement.
_TAKE_TURNS: Final = """
SELECT pg_advisory_xact_lock(lock) FROM (
    SELECT DISTINCT hashtextextended($1 || ' ' || p.topic || ' ' || p.partition, 0) AS lock
    FROM unnest($2::text[], $3::int[]) AS p (topic, partition) ORDER BY 1
) AS locks
"""
# One index probe a key, in the order given. As a plain join the planner, whose statistics lag behind a busy consumer,
# reads every position the consumer has, for each batch.
_LOCK: Final = """
SELECT p.topic, p.key, p.last_sequence, p.blocked
FROM unnest($2::text[], $3::text[]) AS wanted (topic, key)
CROSS JOIN LATERAL (
    SELECT topic, key, last_sequence, blocked FROM consumer_position c
    WHERE c.consumer = $1 AND c.topic = wanted.topic AND c.key = wanted.key FOR UPDATE
) AS p
"""

_SAVE: Final = """
INSERT INTO consumer_position AS p (consumer, topic, key, last_sequence, blocked)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::bigint[], $5::text[]) ORDER BY 2, 3
ON CONFLICT (consumer, topic, key) DO UPDATE
SET last_sequence = greatest(p.last_sequence, excluded.last_sequence), blocked = excluded.blocked
"""
# A key seen for the first time had no row to lock: where its topic got more partitions, another worker may have met it
# in its old one and blocked it meanwhile.
_SAVE_NEW: Final = _SAVE.replace("blocked = excluded.blocked", "blocked = coalesce(p.blocked, excluded.blocked)")


async def mark_received(connection: AsyncConnection, consumer: str, envelopes: Sequence[Envelope]) -> set[UUID]:
    """Mark `envelopes` as received by `consumer` and return the ids that were not marked before.

    The claim is the INSERT itself: two deliveries of one event at the same time serialise on the primary key.
    """
    if not envelopes:
        return set()
    rows = await connection.exec_driver_sql(
        _MARK,
        (
            consumer,
            [envelope.id for envelope in envelopes],
            [envelope.type for envelope in envelopes],
            [envelope.key for envelope in envelopes],
            [envelope.sequence for envelope in envelopes],
        ),
    )
    return set(rows.scalars())


async def unmark_received(connection: AsyncConnection, consumer: str, envelope: Envelope) -> None:
    """Forget that `consumer` received an event it never applied, so that it is taken when it comes again."""
    await connection.exec_driver_sql("DELETE FROM inbox WHERE consumer = $1 AND event_id = $2", (consumer, envelope.id))


@dataclass(slots=True)
class Position:
    """One key in one consumer: last sequence applied, and why later messages wait (`head`, `gap`) or None."""

    last_sequence: int = 0
    blocked: str | None = None


class Positions:
    """The locked positions of the keys of one batch."""

    def __init__(self, consumer: str, rows: dict[tuple[str, str], Position]) -> None:
        self._consumer = consumer
        self._rows = rows
        self._before = {key: (row.last_sequence, row.blocked) for key, row in rows.items()}

    @classmethod
    async def lock(cls, connection: AsyncConnection, consumer: str, records: Sequence[Record]) -> Self:
        """Lock the partitions of `records`, then the positions of all their keys in key order, and return these."""
        partitions = sorted({(record.topic, record.partition) for record in records})
        await connection.exec_driver_sql(
            _TAKE_TURNS, (consumer, [topic for topic, _ in partitions], [number for _, number in partitions])
        )
        wanted = sorted({(record.topic, record.order_key) for record in records})
        return await cls.lock_keys(connection, consumer, wanted)

    @classmethod
    async def lock_keys(cls, connection: AsyncConnection, consumer: str, wanted: Sequence[tuple[str, str]]) -> Self:
        """Lock the positions of `wanted` (topic, key) pairs; a key never seen has position 0."""
        found = await connection.exec_driver_sql(
            _LOCK, (consumer, [topic for topic, _ in wanted], [key for _, key in wanted])
        )
        rows = {(row.topic, row.key): Position(row.last_sequence, row.blocked) for row in found}
        return cls(consumer, rows)

    def of(self, record: Record) -> Position:
        """Return the position of the key of `record`."""
        return self.at(record.topic, record.order_key)

    def at(self, topic: str, key: str) -> Position:
        """Return the position of a key."""
        return self._rows.setdefault((topic, key), Position())

    async def save(self, connection: AsyncConnection) -> None:
        """Write the positions that changed, in key order."""
        changed = sorted(
            (topic, key, row.last_sequence, row.blocked)
            for (topic, key), row in self._rows.items()
            if self._before.get((topic, key), (0, None)) != (row.last_sequence, row.blocked)
        )
        for statement, rows in (
            (_SAVE_NEW, [row for row in changed if row[:2] not in self._before]),
            (_SAVE, [row for row in changed if row[:2] in self._before]),
        ):
            if rows:
                topics, keys, sequences, blocked = map(list, zip(*rows, strict=True))
                await connection.exec_driver_sql(statement, (self._consumer, topics, keys, sequences, blocked))
