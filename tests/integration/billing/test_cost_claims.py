"""Agreements over costs: which costs they pay, each at most once and never beyond its amount, and what it posts."""

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from shared.ids import new_id
from tests.integration.billing.facts import START, Json
from tests.integration.billing.raw import connected
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration
DAY = timedelta(days=1)


async def test_an_approved_cost_is_receivable_and_income_and_counts_on_every_basis_in_its_turn(world: World) -> None:
    training = await world.training()
    room = await world.cost("400.00", "venue", START, training)
    office = await world.cost("100.00", "coordination", START)
    donor = await world.grant("D-1", "D", ["venue", "coordination"], ceiling="450.00")
    claim = await world.claim(donor, START + DAY, costs=[(room, "300.00"), (office, None)])
    assert [(item["cost_kind"], item["claimed"]["amount"]) for item in claim["items"]] == [
        ("venue", "300.00"),
        ("coordination", "100.00"),
    ]
    assert (await world.show(f"/agreements/{donor['id']}"))["committed"] == world.money("400.00")
    for basis in ("contracted", "invoiced", "received"):
        assert (await world.recovery(basis))["D"] == "0.00"
    await world.step(claim, "approve", START + 2 * DAY, "360.00")
    balances = await world.balances()
    assert {code: balances.get(code) for code in ("1120", "2140", "4120", "9110", "9910")} == {
        "1120": "360.00",
        "2140": None,
        "4120": "-360.00",
        "9110": "360.00",
        "9910": "-360.00",
    }
    assert (await world.show(f"/agreements/{donor['id']}"))["committed"] == world.money("360.00")
    paid = await world.pay("200.00", START + 3 * DAY, agreement_id=donor["id"], reference=claim["number"])
    allocated = await world.done(f"/payments/{paid['id']}/allocate", {"allocated_on": str(START + 3 * DAY)})
    assert [each["amount"]["amount"] for each in allocated["allocations"]] == ["200.00"]
    await world.step(claim, "reduce", START + 4 * DAY, "60.00", cost_id=room["id"])
    shown = await world.show(f"/claims/{claim['id']}")
    assert [
        (item["approved"]["amount"], item["reduced"]["amount"], item["paid"]["amount"]) for item in shown["items"]
    ] == [
        ("270.00", "60.00", "200.00"),
        ("90.00", "0.00", "0.00"),
    ]
    assert shown["open"] == world.money("100.00")
    got = {basis: (await world.recovery(basis))["D"] for basis in ("contracted", "invoiced", "received")}
    assert got == {"contracted": "360.00", "invoiced": "300.00", "received": "200.00"}
    by_module = await world.recovery("invoiced", {"module": "WPC"})
    assert by_module["D"] == "210.00"  # the office has no module
    [entry] = await world.all("/cost-recovery/postings", {"basis": "invoiced", "component": "D", "to": START + 2 * DAY})
    assert (entry["kind"], entry["document_number"]) == ("claim-approval", claim["number"])
    await world.clean()


async def test_several_agreements_never_pay_more_than_the_whole_of_a_cost(world: World) -> None:
    training = await world.training()
    room = await world.cost("100.00", "venue", START, training)
    donor = await world.grant("D-1", "D", ["venue"])
    state = await world.grant("G-1", "G", ["venue"])
    buyer = await world.grant("B-1", "B", ["venue"])
    first = await world.claim(donor, START, costs=[(room, "70.00")])
    again: Json = {"agreement_id": donor["id"], "partner_id": str(world.partner), "submitted_on": str(START)}
    once = {**again, "costs": [{"cost_id": room["id"], "amount": world.money("1.00")}]}
    assert await world.refused("/claims", once) == (422, "costs", "claimed-once")
    much = {**again, "agreement_id": state["id"], "costs": [{"cost_id": room["id"], "amount": world.money("30.01")}]}
    assert await world.refused("/claims", much) == (422, "costs", "within-cost")
    second = await world.claim(state, START, costs=[(room, None)])
    assert second["submitted"] == world.money("30.00")
    nothing = {**again, "agreement_id": buyer["id"], "costs": [{"cost_id": room["id"]}]}
    assert await world.refused("/claims", nothing) == (422, "costs", "within-cost")
    # What one funder does not approve may be asked of another.
    await world.step(first, "approve", START, "50.00")
    third = await world.claim(buyer, START, training_ids=[training])
    assert third["submitted"] == world.money("20.00")
    await world.step(second, "reject", START)
    fourth = await world.claim(state, START, costs=[(room, None)])
    assert fourth["submitted"] == world.money("30.00")
    async with connected(world, "superuser") as connection:
        with pytest.raises(asyncpg.PostgresError) as refusal:
            await connection.execute("UPDATE claim_item SET is_live = true WHERE claim_id = $1", UUID(second["id"]))
        assert refusal.value.sqlstate == "23514"
    await world.clean()


