"""Guarantees 5 and 9: a broker that is away breaks no command; one that lost everything is refilled from the outbox."""

import asyncio
import contextlib
import logging
import os
import signal
import time
from collections.abc import Iterator

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.local.server import Server
from shared.ids import new_id
from shared.messaging.topics import group_of, topic_of
from tests.support.tally.pair import Pair
from tests.support.tally.service import TALLY
from tests.support.topic import read_topic
from tests.support.waiting import eventually

LOG = logging.getLogger(__name__)

pytestmark = pytest.mark.integration


async def test_a_broker_that_lost_everything_in_the_middle_of_traffic_is_refilled_and_nothing_is_missing(
    broker: Server, pair: Pair
) -> None:
    things = [new_id() for _ in range(6)]
    stop = asyncio.Event()

    async def traffic() -> None:
        n = 0
        while not stop.is_set():
            n += 1
            for thing in things:
                await pair.count(thing, n)

    async with pair.counting() as counter, pair.tallying():
        commands = asyncio.create_task(traffic())
        await some_applied(pair, 60)
        await broker.restart(wipe=True)
        back = time.monotonic()
        stop.set()
        await commands
        # What nobody had read yet went with the broker; the operator publishes all of it again.
        await pair.republish(counter)
        await pair.all_applied(within=120)
        LOG.warning("everything arrived %.1f s after the broker was back", time.monotonic() - back)
        await pair.clean()
        # And traffic simply goes on.
        again = time.monotonic()
        for thing in things:
            await pair.count(thing, 1)
        await pair.all_applied()
        LOG.warning("traffic after that took %.2f s", time.monotonic() - again)


async def test_offsets_of_the_lost_log_that_still_reach_the_new_broker_skip_nothing(broker: Server, pair: Pair) -> None:
    things = [new_id() for _ in range(6)]
    tally = pair.process("tally")
    tally.start()
    async with pair.counting() as counter:
        await asyncio.gather(*(pair.count(thing, 1, 2, 3) for thing in things))
        await pair.all_applied()
        tally.signal(signal.SIGSTOP)
        try:
            await broker.restart(wipe=True)
            await asyncio.gather(*(pair.count(thing, 4, 5, 6) for thing in things))
            await pair.republish(counter)
            await commit_for_the_tally(pair, await last_offsets(pair, 6 * len(things)))
        finally:
            tally.signal(signal.SIGCONT)
        await pair.all_applied()
        await pair.clean()


async def last_offsets(pair: Pair, records: int) -> dict[TopicPartition, int]:
    """Return the last offset of each partition that the tally reads, once there are at least so many records."""
    topic = topic_of(pair.counter.topic_prefix, "enrollment")
    last: dict[TopicPartition, int] = {}

    async def all_there() -> bool:
        for record in await read_topic(pair.counter, topic):
            last[TopicPartition(topic, record.partition)] = record.offset
        return sum(offset + 1 for offset in last.values()) >= records

    await eventually(all_there)
    return last


async def commit_for_the_tally(pair: Pair, offsets: dict[TopicPartition, int]) -> None:
    """Commit as a member would whose commit was under way: before anybody has joined the group again."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=pair.tally.kafka,
        group_id=group_of(pair.tally.topic_prefix, TALLY.name),
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        consumer.assign(list(offsets))
        await consumer.commit(offsets)
    finally:
        await consumer.stop()


async def test_topics_come_back_with_an_idle_relay_and_consumers_notice(broker: Server, pair: Pair) -> None:
    thing = new_id()
    topic = topic_of(pair.counter.topic_prefix, "enrollment")
    async with pair.counting(), pair.tallying():
        await pair.count(thing, 1)
        await pair.all_applied()
        await broker.restart(wipe=True)
        await pair.count(thing, 2)
        await pair.all_applied(within=120)
        logged = {dict(record.headers)["ce_sequence"] for record in await read_topic(pair.counter, topic)}
        assert logged == {b"2"}, "what the lost broker had is really gone"


async def some_applied(pair: Pair, wanted: int) -> None:
    """Wait until traffic really flows."""

    async def flows() -> bool:
        return sum(map(len, (await pair.applied()).values())) >= wanted

    await eventually(flows)


@contextlib.contextmanager
def frozen(server: Server) -> Iterator[None]:
    """Freeze a server: it keeps its connections and answers nobody."""
    assert server.pid is not None
    os.kill(server.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server.pid, signal.SIGCONT)


async def test_a_broker_that_answers_nobody_breaks_no_command_and_gets_everything_afterwards(
    broker: Server, pair: Pair
) -> None:
    things = [new_id() for _ in range(4)]
    async with pair.counting(), pair.tallying():
        await asyncio.gather(*(pair.count(thing, 1) for thing in things))
        await pair.all_applied()
        with frozen(broker):
            # A command that needed the broker would hang here.
            for n in range(50):
                await asyncio.gather(*(pair.count(thing, n) for thing in things))
            assert sum(map(len, (await pair.applied()).values())) == len(things)
        await pair.all_applied()
        await pair.clean()


async def test_a_worker_stops_in_bounded_time_while_the_broker_answers_nobody(broker: Server, pair: Pair) -> None:
    thing = new_id()
    async with contextlib.AsyncExitStack() as tally, contextlib.AsyncExitStack() as counter:
        await counter.enter_async_context(pair.counting())
        await tally.enter_async_context(pair.tallying())
        await pair.count(thing, 1)
        await pair.all_applied()
        with frozen(broker):
            # The relay has something to send and drains at its end; it gives up when nobody takes it.
            await pair.count(thing, 2)
            started = time.monotonic()
            await asyncio.gather(counter.aclose(), tally.aclose())
            took = time.monotonic() - started
    LOG.warning("stopping took %.1f s", took)
    assert took < 30, "the orchestrator would have killed it"
    async with pair.counting(), pair.tallying():
        await pair.all_applied()


async def test_workers_started_while_the_broker_is_away_begin_when_it_comes(broker: Server, pair: Pair) -> None:
    thing = new_id()
    await broker.kill()
    async with pair.counting(), pair.tallying() as tally:
        await pair.count(thing, 1, 2, 3)
        assert tally.worker is not None
        assert not tally.worker.consuming
        await broker.start()
        await pair.all_applied()
        assert tally.worker.consuming
