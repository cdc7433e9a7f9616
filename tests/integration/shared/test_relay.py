"""Guarantee 7: one sender per shard, handed over by lease; a row that cannot be sent holds up nobody else."""

import asyncio
import contextlib
import signal
from collections import Counter
from typing import Any
from uuid import UUID

import pytest

from shared.ids import new_id
from shared.messaging.envelope import Envelope
from shared.messaging.lease import release_leases, take_leases
from shared.messaging.relay import Relay
from shared.messaging.topics import SHARDS, topic_of
from tests.support.tally.pair import Pair
from tests.support.tally.processes import ORDERLY
from tests.support.topic import read_topic
from tests.support.waiting import eventually

pytestmark = pytest.mark.integration


async def sent(pair: Pair) -> list[Envelope]:
    """Return the envelopes on the counter's topic, each key in order of offset."""
    records = await read_topic(pair.counter, topic_of(pair.counter.topic_prefix, "enrollment"))
    return [record.envelope for record in records if isinstance(record.envelope, Envelope)]


async def unpublished(pair: Pair) -> int:
    """Count the rows the relay has not marked."""
    async with pair.counter_engine.connect() as connection:
        rows = await connection.exec_driver_sql("SELECT count(*) FROM outbox WHERE published_at IS NULL")
        return int(rows.scalar_one())


async def published(pair: Pair, *, within: float = 30.0) -> None:
    """Wait until the outbox is drained."""

    async def drained() -> bool:
        assert (left := await unpublished(pair)) == 0, f"{left} unpublished"
        return True

    await eventually(drained, within=within)


async def lease_owners(pair: Pair) -> set[str]:
    """Return who holds unexpired leases."""
    async with pair.counter_engine.connect() as connection:
        rows = await connection.exec_driver_sql("SELECT owner FROM relay_lease WHERE expires_at > clock_timestamp()")
        return set(rows.scalars())


def first_time(envelopes: list[Envelope]) -> dict[UUID, list[int]]:
    """Return the sequences of each aggregate, doubles left out."""
    order: dict[UUID, list[int]] = {}
    for envelope in envelopes:
        sequences = order.setdefault(UUID(envelope.key), [])
        if envelope.sequence not in sequences:
            sequences.append(envelope.sequence)
    return order


async def test_two_relays_send_each_event_once_and_the_second_takes_over_when_the_first_leaves(pair: Pair) -> None:
    things = [new_id() for _ in range(8)]
    async with pair.counting() as first:
        async with pair.counting():
            for n in range(25):
                await asyncio.gather(*(pair.count(thing, n) for thing in things))
            await published(pair)
            assert len(await lease_owners(pair)) == 1
        assert set(Counter(envelope.id for envelope in await sent(pair)).values()) == {1}
        async with contextlib.AsyncExitStack() as second:
            await second.enter_async_context(pair.counting())
            before = await lease_owners(pair)
            assert first.worker is not None
            await first.worker.stop()
            # The lease was given back, so nobody waits for it to run out.
            assert not before & await lease_owners(pair)
            await pair.count(things[0], 1)
            await published(pair)
            assert first_time(await sent(pair)) == {
                thing: list(range(1, len(amounts) + 1)) for thing, amounts in pair.model.items()
            }
            await first.worker.start()


async def test_a_relay_frozen_before_it_sends_wakes_up_late_and_changes_nothing(pair: Pair) -> None:
    things = [new_id() for _ in range(8)]
    zombie = pair.process("counter")
    zombie.start(faults="stop:after_commit_before_send:1")
    await asyncio.gather(*(pair.count(thing, *range(5)) for thing in things))
    await zombie.frozen()
    async with pair.counting(), pair.tallying():
        # Only when the zombie's lease has run out may the successor send, and it does not wait longer.
        await published(pair, within=pair.counter.relay_lease_seconds + 10)
        await asyncio.gather(*(pair.count(thing, 88) for thing in things))
        await published(pair)
        before = await sent(pair)
        zombie.signal(signal.SIGCONT)

        async def old_rows_came_late() -> bool:
            return len(await sent(pair)) > len(before)

        await eventually(old_rows_came_late)
        for n in range(3):
            await asyncio.gather(*(pair.count(thing, n) for thing in things))
        await pair.all_applied()
        await pair.clean()
        assert len(await lease_owners(pair)) == 1
    assert await zombie.stop() in ORDERLY


async def test_a_relay_that_lost_its_lease_marks_nothing(pair: Pair) -> None:
    thing = new_id()
    relay = Relay("enrollment", pair.counter_engine, pair.counter, new_id())
    await pair.count(thing, 1)
    try:
        async with pair.counter_engine.begin() as connection:
            relay._epochs = await take_leases(connection, relay._owner, 60)
            await connection.exec_driver_sql("UPDATE relay_lease SET expires_at = clock_timestamp()")
        async with pair.counter_engine.begin() as connection:
            assert len(await take_leases(connection, new_id(), 60)) == SHARDS
        # It still believes in its epochs, so it sends; but the row stays for the one that holds the shard now.
        await relay.step()
    finally:
        await relay._drop_producer()
    assert [envelope.sequence for envelope in await sent(pair)] == [1]
    assert await unpublished(pair) == 1


async def test_what_was_sent_before_a_republication_is_not_marked_after_it(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    thing, acknowledged, go_on = new_id(), asyncio.Event(), asyncio.Event()
    async with pair.counting() as counter:
        assert counter.worker is not None
        relay = counter.worker.relay
        send = relay._send

        async def dawdle(producer: Any, rows: Any) -> Any:  # noqa: ANN401 - passed on
            outcome = await send(producer, rows)
            acknowledged.set()
            await go_on.wait()
            return outcome

        monkeypatch.setattr(relay, "_send", dawdle)
        await pair.count(thing, 1)
        await acknowledged.wait()
        # Were the broker lost here, the event would be nowhere but in the outbox.
        assert await pair.republish(counter) == 0
        go_on.set()
        await published(pair)
    assert [envelope.sequence for envelope in await sent(pair)] == [1, 1]


async def test_leases_are_exclusive_until_given_up_or_run_out_and_a_new_owner_gets_a_new_epoch(pair: Pair) -> None:
    one, other = new_id(), new_id()

    async def take(owner: UUID, seconds: int) -> dict[int, int]:
        async with pair.counter_engine.begin() as connection:
            return await take_leases(connection, owner, seconds)

    first, second = await asyncio.gather(take(one, 60), take(other, 60))
    assert sorted([len(first), len(second)]) == [0, SHARDS], "two at once: one gets all"
    holder, waiter = (one, other) if first else (other, one)
    assert await take(holder, 60) == dict.fromkeys(range(SHARDS), 1)
    assert await take(waiter, 60) == {}
    async with pair.counter_engine.begin() as connection:
        await release_leases(connection, holder)
    assert await take(waiter, 60) == dict.fromkeys(range(SHARDS), 2)
    async with pair.counter_engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE relay_lease SET expires_at = clock_timestamp() - interval '1 second'")
    assert await take(holder, 60) == dict.fromkeys(range(SHARDS), 3)
