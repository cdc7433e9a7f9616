"""Costs typed in: suppliers and documents, many rows at once, one bill over several trainings, suspected duplicates."""

import asyncio
from datetime import timedelta

import pytest

from shared.ids import new_id
from tests.integration.billing.facts import START, Json
from tests.integration.billing.spending import reverse, taken_back
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration
DAY = timedelta(days=1)
HOTEL: Json = {"supplier": "Hotel (demo)", "document": {"reference": "F-77", "issued_on": str(START)}}


def a_bill(world: World, split_by: str, amount: str, *trainings: Json, **more: object) -> Json:
    """Return the body of a bill."""
    return {
        "partner_id": str(world.partner),
        "kind": "venue",
        "incurred_on": str(START),
        "amount": world.money(amount),
        "description": "rooms",
        "split_by": split_by,
        "trainings": list(trainings),
        **HOTEL,
        **more,
    }


async def test_costs_are_found_by_supplier_kind_training_state_and_span(world: World) -> None:
    training = await world.training()
    room = await world.cost("5.00", "venue", START, training, **HOTEL)
    await world.cost("6.00", "catering", START + 9 * DAY, training, supplier="Kitchen (demo)")
    office = await world.cost("7.00", "coordination", START + 20 * DAY)
    assert room["supplier"] == "Hotel (demo)"
    assert (room["document_reference"], room["document_on"], room["state"]) == ("F-77", str(START), "open")
    await reverse(world, "costs", office, START + 21 * DAY)

    async def found(**cut: object) -> list[str]:
        return [cost["amount"]["amount"] for cost in await world.all("/costs", cut)]

    assert await found(supplier="hotel (DEMO)") == ["5.00"]
    assert await found(kind="catering") == ["6.00"]
    assert await found(training_id=training) == ["5.00", "6.00"]
    assert await found(state="open") == ["5.00", "6.00"]
    assert await found(state="reversed") == ["7.00"]
    assert await found(state="paid") == []
    assert await found(**{"from": START + DAY, "to": START + 9 * DAY}) == ["6.00"]
    headers = {"authorization": f"Bearer {world.client.token('auditor')}", "accept": "text/csv"}
    table = await world.client.http.get(f"{world.path}/costs?supplier=Hotel%20(demo)", headers=headers)
    heading, row = table.text.strip().splitlines()
    assert "document_reference" in heading
    assert "F-77" in row
    await world.clean()


async def test_a_bill_booked_twice_is_refused_unless_somebody_says_why(world: World) -> None:
    training = await world.training()
    first = await world.cost("5.00", "venue", START, training, **HOTEL)
    body = {
        "partner_id": str(world.partner),
        "training_id": str(training),
        "kind": "catering",
        "incurred_on": str(START + DAY),
        "amount": world.money("5.00"),
        "description": "again",
        "supplier": "HOTEL (demo)",
        "document": {"reference": "f-77"},
    }
    assert await world.refused("/costs", body) == (409, "document.reference", "booked-once")
    over = [{"training_id": str(await world.training())} for _ in range(2)]
    again = a_bill(world, "equally", "5.00", *over)
    assert await world.refused("/bills", again) == (409, "document.reference", "booked-once")
    other = {**body, "amount": world.money("5.01")}
    await world.done("/costs", other)
    confirmed = await world.done("/costs", {**body, "duplicate_reason": "one bill for each floor"})
    assert confirmed["duplicate_reason"] == "one bill for each floor"
    for cost in (first, confirmed):
        await reverse(world, "costs", cost, START + 2 * DAY)
    # What was taken back is no bill any more; another partner's never was.
    await world.done("/costs", body)
    await world.clean()


