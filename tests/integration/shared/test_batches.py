"""Guarantees 2, 4 and 6: one transaction a batch, and a bad message costs only itself."""

import asyncio
import dataclasses
import random
from uuid import UUID

import pytest
from sqlalchemy import text

from shared.database.transaction import Transaction
from shared.database.transient import is_transient
from shared.events.upcast import UPCASTERS
from shared.ids import new_id
from shared.messaging.handlers import Event, Handlers
from shared.messaging.record import Record
from shared.runtime import Service
from tests.integration.conftest import ServiceClient
from tests.support.client import Client
from tests.support.tally.events import Counted, CountedTwice, Ignored, TallyChanged
from tests.support.tally.service import TALLY, add, counted

pytestmark = pytest.mark.integration

_KEEP = text("INSERT INTO tally_step (tally_id, sequence, amount) VALUES (:id, :sequence, :amount)")


def variant(handlers: Handlers) -> Service:
    """Return the tally with other handlers."""
    return dataclasses.replace(TALLY, handlers=handlers)


async def steps(client: Client) -> list[tuple[UUID, int, int]]:
    """Return what was applied, in order."""
    async with client.connection() as connection:
        rows = await connection.exec_driver_sql("SELECT tally_id, sequence, amount FROM tally_step ORDER BY id")
        return [(row.tally_id, row.sequence, row.amount) for row in rows]


async def transactions_so_far(client: Client) -> int:
    """Return the transaction counter of the server."""
    async with client.connection() as connection:
        return int((await connection.exec_driver_sql("SELECT pg_current_xact_id()::text::bigint")).scalar_one())


async def test_a_batch_without_trouble_is_one_transaction(service_client: ServiceClient) -> None:
    async with service_client(TALLY) as client:
        records = [client.record(Counted(amount=n), aggregate_id=new_id()) for n in range(100)]
        async with client.connection() as connection:
            before = set((await connection.exec_driver_sql("SELECT xmin::text FROM inbox")).scalars())
        await client.deliver_records(*records)
        async with client.connection() as connection:
            rows = await connection.exec_driver_sql("SELECT DISTINCT xmin::text FROM inbox")
            assert len(set(rows.scalars()) - before) == 1


@pytest.mark.parametrize("throw", range(3))
async def test_a_batch_with_bad_messages_anywhere_equals_one_message_after_another(
    service_client: ServiceClient, throw: int
) -> None:
    dice = random.Random(throw)
    things = [new_id() for _ in range(4)]
    amounts = [(dice.choice(things), -1 if dice.random() < 0.15 else dice.randrange(100)) for _ in range(80)]
    found = []
    for one_by_one in (False, True):
        async with service_client(TALLY) as client:
            records = [client.record(Counted(amount=amount), aggregate_id=thing) for thing, amount in amounts]
            for batch in [[record] for record in records] if one_by_one else [records]:
                await client.deliver_records(*batch)
            by_thing = {thing: [step for step in await steps(client) if step[0] == thing] for thing in things}
            found.append((by_thing, sorted(await client.parked(), key=str)))
    assert found[0] == found[1]


async def test_a_constraint_checked_at_commit_is_charged_to_its_own_message(service_client: ServiceClient) -> None:
    handlers = Handlers("billing")

    @handlers.on(Counted)
    async def with_badge(tx: Transaction, event: Event[Counted]) -> None:
        await tx.connection.execute(text("INSERT INTO tally_badge VALUES (:n)"), {"n": event.data.amount})
        await counted(tx, event)

    async with service_client(variant(handlers)) as client:
        # The batch fails only at its commit, and the error does not say whose fault it is.
        await client.deliver_records(
            *(client.record(Counted(amount=n), aggregate_id=new_id()) for n in (1, 2, 1, 3)),
        )
        assert [amount for _, _, amount in await steps(client)] == [1, 2, 3]
        assert await client.parked() == [("failed", "IntegrityError")]


async def test_writes_kept_for_later_are_charged_to_the_message_that_made_them(service_client: ServiceClient) -> None:
    handlers = Handlers("billing")

    @handlers.on(Counted, writes_only=True)
    async def keep(tx: Transaction, event: Event[Counted]) -> None:
        tx.later.add(
            _KEEP,
            {"id": UUID(event.envelope.key), "sequence": event.envelope.sequence, "amount": event.data.amount},
        )

    @handlers.on(Ignored)
    async def look(tx: Transaction, event: Event[Ignored]) -> None:
        # Reads, so everything before it in the batch has to be there.
        seen = await tx.connection.execute(text("SELECT count(*) FROM tally_step"))
        await add(tx, UUID(event.envelope.key), event.programme, seen.scalar_one())

    async with service_client(variant(handlers)) as client:
        good, bad, reader = new_id(), new_id(), new_id()
        await client.deliver_records(
            client.record(Counted(amount=1), aggregate_id=good),
            client.record(Counted(amount=-7), aggregate_id=bad),
            client.record(Counted(amount=2), aggregate_id=good),
            client.record(Ignored(), aggregate_id=reader),
            client.record(Counted(amount=3), aggregate_id=good),
        )
        assert await steps(client) == [(good, 1, 1), (good, 2, 2), (good, 3, 3)]
        assert await client.parked() == [("failed", "IntegrityError")]
        assert [event.data["total"] for event in await client.events()] == [2]


