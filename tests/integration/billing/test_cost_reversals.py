"""Costs taken back: once, on a day of choice, seen on both paths to cost recovery; and corrected in one step."""

import asyncio
from datetime import date, timedelta

import pytest

from services.billing.app import SERVICE
from shared.database.migrate import migrate
from shared.ids import new_id
from tests.integration.billing.facts import START, Json
from tests.integration.billing.raw import connected
from tests.integration.billing.spending import card, hold, pay_for, reverse, taken_back
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration
DAY = timedelta(days=1)
BASES = ("contracted", "invoiced", "received")


async def test_a_reversed_cost_leaves_every_figure_on_its_day_and_both_entries_are_seen(world: World) -> None:
    training = await world.training()
    cost = await world.cost("100.00", "venue", START, training)
    await world.cost("30.00", "coordination", START)
    back = await reverse(world, "costs", cost, START + 40 * DAY)
    assert (back["state"], back["reversed_on"], back["reversal_reason"]) == (
        "reversed",
        str(START + 40 * DAY),
        "a mistake",
    )
    for basis in BASES:
        assert (await world.recovery(basis, {"to": START + 39 * DAY}))["C_dir"] == "100.00"
        assert (await world.recovery(basis))["C_dir"] == "0.00"
        assert (await world.recovery(basis, {"from": START + 40 * DAY}))["C_dir"] == "-100.00"
    seen = await world.all("/cost-recovery/postings", {"basis": "invoiced", "component": "C_dir"})
    assert [(each["amount"]["amount"], each["source_type"], each["source_id"]) for each in seen] == [
        ("100.00", "cost", cost["id"]),
        ("-100.00", "cost", cost["id"]),
    ]
    assert await world.balances() == {"6010": "30.00", "2010": "-30.00"}
    [said] = await world.said("cost-reversed")
    assert (said["cost_id"], said["amount"], said["corrected_by"]) == (cost["id"], world.money("100.00"), None)
    await world.clean()


async def test_a_cost_is_reversed_once_after_its_day_in_an_open_period_and_not_while_paid(world: World) -> None:
    cost = await world.cost("100.00", "coordination", START + DAY)
    path = f"/costs/{cost['id']}/reverse"
    assert await world.refused(path, taken_back(START)) == (422, "reversed_on", "date-order")
    assert await world.refused(path, taken_back(date(2030, 1, 1))) == (422, "reversed_on", "not-in-the-future")
    assert await world.refused(path, {"reversed_on": str(START + DAY)}) == (422, "reason", "missing")
    assert (await world.refused(f"/costs/{new_id()}/reverse", taken_back(START)))[0] == 404
    paid = await pay_for(world, START + 2 * DAY, cost, amount="1.00")
    assert await world.refused(path, taken_back(START + 2 * DAY)) == (409, "id", "not-held")
    await reverse(world, "cost-payments", paid, START + 9 * DAY)
    assert await world.refused(path, taken_back(START + 8 * DAY)) == (422, "reversed_on", "date-order")
    await world.cost("1.00", "coordination", date(2016, 2, 1))
    january = (await world.all("/periods"))[0]
    await world.done(f"/periods/{january['id']}/close", {})
    assert await world.refused(path, taken_back(START + 9 * DAY)) == (409, "date", "open-period")
    await reverse(world, "costs", cost, date(2016, 2, 1))
    answer = await world.send(path, taken_back(date(2016, 2, 1)))
    assert (answer.status_code, answer.json()["allowed_actions"]) == (409, [])
    other = await world.join()
    foreign = await world.send(path, taken_back(START), role="partner-finance", partner=other)
    assert foreign.status_code == 404
    await world.clean()


async def test_of_many_reversals_at_once_one_is_done(world: World) -> None:
    cost = await world.cost("100.00", "coordination", START)
    path = f"/costs/{cost['id']}/reverse"
    answers = await asyncio.gather(*(world.send(path, taken_back(START)) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert await world.balances() == {}
    await world.clean()


async def test_a_correction_takes_back_and_books_anew_in_one_step(world: World) -> None:
    training = await world.training()
    bill: Json = {"supplier": "Hotel (demo)", "document": {"reference": "F-1"}}
    cost = await world.cost("100.00", "venue", START, training, **bill)
    right: Json = {
        "training_id": str(training),
        "kind": "catering",
        "incurred_on": str(START),
        "amount": world.money("100.00"),
        "description": "it was the food",
        **bill,
    }
    path = f"/costs/{cost['id']}/correct"
    wrong = {**taken_back(START + DAY), "cost": {**right, "kind": "marketing"}}
    assert await world.refused(path, wrong) == (422, "training_id", "overhead-without-training")
    assert (await world.show(f"/costs/{cost['id']}"))["state"] == "open"
    made = await world.done(path, {**taken_back(START + DAY), "cost": right})
    assert (made["corrects"], made["kind"], made["state"]) == (cost["id"], "catering", "open")
    before = await world.show(f"/costs/{cost['id']}")
    assert (before["state"], before["corrected_by"]) == ("reversed", made["id"])
    [said] = await world.said("cost-reversed")
    assert said["corrected_by"] == made["id"]
    assert (await world.refused(path, {**taken_back(START + DAY), "cost": right}))[0] == 409
    assert await world.balances() == {"5050": "100.00", "2010": "-100.00"}
    await world.clean()


async def test_a_cost_by_card_can_be_taken_back_and_stays_booked_once(world: World) -> None:
    await card(world, "classroom-day", "50.00")
    firm, training = await world.enterprise(), await world.training()
    await hold(world, training, START, 1, {firm: ("P1",)})
    [cost] = await world.all("/costs")
    await reverse(world, "costs", cost, START)
    body = {"partner_id": str(world.partner), "from": str(START), "to": str(START)}
    assert (await world.done("/costs/fill", body))["booked"] == 0
    assert await world.balances() == {}
    await world.clean()


async def test_the_step_down_keeps_costs_by_card_and_is_refused_while_something_is_reversed(world: World) -> None:
    await card(world, "classroom-day", "50.00")
    await card(world, "venue-day", "20.00")
    firm, training = await world.enterprise(), await world.training()
    await hold(world, training, START, 1, {firm: ("P1",)})
    made = world.database

    async def to(revision: str) -> None:
        await migrate(made.admin_url, SERVICE.migrations, owner=made.owner, application=made.application, to=revision)

    async def below_costs() -> None:
        async with connected(world, "superuser") as connection:
            while await connection.fetchval("SELECT to_regclass('rate_card')") is not None:
                await to("-1")

    before = await world.balances(), await world.recovery("invoiced")
    await below_costs()
    async with connected(world, "superuser") as connection:
        assert await connection.fetchval("SELECT sum(amount_minor) FROM cost") == 7000
        assert await connection.fetchval("SELECT count(*) FROM cost WHERE source_event_id IS NOT NULL") == 0
    await to("head")
    assert (await world.balances(), await world.recovery("invoiced")) == before
    [cost, _] = await world.all("/costs")
    await reverse(world, "costs", cost, START)
    with pytest.raises(Exception, match="would be lost"):
        await below_costs()
    await to("head")  # the steps above it were taken
    assert len(await world.all("/costs")) == 2
