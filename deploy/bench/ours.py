"""Our own loops, exactly as a service runs them: consumer, pipeline, parking and relay of `shared.messaging`."""

import asyncio
from collections.abc import Sequence
from typing import Final

from aiokafka import TopicPartition

from deploy.bench import sample
from deploy.bench.measure import Measured
from deploy.bench.servers import Servers
from shared.clock import system_clock
from shared.database.engine import database_engine
from shared.database.transaction import Transactions
from shared.ids import new_id
from shared.messaging.consumer import Consumer
from shared.messaging.handlers import Handlers
from shared.messaging.parking import Parking
from shared.messaging.pipeline import Outcome, Pipeline
from shared.messaging.record import Record
from shared.messaging.relay import Relay
from shared.settings import ServiceSettings

_LONGEST_SECONDS: Final = 600


class _Counting(Pipeline):
    """Stops the clock when the last expected record is committed."""

    def __init__(self, handlers: Handlers, transactions: Transactions, measured: Measured, expected: int) -> None:
        super().__init__(handlers, transactions)
        self.finished = asyncio.Event()
        self._measured = measured
        self._expected = expected
        self._done = 0

    async def handle(self, records: Sequence[Record]) -> Outcome:
        """Handle and count."""
        outcome = await super().handle(records)
        self._done += len(records)
        if self._done >= self._expected and not self.finished.is_set():
            self._measured.stop(self._done)
            self.finished.set()
        return outcome


class _Timed(Consumer):
    """Starts the clock where the bare loop starts it."""

    def __init__(self, pipeline: Pipeline, parking: Parking, settings: ServiceSettings, measured: Measured) -> None:
        super().__init__(pipeline, parking, settings)
        self._measured = measured

    async def on_partitions_assigned(self, assigned: list[TopicPartition]) -> None:
        """Start the clock."""
        await super().on_partitions_assigned(assigned)
        if assigned:
            self._measured.start()


async def consume(
    servers: Servers, database_url: str, consumer_name: str, events: int, *, writes_only: bool
) -> Measured:
    """Consume `events` records of the enrollment topic; the clock starts at the assignment."""
    settings = servers.settings(database_url)
    engine = database_engine(settings)
    measured = Measured()
    transactions = Transactions(engine, system_clock, new_id)
    pipeline = _Counting(sample.handlers(consumer_name, writes_only=writes_only), transactions, measured, events)
    parking = Parking(pipeline)
    consumer = _Timed(pipeline, parking, settings, measured)
    sweeping = asyncio.create_task(parking.run())
    try:
        await consumer.start()
        async with asyncio.timeout(_LONGEST_SECONDS):
            await pipeline.finished.wait()
        return measured
    finally:
        await consumer.stop()
        sweeping.cancel()
        await asyncio.gather(sweeping, return_exceptions=True)
        await engine.dispose()


async def relay(servers: Servers, database_url: str, service: str, events: int) -> Measured:
    """Send an outbox of `events` rows until it is empty."""
    settings = servers.settings(database_url)
    engine = database_engine(settings)
    sending = Relay(service, engine, settings, new_id())
    measured = Measured()
    try:
        measured.start()
        sending.stop()
        await sending.run()
        measured.stop(events)
        return measured
    finally:
        await engine.dispose()
