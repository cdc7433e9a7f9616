"""Moving parked messages on: by themselves when what they wait for has come, by an operator's replay or discard.

Everything here locks the key's position first, as the pipeline does, so a queue is drained in order while new messages
of the key line up behind it.
"""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.database.transient import is_transient
from shared.errors import Conflict, NotFound
from shared.logs import logger
from shared.messaging.envelope import Envelope, MalformedEvent
from shared.messaging.inbox import Position, Positions, unmark_received
from shared.messaging.metrics import EVENTS, PARKED_OPEN
from shared.messaging.parked import ParkedMessage, ParkedState, close, keep_parked, next_parked, set_state
from shared.messaging.pipeline import Outcome, Pipeline, label_of

log = logger(__name__)

_SWEEP_SECONDS: Final = 0.25
_IDLE_SWEEP_SECONDS: Final = 2.0
_PER_TRANSACTION: Final = 200

# Only what stands in front of a queue, and only if it can move: a sweep must not try a waiting head before its time
# because something lies behind it, and a thousand stuck queues must not hide one that is due.
_DUE: Final = """
SELECT front.topic, front.key FROM (
    SELECT DISTINCT ON (topic, key) topic, key, sequence, state, next_attempt_at FROM parked
    WHERE consumer = $1 AND closed_at IS NULL ORDER BY topic, key, sequence NULLS FIRST, id
) AS front
LEFT JOIN consumer_position p ON p.consumer = $1 AND p.topic = front.topic AND p.key = front.key
WHERE front.state = 'behind'
   OR (front.state = 'gap' AND front.sequence <= coalesce(p.last_sequence, 0) + 1)
   OR (front.state = 'waiting' AND front.next_attempt_at <= clock_timestamp())
ORDER BY front.topic, front.key LIMIT 500
"""
_WAITING_FOR: Final = """
SELECT DISTINCT topic, key FROM parked WHERE consumer = $1 AND closed_at IS NULL AND waits_for = ANY($2::text[])
"""
_ROW: Final = "SELECT topic, key, state, closed_at FROM parked WHERE id = $1 AND consumer = $2"
_OPEN: Final = "SELECT count(*) FROM parked WHERE consumer = $1 AND closed_at IS NULL"
_RECORD: Final = "INSERT INTO parked_action (parked_id, action, actor, reason, outcome) VALUES ($1, $2, $3, $4, $5)"


@dataclass(frozen=True, slots=True)
class Drained:
    """How far a queue moved: messages released, and the one that still stands in front."""

    released: int
    head: int | None
    head_state: ParkedState | None


