"""Guarantee 1: a crash between any two steps loses nothing, doubles nothing and keeps the order."""

import itertools
import logging
import random
from pathlib import Path

import pytest

from shared.ids import new_id
from shared.messaging.envelope import Envelope
from shared.messaging.record import Record
from shared.messaging.topics import topic_of
from tests.support.tally.feeding import feed_through_crashes
from tests.support.tally.pair import Pair
from tests.support.tally.processes import WorkerProcess
from tests.support.topic import read_topic
from tests.support.waiting import eventually

LOG = logging.getLogger(__name__)

pytestmark = pytest.mark.integration

THINGS = 6


async def count_all(pair: Pair, seed: int) -> None:
    """Commit counts of several things, several events a transaction."""
    dice = random.Random(seed)
    things = [new_id() for _ in range(THINGS)]
    for _ in range(30):
        await pair.count(dice.choice(things), *(dice.randrange(1000) for _ in range(dice.randrange(1, 5))))


async def died_or(process: WorkerProcess, pair: Pair) -> bool:
    """Wait until the process died (True) or everything is applied (False)."""
    total = sum(map(len, pair.model.values()))

    async def either() -> bool:
        return not process.running or sum(map(len, (await pair.applied()).values())) >= total

    await eventually(either, within=200)
    return not process.running


async def test_a_relay_killed_before_sending_and_before_marking_loses_and_doubles_nothing(pair: Pair) -> None:
    await count_all(pair, 1)
    relay = pair.process("counter", relay_batch=7)
    deaths = []
    async with pair.tallying():
        for faults in (
            "kill:after_commit_before_send:1",
            "kill:after_send_before_mark:1",
            "kill:after_commit_before_send:0.2,kill:after_send_before_mark:0.2",
            "",
        ):
            relay.start(faults=faults)
            if await died_or(relay, pair):
                deaths.append(await relay.ended())
        await pair.all_applied()
        await pair.clean()
    assert deaths[:2] == [-9, -9]
    records = await read_topic(pair.counter, topic_of(pair.counter.topic_prefix, "enrollment"))
    ids = [record.envelope.id for record in records if isinstance(record.envelope, Envelope)]
    assert len(ids) > len(set(ids)), "the crash before marking sends again, or the test did not test it"


async def test_a_worker_killed_before_commit_and_before_acknowledging_loses_and_doubles_nothing(pair: Pair) -> None:
    await count_all(pair, 2)
    tally = pair.process("tally", batch_records=9)
    deaths = []
    async with pair.counting():
        for faults in ("kill:before_commit:1", "kill:after_commit_before_ack:1", ""):
            tally.start(faults=faults)
            if await died_or(tally, pair):
                deaths.append(await tally.ended())
        await pair.all_applied()
        await pair.clean()
    assert deaths == [-9, -9]


async def test_a_consumer_that_dies_at_every_other_step_applies_each_event_once_and_in_order(
    pair: Pair, tmp_path: Path
) -> None:
    await count_all(pair, 3)
    async with pair.counting():
        records = await eventually(lambda: all_records(pair))
    seed = random.getrandbits(32)
    LOG.warning("seed %s", seed)
    dice = random.Random(seed)
    # Across keys in any order, some twice, as rebalances and relays leave them; within a key in order.
    queues = [list(group) for _, group in itertools.groupby(sorted(records, key=by_key), key=lambda r: r.key)]
    mixed: list[Record] = []
    while queues:
        queue = dice.choice(queues)
        mixed.append(queue.pop(0))
        if dice.random() < 0.2:
            mixed.append(dice.choice(mixed))
        queues = [queue for queue in queues if queue]
    deaths = await feed_through_crashes(
        pair.tally,
        mixed,
        tmp_path / "committed",
        faults="kill:before_commit:0.3,kill:after_commit_before_ack:0.3",
        seed=seed,
        batch=8,
    )
    assert deaths > 0
    await pair.assert_exact()


async def all_records(pair: Pair) -> list[Record]:
    """Return the counter's topic once it is complete."""
    records = await read_topic(pair.counter, topic_of(pair.counter.topic_prefix, "enrollment"))
    ids = {record.envelope.id for record in records if isinstance(record.envelope, Envelope)}
    assert len(ids) == sum(map(len, pair.model.values())), f"{len(records)} records, {len(ids)} events"
    return records


def by_key(record: Record) -> tuple[str, int]:
    """Sort by key and sequence."""
    assert isinstance(record.envelope, Envelope)
    return record.envelope.key, record.envelope.sequence
