"""The relay: sends the outbox to the broker, in order per aggregate, and marks what the broker acknowledged.

Several may run; a shard has one sender at a time by lease. A crash between sending and marking sends again: consumers
recognise that. A lease cannot fence the broker either, so a relay that was paused may send old rows late: consumers
recognise those by their sequence.
"""

import asyncio
import contextlib
import random
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.database.transient import is_transient
from shared.events.catalogue import PRODUCERS
from shared.logs import logger
from shared.messaging.broker import ensure_topics, new_producer
from shared.messaging.envelope import Envelope, to_headers
from shared.messaging.faults import Faults
from shared.messaging.lease import release_leases, take_leases
from shared.messaging.metrics import OUTBOX_BACKLOG, PUBLISH_FAILURES, PUBLISHED
from shared.messaging.topics import topic_of
from shared.settings import ServiceSettings

log = logger(__name__)

_ACK_SECONDS: Final = 30
_LOOK_AGAIN_SECONDS: Final = 3
_QUICKEST_POLL: Final = 0.02
_SLOWEST_POLL: Final = 1.0
_SLOWEST_BACKOFF: Final = 5.0

_SELECT: Final = """
SELECT id, event_id, event_type, aggregate_type, aggregate_id, sequence, programme, occurred_at, correlation_id,
       causation_id, actor, traceparent, payload, shard
FROM outbox WHERE published_at IS NULL AND shard = ANY($1::smallint[]) ORDER BY id LIMIT $2
"""
# The leases are held until the marks are committed: whoever recalls them meanwhile sees the marks, or prevents them.
_MARK: Final = """
WITH held AS (SELECT shard, epoch FROM relay_lease WHERE owner = $2 ORDER BY shard FOR SHARE)
UPDATE outbox o SET published_at = clock_timestamp(), last_error = NULL FROM held
WHERE o.id = ANY($1::bigint[]) AND held.shard = o.shard AND held.epoch = ($3::bigint[])[held.shard + 1]
"""
_FAILED: Final = "UPDATE outbox SET attempts = attempts + 1, last_error = $2 WHERE id = ANY($1::bigint[])"
_BACKLOG: Final = "SELECT count(*) FROM outbox WHERE published_at IS NULL"
# In slices, so that the first cleaning of a large outbox does not hold locks for minutes.
_FORGET: Final = """
WITH gone AS (
    DELETE FROM outbox WHERE id IN (
        SELECT id FROM outbox WHERE published_at < clock_timestamp() - make_interval(days => $1)
        ORDER BY id LIMIT 5000 FOR UPDATE SKIP LOCKED
    ) RETURNING aggregate_id
)
UPDATE stream_head h SET forgotten = h.forgotten + g.events
FROM (SELECT aggregate_id, count(*) AS events FROM gone GROUP BY aggregate_id) AS g
WHERE h.aggregate_id = g.aggregate_id
"""


class BrokerLostItsLog(KafkaError):  # type: ignore[misc] # aiokafka ships no types
    """The broker gave out an offset again: it came back without what it had."""


