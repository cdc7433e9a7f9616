"""The bare loops: what one would write by hand on the drivers, without a framework and without our guarantees.

Each is written as well as we can: batches, pipelined statements, one transaction, one offset commit a batch.
"""

import asyncio
import json
from datetime import UTC, date, datetime
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, ConsumerRecord

from deploy.bench.measure import Measured
from deploy.bench.sample import COST, PROGRAMME, ROW, RawEvent, cost_payload
from deploy.bench.servers import Servers
from shared.ids import new_id
from shared.messaging.broker import new_producer
from shared.settings import ServiceSettings

_INBOX = (
    "INSERT INTO inbox (consumer, event_id, event_type, key, sequence) VALUES ($1, $2, $3, $4, $5) "
    "ON CONFLICT DO NOTHING"
)
_OUTBOX = """
INSERT INTO outbox (event_id, event_type, aggregate_type, aggregate_id, sequence, programme, occurred_at,
                    correlation_id, causation_id, actor, payload, shard)
VALUES ($1, 'billing.cost-recorded.v1', 'cost', $2, 1, $3, $4, $5, $6, 'bench', $7, 0)
"""


class _Assigned(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka ships no types
    def __init__(self) -> None:
        self.measured = Measured()

    async def on_partitions_revoked(self, revoked: object) -> None:
        """Nothing to hand over."""

    async def on_partitions_assigned(self, assigned: object) -> None:
        """Start the clock."""
        if assigned:
            self.measured.start()


async def consume(servers: Servers, database_url: str, topic: str, group: str, events: int) -> Measured:
    """Consume `events` records of `topic` with effects in the database; the clock starts at the assignment."""
    settings = servers.settings(database_url)
    listener = _Assigned()
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=settings.group_session_ms,
        fetch_max_wait_ms=100,
    )
    consumer.subscribe([topic], listener=listener)
    connection = await asyncpg.connect(database_url, server_settings={"jit": "off"})
    await consumer.start()
    try:
        done = 0
        while done < events:
            batch = await consumer.getmany(timeout_ms=settings.batch_wait_ms, max_records=settings.batch_records)
            records = [record for part in batch.values() for record in part]
            if not records:
                continue
            await _apply(connection, group, records)
            done += len(records)
            if done < events:
                await consumer.commit()
        listener.measured.stop(done)
        await consumer.commit()
        return listener.measured
    finally:
        await consumer.stop()
        await connection.close()


async def _apply(connection: asyncpg.Connection, consumer: str, records: list[ConsumerRecord]) -> None:
    inbox, rows, outbox = [], [], []
    now = datetime.now(UTC)
    for record in records:
        headers = dict(record.headers)
        event_id = UUID(headers["ce_id"].decode())
        visit = json.loads(record.value)
        cost_id = new_id()
        inbox.append(
            (consumer, event_id, headers["ce_type"].decode(), record.key.decode(), int(headers["ce_sequence"]))
        )
        rows.append(
            (
                event_id,
                headers["ce_programme"].decode(),
                UUID(visit["enrollment_id"]),
                visit["number"],
                date.fromisoformat(visit["visited_on"]),
                COST.minor,
            )
        )
        outbox.append(
            (
                new_id(),
                cost_id,
                PROGRAMME,
                now,
                headers["ce_correlationid"].decode(),
                str(event_id),
                cost_payload(cost_id, visit["partner_id"], visit["training_id"], visit["visited_on"]),
            )
        )
    async with connection.transaction():
        await connection.executemany(_INBOX, inbox)
        await connection.executemany(ROW, rows)
        await connection.executemany(_OUTBOX, outbox)


async def send(settings: ServiceSettings, topic: str, events: list[RawEvent]) -> Measured:
    """Send `events` from memory, 500 at a time, each batch acknowledged before the next."""
    producer: AIOKafkaProducer = new_producer(settings)
    await producer.start()
    try:
        measured = Measured()
        measured.start()
        for first in range(0, len(events), settings.relay_batch):
            batch = events[first : first + settings.relay_batch]
            await asyncio.wait([await producer.send(topic, v, key=k, headers=h) for k, v, h in batch])
        measured.stop(len(events))
        return measured
    finally:
        await producer.stop()
