"""Delivery through the pipeline: one effect per event, order per key, parking, draining."""

import pytest

from shared.ids import new_id
from tests.integration.conftest import ServiceClient
from tests.support.tally.events import Counted, Ignored
from tests.support.tally.service import TALLY

pytestmark = pytest.mark.integration


async def test_an_event_delivered_three_times_has_one_effect(service_client: ServiceClient) -> None:
    async with service_client(TALLY) as client:
        thing = new_id()
        record = await client.deliver(Counted(amount=5), aggregate_id=thing)
        await client.deliver_records(record)
        await client.deliver_records(record, record)
        assert [event.data["total"] for event in await client.events()] == [5]


async def test_later_events_of_a_key_wait_behind_a_poison_message_and_other_keys_flow_on(
    service_client: ServiceClient,
) -> None:
    async with service_client(TALLY) as client:
        thing, other = new_id(), new_id()
        await client.deliver_records(
            client.record(Counted(amount=1), aggregate_id=thing),
            client.record(Counted(amount=-1), aggregate_id=thing),
            client.record(Counted(amount=3), aggregate_id=thing),
            client.record(Counted(amount=7), aggregate_id=other),
        )
        assert sorted(event.data["total"] for event in await client.events()) == [1, 7]
        assert await client.parked() == [("failed", "IntegrityError"), ("behind", None)]
        parked = (await client.get("/v1/ops/parked", role="ops", programme="*")).json()["items"]
        refused = await client.post(
            f"/v1/ops/parked/{parked[1]['id']}/discard", {"reason": "not the head"}, role="ops", programme="*"
        )
        assert refused.status_code == 409
        moved = await client.post(
            f"/v1/ops/parked/{parked[0]['id']}/discard", {"reason": "typing error"}, role="ops", programme="*"
        )
        assert moved.json() == {"released": 1, "head": None, "head_state": None}
        assert [e.data["total"] for e in await client.events() if e.aggregate_id == thing] == [1, 4]
        await client.deliver(Counted(amount=10), aggregate_id=thing)
        assert [e.data["total"] for e in await client.events() if e.aggregate_id == thing] == [1, 4, 14]
        assert await client.findings() == []


async def test_an_event_waits_for_the_fact_it_needs_and_goes_on_when_it_arrives(service_client: ServiceClient) -> None:
    async with service_client(TALLY) as client:
        thing, needed = new_id(), new_id()
        await client.deliver(Counted(amount=2, needs=needed), aggregate_id=thing)
        await client.deliver(Counted(amount=3), aggregate_id=thing)
        assert await client.parked() == [("waiting", "fact-missing"), ("behind", None)]
        await client.deliver(Counted(amount=1), aggregate_id=needed)
        assert await client.parked() == []
        assert [e.data["total"] for e in await client.events() if e.aggregate_id == thing] == [2, 5]


async def test_a_missing_sequence_is_waited_for_and_the_queue_is_applied_in_order(
    service_client: ServiceClient,
) -> None:
    async with service_client(TALLY) as client:
        thing = new_id()
        records = [client.record(Counted(amount=n), aggregate_id=thing) for n in (1, 10, 100, 1000)]
        await client.deliver_records(records[0], records[2], records[3])
        assert await client.parked() == [("gap", "gap"), ("behind", None)]
        await client.deliver_records(records[1])
        assert await client.parked() == []
        assert [event.data["total"] for event in await client.events()] == [1, 11, 111, 1111]


async def test_ignored_types_still_count_for_the_order_of_their_aggregate(service_client: ServiceClient) -> None:
    async with service_client(TALLY) as client:
        thing = new_id()
        await client.deliver(Ignored(note="x"), aggregate_id=thing)
        await client.deliver(Counted(amount=4), aggregate_id=thing)
        assert [event.data["total"] for event in await client.events()] == [4]
        assert await client.parked() == []


async def test_an_event_id_is_taken_once_even_under_another_sequence(service_client: ServiceClient) -> None:
    async with service_client(TALLY) as client:
        thing, event = new_id(), new_id()
        await client.deliver(Counted(amount=5), aggregate_id=thing, event_id=event)
        await client.deliver(Counted(amount=5), aggregate_id=thing, event_id=event)
        assert [event.data["total"] for event in await client.events()] == [5]
        assert await client.parked() == []