async def test_a_passing_error_is_raised_and_the_same_batch_is_taken_when_it_comes_again(
    service_client: ServiceClient,
) -> None:
    outage = True
    handlers = Handlers("billing")

    @handlers.on(Counted)
    async def sometimes(tx: Transaction, event: Event[Counted]) -> None:
        if outage and event.data.amount == 5:
            await tx.connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")
        await counted(tx, event)

    async with service_client(variant(handlers)) as client:
        thing = new_id()
        records = [client.record(Counted(amount=n), aggregate_id=thing) for n in range(10)]
        for _ in range(3):
            with pytest.raises(Exception) as raised:
                await client.deliver_records(*records)
            assert is_transient(raised.value)
        assert await steps(client) == []
        outage = False
        await client.deliver_records(*records)
        assert [amount for _, _, amount in await steps(client)] == list(range(10))
        assert await client.parked() == []


async def test_a_handler_that_times_out_is_a_passing_error_and_never_parked(service_client: ServiceClient) -> None:
    handlers = Handlers("billing")

    @handlers.on(Counted)
    async def slow(tx: Transaction, event: Event[Counted]) -> None:
        await tx.connection.exec_driver_sql("SET LOCAL statement_timeout = 20")
        await tx.connection.exec_driver_sql("SELECT pg_sleep(5)")

    async with service_client(variant(handlers)) as client:
        with pytest.raises(Exception) as raised:
            await client.deliver(Counted(amount=1), aggregate_id=new_id())
        assert is_transient(raised.value)
        assert await client.parked() == []


@pytest.mark.parametrize(
    "error", [ValueError("no"), RecursionError(), ZeroDivisionError(), KeyError("x"), AssertionError(), MemoryError()]
)
async def test_whatever_a_handler_raises_parks_its_message_and_no_other(
    service_client: ServiceClient, error: Exception
) -> None:
    handlers = Handlers("billing")

    @handlers.on(Counted)
    async def fragile(tx: Transaction, event: Event[Counted]) -> None:
        await counted(tx, event)
        if event.data.amount == 13:
            raise error

    async with service_client(variant(handlers)) as client:
        await client.deliver_records(
            *(client.record(Counted(amount=n), aggregate_id=new_id()) for n in (1, 13, 2, 13, 3))
        )
        assert [amount for _, _, amount in await steps(client)] == [1, 2, 3]
        assert [event.data["total"] for event in await client.events()] == [1, 2, 3]
        assert await client.parked() == [("failed", type(error).__name__)] * 2


async def test_a_wrong_use_of_the_driver_parks_its_message_instead_of_trying_for_ever(
    service_client: ServiceClient,
) -> None:
    handlers = Handlers("billing")

    @handlers.on(Counted)
    async def too_many(tx: Transaction, event: Event[Counted]) -> None:
        places = ", ".join(f"${n}" for n in range(1, 40_001))
        await tx.connection.exec_driver_sql(f"SELECT 1 WHERE 1 IN ({places})", tuple(range(40_000)))

    async with service_client(variant(handlers)) as client:
        await client.deliver(Counted(amount=1), aggregate_id=new_id())
        assert [state for state, _ in await client.parked()] == ["failed"]


async def test_a_cancelled_batch_leaves_nothing_behind(service_client: ServiceClient) -> None:
    handlers = Handlers("billing")
    entered = asyncio.Event()

    @handlers.on(Counted)
    async def endless(tx: Transaction, event: Event[Counted]) -> None:
        await counted(tx, event)
        entered.set()
        await asyncio.sleep(3600)

    async with service_client(variant(handlers)) as client:
        running = asyncio.create_task(client.deliver(Counted(amount=1), aggregate_id=new_id()))
        await entered.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert await steps(client) == []
        assert await client.findings() == []
        async with client.connection() as connection:
            assert (await connection.exec_driver_sql("SELECT count(*) FROM inbox")).scalar_one() == 0


async def test_an_old_version_is_lifted_and_reaches_the_handler_of_the_new_one(
    service_client: ServiceClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    handlers = Handlers("billing")

    @handlers.on(CountedTwice)
    async def newest(tx: Transaction, event: Event[CountedTwice]) -> None:
        await add(tx, UUID(event.envelope.key), event.programme, event.data.number)

    monkeypatch.setitem(UPCASTERS, Counted.type, (CountedTwice.type, lambda old: {"number": old["amount"]}))
    async with service_client(variant(handlers)) as client:
        thing = new_id()
        old = client.record(Counted(amount=4), aggregate_id=thing)
        await client.deliver_records(old, client.record(CountedTwice(number=5), aggregate_id=thing), old)
        assert [event.data["total"] for event in await client.events()] == [4, 9]
        # What cannot be lifted is parked like anything else.
        await client.deliver_records(broken(client.record(Counted(amount=1), aggregate_id=thing)))
        assert await client.parked() == [("failed", "KeyError")]


def broken(record: Record) -> Record:
    """Return the record with data that the upcaster does not expect."""
    return dataclasses.replace(record, value=b'{"amout": 1}')


async def test_events_a_handler_emits_carry_cause_and_correlation_of_what_it_reacts_to(
    service_client: ServiceClient,
) -> None:
    async with service_client(TALLY) as client:
        record = await client.deliver(Counted(amount=1), aggregate_id=new_id())
        async with client.connection() as connection:
            row = (await connection.exec_driver_sql("SELECT * FROM outbox")).one()
        assert (row.event_type, row.correlation_id, row.actor) == (TallyChanged.type, "test", "system:billing")
        assert row.causation_id == dict(record.headers)["ce_id"].decode()  # type: ignore[union-attr]
