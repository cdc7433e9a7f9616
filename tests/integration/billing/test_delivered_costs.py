"""Costs from sessions and visits: by the most specific card, once, on an open day; on a list where there is none."""

import asyncio
from datetime import date, timedelta
from uuid import UUID

import pytest

from shared.ids import new_id
from shared.money import Money
from tests.integration.billing.facts import START, Json
from tests.integration.billing.spending import card, fill, hold, session, visit
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration
DAY = timedelta(days=1)


def amounts(costs: list[Json]) -> dict[str, str]:
    """Return amounts by the item of their card."""
    return {cost["item"]: cost["amount"]["amount"] for cost in costs}


async def test_a_training_costs_what_its_cards_and_its_attendance_say(world: World) -> None:
    for item, amount in (
        ("classroom-day", "400.00"),
        ("preparation", "150.00"),
        ("venue-day", "90.00"),
        ("material-participant", "12.50"),
        ("catering-participant-day", "7.25"),
        ("visit", "300.00"),
        ("trainer-travel", "60.00"),
        ("aborted-visit", "110.00"),
    ):
        await card(world, item, amount)
    firm, other, training = await world.enterprise(), await world.enterprise(), await world.training()
    enrollment = await world.enroll(firm, training)
    await hold(world, training, START, 1, {firm: ("P1", "P2"), other: ("P1",)})
    # One stays away, one is new: material for whoever comes first, catering for whoever is there.
    await hold(world, training, START + DAY, 2, {firm: ("P1",), other: ("P1", "P2")})
    await visit(world, enrollment, firm, training, START + 9 * DAY)
    await world.abort_visit(enrollment, firm, training, START + 19 * DAY, None)

    first = await world.all("/costs", {"from": START, "to": START})
    assert amounts(first) == {
        "classroom-day": "400.00",
        "preparation": "150.00",
        "venue-day": "90.00",
        "material-participant": "37.50",
        "catering-participant-day": "21.75",
    }
    second = await world.all("/costs", {"from": START + DAY, "to": START + DAY})
    assert amounts(second) == {
        "classroom-day": "400.00",
        "venue-day": "90.00",
        "material-participant": "12.50",
        "catering-participant-day": "21.75",
    }
    later = await world.all("/costs", {"from": START + 2 * DAY})
    assert amounts(later) == {"visit": "300.00", "trainer-travel": "60.00", "aborted-visit": "110.00"}
    everything = [*first, *second, *later]
    assert {(cost["training_id"], cost["state"]) for cost in everything} == {(str(training), "open")}
    assert all(cost["card_id"] and cost["source_event_id"] for cost in everything)
    # 400 + 400 + 150 + 300 + 110 trainer days; 180 venue; 50 material; 60 travel; 43.50 catering.
    assert await world.balances() == {
        "2010": "-1693.50",
        "5010": "1360.00",
        "5020": "180.00",
        "5030": "50.00",
        "5040": "60.00",
        "5050": "43.50",
    }
    assert (await world.recovery("invoiced"))["C_dir"] == "1693.50"
    assert await world.all("/deliveries", {"rate": "none"}) == []
    await world.clean()


async def test_without_cards_nothing_is_booked_and_everything_is_on_the_list(world: World) -> None:
    firm, training = await world.enterprise(), await world.training()
    enrollment = await world.enroll(firm, training)
    await hold(world, training, START, 1, {firm: ("P1", "P2")})
    await visit(world, enrollment, firm, training, START + DAY)
    await world.abort_visit(enrollment, firm, training, START + 2 * DAY, None)
    await world.abort_visit(enrollment, firm, training, START + 3 * DAY, Money(5000, "BOB"))
    await world.abort_visit(enrollment, firm, training, START + 4 * DAY, Money(0, "BOB"))
    [own] = await world.all("/costs")
    assert (own["amount"]["amount"], own["kind"], own["card_id"], own["item"]) == ("50.00", "trainer-days", None, None)
    assert await world.balances() == {"5010": "50.00", "2010": "-50.00"}
    missing = await world.all("/deliveries", {"rate": "none", "partner_id": world.partner, "training_id": training})
    assert [(row["happened_on"], row["kind"], row["item"], row["quantity"]) for row in missing] == [
        (str(START), "session", "classroom-day", 1),
        (str(START), "session", "preparation", 1),
        (str(START), "session", "venue-day", 1),
        (str(START), "session", "material-participant", 2),
        (str(START), "session", "catering-participant-day", 2),
        (str(START + DAY), "visit", "visit", 1),
        (str(START + DAY), "visit", "trainer-travel", 1),
        (str(START + 2 * DAY), "aborted-visit", "aborted-visit", 1),
    ]
    assert len(await world.all("/deliveries", {"rate": "event"})) == 2
    assert len(await world.all("/deliveries", {"rate": "none", "from": START + DAY, "kind": "visit"})) == 2
    assert len(await world.all("/deliveries", {"item": "venue-day"})) == 1
    await world.clean()


