"""Guarantee 4 on a real topic: what is malformed is parked or ignored; the consumer lives and other keys flow."""

import pytest
from prometheus_client import REGISTRY

from shared.auth.actor import EVERY_PROGRAMME, Role
from shared.events.base import registered
from shared.ids import new_id
from shared.messaging.topics import topic_of
from tests.support.client import Client
from tests.support.tally.forging import KINDS, Forged, genuine
from tests.support.tally.pair import Pair
from tests.support.topic import TopicWriter, open_writer, topic_exists
from tests.support.waiting import eventually

pytestmark = pytest.mark.integration


async def send(writer: TopicWriter, message: Forged) -> None:
    """Write a forged message."""
    await writer.write(message.value, key=message.key, headers=message.headers)


async def codes(pair: Pair) -> dict[str, str | None]:
    """Return the error code of what stands in front of each open queue, by key."""
    async with pair.tally_engine.connect() as connection:
        rows = await connection.exec_driver_sql(
            "SELECT DISTINCT ON (key) key, error_code FROM parked WHERE closed_at IS NULL "
            "ORDER BY key, sequence NULLS FIRST, id"
        )
        return {row.key: row.error_code for row in rows}


async def discard_all(client: Client) -> None:
    """Give up every message that failed, as an operator would, until nothing is parked."""
    while True:
        listed = await client.get("/v1/ops/parked", role=Role.OPS, programme=EVERY_PROGRAMME, limit=200)
        assert listed.status_code == 200, listed.text
        failed = [item for item in listed.json()["items"] if item["state"] == "failed"]
        if not failed:
            return
        for item in failed:
            path = f"/v1/ops/parked/{item['id']}/discard"
            done = await client.post(path, {"reason": "hostile"}, role=Role.OPS, programme=EVERY_PROGRAMME)
            assert done.status_code == 200, done.text


async def test_every_kind_of_malformed_message_is_parked_or_ignored_and_everything_else_flows(pair: Pair) -> None:
    topic = topic_of(pair.counter.topic_prefix, "enrollment")
    things = {kind.name: new_id() for kind in KINDS}
    bystander = new_id()
    async with pair.counting(), pair.tallying() as tally:
        await eventually(lambda: topic_exists(pair.counter, topic))
        async with open_writer(pair.counter, topic) as writer:
            for kind in KINDS:
                bad = kind.forge(genuine(things[kind.name], 1))
                await send(writer, bad)
                await send(writer, bad)
                await send(writer, genuine(things[kind.name], 2 if kind.counts else 1, amount=100))
        await pair.count(bystander, *range(20))
        free = [things[kind.name] for kind in KINDS if kind.code is None or kind.alone]

        async def others_flow() -> bool:
            applied = await pair.applied()
            assert len(applied[bystander]) == 20
            stuck = [kind.name for kind in KINDS if things[kind.name] in free and 100 not in applied[things[kind.name]]]
            assert not stuck, stuck
            return True

        await eventually(others_flow)

        async def all_parked() -> bool:
            parked = await codes(pair)
            for kind in KINDS:
                if (thing := things[kind.name]) not in free:
                    assert parked.pop(str(thing), "nothing") == kind.code, kind.name
            assert sorted(map(str, parked.values())) == ["bad-key"] * sum(kind.alone for kind in KINDS)
            return True

        # Others may have flowed past before the last one was tried alone and parked.
        await eventually(all_parked)
        applied = await pair.applied()
        for kind in KINDS:
            if things[kind.name] not in free:
                assert applied[things[kind.name]] == [], f"{kind.name}: later messages wait behind it"
        async with pair.client(tally) as client:
            await discard_all(client)
            applied = await pair.applied()
            assert [kind.name for kind in KINDS if applied[things[kind.name]][-1:] != [100]] == []
            assert await client.findings() == []
    labels = {
        sample.labels["event_type"]
        for metric in REGISTRY.collect()
        if metric.name == "scorebook_events"
        for sample in metric.samples
    }
    assert labels <= {*registered(), "malformed", "unknown"}, "a hostile producer cannot grow the metrics"


async def test_a_sequence_forged_far_ahead_does_not_stop_its_aggregate(pair: Pair) -> None:
    topic = topic_of(pair.counter.topic_prefix, "enrollment")
    thing = new_id()
    async with pair.counting(), pair.tallying() as tally:
        await pair.count(thing, 1, 2)
        await pair.all_applied()
        async with open_writer(pair.counter, topic) as writer:
            await send(writer, genuine(thing, 10**17))
            await send(writer, genuine(thing, 1))  # an old number under a new id
        await pair.count(thing, 3)
        await pair.all_applied()
        assert await codes(pair) == {str(thing): "gap"}
        async with pair.client(tally) as client:
            [item] = (await client.get("/v1/ops/parked", role=Role.OPS, programme=EVERY_PROGRAMME)).json()["items"]
            path = f"/v1/ops/parked/{item['id']}/discard"
            await client.post(path, {"reason": "forged"}, role=Role.OPS, programme=EVERY_PROGRAMME)
            assert await client.findings() == []
        await pair.count(thing, 4)
        await pair.all_applied()


async def test_a_header_name_that_is_not_utf8_does_not_stop_its_partition(pair: Pair) -> None:
    topic = topic_of(pair.counter.topic_prefix, "enrollment")
    things = [new_id() for _ in range(30)]
    async with pair.counting(), pair.tallying():
        await pair.count(things[0], 1)
        await pair.all_applied()
        async with open_writer(pair.counter, topic) as writer:
            await writer.write_patched(str(new_id()).encode(), b"{}", b"HEADER", b"\xff\xfe\xfd\xfc\xfb\xfa")
        for thing in things:
            await pair.count(thing, 2)
        await pair.all_applied(within=120)
