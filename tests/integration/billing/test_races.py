"""Named races: what many at once must not be able to do."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.billing import handlers
from shared.ids import new_id
from shared.messaging.pipeline import Outcome
from tests.integration.billing.facts import START
from tests.integration.billing.raw import connected, post, reverse
from tests.integration.billing.world import World
from tests.support.waiting import eventually

pytestmark = pytest.mark.integration
DAY = timedelta(days=1)


async def _states(*attempts: Any) -> Counter[str]:  # noqa: ANN401 - coroutines
    done = await asyncio.gather(*attempts, return_exceptions=True)
    for each in done:
        if isinstance(each, BaseException) and not isinstance(each, asyncpg.PostgresError):
            raise each
    return Counter(str(getattr(each, "sqlstate", "done")) for each in done)


async def _connected_post(world: World, **how: Any) -> asyncpg.Record:  # noqa: ANN401 - passed on
    async with connected(world, "application") as connection:
        return await post(connection, world.partner, **how)


async def test_sixteen_posts_with_one_key_make_one_entry(world: World) -> None:
    source = new_id()
    made = await asyncio.gather(*(_connected_post(world, key="once", source=source) for _ in range(16)))
    assert len({row["posted_uid"] for row in made}) == 1
    assert Counter(row["was_replayed"] for row in made) == {True: 15, False: 1}
    assert len(await world.all(f"/books/{world.partner}/entries")) == 1


async def test_sixteen_requests_with_one_key_record_one_payment(world: World) -> None:
    firm = await world.enterprise()
    body = {
        "partner_id": str(world.partner),
        "enterprise_id": str(firm),
        "received_on": str(START),
        "amount": world.money("10.00"),
    }
    answers = await asyncio.gather(*(world.send("/payments", body, key="the-same-key") for _ in range(16)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotency-hit" in answer.headers for answer in answers) == 15
    assert len(await world.all("/payments")) == 1
    assert await world.balances() == {"1010": "10.00", "2110": "-10.00"}
    await world.clean()


async def test_sixteen_reversals_of_one_entry_undo_it_once(world: World) -> None:
    original: UUID = (await _connected_post(world))["posted_uid"]

    async def undo() -> None:
        async with connected(world, "application") as connection:
            await reverse(connection, original, on=START + DAY)

    assert await _states(*(undo() for _ in range(16))) == {"done": 1, "LG005": 15}
    assert await world.balances() == {}
    await world.clean()


async def test_nothing_leaks_into_a_period_that_closes_under_load(world: World) -> None:
    await _connected_post(world)
    [period] = await world.all("/periods")
    stop = asyncio.Event()
    results: Counter[str] = Counter()

    async def keep_posting() -> None:
        async with connected(world, "application") as connection:
            while not stop.is_set():
                try:
                    await post(connection, world.partner)
                    results["posted"] += 1
                except asyncpg.PostgresError as error:
                    results[str(error.sqlstate)] += 1

    def more_than_ten(result: str) -> Callable[[], Awaitable[bool]]:
        async def come() -> bool:
            return results[result] > 10

        return come

    async with asyncio.TaskGroup() as tasks:
        workers = [tasks.create_task(keep_posting()) for _ in range(6)]
        await eventually(more_than_ten("posted"))
        await world.done(f"/periods/{period['id']}/close", {})
        await eventually(more_than_ten("LG004"))
        stop.set()
    assert all(worker.done() for worker in workers)
    assert set(results) == {"posted", "LG004"}
    await world.clean()  # ledger-periods: no entry was recorded after its period closed


async def test_a_new_earlier_period_cannot_appear_beside_a_closing_one(world: World) -> None:
    # Closing March while somebody posts the first entry of February: one of the two must lose.
    for number in range(6):
        march = START.replace(month=3) + number * timedelta(days=366)
        february = march.replace(month=2)
        await _connected_post(world, on=march)
        [period] = [row for row in await world.all("/periods") if row["starts_on"] == str(march.replace(day=1))]
        close = world.send(f"/periods/{period['id']}/close", {})
        states = await asyncio.gather(close, _connected_post(world, on=february), return_exceptions=True)
        closed = not isinstance(states[0], BaseException) and states[0].status_code == 201
        posted = not isinstance(states[1], BaseException)
        assert closed != posted, states
        if posted:
            for row in sorted(await world.all("/periods", {"state": "open"}), key=lambda row: str(row["starts_on"])):
                await world.done(f"/periods/{row['id']}/close", {})
    await world.clean()


async def test_numbers_have_no_gap_when_some_issues_fail_and_all_come_at_once(world: World) -> None:
    await world.price("100.00")
    training = await world.training()
    drafts = [await world.invoice_of(await world.enroll(await world.enterprise(), training)) for _ in range(12)]
    async with connected(world, "superuser") as connection:
        # Every third issue fails after it took its number, at the very end of its transaction.
        await connection.execute(
            """
            CREATE FUNCTION fail_some() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF NEW.event_type = 'billing.invoice-issued.v1'
                   AND ('x' || right(NEW.aggregate_id::text, 2))::bit(8)::int % 3 = 0 THEN
                    RAISE EXCEPTION 'no luck' USING ERRCODE = '40001';
                END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER fail_some BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION fail_some();
            """
        )
    body = {"issued_on": str(START), "due_on": str(START)}
    answers = await asyncio.gather(*(world.send(f"/invoices/{draft['id']}/issue", body) for draft in drafts))
    unlucky = {draft["id"] for draft in drafts if int(draft["id"][-2:], 16) % 3 == 0}
    assert {draft["id"] for draft, answer in zip(drafts, answers, strict=True) if answer.status_code != 201} == unlucky
    numbers = sorted(answer.json()["number"] for answer in answers if answer.status_code == 201)
    assert numbers == [f"INV-2016-{n:05d}" for n in range(1, len(drafts) - len(unlucky) + 1)]
    async with connected(world, "superuser") as connection:
        await connection.execute("DROP TRIGGER fail_some ON outbox; DROP FUNCTION fail_some()")
    for draft_id in sorted(unlucky):
        await world.done(f"/invoices/{draft_id}/issue", body)
    await world.clean()


async def test_one_draft_is_issued_once_by_eight_at_once(world: World) -> None:
    await world.price("100.00")
    draft = await world.invoice_of(await world.enroll(await world.enterprise(), await world.training()))
    body = {"issued_on": str(START), "due_on": str(START)}
    answers = await asyncio.gather(*(world.send(f"/invoices/{draft['id']}/issue", body) for _ in range(8)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 7}
    assert len(await world.said("invoice-issued")) == 1
    await world.clean()


async def test_a_payment_is_never_allocated_twice_nor_an_invoice_paid_twice(world: World) -> None:
    await world.price("100.00")
    firm, training = await world.enterprise(), await world.training()
    invoice = await world.issue(await world.invoice_of(await world.enroll(firm, training)))
    payments = [await world.pay("60.00", START, enterprise_id=firm) for _ in range(3)]
    body = {"invoice_id": invoice["id"], "amount": world.money("60.00"), "allocated_on": str(START)}
    rule = {"allocated_on": str(START)}
    answers = await asyncio.gather(
        *(world.send(f"/payments/{payment['id']}/allocations", body) for payment in payments for _ in range(3)),
        *(world.send(f"/payments/{payment['id']}/allocate", rule) for payment in payments),
    )
    assert {answer.status_code for answer in answers} <= {201, 422, 503}
    shown = await world.invoice_of(UUID(invoice["enrollment_id"]))
    assert shown["settlement"] == "settled"
    assert len(await world.said("invoice-settled")) == 1
    assert (await world.balances())["2110"] == "-80.00"
    await world.clean()


async def test_a_ceiling_holds_when_many_enroll_at_once(world: World) -> None:
    await world.price("100.00")
    signed = await world.agreement("G-1", "G", {"medium": "50"}, ceiling="120.00")
    training = await world.training()
    firms = [await world.enterprise() for _ in range(6)]
    await asyncio.gather(*(world.enroll(firm, training) for firm in firms))
    assert (await world.show(f"/agreements/{signed['id']}"))["committed"]["amount"] == "120.00"
    await world.clean()


async def test_an_enrollment_that_meets_its_price_half_way_is_drafted_once(world: World) -> None:
    training = await world.training()
    for _ in range(5):
        other = await world.join()
        firm = await world.enterprise(partner=other)
        await asyncio.gather(
            world.enroll(firm, training, partner=other),
            world.price("100.00", partner=other),
        )
    assert [row["billing"] for row in await world.all("/enrollments")] == ["draft"] * 5
    await world.clean()


async def test_a_parked_enrollment_whose_training_comes_while_it_is_being_looked_for_is_drafted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.price("100.00")
    firm, training = await world.enterprise(), new_id()
    await world.enroll(firm, training)
    parking, need, looked = world.client.runtime.parking, handlers._need, 0

    async def not_now(_outcome: Outcome) -> None:
        """The sweep holds the queue that would be moved."""

    async def comes_now(*what: Any) -> Any:  # noqa: ANN401 - passed on
        nonlocal looked
        looked += 1
        if looked == 1:
            await world.training(training_id=training)
        return await need(*what)

    monkeypatch.setattr(parking, "after_batch", not_now)
    monkeypatch.setattr(handlers, "_need", comes_now)

    async def tried() -> bool:
        await parking.sweep()
        return looked > 0

    await eventually(tried)
    assert [row["billing"] for row in await world.all("/enrollments")] == ["draft"]
    await world.clean()


async def test_a_share_is_claimed_once_and_not_credited_meanwhile(world: World) -> None:
    await world.price("100.00")
    donor = await world.agreement("D-1", "D", {"medium": "10"})
    training = await world.training()
    invoice = await world.issue(await world.invoice_of(await world.enroll(await world.enterprise(), training)))
    ask = {"agreement_id": donor["id"], "partner_id": str(world.partner), "submitted_on": str(START)}
    answers = await asyncio.gather(
        *(world.send("/claims", {**ask, "training_ids": [str(training)]}) for _ in range(4)),
        *(world.send("/claims", {**ask, "invoice_ids": [invoice["id"]]}) for _ in range(4)),
        world.send(f"/invoices/{invoice['id']}/credit-notes", {"issued_on": str(START), "reason": "a mistake"}),
    )
    assert Counter(answer.status_code for answer in answers)[201] == 1
    await world.clean()


async def test_self_sufficiency_is_reached_once_when_measured_by_many_at_once(world: World) -> None:
    await world.price("100.00")
    firm, training = await world.enterprise(), await world.training()
    invoice = await world.issue(await world.invoice_of(await world.enroll(firm, training)))
    payment = await world.pay("100.00", START, enterprise_id=firm)
    await world.allocate(payment, "100.00", START, invoice_id=invoice["id"])
    await world.cost("90.00", "venue", START, training)
    await asyncio.gather(*(world.done("/cost-recovery/measurements", {"as_of": str(START)}) for _ in range(6)))
    assert len(await world.said("self-sufficiency-reached")) == 1
    assert len(await world.said("cost-recovery-measured")) == 18
    await world.clean()
