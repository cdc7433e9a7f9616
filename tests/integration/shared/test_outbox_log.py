"""Guarantees 2 and 5: the outbox is the durable log; it can be published again, and it forgets by rule."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import Field

from shared.auth.actor import EVERY_PROGRAMME, Role
from shared.events.base import EventData
from shared.ids import new_id
from shared.messaging.envelope import Envelope
from shared.messaging.outbox import LARGEST_EVENT, EventTooLarge
from shared.messaging.relay import Relay
from shared.messaging.topics import topic_of
from tests.integration.conftest import ServiceClient
from tests.support.tally.counter import PERSON
from tests.support.tally.events import Counted, Ignored
from tests.support.tally.pair import Pair
from tests.support.tally.service import TALLY
from tests.support.topic import read_topic
from tests.support.waiting import eventually

pytestmark = pytest.mark.integration


class Spoken(EventData, type="enrollment.thing-spoken.v1", aggregate="thing"):
    """A long speech."""

    words: str = Field(default="")


async def published(pair: Pair) -> list[Envelope]:
    """Return what lies on the counter's topic."""
    records = await read_topic(pair.counter, topic_of(pair.counter.topic_prefix, "enrollment"))
    return [record.envelope for record in records if isinstance(record.envelope, Envelope)]


async def everything_sent(pair: Pair) -> None:
    """Wait until the outbox is drained."""

    async def drained() -> bool:
        async with pair.counter_engine.connect() as connection:
            left = await connection.exec_driver_sql("SELECT count(*) FROM outbox WHERE published_at IS NULL")
            return int(left.scalar_one()) == 0

    await eventually(drained)


async def test_republishing_takes_filters_and_changes_nothing_at_the_consumers(pair: Pair) -> None:
    one, other = new_id(), new_id()
    async with pair.counting() as counter, pair.tallying():
        await pair.count(one, 1, 2)
        await pair.count(other, 3)
        async with pair.transactions().begin(PERSON) as transaction:
            transaction.emit(Ignored(), aggregate_id=one, programme="bolivia")
        await everything_sent(pair)
        soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        assert await pair.republish(counter, aggregate_id=str(one), event_types=[Counted.type]) == 2
        assert await pair.republish(counter, event_types=[Ignored.type]) == 1
        assert await pair.republish(counter, event_types=["enrollment.nothing-at-all.v1"]) == 0
        assert await pair.republish(counter, since=soon) == 0
        await everything_sent(pair)
        assert await pair.republish(counter) == 4
        await everything_sent(pair)
        times = [envelope.sequence for envelope in await published(pair) if envelope.key == str(one)]
        # What is just being sent while a republication is asked for is sent once more.
        assert set(times) == {1, 2, 3}
        assert min(Counter(times).values()) >= 3
        await pair.all_applied()
        await pair.clean()


async def test_a_republish_request_that_is_wrong_is_refused(pair: Pair) -> None:
    async with pair.counting() as counter, pair.client(counter) as client:

        async def ask(body: object, role: Role = Role.OPS, programme: str = EVERY_PROGRAMME) -> int:
            return (await client.post("/v1/ops/republish", body, role=role, programme=programme)).status_code

        assert await ask({"since": "yesterday"}) == 422
        assert await ask({"since": "2026-01-01T00:00:00"}) == 422, "no zone: whose midnight?"
        assert await ask({"aggregate_id": "x"}) == 422
        assert await ask({"event_types": ["a\x00b"]}) == 422
        assert await ask({"event_types": ["\ud800"]}) == 422
        assert await ask({}, role=Role.AUDITOR) == 403
        assert await ask({}, programme="bolivia") == 403
        assert await ask({}) == 200


async def test_a_republish_is_audited_with_actor_time_and_reason_and_a_refused_one_is_not(
    service_client: ServiceClient,
) -> None:
    async with service_client(TALLY) as client:

        async def ask(body: dict[str, object], role: Role = Role.OPS) -> int:
            answer = await client.post(
                "/v1/ops/republish",
                body,
                role=role,
                programme=EVERY_PROGRAMME,
                subject="night shift",
                headers={"x-correlation-id": "ticket-12"},
            )
            return answer.status_code

        thing = new_id()
        await client.deliver(Counted(amount=1), aggregate_id=thing)
        asked: dict[str, object] = {"event_types": ["billing.tally-changed.v1"], "aggregate_id": str(thing)}
        assert await ask({**asked, "reason": "  the broker lost its disk\nat noon "}) == 200
        assert await ask({}) == 200
        assert await ask({"reason": "no"}) == 422
        assert await ask({"aggregate_id": "x"}) == 422
        assert await ask({}, role=Role.AUDITOR) == 403
        async with client.connection() as connection:
            kept = (await connection.exec_driver_sql("SELECT * FROM audit_trail ORDER BY id")).all()
        assert [(row.actor, row.action, row.programme, row.entity, row.reason) for row in kept] == [
            ("night shift", "republish", "*", "outbox", "the broker lost its disk\nat noon"),
            ("night shift", "republish", "*", "outbox", None),
        ]
        assert {row.at for row in kept} == {client.clock()}
        assert {row.correlation_id for row in kept} == {"ticket-12"}
        assert kept[0].request == {**asked, "since": None, "reason": "the broker lost its disk\nat noon"}
        seen = await client.get("/v1/programmes/*/audit", role=Role.OPS, programme=EVERY_PROGRAMME, entity="outbox")
        assert [line["id"] for line in seen.json()["items"]] == [row.id for row in kept]
        # Operators' actions are no business of one programme.
        one = await client.get("/v1/programmes/bolivia/audit", role=Role.OPS, programme=EVERY_PROGRAMME)
        assert one.json()["items"] == []
        assert (await client.get("/v1/programmes/*/audit", role=Role.PROGRAMME_MANAGER)).status_code == 404