async def test_only_costs_of_the_agreement_are_claimed(world: World) -> None:
    training = await world.training()
    deal = await world.grant("D-1", "D", ["venue"], valid_to=str(START + 20 * DAY))
    await world.done(
        f"/agreements/{deal['id']}/suspend", {"suspended_on": str(START + 5 * DAY), "reason": "report is late"}
    )
    await world.done(f"/agreements/{deal['id']}/resume", {"resumed_on": str(START + 10 * DAY), "reason": "report came"})
    other = await world.join()
    costs = {
        "eligible-kind": await world.cost("1.00", "travel", START, training),
        "paid-in-money": await world.cost("1.00", "venue", START, training, funding="in-kind"),
        "within-validity": await world.cost("1.00", "venue", START + 21 * DAY, training),
        "not-suspended": await world.cost("1.00", "venue", START + 9 * DAY, training),
        "cost-of-partner": await world.cost("1.00", "venue", START, await world.training(partner=other), partner=other),
    }
    ask: Json = {"agreement_id": deal["id"], "partner_id": str(world.partner), "submitted_on": str(START + 30 * DAY)}
    for rule, cost in costs.items():
        body = {**ask, "costs": [{"cost_id": cost["id"]}]}
        assert await world.refused("/claims", body) == (422, "costs", rule)
    assert await world.refused("/claims", {**ask, "training_ids": [str(training)]}) == (
        422,
        "training_ids",
        "claimed-once",
    )
    assert await world.refused("/claims", {**ask, "invoice_ids": [str(new_id())]}) == (
        422,
        "invoice_ids",
        "claimed-once",
    )
    before, after = (
        await world.cost("1.00", "venue", START + 4 * DAY, training),
        await world.cost("2.00", "venue", START + 10 * DAY, training),
    )
    dollars = {**ask, "costs": [{"cost_id": before["id"], "amount": {"amount": "1.00", "currency": "USD"}}]}
    assert await world.refused("/claims", dollars) == (422, "costs", "book-currency")
    early = {**ask, "submitted_on": str(START + 9 * DAY), "costs": [{"cost_id": after["id"]}]}
    assert await world.refused("/claims", early) == (422, "submitted_on", "date-order")
    claim = await world.claim(deal, START + 30 * DAY, training_ids=[training])
    assert {item["cost_id"] for item in claim["items"]} == {before["id"], after["id"]}
    await world.clean()


async def test_a_claim_never_exceeds_what_is_left_of_the_ceiling_also_when_many_submit_at_once(world: World) -> None:
    training = await world.training()
    deal = await world.grant("D-1", "D", ["venue"], ceiling="250.00")
    costs = [await world.cost("100.00", "venue", START, training) for _ in range(6)]
    ask: Json = {"agreement_id": deal["id"], "partner_id": str(world.partner), "submitted_on": str(START)}
    answers = await asyncio.gather(
        *(world.send("/claims", {**ask, "costs": [{"cost_id": cost["id"]}]}) for cost in costs)
    )
    assert Counter(answer.status_code for answer in answers) == {201: 2, 422: 4}
    refusals = {answer.json()["errors"][0]["rule"] for answer in answers if answer.status_code == 422}
    assert refusals == {"within-ceiling"}
    shown = await world.show(f"/agreements/{deal['id']}")
    assert (shown["committed"], shown["remaining"]) == (world.money("200.00"), world.money("50.00"))
    claims = await world.all("/claims")
    assert sorted(claim["number"] for claim in claims) == ["CL-2016-00001", "CL-2016-00002"]
    # What is given back may be claimed; a draft binds nothing.
    drafts = [
        await world.claim(deal, START, costs=[(cost, None)], draft=True)
        for cost in costs
        if cost["id"] not in {claim["items"][0]["cost_id"] for claim in claims}
    ]
    await world.step(claims[0], "withdraw", START)
    submitted = await asyncio.gather(
        *(world.send(f"/claims/{draft['id']}/submit", {"submitted_on": str(START)}) for draft in drafts)
    )
    assert Counter(answer.status_code for answer in submitted) == {201: 1, 422: 3}
    await world.clean()


async def test_sixteen_claims_of_one_cost_under_several_agreements_take_it_once(world: World) -> None:
    training = await world.training()
    room = await world.cost("100.00", "venue", START, training)
    deals = [await world.grant(f"D-{number}", "D", ["venue"]) for number in range(4)]
    body: Json = {"partner_id": str(world.partner), "submitted_on": str(START)}
    part = {"cost_id": room["id"], "amount": world.money("60.00")}
    answers = await asyncio.gather(
        *(world.send("/claims", {**body, "agreement_id": deal["id"], "costs": [part]}) for deal in deals * 4)
    )
    assert Counter(answer.status_code for answer in answers) == {201: 1, 422: 15}
    await world.clean()


async def test_one_of_many_approvals_and_reductions_at_once_takes_effect(world: World) -> None:
    training = await world.training()
    room = await world.cost("100.00", "venue", START, training)
    deal = await world.grant("D-1", "D", ["venue"])
    claim = await world.claim(deal, START, costs=[(room, None)])
    approve = {"approved_on": str(START), "amount": world.money("100.00")}
    path = f"/claims/{claim['id']}"
    answers = await asyncio.gather(
        *(world.send(f"{path}/approve", approve) for _ in range(6)),
        *(world.send(f"{path}/reject", {"rejected_on": str(START), "reason": "not eligible"}) for _ in range(3)),
    )
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 8}
    shown = await world.show(path)
    if shown["state"] == "approved":
        paid = await world.pay("100.00", START, agreement_id=deal["id"])
        pay = {"claim_id": claim["id"], "amount": world.money("60.00"), "allocated_on": str(START)}
        cut = {"reduced_on": str(START), "amount": world.money("60.00"), "reason": "audit"}
        answers = await asyncio.gather(
            *(world.send(f"/payments/{paid['id']}/allocations", pay) for _ in range(4)),
            *(world.send(f"{path}/reduce", cut) for _ in range(4)),
        )
        assert Counter(answer.status_code for answer in answers)[201] == 1
    await world.clean()
