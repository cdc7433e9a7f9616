"""The consumer and the relay of one service, started and stopped together."""

import asyncio
import contextlib
from typing import Final
from uuid import UUID

from aiokafka.errors import KafkaError
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.database.transaction import Transactions
from shared.events.catalogue import PRODUCERS
from shared.logs import logger
from shared.messaging.broker import ensure_topics
from shared.messaging.consumer import Consumer
from shared.messaging.faults import Faults
from shared.messaging.handlers import Handlers
from shared.messaging.parking import Parking
from shared.messaging.pipeline import Pipeline
from shared.messaging.presence import Presence
from shared.messaging.relay import Relay
from shared.settings import ServiceSettings

log = logger(__name__)

_LEAVE_SECONDS: Final = 8


class Worker:
    """Everything of a service that talks to the broker; `consuming` once the consumer has found it."""

    def __init__(
        self,
        service: str,
        handlers: Handlers,
        engine: AsyncEngine,
        transactions: Transactions,
        settings: ServiceSettings,
        owner: UUID,
    ) -> None:
        faults = Faults(settings.faults)
        self._settings = settings
        self.relay = Relay(service, engine, settings, owner, faults)
        self.pipeline = Pipeline(handlers, transactions, faults)
        self.parking = Parking(self.pipeline)
        self.consumer = Consumer(self.pipeline, self.parking, settings)
        self.presence = Presence(settings)
        self._tasks: list[asyncio.Task[None]] = []
        self.consuming = False

    async def start(self) -> None:
        """Start relay, parking sweep and consumer; returns at once, the consumer joins when the broker is there."""
        self._tasks = [
            asyncio.create_task(self.relay.run(), name="relay"),
            asyncio.create_task(self.parking.run(), name="parking"),
            asyncio.create_task(self._consume(), name="consumer"),
            asyncio.create_task(self.presence.run(), name="presence"),
        ]

    async def _consume(self) -> None:
        backoff = 0.1
        while True:
            try:
                await ensure_topics(self._settings, PRODUCERS)
                if self.consumer.topics:
                    await self.consumer.start()
            except (KafkaError, OSError, TimeoutError) as error:
                log.warning("broker_unreachable", kafka=self._settings.kafka, error=str(error)[:300])
                with contextlib.suppress(Exception):
                    await self.consumer.broker.stop()
                await asyncio.sleep(backoff)
                backoff = min(backoff * 2, 5.0)
            else:
                self.consuming = True
                return

    async def stop(self) -> None:
        """Drain: finish the running batch, send what the outbox holds if the broker takes it, give up the leases."""
        relay, parking, consumer, presence = self._tasks
        self.presence.stop()
        for task in (parking, consumer):
            task.cancel()
        await asyncio.gather(parking, consumer, return_exceptions=True)
        if self.consuming:
            # A broker that answers nobody must not hold up a stop: what is cut off here is delivered again.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LEAVE_SECONDS):
                    await self.consumer.stop()
        self.relay.stop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(10):
                await relay
        await presence

    def readiness(self) -> tuple[str, str | None]:
        """Return what to say of the broker, and what is wrong.

        `ok`; `degraded` when this process had its partitions and the broker, or they, are gone for now: commands go on
        and their events wait in the outbox; `waiting` when it never had any.
        """
        if not (self.consuming and (self.consumer.joined or not self.consumer.topics)):
            return "waiting", self.presence.problem or "the consumer has no partitions yet"
        if self.presence.problem is not None:
            return "degraded", self.presence.problem
        if self.consumer.topics and not self.consumer.assigned:
            return "degraded", "the consumer has no partitions at this moment"
        return "ok", None