async def test_retention_forgets_what_was_published_long_ago_and_verification_knows_it(pair: Pair) -> None:
    old, young, unsent = new_id(), new_id(), new_id()
    async with pair.counting():
        await pair.count(old, 1, 2, 3)
        await pair.count(young, 1, 2)
        await everything_sent(pair)
    await pair.count(unsent, 1)
    await pair.count(young, 3)
    async with pair.counter_engine.begin() as connection:
        await connection.exec_driver_sql(
            "UPDATE outbox SET published_at = published_at - interval '8 days' "
            "WHERE aggregate_id = $1 OR aggregate_id = $2 AND sequence = 1",
            (old, young),
        )
    relay = Relay(
        "enrollment", pair.counter_engine, pair.counter.model_copy(update={"outbox_retention_days": 7}), new_id()
    )
    await relay._housekeeping()
    async with pair.counter_engine.connect() as connection:
        rows = await connection.exec_driver_sql("SELECT aggregate_id, sequence FROM outbox ORDER BY id")
        assert {tuple(row) for row in rows} == {(young, 2), (unsent, 1), (young, 3)}
    assert [finding for finding in await pair.findings() if not finding.startswith("outbox-unsent")] == []
    # Numbering goes on, and a row that is missing for any other reason is still found.
    await pair.count(old, 4)
    async with pair.counter_engine.begin() as connection:
        rows = await connection.exec_driver_sql("SELECT sequence FROM outbox WHERE aggregate_id = $1", (old,))
        assert list(rows.scalars()) == [4]
        await connection.exec_driver_sql("DELETE FROM outbox WHERE aggregate_id = $1 AND sequence = 2", (young,))
    assert [finding for finding in await pair.findings() if finding.startswith("outbox-sequence")] == [
        f"outbox-sequence: thing/{young}: head says 3, outbox holds 1 up to 3 and forgot 1"
    ]


async def test_without_a_retention_nothing_is_ever_forgotten(pair: Pair) -> None:
    thing = new_id()
    await pair.count(thing, 1)
    async with pair.counter_engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE outbox SET published_at = now() - interval '10 years'")
    await Relay("enrollment", pair.counter_engine, pair.counter, new_id())._housekeeping()
    assert await pair.findings() == []


async def test_an_event_no_broker_would_take_is_refused_where_it_happens(service_client: ServiceClient) -> None:
    async with service_client(TALLY) as client:
        with pytest.raises(EventTooLarge, match=r"enrollment\.thing-spoken\.v1 would be 900011 bytes"):
            async with client.runtime.transactions.begin(PERSON) as transaction:
                transaction.emit(Spoken(words="a" * (LARGEST_EVENT - 1)), aggregate_id=new_id(), programme="bolivia")
        assert await client.events() == []
        async with client.runtime.transactions.begin(PERSON) as transaction:
            transaction.emit(Spoken(words="a" * (LARGEST_EVENT - 12)), aggregate_id=new_id(), programme="bolivia")


async def test_the_largest_event_reaches_the_topic(pair: Pair) -> None:
    async with pair.counting():
        async with pair.transactions().begin(PERSON) as transaction:
            transaction.emit(Spoken(words="a" * (LARGEST_EVENT - 12)), aggregate_id=new_id(), programme="bolivia")
        await everything_sent(pair)
        assert len(await published(pair)) == 1


async def test_every_message_sent_twice_has_one_effect(pair: Pair) -> None:
    things = [new_id() for _ in range(4)]
    async with pair.counting(faults="duplicate"), pair.tallying(faults="duplicate", batch_records=5):
        for thing in things:
            await pair.count(thing, *range(10))
        await pair.all_applied()
        await pair.clean()
    assert len(await published(pair)) == 80
