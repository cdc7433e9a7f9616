"""The embedded broker and Apache Kafka as one machine runs them: stopped, killed, wiped."""

import asyncio
from pathlib import Path
from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.kafka.server import ApacheKafka
from deploy.local.broker import PARTITIONS, EmbeddedBroker
from deploy.local.server import Server

pytestmark = pytest.mark.integration


async def _round_trip(broker: Server, topic: str, *, idempotent: bool) -> list[bytes]:
    producer = AIOKafkaProducer(bootstrap_servers=broker.address, enable_idempotence=idempotent, acks="all")
    await producer.start()
    sent = [await producer.send(topic, b"%d" % n, key=b"%d" % (n % 5)) for n in range(1000)]
    await asyncio.gather(*sent)
    await producer.stop()
    # The embedded broker lets a member wait for half its session before it may join.
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=broker.address,
        group_id=f"{topic}-readers",
        session_timeout_ms=6000,
        heartbeat_interval_ms=500,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    read: list[bytes] = []
    async with asyncio.timeout(120):
        while len(read) < len(sent):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                read.extend(record.value for record in records)
    await consumer.commit()
    await consumer.stop()
    return read


async def _admin(broker: Server) -> AIOKafkaAdminClient:
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.address)
    await admin.start()
    return admin


async def test_a_group_reads_everything_once_and_its_offsets_are_kept(broker: Server) -> None:
    admin = await _admin(broker)
    await admin.create_topics([NewTopic("trip", 3, 1)])

    read = await _round_trip(broker, "trip", idempotent=isinstance(broker, ApacheKafka))

    assert sorted(read, key=int) == [b"%d" % n for n in range(1000)]
    partitions = [TopicPartition("trip", n) for n in range(3)]
    offsets = await admin.list_consumer_group_offsets("trip-readers", partitions=partitions)
    assert sum(offset.offset for offset in offsets.values()) == 1000
    await admin.close()


async def test_a_killed_broker_comes_back_on_its_port(broker: Server) -> None:
    admin = await _admin(broker)
    await admin.create_topics([NewTopic("kept", 1, 1)])
    await admin.close()

    await broker.kill()
    assert broker.pid is None
    assert await broker.missing() is not None
    await broker.start()

    admin = await _admin(broker)
    in_memory = isinstance(broker, EmbeddedBroker)
    assert ("kept" in await admin.list_topics()) is not in_memory
    await admin.close()


@pytest.mark.parametrize("broker", ["embedded"], indirect=True)
async def test_a_topic_the_embedded_broker_makes_by_itself_has_as_many_partitions_as_ours(broker: Server) -> None:
    async with AIOKafkaProducer(bootstrap_servers=broker.address, enable_idempotence=False) as producer:
        assert await producer.partitions_for("asked-for") == set(range(PARTITIONS))


async def test_a_cluster_whose_id_begins_with_a_dash_is_formatted(
    kafka: ApacheKafka, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("uuid.uuid4", lambda: UUID(bytes=b"\xf8" * 16))
    await kafka.start()
    await kafka.stop()
    assert "cluster.id=-" in (room / "kafka" / "data" / "meta.properties").read_text()


async def test_a_wiped_broker_has_no_topics(broker: Server) -> None:
    admin = await _admin(broker)
    await admin.create_topics([NewTopic("gone", 1, 1)])
    await admin.close()

    await broker.restart(wipe=True)

    admin = await _admin(broker)
    assert "gone" not in await admin.list_topics()
    await admin.close()
