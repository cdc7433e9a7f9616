"""A tally whose handler waits at a gate, so that a test decides what overlaps with what."""

import asyncio
import dataclasses
from dataclasses import dataclass, field

from shared.database.transaction import Transaction
from shared.messaging.handlers import Event, Handlers
from shared.runtime import Service
from tests.support.tally.events import Counted
from tests.support.tally.service import TALLY, counted


@dataclass(slots=True)
class Gate:
    """Where handlers wait, which sequences came to it, and the tally that waits."""

    entered: asyncio.Event = field(default_factory=asyncio.Event)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    calls: list[int] = field(default_factory=list)

    def tally(self) -> Service:
        """Return the tally with this gate before its handler."""
        handlers = Handlers(TALLY.handlers.consumer)

        @handlers.on(Counted)
        async def waiting(tx: Transaction, event: Event[Counted]) -> None:
            self.calls.append(event.envelope.sequence)
            self.entered.set()
            await self.open.wait()
            await counted(tx, event)

        return dataclasses.replace(TALLY, handlers=handlers)