async def test_a_later_card_fills_the_list_once_on_the_days_of_the_facts(world: World) -> None:
    firm, training = await world.enterprise(), await world.training()
    await hold(world, training, START, 1, {firm: ("P1", "P2")})
    await hold(world, training, START + 40 * DAY, 2, {firm: ("P1", "P2")})
    await card(world, "catering-participant-day", "5.00", partner_id=None)
    await card(world, "venue-day", "0.00")
    assert await world.all("/costs") == []
    done = await fill(world, until=START + 30 * DAY)
    # What costs nothing is off the list too: a card says so.
    assert (done["booked"], done["costs_nothing"], done["amount"]["amount"]) == (1, 1, "10.00")
    assert (done["still_without_rate"], done["not_looked_at"]) == (3, 0)
    again = await fill(world, until=START + 30 * DAY)
    assert (again["booked"], again["costs_nothing"], again["still_without_rate"]) == (0, 0, 3)
    rest = await fill(world)
    assert (rest["booked"], rest["costs_nothing"]) == (1, 1)
    costs = await world.all("/costs")
    assert [(cost["incurred_on"], cost["amount"]["amount"]) for cost in costs] == [
        (str(START), "10.00"),
        (str(START + 40 * DAY), "10.00"),
    ]
    await world.clean()


async def test_two_fillings_at_once_book_each_delivery_once(world: World) -> None:
    firm, training = await world.enterprise(), await world.training()
    await hold(world, training, START, 1, {firm: ("P1",)})
    for item in ("classroom-day", "venue-day", "catering-participant-day"):
        await card(world, item, "5.00")
    done = await asyncio.gather(*(fill(world) for _ in range(6)))
    assert sorted(each["booked"] for each in done) == [0, 0, 0, 0, 0, 3]
    assert (await world.balances())["2010"] == "-15.00"
    await world.clean()


async def test_an_event_delivered_twice_costs_once(world: World) -> None:
    await card(world, "classroom-day", "5.00")
    firm, training = await world.enterprise(), await world.training()
    record = session(world, training, START, 1, {firm: ("P1",)})
    await world.client.deliver_records(record)
    await world.client.deliver_records(record)
    assert len(await world.all("/costs")) == 1
    await world.clean()


async def test_a_session_waits_for_its_training(world: World) -> None:
    await card(world, "visit", "5.00")
    firm, training, enrollment = await world.enterprise(), new_id(), new_id()
    await visit(world, enrollment, firm, training, START)
    assert await world.client.parked() == [("waiting", "fact-missing")]
    await world.training(training_id=training)
    assert await world.client.parked() == []
    assert amounts(await world.all("/costs")) == {"visit": "5.00"}


async def test_a_late_day_of_a_closed_month_is_booked_in_the_open_one(world: World) -> None:
    await card(world, "classroom-day", "5.00")
    firm, training = await world.enterprise(), await world.training()
    await world.cost("1.00", "venue", START, training)
    [january] = await world.all("/periods")
    await world.done(f"/periods/{january['id']}/close", {})
    await hold(world, training, START, 1, {firm: ("P1",)})
    [late] = await world.all("/costs", {"card_id": (await world.all("/rate-cards"))[0]["id"]})
    assert (late["incurred_on"], late["posted_on"]) == (str(START), "2016-02-01")
    # The same on request: the fact has happened.
    await card(world, "venue-day", "3.00")
    await fill(world)
    assert {cost["posted_on"] for cost in await world.all("/costs", {"kind": "venue"})} == {str(START), "2016-02-01"}
    await world.clean()


async def test_the_most_specific_card_of_the_day_wins(world: World) -> None:
    trainer, other_trainer = new_id(), new_id()
    everyone: Json = {"partner_id": None}
    await card(world, "visit", "1.00", **everyone)
    await card(world, "visit", "2.00", **everyone, delivery="direct")
    await card(world, "visit", "3.00", **everyone, module="WPC")
    await card(world, "visit", "4.00", **everyone, trainer_id=str(trainer))
    firm, training = await world.enterprise(), await world.training()
    enrollment = await world.enroll(firm, training)

    async def cost_of(by: UUID, on: date) -> str:
        await visit(world, enrollment, firm, training, on, trainer=by)
        return str((await world.all("/costs"))[-1]["amount"]["amount"])

    assert await cost_of(other_trainer, START) == "3.00"
    assert await cost_of(trainer, START) == "4.00"
    await card(world, "visit", "5.00", valid_from="2016-02-01", valid_to="2016-02-29")
    assert await cost_of(trainer, date(2016, 1, 31)) == "4.00"
    assert await cost_of(trainer, date(2016, 2, 1)) == "5.00"
    assert await cost_of(trainer, date(2016, 3, 1)) == "4.00"
    await world.clean()


async def test_a_training_is_rated_by_the_card_of_who_leads_it(world: World) -> None:
    trainer = new_id()
    await card(world, "classroom-day", "4.00", trainer_id=str(trainer))
    await card(world, "classroom-day", "3.00")
    firm = await world.enterprise()
    await hold(world, await world.training(trainer=trainer), START, 1, {firm: ("P1",)})
    await hold(world, await world.training(), START, 1, {firm: ("P1",)})
    assert [cost["amount"]["amount"] for cost in await world.all("/costs")] == ["4.00", "3.00"]


async def test_a_batch_of_sessions_is_booked_like_one_after_the_other(world: World) -> None:
    await card(world, "material-participant", "2.00")
    await card(world, "preparation", "9.00")
    firm, training = await world.enterprise(), await world.training()
    await world.client.deliver_records(
        *(session(world, training, START + day * DAY, day, {firm: ("P1", f"P{day}")}) for day in (1, 2, 3))
    )
    assert [(cost["item"], cost["quantity"]) for cost in await world.all("/costs")] == [
        ("preparation", 1),
        ("material-participant", 1),
        ("material-participant", 1),
        ("material-participant", 1),
    ]
    await world.clean()
