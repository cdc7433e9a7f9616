"""From raw records to effects: one transaction per batch, exactly one effect per event, order kept per key.

The guarantees of architecture section 5, items 2 to 6, are made here and in `parking.py`.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.auth.actor import system_actor
from shared.database.transaction import LaterWrites, Transaction, Transactions
from shared.database.transient import is_transient
from shared.errors import FactMissing
from shared.events.base import EventData, registered
from shared.logs import logger
from shared.messaging.envelope import Envelope, MalformedEvent
from shared.messaging.faults import Faults
from shared.messaging.handlers import Event, Handlers, Subscription
from shared.messaging.inbox import Positions, mark_received
from shared.messaging.metrics import BATCH_SECONDS, EVENTS
from shared.messaging.outbox import PendingEvent, write_outbox
from shared.messaging.parked import ParkedState, park
from shared.messaging.record import Record, parse

log = logger(__name__)

_IMMEDIATE: Final = text("SET CONSTRAINTS ALL IMMEDIATE")


class HandlerFailed(Exception):
    """The handler of the record at `index` of a batch raised; the whole batch was rolled back."""

    def __init__(self, index: int, cause: Exception) -> None:
        super().__init__(str(cause))
        self.index = index


@dataclass(slots=True)
class Outcome:
    """What a committed batch means for parked messages: keys whose queue may move, facts that have arrived."""

    arrived: set[str] = field(default_factory=set)
    drainable: set[tuple[str, str]] = field(default_factory=set)
    parked: bool = False


class Pipeline:
    """The consumer side of one service."""

    def __init__(self, handlers: Handlers, transactions: Transactions, faults: Faults | None = None) -> None:
        self.handlers = handlers
        self.consumer = handlers.consumer
        self.transactions = transactions
        self._faults = faults or Faults()
        self._actor = system_actor(handlers.consumer)
        self._contracts = {name: found.contract for name in handlers.types() if (found := handlers.get(name))}

    async def handle(self, records: Sequence[Record]) -> Outcome:
        """Take responsibility for `records`: each is applied, recognised as duplicate, or parked, and committed.

        Raises only passing errors (database gone, deadlock, timeout); then nothing of the failing transaction was kept
        and the same records are to be handed in again.
        """
        total = Outcome()
        rest = list(records)
        while rest:
            try:
                await self._transact(rest, total, isolate=False)
            except HandlerFailed as failed:
                # What stands before the failing record is known good; only that one pays for a transaction of its own.
                if failed.index:
                    await self._one_by_one(rest[: failed.index], total)
                await self._transact([rest[failed.index]], total, isolate=True)
                rest = rest[failed.index + 1 :]
            except Exception as error:
                if is_transient(error):
                    raise
                # A failure no handler can be blamed for, such as a deferred constraint at commit.
                log.warning("batch_failed", consumer=self.consumer, error=str(error), records=len(rest))
                for record in rest:
                    await self._transact([record], total, isolate=True)
                return total
            else:
                return total
        return total

    async def _one_by_one(self, records: Sequence[Record], total: Outcome) -> None:
        try:
            await self._transact(records, total, isolate=False)
        except Exception as error:
            if is_transient(error):
                raise
            for record in records:
                await self._transact([record], total, isolate=True)

    async def _transact(self, records: Sequence[Record], total: Outcome, *, isolate: bool) -> None:
        outcome = Outcome()
        counted: Counter[tuple[str, str]] = Counter()
        with BATCH_SECONDS.labels(self.consumer).time():
            async with self.transactions.engine.begin() as connection:
                positions = await Positions.lock(connection, self.consumer, records)
                fresh = await mark_received(connection, self.consumer, self._with_effect(records))
                pending: list[PendingEvent] = []
                later = LaterWrites()
                for index, record in enumerate(records):
                    try:
                        result = await self._accept(
                            connection, record, positions, fresh, pending, later, outcome, isolate=isolate
                        )
                    except HandlerFailed as failed:
                        raise HandlerFailed(index, failed) from failed.__cause__
                    counted[label_of(record), result] += 1
                await later.flush(connection)
                if pending:
                    await write_outbox(connection, pending)
                await positions.save(connection)
                self._faults.point("before_commit")
        self._faults.point("after_commit_before_ack")
        for (event_type, result), count in counted.items():
            EVENTS.labels(self.consumer, event_type, result).inc(count)
        total.arrived |= outcome.arrived
        total.drainable |= outcome.drainable
        total.parked |= outcome.parked
        if pending:
            self.transactions.wake_relay()

    def _with_effect(self, records: Iterable[Record]) -> list[Envelope]:
        return [
            record.envelope
            for record in records
            if isinstance(record.envelope, Envelope) and self.handlers.get(record.envelope.type) is not None
        ]

    async def _accept(
        self,
        connection: AsyncConnection,
        record: Record,
        positions: Positions,
        fresh: set[UUID],
        pending: list[PendingEvent],
        later: LaterWrites,
        outcome: Outcome,
        *,
        isolate: bool,
    ) -> str:
        envelope = record.envelope
        position = positions.of(record)
        if isinstance(envelope, MalformedEvent):
            await park(connection, self.consumer, record, ParkedState.FAILED, envelope)
            position.blocked = "head"
            outcome.parked = True
            log.warning("message_parked", consumer=self.consumer, rule=envelope.rule, topic=record.topic)
            return "parked"
        found = self.handlers.get(envelope.type)
        if found is not None:
            if envelope.id not in fresh:
                return "duplicate"
            fresh.discard(envelope.id)
        if envelope.sequence <= position.last_sequence:
            return "duplicate"
        if position.blocked == "head" or (
            position.blocked == "gap" and envelope.sequence != position.last_sequence + 1
        ):
            await park(connection, self.consumer, record, ParkedState.BEHIND, None)
            outcome.parked = True
            return "parked"
        if envelope.sequence > position.last_sequence + 1:
            missing = MalformedEvent("gap", f"sequence {position.last_sequence + 1} of this aggregate has not arrived")
            await park(connection, self.consumer, record, ParkedState.GAP, missing)
            position.blocked = "gap"
            outcome.parked = True
            return "parked"
        if found is not None:
            failure = await self._apply(connection, record, envelope, found, pending, later, isolate=isolate)
            if failure is not None:
                state = ParkedState.WAITING if isinstance(failure, FactMissing) else ParkedState.FAILED
                await park(connection, self.consumer, record, state, failure)
                position.blocked = "head"
                outcome.parked = True
                log.warning(
                    "message_parked",
                    consumer=self.consumer,
                    event_type=envelope.type,
                    error=str(failure)[:500],
                )
                return "parked"
        position.last_sequence = envelope.sequence
        if position.blocked == "gap":
            outcome.drainable.add((record.topic, record.order_key))
        outcome.arrived.add(record.order_key)
        return "ignored" if found is None else "handled"

    async def apply(
        self, connection: AsyncConnection, record: Record, envelope: Envelope, found: Subscription
    ) -> Exception | None:
        """Run the handler for one event in a savepoint, with deferred constraints and the outbox write inside it.

        A failure undoes exactly this event and is returned; passing errors raise.
        """
        return await self._apply(connection, record, envelope, found, [], LaterWrites(), isolate=True)

    async def _apply(
        self,
        connection: AsyncConnection,
        record: Record,
        envelope: Envelope,
        found: Subscription,
        pending: list[PendingEvent],
        later: LaterWrites,
        *,
        isolate: bool,
    ) -> Exception | None:
        transaction = Transaction(
            connection=connection,
            actor=self._actor,
            now=self.transactions.clock(),
            ids=self.transactions.ids,
            correlation_id=envelope.correlation_id,
            causation_id=str(envelope.id),
            traceparent=envelope.traceparent,
            pending=[] if isolate else pending,
            later=LaterWrites() if isolate else later,
        )
        try:
            data: EventData = parse(self._contracts, envelope.type, record.value)
            event = Event(data, envelope)
            if not isolate:
                if not found.writes_only:
                    await later.flush(connection)
                await found.handler(transaction, event)
                return None
            async with connection.begin_nested():
                await found.handler(transaction, event)
                await transaction.flush()
                await connection.execute(_IMMEDIATE)
        except Exception as error:
            if is_transient(error):
                raise
            if not isolate:
                raise HandlerFailed(0, error) from error
            return error
        return None


def label_of(record: Record) -> str:
    """Return the event type as a metric's label: published types only, so that no producer can grow the metrics."""
    if isinstance(record.envelope, MalformedEvent):
        return "malformed"
    return record.envelope.type if record.envelope.type in registered() else "unknown"