class Relay:
    """Publishes one service's outbox until stopped."""

    def __init__(
        self,
        service: str,
        engine: AsyncEngine,
        settings: ServiceSettings,
        owner: UUID,
        faults: Faults | None = None,
    ) -> None:
        self._service = service
        self._engine = engine
        self._settings = settings
        self._owner = owner
        self._topic = topic_of(settings.topic_prefix, service)
        self._faults = faults or Faults()
        self._producer: AIOKafkaProducer | None = None
        self._woken = asyncio.Event()
        self._stopping = False
        self._epochs: dict[int, int] = {}
        self._lease_until = 0.0
        self._offsets: dict[int, int] = {}

    def wake(self) -> None:
        """Say that a commit left something to send."""
        self._woken.set()

    def stop(self) -> None:
        """Ask for the end: what is in the outbox now is still sent if the broker takes it at once."""
        self._stopping = True
        self._woken.set()

    async def run(self) -> None:
        """Send until stopped, through outages of broker and database."""
        idle = _QUICKEST_POLL
        backoff = 0.1
        loop = asyncio.get_running_loop()
        next_housekeeping = 0.0
        try:
            while True:
                # Clearing first: a wake-up during the step below must not be lost.
                self._woken.clear()
                stopping = self._stopping
                try:
                    if loop.time() >= self._lease_until:
                        # The local deadline is stricter than the database's: we stop believing before others may take.
                        asked = loop.time()
                        async with self._engine.begin() as connection:
                            self._epochs = await take_leases(
                                connection, self._owner, self._settings.relay_lease_seconds
                            )
                        self._lease_until = asked + self._settings.relay_lease_seconds / 3
                    if loop.time() >= next_housekeeping:
                        await self._housekeeping()
                        next_housekeeping = loop.time() + 5
                    sent = await self.step()
                    backoff = 0.1
                except Exception as error:
                    if not (is_transient(error) or isinstance(error, KafkaError)):
                        log.exception("relay_failed", service=self._service)
                    else:
                        log.warning("relay_waits", service=self._service, error=str(error)[:300])
                    await self._drop_producer()
                    if stopping:
                        return
                    self._lease_until = 0.0
                    await asyncio.sleep(backoff * random.uniform(0.8, 1.2))  # noqa: S311 - jitter
                    backoff = min(backoff * 2, _SLOWEST_BACKOFF)
                    continue
                if sent:
                    idle = _QUICKEST_POLL
                    continue
                if stopping:
                    return
                idle = min(idle * 1.5, _SLOWEST_POLL)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(idle):
                        await self._woken.wait()
                        idle = _QUICKEST_POLL
        finally:
            await self._drop_producer()
            with contextlib.suppress(Exception):
                async with self._engine.begin() as connection:
                    await release_leases(connection, self._owner)

    async def step(self) -> int:
        """Send one batch of our shards and mark it; returns how many rows the broker took."""
        if not self._epochs:
            return 0
        async with self._engine.connect() as connection:
            rows = (await connection.exec_driver_sql(_SELECT, (sorted(self._epochs), self._settings.relay_batch))).all()
        if not rows:
            return 0
        producer = await self._ready_producer()
        self._faults.point("after_commit_before_send")
        outcome = await self._send(producer, rows)
        self._faults.point("after_send_before_mark")
        sent, failed, error = outcome
        async with self._engine.begin() as connection:
            if sent:
                epochs = [self._epochs.get(shard, -1) for shard in range(max(self._epochs) + 1)]
                marked = await connection.exec_driver_sql(_MARK, (sent, str(self._owner), epochs))
                if marked.rowcount < len(sent):
                    # Somebody took or recalled our leases: what was sent counts for nothing, and we look again.
                    self._lease_until = 0.0
            if failed:
                await connection.exec_driver_sql(_FAILED, (failed, str(error)[:1000]))
        PUBLISHED.labels(self._service).inc(len(sent))
        if failed:
            PUBLISH_FAILURES.labels(self._service).inc(len(failed))
            raise error if error is not None else KafkaError("the broker did not take the batch")
        return len(sent)

    async def _send(
        self, producer: AIOKafkaProducer, rows: Sequence[Any]
    ) -> tuple[list[int], list[int], BaseException | None]:
        """Send `rows` pipelined; return ids taken, ids not taken, first error.

        After a failure of a key its later rows count as not taken, whatever the broker did with them: they are sent
        again behind it, and consumers recognise the doubles.
        """
        # Record by record: a batch call would ignore the keys when it chooses partitions (reference F13).
        futures: list[asyncio.Future[Any] | BaseException] = []
        broken: set[UUID] = set()
        away: KafkaError | None = None
        for row in rows:
            if away is not None or row.aggregate_id in broken:
                futures.append(away or KafkaError("an earlier event of this aggregate was not taken"))
                continue
            try:
                acknowledged = await self._send_one(producer, row)
                if self._faults.duplicate:
                    await self._send_one(producer, row)
            except Exception as error:  # noqa: BLE001 - whatever it is, this key stops here and the caller raises it
                broken.add(row.aggregate_id)
                futures.append(error)
                if isinstance(error, KafkaError) and not isinstance(error, MessageSizeTooLargeError):
                    # Not this record's fault: every further one would wait as long for the same answer.
                    away = error
            else:
                futures.append(acknowledged)
        await self._acknowledged([future for future in futures if isinstance(future, asyncio.Future)])
        sent: list[int] = []
        failed: list[int] = []
        first_error: BaseException | None = None
        broken.clear()
        for row, future in zip(rows, futures, strict=True):
            failure = _failure(future)
            if failure is None and row.aggregate_id not in broken:
                sent.append(row.id)
            else:
                broken.add(row.aggregate_id)
                failed.append(row.id)
                first_error = first_error or failure
        return sent, failed, first_error

    async def _acknowledged(self, waiting: Sequence[asyncio.Future[Any]]) -> None:
        """Wait for acknowledgements, but not for ever; raises BrokerLostItsLog when offsets start again."""
        if not waiting:
            return
        _, pending = await asyncio.wait(waiting, timeout=_LOOK_AGAIN_SECONDS)
        if pending:
            # A broker that came back with nothing knows no topics; an idempotent producer would wait for ever for a
            # leader (reference, section 2).
            with contextlib.suppress(KafkaError, OSError, TimeoutError):
                await ensure_topics(self._settings, PRODUCERS)
            await asyncio.wait(pending, timeout=_ACK_SECONDS)
        for future in waiting:
            if _failure(future) is None and (taken := future.result()).offset >= 0:
                before = self._offsets.get(taken.partition, -1)
                self._offsets[taken.partition] = taken.offset
                if taken.offset <= before:
                    raise BrokerLostItsLog(f"offset {taken.offset} of partition {taken.partition} was given out twice")

    async def _send_one(self, producer: AIOKafkaProducer, row: Any) -> asyncio.Future[Any]:  # noqa: ANN401 - driver row
        envelope = Envelope(
            id=row.event_id,
            type=row.event_type,
            source=f"/scorebook/{self._service}",
            subject=f"{row.aggregate_type}/{row.aggregate_id}",
            time=row.occurred_at,
            programme=row.programme,
            key=str(row.aggregate_id),
            sequence=row.sequence,
            correlation_id=row.correlation_id,
            causation_id=row.causation_id,
            actor=row.actor,
            traceparent=row.traceparent,
        )
        future: asyncio.Future[Any] = await producer.send(
            self._topic, row.payload, key=envelope.key.encode(), headers=to_headers(envelope)
        )
        # Nobody waits any more for one that was given up; when it fails after all, that is no news.
        future.add_done_callback(_failure)
        return future

    async def _ready_producer(self) -> AIOKafkaProducer:
        if self._producer is None:
            # Each new connection looks again whether the topics exist: a broker may have come back with nothing.
            await ensure_topics(self._settings, PRODUCERS)
            producer = new_producer(self._settings)
            self._offsets = {}
            try:
                await producer.start()
            except BaseException:
                await producer.stop()
                raise
            self._producer = producer
        return self._producer

    async def _drop_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(5):
                    await producer.stop()

    async def _housekeeping(self) -> None:
        async with self._engine.begin() as connection:
            backlog = (await connection.exec_driver_sql(_BACKLOG)).scalar_one()
            OUTBOX_BACKLOG.labels(self._service).set(backlog)
            if self._settings.outbox_retention_days:
                await connection.exec_driver_sql(_FORGET, (self._settings.outbox_retention_days,))
        if self._producer is not None and (created := await ensure_topics(self._settings, PRODUCERS)):
            # Consumers wait for their topics even while nothing is sent, and some brokers take records for topics they
            # do not have and lose them.
            log.error("topics_were_gone", service=self._service, topics=created, remedy="publish the outbox again")


def _failure(future: asyncio.Future[Any] | BaseException) -> BaseException | None:
    if isinstance(future, BaseException):
        return future
    failure: BaseException | None
    if future.cancelled():
        failure = KafkaError("given up")
    elif future.done():
        failure = future.exception()
    else:
        failure = KafkaError("no acknowledgement in time")
    return failure