async def test_of_one_bill_booked_many_times_at_once_one_is_taken(world: World) -> None:
    training = await world.training()
    body = {
        "partner_id": str(world.partner),
        "training_id": str(training),
        "kind": "venue",
        "incurred_on": str(START),
        "amount": world.money("5.00"),
        "description": "room",
        **HOTEL,
    }
    answers = await asyncio.gather(*(world.send("/costs", body) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    await world.clean()


async def test_many_rows_are_booked_or_refused_one_by_one(world: World) -> None:
    training = await world.training()
    good = {
        "training_id": str(training),
        "kind": "venue",
        "incurred_on": str(START),
        "amount": world.money("5.00"),
        "description": "room",
    }
    rows: list[Json] = [
        {**good, **HOTEL},
        {**good, "amount": world.money("1.005")},
        {**good, "kind": "marketing"},
        {**good, **HOTEL},
        {**good, "incurred_on": "2030-01-01"},
        {**good, "partner_id": str(world.partner)},
        {**good, "training_id": str(new_id())},
        {},
        {**good, "amount": world.money("6.00")},
    ]
    done = await world.done("/costs/bulk", {"partner_id": str(world.partner), "rows": rows})
    assert (done["booked"], done["refused"]) == (2, 7)
    wrong = {row["row"]: [(each["field"], each["rule"]) for each in row["errors"]] for row in done["rows"]}
    assert wrong[1] == wrong[9] == []
    assert wrong[2] == [("amount", "over-precise-amount")]
    assert wrong[3] == [("training_id", "overhead-without-training")]
    assert wrong[4] == [("document.reference", "booked-once")]
    assert wrong[5] == [("incurred_on", "not-in-the-future")]
    assert wrong[6] == [("partner_id", "extra-forbidden")]
    assert wrong[7] == [("training_id", "fact-missing")]
    assert {field for field, _ in wrong[8]} == {"kind", "incurred_on", "amount", "description"}
    assert [row["cost_id"] is not None for row in done["rows"]] == [True] + [False] * 7 + [True]
    assert len(await world.said("cost-recorded")) == 2
    assert (await world.balances())["2010"] == "-11.00"
    await world.clean()


async def test_a_row_of_a_closed_period_leaves_nothing_and_the_others_are_booked(world: World) -> None:
    training = await world.training()
    await world.cost("1.00", "venue", START, training)
    [january] = await world.all("/periods")
    await world.done(f"/periods/{january['id']}/close", {})
    row = {"training_id": str(training), "kind": "venue", "amount": world.money("5.00"), "description": "room"}
    rows = [{**row, "incurred_on": str(START)}, {**row, "incurred_on": "2016-02-02"}]
    done = await world.done("/costs/bulk", {"partner_id": str(world.partner), "rows": rows})
    assert [[each["rule"] for each in row["errors"]] for row in done["rows"]] == [["open-period"], []]
    assert (await world.balances())["2010"] == "-6.00"
    await world.clean()


@pytest.mark.parametrize(
    ("split_by", "amount", "weights", "parts"),
    [
        ("equally", "100.00", (None, None, None), ["33.34", "33.33", "33.33"]),
        ("weights", "100.00", (1, 2, 4), ["14.29", "28.57", "57.14"]),
        # Three, two and one enterprise.
        ("enterprises", "100.00", (None, None, None), ["50.00", "33.33", "16.67"]),
        ("days", "0.05", (None, None, None), ["0.02", "0.02", "0.01"]),
    ],
)
async def test_a_bill_over_trainings_is_divided_to_the_cent(
    world: World, split_by: str, amount: str, weights: tuple[int | None, ...], parts: list[str]
) -> None:
    trainings = [await world.training() for _ in range(3)]
    for training, enterprises in zip(trainings, (3, 2, 1), strict=True):
        for _ in range(enterprises):
            await world.enroll(await world.enterprise(), training)
    left = await world.enterprise()
    await world.withdraw(await world.enroll(left, trainings[2]), left, trainings[2], START)
    shares = [
        {"training_id": str(training), "weight": weight} for training, weight in zip(trainings, weights, strict=True)
    ]
    bill = await world.done("/bills", a_bill(world, split_by, amount, *shares))
    assert [cost["amount"]["amount"] for cost in bill["costs"]] == parts
    assert [cost["training_id"] for cost in bill["costs"]] == [str(training) for training in trainings]
    assert {(cost["bill_id"], cost["supplier"]) for cost in bill["costs"]} == {(bill["id"], "Hotel (demo)")}
    assert await world.show(f"/bills/{bill['id']}") == bill
    assert len(await world.all("/costs", {"bill_id": bill["id"]})) == 3
    await world.clean()


async def test_a_bill_that_does_not_fit_its_trainings_is_refused(world: World) -> None:
    one, two = [{"training_id": str(await world.training())} for _ in range(2)]
    foreign = {"training_id": str(await world.training(partner=await world.join()))}
    for body, refusal in (
        (a_bill(world, "enterprises", "1.00", one, two), (422, "trainings.0", "bears-some")),
        (a_bill(world, "equally", "0.01", one, two), (422, "trainings.1", "bears-some")),
        (a_bill(world, "equally", "1.00", one, foreign), (422, "trainings.1.training_id", "training-of-partner")),
        (a_bill(world, "equally", "1.00", one, one), (422, "trainings", "training-twice")),
        (a_bill(world, "equally", "1.00", one), (422, "trainings", "too-short")),
        (a_bill(world, "weights", "1.00", one, two), (422, "body", "weights")),
        (a_bill(world, "days", "1.00", {**one, "weight": 2}, two), (422, "body", "weights")),
        (a_bill(world, "equally", "1.00", one, two, kind="marketing"), (422, "kind", "overhead-without-training")),
    ):
        assert await world.refused("/bills", body) == refusal
    assert await world.all("/costs") == []


async def test_the_parts_of_a_bill_are_taken_back_one_by_one_and_the_bill_can_come_again(world: World) -> None:
    trainings = [{"training_id": str(await world.training())} for _ in range(2)]
    bill = await world.done("/bills", a_bill(world, "equally", "10.00", *trainings))
    first, second = bill["costs"]
    await world.done(f"/costs/{first['id']}/reverse", taken_back(START))
    assert (await world.refused("/bills", a_bill(world, "equally", "10.00", *trainings)))[0] == 409
    await world.done(f"/costs/{second['id']}/reverse", taken_back(START))
    await world.done("/bills", a_bill(world, "equally", "10.00", *trainings))
    await world.clean()
