"""Paying costs: in whole, in part, from a prepayment, taken back; what is open by supplier and age ties to 2010."""

import asyncio
from datetime import date, timedelta

import asyncpg
import pytest

from shared.ids import new_id
from tests.integration.billing.facts import START, Json
from tests.integration.billing.raw import WHO, connected
from tests.integration.billing.spending import pay_for, paying, prepay, reverse, taken_back
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration
DAY = timedelta(days=1)


async def test_costs_are_paid_in_parts_and_together_and_never_beyond(world: World) -> None:
    training = await world.training()
    room = await world.cost("100.00", "venue", START, training)
    food = await world.cost("40.00", "catering", START, training)
    part = await pay_for(world, START + DAY, room, amount="30.00")
    assert [(each["cost_id"], each["amount"]["amount"]) for each in part["parts"]] == [(room["id"], "30.00")]
    shown = await world.show(f"/costs/{room['id']}")
    assert (shown["state"], shown["paid"]["amount"], shown["open"]["amount"]) == ("open", "30.00", "70.00")
    beyond = paying(world, START + DAY, room, amount="70.01")
    assert await world.refused("/cost-payments", beyond) == (422, "costs.0.amount", "within-open-amount")
    both = await pay_for(world, START + 2 * DAY, room, food, method="cash")
    assert both["amount"]["amount"] == "110.00"
    assert {cost["state"] for cost in await world.all("/costs")} == {"paid"}
    again = paying(world, START + 2 * DAY, food)
    assert await world.refused("/cost-payments", again) == (422, "costs.0.cost_id", "payable")
    assert await world.balances() == {"1010": "-30.00", "1020": "-110.00", "5020": "100.00", "5050": "40.00"}
    [entry] = await world.all(f"/books/{world.partner}/entries", {"source_id": both["id"]})
    assert (entry["kind"], entry["effective_on"]) == ("cost-payment", str(START + 2 * DAY))
    assert {line["training_id"] for line in entry["postings"] if line["account_code"] == "2010"} == {str(training)}
    assert len(await world.all("/cost-payments", {"cost_id": room["id"]})) == 2
    await world.clean()


async def test_what_is_open_by_supplier_and_age_is_account_2010_on_every_day(world: World) -> None:
    training = await world.training()
    bill: Json = {"document": {"reference": "A-1", "issued_on": str(START - 40 * DAY)}}
    old = await world.cost("100.00", "venue", START, training, supplier="Hotel (demo)", **bill)
    new = await world.cost("40.00", "catering", START + 50 * DAY, training, supplier="Kitchen (demo)")
    await world.cost("9.00", "venue", START, training, funding="in-kind")
    nameless = await world.cost("7.00", "coordination", START + 10 * DAY)
    part = await pay_for(world, START + 20 * DAY, old, amount="60.00")
    await reverse(world, "cost-payments", part, START + 30 * DAY)
    await reverse(world, "costs", nameless, START + 35 * DAY)
    await pay_for(world, START + 60 * DAY, new)
    for days in (0, 5, 10, 20, 29, 30, 34, 35, 50, 59, 60, 90):
        on = START + days * DAY
        shown = await world.show("/payables", {"as_of": on})
        owed = (await world.balances(as_of=on)).get("2010", "-0.00")
        assert shown["open"]["amount"] == owed.removeprefix("-"), days
    shown = await world.show("/payables", {"as_of": START + 20 * DAY})
    assert [(each["supplier"], each["open"]["amount"]) for each in shown["suppliers"]] == [
        ("Hotel (demo)", "40.00"),
        (None, "7.00"),
    ]
    # The hotel's bill is of forty days before: sixty days old.
    assert {bucket: money["amount"] for bucket, money in shown["ages"].items()} == {
        "up_to_30": "7.00",
        "up_to_60": "40.00",
        "up_to_90": "0.00",
        "older": "0.00",
    }
    later = await world.show("/payables", {"as_of": START + 51 * DAY, "supplier": "hotel (demo)"})
    assert (later["open"]["amount"], later["ages"]["older"]["amount"]) == ("100.00", "100.00")
    other = await world.join()
    assert (await world.show("/payables", {"as_of": START, "partner_id": other}))["suppliers"] == []
    hidden = await world.get(
        "/payables", {"as_of": START, "partner_id": world.partner}, role="partner-finance", partner=other
    )
    assert hidden.status_code == 403
    await world.clean()


