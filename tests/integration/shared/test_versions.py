"""Versions and types a program does not know: what it reacts to is parked for all to see, the rest is passed over."""

import dataclasses
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from shared.auth.actor import EVERY_PROGRAMME, Role
from shared.database.transaction import Transaction
from shared.events.upcast import UPCASTERS
from shared.ids import new_id
from shared.messaging.handlers import Event, Handlers
from shared.messaging.parking import Parking
from shared.messaging.pipeline import Pipeline
from shared.messaging.record import Record
from tests.integration.conftest import ServiceClient
from tests.support.client import Client
from tests.support.tally.events import Counted, CountedTwice
from tests.support.tally.service import TALLY, add

pytestmark = pytest.mark.integration


def as_type(record: Record, event_type: str) -> Record:
    """Return the record with another type."""
    headers = tuple((name, event_type.encode() if name == "ce_type" else value) for name, value in record.headers)
    return dataclasses.replace(record, headers=headers)


def newer(client: Client, thing: UUID, number: int) -> Record:
    """Return a count as a newer counter writes it."""
    return client.record(CountedTwice(number=number), aggregate_id=thing)


async def totals(client: Client, thing: UUID) -> list[int]:
    """Return what the tally said of a thing, in order."""
    return [event.data["total"] for event in await client.events() if event.aggregate_id == thing]


async def listed(client: Client) -> Sequence[dict[str, Any]]:
    """Return the open parked messages as an operator sees them."""
    answer = await client.get("/v1/ops/parked", role=Role.OPS, programme=EVERY_PROGRAMME)
    items: Sequence[dict[str, Any]] = answer.json()["items"]
    return items


async def act(client: Client, parked_id: int, action: str) -> dict[str, Any]:
    """Replay or discard a parked message as an operator."""
    answer = await client.post(
        f"/v1/ops/parked/{parked_id}/{action}", {"reason": "by a test"}, role=Role.OPS, programme=EVERY_PROGRAMME
    )
    assert answer.status_code == 200, answer.text
    moved: dict[str, Any] = answer.json()
    return moved


def upgrade(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a program that reads the second version, and lifts the first to it, in the place of the running one."""
    handlers = Handlers(TALLY.handlers.consumer)

    @handlers.on(CountedTwice)
    async def counted(tx: Transaction, event: Event[CountedTwice]) -> None:
        await add(tx, UUID(event.envelope.key), event.programme, event.data.number)

    monkeypatch.setitem(UPCASTERS, Counted.type, (CountedTwice.type, lambda old: {"number": old["amount"]}))
    client.pipeline = Pipeline(handlers, client.runtime.transactions)
    client.runtime.parking = Parking(client.pipeline)


async def test_a_newer_version_waits_with_its_queue_until_a_program_reads_it(
    service_client: ServiceClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with service_client(TALLY) as client:
        thing, other = new_id(), new_id()
        early = client.record(Counted(amount=1), aggregate_id=thing)
        unknown = newer(client, thing, 20)
        late = client.record(Counted(amount=300), aggregate_id=thing)
        await client.deliver_records(early, unknown, late, client.record(Counted(amount=7), aggregate_id=other))
        assert await totals(client, thing) == [1]
        assert await totals(client, other) == [7]
        assert await client.parked() == [("failed", "unknown-version"), ("behind", None)]
        head, behind = await listed(client)
        assert (head["event_type"], head["sequence"]) == (CountedTwice.type, 2)
        assert CountedTwice.type in head["error"]
        # Neither delivering nor asking again helps as long as the program is the old one.
        await client.deliver_records(early, unknown, late)
        assert await act(client, head["id"], "replay") == {"released": 0, "head": head["id"], "head_state": "failed"}
        assert [item["id"] for item in await listed(client)] == [head["id"], behind["id"]]
        upgrade(client, monkeypatch)
        assert await act(client, head["id"], "replay") == {"released": 2, "head": None, "head_state": None}
        await client.deliver_records(early, unknown, late, newer(client, thing, 4000))
        assert await totals(client, thing) == [1, 21, 321, 4321]
        assert await client.findings() == []


async def test_a_newer_version_that_lay_behind_others_is_not_released_with_them(service_client: ServiceClient) -> None:
    async with service_client(TALLY) as client:
        thing = new_id()
        poison = client.record(Counted(amount=-1), aggregate_id=thing)
        second, third = newer(client, thing, 5), client.record(Counted(amount=6), aggregate_id=thing)
        await client.deliver_records(poison, second, third)
        assert await client.parked() == [("failed", "IntegrityError"), ("behind", None), ("behind", None)]
        moved = await act(client, (await listed(client))[0]["id"], "discard")
        assert (moved["released"], moved["head_state"]) == (0, "failed")
        assert await client.parked() == [("failed", "unknown-version"), ("behind", None)]
        # The same behind a hole in the sequence that fills.
        thing = new_id()
        missing = client.record(Counted(amount=1), aggregate_id=thing)
        await client.deliver_records(newer(client, thing, 2))
        assert (await client.parked())[2:] == [("gap", "gap")]
        await client.deliver_records(missing)
        assert await totals(client, thing) == [1]
        assert (await client.parked())[2:] == [("failed", "unknown-version")]


async def test_what_no_handler_is_there_for_is_passed_over_in_every_version(service_client: ServiceClient) -> None:
    async with service_client(TALLY) as client:
        thing = new_id()
        strange = [
            as_type(client.record(Counted(amount=1), aggregate_id=thing), event_type)
            for event_type in (
                "enrollment.thing-forgotten.v1",
                "enrollment.thing-looked-at.v1",
                "enrollment.thing-looked-at.v2",
                "enrollment.thing-counted-again.v1",
                "assessment.thing-counted.v1",
                "enrollment",
                "..",
            )
        ]
        # One after another and all in a batch with one that counts: their places in the sequence are taken.
        for record in strange[:3]:
            await client.deliver_records(record)
        await client.deliver_records(*strange, client.record(Counted(amount=9), aggregate_id=thing))
        assert await totals(client, thing) == [9]
        assert await client.parked() == []
        async with client.connection() as connection:
            assert (await connection.exec_driver_sql("SELECT count(*) FROM inbox")).scalar_one() == 1
        assert await client.findings() == []