class Parking:
    """The parked messages of one consumer."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._consumer = pipeline.consumer
        self._engine = pipeline.transactions.engine
        self._anything_parked = True
        self._woken = asyncio.Event()

    async def after_batch(self, outcome: Outcome) -> None:
        """Let a committed batch move queues: gaps it filled, and facts it brought."""
        if outcome.parked:
            self._anything_parked = True
            self._woken.set()
        keys = set(outcome.drainable)
        if self._anything_parked and outcome.arrived:
            keys |= await self._keys(_WAITING_FOR, (self._consumer, sorted(outcome.arrived)))
        await self._drain_all(keys)

    async def run(self) -> None:
        """Sweep for ever: retry what is due. Quick while something is parked, slow otherwise."""
        while True:
            try:
                await self.sweep()
            except Exception as error:
                if not is_transient(error):
                    log.exception("sweep_failed", consumer=self._consumer)
            self._woken.clear()
            try:
                async with asyncio.timeout(_SWEEP_SECONDS if self._anything_parked else _IDLE_SWEEP_SECONDS):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def sweep(self) -> None:
        """Try once what is due now."""
        async with self._engine.connect() as connection:
            count = (await connection.exec_driver_sql(_OPEN, (self._consumer,))).scalar_one()
        PARKED_OPEN.labels(self._consumer).set(count)
        self._anything_parked = count > 0
        if count:
            await self._drain_all(await self._keys(_DUE, (self._consumer,)))

    async def _keys(self, query: str, parameters: tuple[object, ...]) -> set[tuple[str, str]]:
        async with self._engine.connect() as connection:
            return {(row.topic, row.key) for row in await connection.exec_driver_sql(query, parameters)}

    async def _drain_all(self, keys: Collection[tuple[str, str]]) -> None:
        queue = sorted(keys)
        seen = set(queue)
        for topic, key in queue:
            arrived: set[str] = set()
            await self.drain(topic, key, arrived=arrived)
            if arrived:
                for more in sorted(await self._keys(_WAITING_FOR, (self._consumer, sorted(arrived)))):
                    if more not in seen:
                        seen.add(more)
                        queue.append(more)

    async def drain(
        self, topic: str, key: str, *, force_head: bool = False, arrived: set[str] | None = None
    ) -> Drained:
        """Apply the parked messages of a key in order until one cannot be applied.

        `force_head`: also try a head that failed for good before (an operator asked for it).
        """
        released = 0
        while True:
            outcome = await self._drain_some(topic, key, force_head=force_head)
            released += outcome.released
            if arrived is not None and outcome.released:
                arrived.add(key)
            if outcome.released < _PER_TRANSACTION:
                return Drained(released, outcome.head, outcome.head_state)
            force_head = False

    async def _drain_some(self, topic: str, key: str, *, force_head: bool) -> Drained:
        released: list[str] = []
        async with self._engine.begin() as connection:
            positions = await Positions.lock_keys(connection, self._consumer, [(topic, key)])
            position = positions.at(topic, key)
            head: ParkedMessage | None = None
            state: ParkedState | None = None
            while len(released) < _PER_TRANSACTION:
                head = await next_parked(connection, self._consumer, topic, key)
                if head is None:
                    position.blocked = None
                    break
                state = await self._try(connection, head, position, force=force_head and not released)
                if state is not None:
                    break
                released.append(label_of(head.record))
            await positions.save(connection)
        for event_type in released:
            EVENTS.labels(self._consumer, event_type, "released").inc()
        if released:
            self._pipeline.transactions.wake_relay()
        return Drained(len(released), None if head is None else head.id, state)

    async def _try(
        self, connection: AsyncConnection, head: ParkedMessage, position: Position, *, force: bool
    ) -> ParkedState | None:
        """Apply `head`; return None when it left the queue, else the state it stays in."""
        envelope = head.record.envelope
        if isinstance(envelope, MalformedEvent):
            position.blocked = "head"
            if force:
                return await keep_parked(connection, head, envelope)
            return ParkedState.FAILED
        if envelope.sequence <= position.last_sequence:
            await close(connection, head.id, ParkedState.RELEASED, reason="already applied")
            return None
        if envelope.sequence > position.last_sequence + 1:
            position.blocked = "gap"
            await set_state(connection, head.id, ParkedState.GAP)
            return ParkedState.GAP
        if head.state is ParkedState.FAILED and not force:
            position.blocked = "head"
            return ParkedState.FAILED
        failure = await self._apply(connection, head, envelope)
        if failure is not None:
            position.blocked = "head"
            return await keep_parked(connection, head, failure)
        await close(connection, head.id, ParkedState.RELEASED)
        position.last_sequence = envelope.sequence
        return None

    async def _apply(self, connection: AsyncConnection, head: ParkedMessage, envelope: Envelope) -> Exception | None:
        found = self._pipeline.handlers.get(envelope.type)
        if found is None:
            return None
        return await self._pipeline.apply(connection, head.record, envelope, found)

    async def replay(self, parked_id: int, actor: str, reason: str | None) -> Drained:
        """Try the queue of a parked message again from its head, by an operator's wish; recorded.

        Raises NotFound, or Conflict when the message has already left the queue.
        """
        topic, key = await self._open_row(parked_id)
        drained = await self.drain(topic, key, force_head=True)
        await self._record(parked_id, "replay", actor, reason, f"released {drained.released}")
        return drained

    async def discard(self, parked_id: int, actor: str, reason: str) -> Drained:
        """Give up the message at the head of its queue, with a reason that is kept, and let the rest move on.

        One that waits for an earlier one is given up for now only: its sequence stays open, and should it be published
        again it is taken. Raises NotFound, or Conflict when the message has left the queue or does not stand at its
        head.
        """
        topic, key = await self._open_row(parked_id)
        async with self._engine.begin() as connection:
            positions = await Positions.lock_keys(connection, self._consumer, [(topic, key)])
            position = positions.at(topic, key)
            head = await next_parked(connection, self._consumer, topic, key)
            if head is None or head.id != parked_id:
                front = "nothing" if head is None else f"message {head.id}"
                raise Conflict(
                    f"message {parked_id} is not at the head of its queue: {front} is",
                    field="id",
                    rule="head-only",
                )
            await close(connection, parked_id, ParkedState.DISCARDED, by=actor, reason=reason)
            envelope = head.record.envelope
            if isinstance(envelope, Envelope):
                if envelope.sequence > position.last_sequence + 1:
                    await unmark_received(connection, self._consumer, envelope)
                else:
                    position.last_sequence = max(position.last_sequence, envelope.sequence)
            if await next_parked(connection, self._consumer, topic, key) is None:
                position.blocked = None
            await positions.save(connection)
            await connection.exec_driver_sql(_RECORD, (parked_id, "discard", actor, reason, "discarded"))
        return await self.drain(topic, key)

    async def _open_row(self, parked_id: int) -> tuple[str, str]:
        async with self._engine.connect() as connection:
            row = (await connection.exec_driver_sql(_ROW, (parked_id, self._consumer))).one_or_none()
        if row is None:
            raise NotFound("parked message", str(parked_id), field="id")
        if row.closed_at is not None:
            raise Conflict(f"message {parked_id} was already {row.state}", field="id", rule="still-parked")
        return row.topic, row.key

    async def _record(self, parked_id: int, action: str, actor: str, reason: str | None, outcome: str) -> None:
        async with self._engine.begin() as connection:
            await connection.exec_driver_sql(_RECORD, (parked_id, action, actor, reason, outcome))