async def test_a_prepayment_is_used_up_by_later_costs(world: World) -> None:
    training = await world.training()
    prepaid = await prepay(world, START, "100.00")
    assert await world.balances() == {"1210": "100.00", "1010": "-100.00"}
    room = await world.cost("70.00", "venue", START + DAY, training)
    food = await world.cost("50.00", "catering", START + DAY, training)
    used = await pay_for(world, START + 2 * DAY, room, prepaid=prepaid)
    assert (used["method"], used["prepayment_id"]) == (None, prepaid["id"])
    too_much = paying(world, START + 2 * DAY, food, prepaid=prepaid)
    assert await world.refused("/cost-payments", too_much) == (422, "prepayment_id", "within-prepayment")
    await pay_for(world, START + 2 * DAY, food, prepaid=prepaid, amount="30.00")
    [shown] = await world.all("/prepayments")
    assert (shown["used"]["amount"], shown["left"]["amount"]) == ("100.00", "0.00")
    assert await world.all("/prepayments", {"left": "true"}) == []
    assert await world.balances() == {"1010": "-100.00", "2010": "-20.00", "5020": "70.00", "5050": "50.00"}
    back = taken_back(START + 3 * DAY)
    assert await world.refused(f"/prepayments/{prepaid['id']}/reverse", back) == (409, "id", "unused")
    # Only the costs are the training's: a prepayment is no cost.
    assert (await world.recovery("invoiced"))["C_dir"] == "120.00"
    for payment in await world.all("/cost-payments", {"prepayment_id": prepaid["id"]}):
        await reverse(world, "cost-payments", payment, START + 5 * DAY)
    early = await world.refused(f"/prepayments/{prepaid['id']}/reverse", taken_back(START + 4 * DAY))
    assert early == (422, "reversed_on", "date-order")
    returned = await reverse(world, "prepayments", prepaid, START + 5 * DAY)
    assert (returned["left"]["amount"], returned["reversed_on"]) == ("0.00", str(START + 5 * DAY))
    assert await world.balances() == {"2010": "-120.00", "5020": "70.00", "5050": "50.00"}
    await world.clean()


async def test_a_prepayment_for_one_training_pays_no_other(world: World) -> None:
    mine, other = await world.training(), await world.training()
    prepaid = await prepay(world, START, "100.00", training_id=str(mine))
    cost = await world.cost("70.00", "venue", START, other)
    refused = await world.refused("/cost-payments", paying(world, START, cost, prepaid=prepaid))
    assert refused == (422, "prepayment_id", "payable")
    await reverse(world, "prepayments", prepaid, START)
    cost = await world.cost("70.00", "venue", START, mine)
    refused = await world.refused("/cost-payments", paying(world, START, cost, prepaid=prepaid))
    assert refused == (422, "prepayment_id", "payable")


async def test_a_payment_taken_back_opens_its_costs_once(world: World) -> None:
    cost = await world.cost("100.00", "coordination", START)
    paid = await pay_for(world, START + 5 * DAY, cost)
    path = f"/cost-payments/{paid['id']}/reverse"
    assert await world.refused(path, taken_back(START)) == (422, "reversed_on", "date-order")
    assert await world.refused(path, taken_back(date(2030, 1, 1))) == (422, "reversed_on", "not-in-the-future")
    back = await reverse(world, "cost-payments", paid, START + 9 * DAY)
    assert (back["reversed_on"], back["reversal_reason"]) == (str(START + 9 * DAY), "a mistake")
    assert (await world.refused(path, taken_back(START + 9 * DAY)))[0] == 409
    shown = await world.show(f"/costs/{cost['id']}")
    assert (shown["state"], shown["open"]["amount"]) == ("open", "100.00")
    # Until it came back the money was out: on those days it would be paid twice.
    early = paying(world, START + 8 * DAY, cost)
    assert await world.refused("/cost-payments", early) == (422, "paid_on", "date-order")
    await pay_for(world, START + 9 * DAY, cost)
    await world.clean()


