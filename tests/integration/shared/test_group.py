"""Guarantees 3 and 8: several workers in one group, through rebalances, deaths and overlaps."""

import asyncio

import pytest
from aiokafka import TopicPartition

from deploy.local.broker import PARTITIONS
from shared.ids import new_id
from shared.runtime import Runtime
from tests.support.tally.gate import Gate
from tests.support.tally.pair import Pair
from tests.support.waiting import eventually

pytestmark = pytest.mark.integration


def partitions_of(runtime: Runtime) -> frozenset[TopicPartition]:
    """Return what a worker has been assigned."""
    assert runtime.worker is not None
    return runtime.worker.consumer.assigned


async def shared_between(*runtimes: Runtime) -> None:
    """Wait until the partitions lie with all of `runtimes`, each with at least one."""

    async def split() -> bool:
        each = [partitions_of(runtime) for runtime in runtimes]
        return all(each) and sum(map(len, each)) == len(frozenset().union(*each)) == PARTITIONS

    await eventually(split)


async def test_a_rebalance_waits_for_the_running_batch_which_then_runs_once(pair: Pair) -> None:
    thing = new_id()
    gate = Gate()
    async with pair.counting(), pair.tallying(gate.tally()) as first:
        await pair.count(thing, 1)
        await asyncio.wait_for(gate.entered.wait(), 60)
        async with pair.tallying(gate.tally()) as second:
            # The second one asks for its share while the first is inside the handler. It gets nothing until the batch
            # is done, or the same record would run twice at the same time (reference F9).
            async def asked() -> bool:
                assert first.worker is not None
                return first.worker.consumer._leaving.is_set()

            await eventually(asked)
            assert not partitions_of(second)
            gate.open.set()
            await shared_between(first, second)
            await pair.count(thing, 2)
            await pair.all_applied()
            assert gate.calls == [1, 2]
            await pair.clean()


async def test_a_worker_that_dies_in_a_group_of_two_leaves_nothing_undone(pair: Pair) -> None:
    things = [new_id() for _ in range(9)]
    async with pair.counting(), pair.tallying() as survivor:
        victim = pair.process("tally", batch_records=3)
        victim.start()

        async def both_work() -> bool:
            return 0 < len(partitions_of(survivor)) < PARTITIONS

        await eventually(both_work)
        for n in range(10):
            await asyncio.gather(*(pair.count(thing, n) for thing in things))
        await victim.kill()
        for n in range(10):
            await asyncio.gather(*(pair.count(thing, n) for thing in things))
        await pair.all_applied()
        await pair.clean()
