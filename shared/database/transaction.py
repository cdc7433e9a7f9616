"""One database transaction: state, inbox mark, audit and outgoing events commit together or not at all."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Executable
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.auth.actor import Actor
from shared.clock import Clock
from shared.events.base import EventData
from shared.ids import IdFactory
from shared.messaging.outbox import PendingEvent, write_outbox


class LaterWrites:
    """Writes that nobody reads back before the end of the batch, sent to the database together."""

    def __init__(self) -> None:
        self._by_statement: dict[Executable, list[Mapping[str, Any]]] = {}

    def add(self, statement: Executable, parameters: Mapping[str, Any]) -> None:
        """Remember one execution of `statement`."""
        self._by_statement.setdefault(statement, []).append(parameters)

    async def flush(self, connection: AsyncConnection) -> None:
        """Execute everything remembered: statement by statement in order of first use, each in order of its calls."""
        while self._by_statement:
            statement = next(iter(self._by_statement))
            await connection.execute(statement, self._by_statement.pop(statement))


@dataclass(slots=True)
class Transaction:
    """What a use case gets: a connection, who acts, when, and the way to say what happened."""

    connection: AsyncConnection
    actor: Actor
    now: datetime
    ids: IdFactory
    correlation_id: str
    causation_id: str | None = None
    traceparent: str | None = None
    pending: list[PendingEvent] = field(default_factory=list)
    later: LaterWrites = field(default_factory=LaterWrites)

    def emit(self, data: EventData, *, aggregate_id: UUID, programme: str) -> UUID:
        """Record that `data` happened to `aggregate_id`; it is published after commit. Returns the event id."""
        event_id = self.ids()
        self.pending.append(
            PendingEvent(
                event_id=event_id,
                data=data,
                aggregate_id=aggregate_id,
                programme=programme,
                occurred_at=self.now,
                correlation_id=self.correlation_id,
                causation_id=self.causation_id,
                actor=self.actor.subject,
                traceparent=self.traceparent,
            )
        )
        return event_id

    async def flush(self) -> None:
        """Send the later writes, then write the pending events to the outbox."""
        await self.later.flush(self.connection)
        if self.pending:
            await write_outbox(self.connection, self.pending)
            self.pending.clear()


@dataclass(frozen=True, slots=True)
class Transactions:
    """Opens transactions of one service; wakes the relay after each commit that left events behind."""

    engine: AsyncEngine
    clock: Clock
    ids: IdFactory
    wake_relay: Callable[[], None] = lambda: None

    @asynccontextmanager
    async def begin(
        self,
        actor: Actor,
        *,
        correlation_id: str | None = None,
        causation_id: str | None = None,
        traceparent: str | None = None,
    ) -> AsyncIterator[Transaction]:
        """Open a transaction for `actor`; commits on normal exit, rolls back on any exception."""
        async with self.engine.begin() as connection:
            transaction = Transaction(
                connection=connection,
                actor=actor,
                now=self.clock(),
                ids=self.ids,
                correlation_id=correlation_id or str(self.ids()),
                causation_id=causation_id,
                traceparent=traceparent,
            )
            yield transaction
            has_events = bool(transaction.pending)
            await transaction.flush()
        if has_events:
            self.wake_relay()
