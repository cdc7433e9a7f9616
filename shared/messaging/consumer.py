"""FastStream carries the consumer: raw bytes in, our pipeline inside, a rebalance waits for the running batch."""

import asyncio
import random
from typing import Any, Final

from aiokafka import ConsumerRebalanceListener, TopicPartition
from faststream import AckPolicy
from faststream.exceptions import NackMessage
from faststream.kafka import KafkaBroker
from faststream.kafka.annotations import KafkaMessage
from faststream.kafka.message import KafkaAckableMessage

from shared.database.transient import is_transient
from shared.logs import logger
from shared.messaging.metrics import RETRIES
from shared.messaging.parking import Parking
from shared.messaging.pipeline import Outcome, Pipeline
from shared.messaging.record import Record
from shared.messaging.tolerant import read_leniently
from shared.messaging.topics import group_of, topic_of
from shared.settings import ServiceSettings

log = logger(__name__)

_RETRY_FOR_SECONDS: Final = 60
_SLOWEST_BACKOFF: Final = 5.0


class Consumer(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka ships no types
    """The consumer group member of one service process."""

    def __init__(self, pipeline: Pipeline, parking: Parking, settings: ServiceSettings) -> None:
        read_leniently()
        self._pipeline = pipeline
        self._parking = parking
        self._settings = settings
        self._busy = asyncio.Lock()
        self._leaving = asyncio.Event()
        self.assigned: frozenset[TopicPartition] = frozenset()
        self.joined = False
        self._generation = -1
        self.group = group_of(settings.topic_prefix, pipeline.consumer)
        self.topics = [topic_of(settings.topic_prefix, service) for service in pipeline.handlers.services()]
        self.broker = KafkaBroker(
            # FastStream takes a text for one server, and aiokafka would look for a host with a comma in its name.
            settings.kafka.split(","),
            ack_policy=AckPolicy.NACK_ON_ERROR,
            allow_auto_create_topics=False,
            consumer_only=True,
            graceful_timeout=25.0,
            logger=None,
            metadata_max_age_ms=5_000,
        )
        # A service may only speak: FastStream refuses a subscriber without topics.
        if self.topics:
            self._subscribe()

    def _subscribe(self) -> None:
        self._subscriber = self.broker.subscriber(
            *self.topics,
            group_id=self.group,
            batch=True,
            max_records=self._settings.batch_records,
            batch_timeout_ms=self._settings.batch_wait_ms,
            auto_offset_reset="earliest",
            session_timeout_ms=self._settings.group_session_ms,
            heartbeat_interval_ms=min(3_000, self._settings.group_session_ms // 3),
            rebalance_timeout_ms=60_000,
            max_poll_interval_ms=300_000,
            fetch_max_wait_ms=100,
            listener=self,
            parser=self._keep_raw,
            decoder=_keep_body,
            no_reply=True,
            ack_policy=AckPolicy.NACK_ON_ERROR,
        )
        self._subscriber(self._deliver_message)

    async def _deliver_message(self, message: KafkaMessage) -> None:
        raw = message.raw_message
        await self.deliver(raw if isinstance(raw, tuple) else (raw,))

    async def _keep_raw(self, message: Any) -> KafkaAckableMessage:  # noqa: ANN401 - FastStream's parser contract
        # FastStream's own parser decodes headers and raises on bytes that are not UTF-8, before any of our code (F5).
        return KafkaAckableMessage(body=b"", raw_message=message, consumer=self._subscriber.consumer)

    async def start(self) -> None:
        """Connect and begin to consume."""
        await self.broker.start()

    async def stop(self) -> None:
        """Finish the running batch, commit its offsets and leave the group."""
        self._leaving.set()
        await self.broker.stop()

    async def deliver(self, raw: tuple[Any, ...]) -> None:
        """Hand a polled batch to the pipeline, trying again through passing errors, in order, skipping nothing."""
        records = [
            Record(
                r.topic,
                r.partition,
                r.offset,
                r.key,
                tuple((name, value) for name, value in r.headers),
                r.value,
            )
            for r in raw
        ]
        async with self._busy:
            outcome = await self._handle(records)
        await self._move_parked(outcome)

    async def _handle(self, records: list[Record]) -> Outcome:
        backoff = 0.05
        deadline = asyncio.get_running_loop().time() + _RETRY_FOR_SECONDS
        while True:
            try:
                return await self._pipeline.handle(records)
            except Exception as error:
                if not is_transient(error):
                    # Cannot come from a message (those are parked): say so loudly and deliver it again, never skip.
                    log.exception("pipeline_failed", consumer=self._pipeline.consumer)
                RETRIES.labels(self._pipeline.consumer).inc()
                # While others wait for our partitions, or before the group gives up on us, hand the batch back: it is
                # delivered again from the same offsets.
                if self._leaving.is_set() or asyncio.get_running_loop().time() > deadline:
                    raise NackMessage from error
                log.warning("batch_waits", consumer=self._pipeline.consumer, error=str(error)[:300])
                await asyncio.sleep(backoff * random.uniform(0.8, 1.2))  # noqa: S311 - jitter
                backoff = min(backoff * 2, _SLOWEST_BACKOFF)

    async def _move_parked(self, outcome: Outcome) -> None:
        try:
            await self._parking.after_batch(outcome)
        except Exception as error:
            # The batch itself is committed; the sweep takes up what was missed here.
            if not is_transient(error):
                log.exception("parking_failed", consumer=self._pipeline.consumer)

    async def on_partitions_revoked(self, revoked: list[TopicPartition]) -> None:
        """Wait for the running batch before the partitions go to another member (reference F9)."""
        if revoked:
            self._leaving.set()
            async with self._busy:
                self.assigned = frozenset()

    async def on_partitions_assigned(self, assigned: list[TopicPartition]) -> None:
        """Note what is ours now, and that something was; read all of it again from a broker that forgot our group.

        A broker that lost its data counts the group's generations anew. The last commit of the old generation may have
        reached it before we joined again (the embedded broker takes it): an offset of the old log that would skip as
        much of the new one. What was there already is recognised.
        """
        client: Any = self._subscriber.consumer
        generation = client._coordinator.generation  # noqa: SLF001 - no public way to it
        if generation <= self._generation:
            log.error("group_was_forgotten", consumer=self._pipeline.consumer, partitions=len(assigned))
            for partition in assigned:
                client.seek(partition, 0)
        self._generation = generation
        self._leaving.clear()
        self.assigned = frozenset(assigned)
        self.joined = self.joined or bool(assigned)


async def _keep_body(message: Any) -> Any:  # noqa: ANN401 - FastStream's decoder contract
    return message.body
