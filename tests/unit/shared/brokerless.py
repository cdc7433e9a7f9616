"""A consumer without a broker and a database: a client library, a pipeline and a parking that do as planned."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from aiokafka import TopicPartition
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.clock import system_clock
from shared.database.transaction import Transaction, Transactions
from shared.events.base import EventData
from shared.ids import new_id
from shared.messaging.consumer import Consumer
from shared.messaging.handlers import Event, Handlers
from shared.messaging.parking import Parking
from shared.messaging.pipeline import Outcome, Pipeline
from shared.messaging.record import Record
from shared.settings import ServiceSettings

SETTINGS: Final = ServiceSettings(
    kafka="broker-1:9092,broker-2:9092", topic_prefix="bo", batch_records=7, batch_wait_ms=5, group_session_ms=9_000
)
ENGINE: Final = cast("AsyncEngine", None)


class Baked(EventData, type="enrollment.consumer-baked.v1", aggregate="consumer"):
    """Something to hear."""


class Eaten(EventData, type="assessment.consumer-eaten.v1", aggregate="consumer"):
    """Something else to hear."""


async def nothing(tx: Transaction, event: Event[Any]) -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Raw:
    """A record as aiokafka hands it out."""

    offset: int
    key: bytes | None = b"k"
    value: bytes | None = b"{}"
    headers: tuple[tuple[str, bytes | None], ...] = ()
    topic: str = "bo.enrollment"
    partition: int = 0


class Scripted(Pipeline):
    """A pipeline that raises the planned errors, one a call, and then accepts what it is given."""

    def __init__(self, handlers: Handlers, *errors: Exception) -> None:
        super().__init__(handlers, Transactions(ENGINE, system_clock, new_id))
        self._errors = list(errors)
        self.seen: list[Sequence[Record]] = []
        self.entered = asyncio.Event()
        self.free = asyncio.Event()
        self.free.set()

    async def handle(self, records: Sequence[Record]) -> Outcome:
        """Handle as planned."""
        self.seen.append(records)
        self.entered.set()
        await self.free.wait()
        if self._errors:
            raise self._errors.pop(0)
        return Outcome(arrived={record.order_key for record in records})


class Moved(Parking):
    """Remembers what it was told of."""

    def __init__(self, pipeline: Pipeline, error: Exception | None = None) -> None:
        super().__init__(pipeline)
        self._error = error
        self.told: list[Outcome] = []

    async def after_batch(self, outcome: Outcome) -> None:
        """Remember."""
        self.told.append(outcome)
        if self._error is not None:
            raise self._error


def consumer_of(*errors: Exception, parking_error: Exception | None = None) -> tuple[Consumer, Scripted, Moved]:
    """Return a consumer of two services, with its pipeline and its parking."""
    handlers = Handlers("billing")
    handlers.on(Baked)(nothing)
    handlers.on(Eaten)(nothing)
    pipeline = Scripted(handlers, *errors)
    parking = Moved(pipeline, parking_error)
    return Consumer(pipeline, parking, SETTINGS), pipeline, parking


@dataclass
class Broker:
    """What the client library was asked for, and the batches it hands out."""

    batches: list[list[Raw]] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    subscribed: dict[str, Any] = field(default_factory=dict)
    polled: dict[str, Any] = field(default_factory=dict)
    done: list[object] = field(default_factory=list)
    generation: int = 1
    clients: int = 0

    def client(self, **options: object) -> "Client":
        """Stand in for the class `AIOKafkaConsumer`."""
        self.options = options
        self.clients += 1
        return Client(self)


class Client:
    """Stands in for one `AIOKafkaConsumer`."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    @property
    def _coordinator(self) -> Broker:
        return self._broker

    def subscribe(self, **asked: object) -> None:
        """Remember the topics."""
        self._broker.subscribed = asked

    async def start(self) -> None:
        """Do nothing."""

    async def stop(self) -> None:
        """Remember."""
        self._broker.done.append("stop")

    async def getmany(self, **asked: object) -> dict[TopicPartition, list[Raw]]:
        """Hand out the next batch by partition, or nothing after a while."""
        self._broker.polled = asked
        if not self._broker.batches:
            await asyncio.sleep(0.01)
            return {}
        found: dict[TopicPartition, list[Raw]] = {}
        for raw in self._broker.batches.pop(0):
            found.setdefault(TopicPartition(raw.topic, raw.partition), []).append(raw)
        return found

    async def commit(self) -> None:
        """Remember."""
        self._broker.done.append("commit")

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Remember."""
        self._broker.done.append((partition.topic, partition.partition, offset))
