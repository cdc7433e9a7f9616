"""How the consumer is set up at the broker, and what it does with a batch that cannot be handled now."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import structlog
from aiokafka import TopicPartition
from aiokafka.conn import collect_hosts
from faststream.exceptions import NackMessage

from shared.messaging.consumer import Consumer
from shared.messaging.handlers import Handlers
from shared.messaging.record import Record
from tests.unit.shared.brokerless import SETTINGS, Baked, Broker, Moved, Raw, Scripted, consumer_of, nothing


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Broker:
    """The client library, without a network."""
    made = Broker()
    monkeypatch.setattr("aiokafka.AIOKafkaConsumer", made.client)
    return made


@asynccontextmanager
async def running(consumer: Consumer) -> AsyncIterator[None]:
    """Run a consumer."""
    await consumer.start()
    try:
        yield
    finally:
        await consumer.stop()


async def until(done: list[object], count: int) -> list[object]:
    """Return what was done as soon as it is `count` things."""
    async with asyncio.timeout(60):
        while len(done) < count:
            await asyncio.sleep(0.002)
    return done


def test_it_reads_the_topics_of_the_producers_it_reacts_to_as_its_own_group() -> None:
    consumer, _, _ = consumer_of()
    assert consumer.group == "bo.billing"
    assert consumer.topics == ["bo.assessment", "bo.enrollment"]
    assert consumer.assigned == frozenset()
    assert not consumer.joined


async def test_a_service_that_only_speaks_subscribes_to_nothing(broker: Broker) -> None:
    pipeline = Scripted(Handlers("silent"))
    consumer = Consumer(pipeline, Moved(pipeline), SETTINGS)
    assert consumer.topics == []
    async with running(consumer):
        pass
    assert broker.clients == 0


async def test_at_the_broker_it_commits_nothing_by_itself_and_starts_with_the_oldest(broker: Broker) -> None:
    consumer, _, _ = consumer_of()
    async with running(consumer):
        await asyncio.sleep(0)
    assert broker.clients == 1
    wanted = {
        "group_id": "bo.billing",
        "enable_auto_commit": False,
        "auto_offset_reset": "earliest",
        "session_timeout_ms": 9_000,
        "heartbeat_interval_ms": 3_000,
        "rebalance_timeout_ms": 60_000,
        "max_poll_interval_ms": 300_000,
    }
    assert {name: broker.options[name] for name in wanted} == wanted
    assert list(broker.subscribed["topics"]) == consumer.topics
    assert broker.subscribed["pattern"] is None


@pytest.mark.parametrize(
    "kafka", ["one:9092", "one:9092,two:9093", "one:9092, two:9093,[::1]:9094", "10.0.0.1:1,one:2"]
)
async def test_it_knows_every_server_that_the_producer_knows(broker: Broker, kafka: str) -> None:
    settings = SETTINGS.model_copy(update={"kafka": kafka})
    _, pipeline, parking = consumer_of()
    async with running(Consumer(pipeline, parking, settings)):
        pass
    assert sorted(collect_hosts(broker.options["bootstrap_servers"])) == sorted(collect_hosts(settings.kafka))


@pytest.mark.parametrize("session_ms", [6_000, 9_000, 15_000, 60_000])
async def test_it_is_heard_three_times_before_the_group_gives_it_up(broker: Broker, session_ms: int) -> None:
    pipeline = Scripted(Handlers("billing"))
    pipeline.handlers.on(Baked)(nothing)
    consumer = Consumer(pipeline, Moved(pipeline), SETTINGS.model_copy(update={"group_session_ms": session_ms}))
    async with running(consumer):
        pass
    assert broker.options["heartbeat_interval_ms"] * 3 <= session_ms


async def test_a_batch_is_polled_by_the_settings_handled_whole_and_then_committed(broker: Broker) -> None:
    broker.batches = [[Raw(1), Raw(2, topic="bo.assessment", partition=4)], [Raw(3)]]
    consumer, pipeline, parking = consumer_of()
    async with running(consumer):
        assert await until(broker.done, 2) == ["commit", "commit"]
    assert broker.polled == {"timeout_ms": 5, "max_records": 7}
    assert [[record.offset for record in batch] for batch in pipeline.seen] == [[1, 2], [3]]
    assert [(record.topic, record.partition) for record in pipeline.seen[0]] == [
        ("bo.enrollment", 0),
        ("bo.assessment", 4),
    ]
    assert [outcome.arrived for outcome in parking.told] == [{"k"}, {"k"}]
    assert broker.done[-1] == "stop"


@pytest.mark.parametrize(
    "raw",
    [
        Raw(1, headers=(("ce_type", b"\xff\xfe"), ("b3", None), ("b3", b""), ("", b"\x00"))),
        Raw(1, key=None, value=None),
        Raw(1, key=b"\xff", value=b"\xff{"),
        Raw(1, value=b"not json", headers=(("content-type", b"application/json"), ("correlation_id", b"\xff"))),
    ],
)
async def test_the_bytes_of_a_record_reach_the_pipeline_as_they_came(broker: Broker, raw: Raw) -> None:
    broker.batches = [[raw]]
    consumer, pipeline, _ = consumer_of()
    async with running(consumer):
        assert await until(broker.done, 1) == ["commit"]
    assert pipeline.seen == [[Record(raw.topic, raw.partition, raw.offset, raw.key, raw.headers, raw.value)]]


async def test_a_passing_error_is_waited_out_with_the_same_records_and_only_then_committed(broker: Broker) -> None:
    broker.batches = [[Raw(1)], [Raw(2)]]
    consumer, pipeline, parking = consumer_of(ConnectionRefusedError("gone"), TimeoutError())
    with structlog.testing.capture_logs() as logged:
        async with running(consumer):
            assert await until(broker.done, 2) == ["commit", "commit"]
    assert [[record.offset for record in batch] for batch in pipeline.seen] == [[1], [1], [1], [2]]
    assert len(parking.told) == 2
    assert [line["event"] for line in logged] == ["batch_waits", "batch_waits"]


async def test_an_error_that_should_not_be_is_said_loudly_and_skips_nothing_either() -> None:
    consumer, pipeline, _ = consumer_of(RuntimeError("a bug"))
    with structlog.testing.capture_logs() as logged:
        await consumer.deliver((Raw(1),))
    assert len(pipeline.seen) == 2
    assert [line["event"] for line in logged] == ["pipeline_failed", "batch_waits"]
    assert logged[0]["log_level"] == "error"


async def test_a_batch_that_fails_for_too_long_goes_back_from_its_first_records(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.messaging.consumer._RETRY_FOR_SECONDS", -1)
    broker.batches = [[Raw(5), Raw(6), Raw(9, partition=1)], [Raw(5), Raw(6), Raw(9, partition=1)]]
    consumer, pipeline, parking = consumer_of(ConnectionRefusedError("gone"))
    async with running(consumer):
        done = await until(broker.done, 3)
    assert done[:3] == [("bo.enrollment", 0, 5), ("bo.enrollment", 1, 9), "commit"]
    assert len(pipeline.seen) == 2
    assert len(parking.told) == 1, "a batch that was handed back has moved nothing"


async def test_not_even_an_error_of_our_own_loses_a_batch(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    consumer, pipeline, _ = consumer_of()
    deliver, failures = consumer.deliver, [RuntimeError("a bug")]

    async def fail_once(raw: tuple[Raw, ...]) -> None:
        if failures:
            raise failures.pop()
        await deliver(raw)

    monkeypatch.setattr(consumer, "deliver", fail_once)
    broker.batches = [[Raw(5)], [Raw(5)]]
    async with running(consumer):
        assert await until(broker.done, 2) == [("bo.enrollment", 0, 5), "commit"]
    assert [[record.offset for record in batch] for batch in pipeline.seen] == [[5]]


async def test_while_others_wait_for_its_partitions_a_failing_batch_is_handed_back_at_once() -> None:
    consumer, pipeline, _ = consumer_of(*[ConnectionRefusedError("gone")] * 100)
    pipeline.free.clear()
    delivering = asyncio.create_task(consumer.deliver((Raw(1),)))
    await pipeline.entered.wait()
    revoking = asyncio.create_task(consumer.on_partitions_revoked([TopicPartition("bo.enrollment", 0)]))
    await asyncio.sleep(0)
    pipeline.free.set()
    with pytest.raises(NackMessage):
        await delivering
    await revoking
    assert len(pipeline.seen) == 1


async def test_partitions_are_given_up_only_after_the_running_batch(broker: Broker) -> None:
    consumer, pipeline, _ = consumer_of()
    mine = TopicPartition("bo.enrollment", 0)
    async with running(consumer):
        await consumer.on_partitions_assigned([mine])
        assert consumer.assigned == {mine}
        pipeline.free.clear()
        delivering = asyncio.create_task(consumer.deliver((Raw(1),)))
        await pipeline.entered.wait()
        revoking = asyncio.create_task(consumer.on_partitions_revoked([mine]))
        await asyncio.sleep(0.02)
        assert not revoking.done()
        assert consumer.assigned == {mine}
        pipeline.free.set()
        await asyncio.gather(delivering, revoking)
    assert consumer.assigned == frozenset()
    assert consumer.joined


async def test_after_a_rebalance_passing_errors_are_waited_out_again(broker: Broker) -> None:
    consumer, pipeline, _ = consumer_of(ConnectionRefusedError("gone"))
    mine = TopicPartition("bo.enrollment", 0)
    async with running(consumer):
        await consumer.on_partitions_revoked([mine])
        await consumer.on_partitions_assigned([mine])
        await consumer.deliver((Raw(1),))
    assert len(pipeline.seen) == 2


@pytest.mark.parametrize(
    ("generations", "forgotten"),
    [([0], 0), ([1, 2], 0), ([1, 2, 7], 0), ([0, 0], 1), ([5, 1], 1), ([5, 1, 2], 1), ([5, 1, 1], 2)],
)
async def test_a_group_that_counts_its_generations_anew_reads_from_the_beginning(
    broker: Broker, generations: list[int], forgotten: int
) -> None:
    consumer, _, _ = consumer_of()
    mine = [TopicPartition("bo.enrollment", 0), TopicPartition("bo.assessment", 4)]
    with structlog.testing.capture_logs() as logged:
        async with running(consumer):
            for generation in generations:
                broker.generation = generation
                await consumer.on_partitions_assigned(mine)
            assert broker.done == [("bo.enrollment", 0, 0), ("bo.assessment", 4, 0)] * forgotten
    assert [line["event"] for line in logged] == ["group_was_forgotten"] * forgotten


async def test_a_first_join_gives_nothing_up() -> None:
    consumer, pipeline, _ = consumer_of(ConnectionRefusedError("gone"))
    await consumer.on_partitions_revoked([])
    await consumer.deliver((Raw(1),))
    assert len(pipeline.seen) == 2


async def test_the_broker_tells_the_consumer_of_every_rebalance(broker: Broker) -> None:
    consumer, _, _ = consumer_of()
    mine = TopicPartition("bo.enrollment", 0)
    async with running(consumer):
        listener = broker.subscribed["listener"]
        await listener.on_partitions_assigned([mine])
        assert consumer.assigned == {mine}
        await listener.on_partitions_revoked([mine])
        assert consumer.assigned == frozenset()


@pytest.mark.parametrize("error", [ConnectionRefusedError("gone"), RuntimeError("a bug")])
async def test_parked_messages_that_cannot_be_moved_now_do_not_hold_up_a_batch_that_is_done(error: Exception) -> None:
    consumer, pipeline, parking = consumer_of(parking_error=error)
    with structlog.testing.capture_logs() as logged:
        await consumer.deliver((Raw(1),))
    assert (len(pipeline.seen), len(parking.told)) == (1, 1)
    assert [line["event"] for line in logged] == (["parking_failed"] if isinstance(error, RuntimeError) else [])