async def test_of_many_payments_at_once_only_what_is_open_is_paid(world: World) -> None:
    one, two = [await world.cost("100.00", "coordination", START) for _ in range(2)]
    bodies = [paying(world, START, *pair, amount="30.00") for pair in ((one, two), (two, one))] * 5
    answers = await asyncio.gather(*(world.send("/cost-payments", body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [422] * 7
    assert (await world.balances())["2010"] == "-20.00"
    await world.clean()


async def test_of_many_uses_at_once_a_prepayment_covers_only_its_amount(world: World) -> None:
    prepaid = await prepay(world, START, "100.00")
    costs = [await world.cost("40.00", "coordination", START) for _ in range(6)]
    answers = await asyncio.gather(
        *(world.send("/cost-payments", paying(world, START, cost, prepaid=prepaid)) for cost in costs)
    )
    assert sorted(answer.status_code for answer in answers) == [201] * 2 + [422] * 4
    await world.clean()


async def test_of_paying_and_reversing_at_once_one_is_done(world: World) -> None:
    for _ in range(4):
        cost = await world.cost("10.00", "coordination", START)
        paid, back = await asyncio.gather(
            world.send("/cost-payments", paying(world, START, cost)),
            world.send(f"/costs/{cost['id']}/reverse", taken_back(START)),
        )
        assert sorted((paid.status_code == 201, back.status_code == 201)) == [False, True], (paid.text, back.text)
    await world.clean()


async def test_a_wrong_payment_is_refused_and_nothing_is_stored(world: World) -> None:
    training = await world.training()
    cost = await world.cost("10.00", "venue", START, training)
    gift = await world.cost("10.00", "venue", START, training, funding="in-kind")
    by_ilo = await world.cost("10.00", "venue", START, training, funding="ilo-paid")
    gone = await world.cost("10.00", "venue", START, training)
    await reverse(world, "costs", gone, START)
    other = await world.join()
    foreign = await world.cost("10.00", "coordination", START, partner=other)
    body = paying(world, START, cost)
    before = await world.balances()
    usd = {"amount": "1.00", "currency": "USD"}
    for wrong, refusal in (
        (paying(world, START, gift), (422, "costs.0.cost_id", "payable")),
        (paying(world, START, by_ilo), (422, "costs.0.cost_id", "payable")),
        (paying(world, START, gone), (422, "costs.0.cost_id", "payable")),
        (paying(world, START, cost, foreign), (422, "costs.1.cost_id", "payable")),
        (paying(world, START, {"id": str(new_id())}), (404, "costs.0.cost_id", "not-found")),
        (paying(world, START, cost, cost), (422, "costs", "cost-twice")),
        (paying(world, START - DAY, cost), (422, "paid_on", "date-order")),
        (paying(world, date(2030, 1, 1), cost), (422, "paid_on", "not-in-the-future")),
        ({**body, "costs": [{"cost_id": cost["id"], "amount": usd}]}, (422, "costs.0.amount", "book-currency")),
        ({**body, "costs": []}, (422, "costs", "too-short")),
        ({**body, "method": None}, (422, "body", "one-source")),
        ({**body, "prepayment_id": str(new_id())}, (422, "body", "one-source")),
        ({**body, "method": "cheque"}, (422, "method", "enum")),
        ({**body, "method": None, "prepayment_id": str(new_id())}, (404, "prepayment_id", "not-found")),
    ):
        assert await world.refused("/cost-payments", wrong) == refusal
    [january] = await world.all("/periods", {"partner_id": world.partner})
    await world.done(f"/periods/{january['id']}/close", {})
    assert await world.refused("/cost-payments", body) == (409, "date", "open-period")
    assert await world.balances() == before
    assert await world.all("/cost-payments") == []
    await world.clean()


@pytest.mark.parametrize("who", WHO)
async def test_the_tables_refuse_what_the_service_would(world: World, who: str) -> None:
    training = await world.training()
    cost = await world.cost("10.00", "venue", START, training)
    await pay_for(world, START, cost, amount="4.00")
    gift = await world.cost("10.00", "venue", START, training, funding="in-kind")
    insert_payment = (
        "INSERT INTO cost_payment (id, programme, partner_id, paid_on, amount_minor, currency, method, reference) "
        "SELECT '{id}', programme, partner_id, paid_on, {minor}, currency, method, '' FROM cost_payment LIMIT 1"
    )
    insert_part = (
        "INSERT INTO cost_payment_part (payment_id, cost_id, programme, amount_minor) "
        "VALUES ('{id}', '{cost}', 'bolivia', {minor})"
    )

    async def refused(connection: asyncpg.Connection, *statements: str) -> bool:
        inside = connection.transaction()
        await inside.start()
        try:
            for statement in statements:
                await connection.execute(statement)
        except (asyncpg.CheckViolationError, asyncpg.RestrictViolationError, asyncpg.InsufficientPrivilegeError):
            return True
        else:
            return False
        finally:
            await inside.rollback()

    def payment(of: Json, minor: int, part: int | None = None) -> tuple[str, str]:
        made = str(new_id())
        return (
            insert_payment.format(id=made, minor=minor),
            insert_part.format(id=made, cost=of["id"], minor=minor if part is None else part),
        )

    async with connected(world, who) as connection:
        assert not await refused(connection, *payment(cost, 600))
        assert await refused(connection, *payment(cost, 601))
        assert await refused(connection, *payment(cost, 600, part=599))
        assert await refused(connection, *payment(gift, 1))
        reversal = f"INSERT INTO cost_reversal VALUES ('{cost['id']}', 'bolivia', '2016-01-04', 'no reason')"
        assert await refused(connection, reversal)
        correction = f"UPDATE cost SET corrects = '{gift['id']}' WHERE id = '{cost['id']}'"
        assert await refused(connection, correction)
        for table in ("cost_payment", "cost_payment_part", "prepayment", "cost_reversal", "cost_bill"):
            assert await refused(connection, f"DELETE FROM {table}"), table
        assert await refused(connection, "UPDATE cost_payment SET amount_minor = 1")
        assert await refused(connection, "UPDATE prepayment SET amount_minor = 1")
