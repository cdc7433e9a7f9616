"""Guarantees 5 and 9: a broker that is away breaks no command; one that lost everything is refilled from the outbox."""

import asyncio
import time

import pytest

from deploy.local.server import Server
from shared.ids import new_id
from shared.messaging.topics import topic_of
from tests.support.tally.pair import Pair
from tests.support.topic import topic_exists
from tests.support.waiting import eventually

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
        print(f"everything arrived {time.monotonic() - back:.1f} s after the broker was back")
        await pair.clean()
        # And traffic simply goes on.
        again = time.monotonic()
        for thing in things:
            await pair.count(thing, 1)
        await pair.all_applied()
        print(f"traffic after that took {time.monotonic() - again:.2f} s")


async def test_topics_come_back_with_an_idle_relay_and_consumers_notice(broker: Server, pair: Pair) -> None:
    thing = new_id()
    topic = topic_of(pair.counter.topic_prefix, "enrollment")
    async with pair.counting(), pair.tallying():
        await pair.count(thing, 1)
        await pair.all_applied()
        await broker.restart(wipe=True)
        assert not await topic_exists(pair.counter, topic)
        back = time.monotonic()
        await pair.count(thing, 2)

        async def created() -> bool:
            return await topic_exists(pair.counter, topic)

        await eventually(created, within=120)
        print(f"topic created {time.monotonic() - back:.1f} s after the first event")
        await pair.all_applied(within=120)
        print(f"event applied {time.monotonic() - back:.1f} s after it was recorded")


async def some_applied(pair: Pair, wanted: int) -> None:
    """Wait until traffic really flows."""

    async def flows() -> bool:
        return sum(map(len, (await pair.applied()).values())) >= wanted

    await eventually(flows)
