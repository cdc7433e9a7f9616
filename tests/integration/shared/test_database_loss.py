"""Guarantee 4: a database that is gone is waited for; no message is skipped, none is parked, none is applied twice."""

import asyncio
import signal
from collections import defaultdict
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

from deploy.local.server import Server
from shared.ids import new_id
from tests.support.tally.counter import count
from tests.support.tally.pair import Pair
from tests.support.waiting import eventually

pytestmark = pytest.mark.integration


async def recorded(pair: Pair) -> dict[UUID, list[int]]:
    """Return what the counter's outbox holds: after a crash it alone knows which commands were carried out."""
    async with pair.counter_engine.connect() as connection:
        rows = await connection.exec_driver_sql(
            "SELECT aggregate_id, (convert_from(payload, 'UTF8')::jsonb->>'amount')::int AS amount "
            "FROM outbox ORDER BY id"
        )
        found: dict[UUID, list[int]] = defaultdict(list)
        for row in rows:
            found[row.aggregate_id].append(row.amount)
        return found


async def ever_parked(pair: Pair) -> int:
    """Count the messages the tally has ever parked."""
    async with pair.tally_engine.connect() as connection:
        return int((await connection.exec_driver_sql("SELECT count(*) FROM parked")).scalar_one())


async def test_a_database_killed_and_restarted_in_the_middle_of_traffic_loses_and_parks_nothing(
    postgres: Server, pair: Pair
) -> None:
    things = [new_id() for _ in range(5)]
    confirmed: dict[UUID, list[int]] = defaultdict(list)
    stop = asyncio.Event()
    refused = 0

    async def traffic(thing: UUID) -> None:
        nonlocal refused
        n = 0
        while not stop.is_set():
            n += 1
            try:
                await count(pair.transactions(), thing, n)
            except (OSError, DBAPIError, asyncpg.PostgresError):
                refused += 1
                await asyncio.sleep(0.05)
            else:
                confirmed[thing].append(n)

    async with pair.counting(), pair.tallying(batch_records=7):
        commands = [asyncio.create_task(traffic(thing)) for thing in things]

        async def flows() -> bool:
            return sum(map(len, (await pair.applied()).values())) > 30

        await eventually(flows)
        await postgres.kill()
        await asyncio.sleep(0.3)  # an outage that lasts a moment, not a synchronisation
        await postgres.start()
        before = sum(map(len, confirmed.values()))

        async def goes_on() -> bool:
            return sum(map(len, confirmed.values())) > before + 30

        await eventually(goes_on)
        stop.set()
        await asyncio.gather(*commands)
        await pair.reconnect()
        pair.model = await recorded(pair)
        await pair.all_applied()
        await pair.clean()
        assert await ever_parked(pair) == 0
    assert refused > 0
    for thing in things:
        # Confirmed commands are all there, in order; one that was cut off in its commit may be there or not.
        left = iter(pair.model[thing])
        assert all(amount in left for amount in confirmed[thing])


async def test_a_migration_under_a_running_worker_costs_a_retry_and_parks_nothing(pair: Pair) -> None:
    thing = new_id()
    async with pair.counting(), pair.tallying():
        await pair.count(thing, 1, 2)
        await pair.all_applied()
        # The plan of "... RETURNING total", prepared by every connection of the worker, is for another type now.
        await pair.alter_tally("ALTER TABLE tally ALTER COLUMN total TYPE numeric")
        await pair.count(thing, 3, 4)
        await pair.all_applied()
        assert await ever_parked(pair) == 0


async def test_a_worker_frozen_inside_a_transaction_does_not_lock_its_successor_out(pair: Pair) -> None:
    things = [new_id() for _ in range(4)]
    zombie = pair.process("tally", database_idle_seconds=2)
    zombie.start(faults="stop:before_commit:1")
    async with pair.counting():
        for n in range(5):
            await asyncio.gather(*(pair.count(thing, n) for thing in things))
        await zombie.frozen()
        async with pair.tallying(database_idle_seconds=2):
            await pair.all_applied()
            zombie.signal(signal.SIGCONT)
            await asyncio.gather(*(pair.count(thing, 9) for thing in things))
            await pair.all_applied()
            await pair.clean()
        await zombie.kill()
