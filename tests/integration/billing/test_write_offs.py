"""Debts given up: who may, what the books show, and how they come back to life."""

from datetime import timedelta

import pytest

from tests.integration.billing.collecting import owing, paid, send_as, shown
from tests.integration.billing.facts import START, Json
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration
DAY = timedelta(days=1)


async def tolerate(world: World, amount: str, share: str) -> Json:
    return await world.done(
        f"/books/{world.partner}/write-off-tolerances", {"amount": world.money(amount), "share_pct": share}
    )


async def test_a_bad_debt_is_written_off_in_parts_and_lives_again_when_it_is_paid(world: World) -> None:
    await world.price("100.00")
    owed = await owing(world, await world.training())
    body = {"invoice_id": owed.id, "cause": "bad-debt", "written_on": str(START + 90 * DAY), "reason": "bankrupt"}
    part = await world.done("/write-offs", {**body, "amount": world.money("40.00")})
    assert (part["amount"]["amount"], part["written_by"]) == ("40.00", "tester")
    now = await shown(world, owed)
    assert (now["settlement"], now["enterprise_open"]["amount"]) == ("unpaid", "60.00")
    assert await world.refused("/write-offs", {**body, "amount": world.money("60.01")}) == (
        422,
        "amount",
        "within-open-amount",
    )
    rest = await world.done("/write-offs", body)
    assert rest["amount"]["amount"] == "60.00"
    now = await shown(world, owed)
    assert (now["settlement"], now["settled_on"]) == ("written-off", str(START + 90 * DAY))
    assert await world.refused("/write-offs", body) == (422, "amount", "within-open-amount")
    balances = await world.balances()
    assert (balances["7110"], "1110" in balances, balances["2130"]) == ("100.00", False, "-100.00")
    assert (await world.recovery("invoiced"))["F"] == "0.00"
    assert (await world.recovery("invoiced", {"to": str(START)}))["F"] == "100.00"
    await world.clean()
    back = {"reversed_on": str(START + 95 * DAY), "reason": "the heirs will pay"}
    early = {**back, "reversed_on": str(START + DAY)}
    assert await world.refused(f"/write-offs/{rest['id']}/reverse", early) == (422, "reversed_on", "date-order")
    alive = await world.done(f"/write-offs/{rest['id']}/reverse", back)
    assert (alive["reversed_on"], alive["reversed_by"]) == (str(START + 95 * DAY), "tester")
    assert await world.refused(f"/write-offs/{rest['id']}/reverse", back) == (409, "id", "reversed-once")
    now = await shown(world, owed)
    assert (now["settlement"], now["settled_on"], now["enterprise_open"]["amount"]) == ("unpaid", None, "60.00")
    await paid(world, owed, "60.00", START + 96 * DAY)
    assert (await shown(world, owed))["settlement"] == "written-off"
    said = [len(await world.said(name)) for name in ("invoice-settled", "invoice-reopened", "debt-written-off")]
    assert said == [2, 1, 2]
    assert len(await world.said("write-off-reversed")) == 1
    assert (await world.recovery("received"))["F"] == "60.00"
    await world.clean()


async def test_what_a_bank_kept_is_given_up_in_one_step_with_the_allocation(world: World) -> None:
    await world.price("1000.00")
    await tolerate(world, "15.00", "1.00")
    training = await world.training()
    for amount, cause, account in (("990.00", "bank-charge", "7210"), ("995.00", "bad-debt", "7110")):
        owed = await owing(world, training)
        body = {
            "invoice_id": owed.id,
            "amount": world.money(amount),
            "allocated_on": str(START + DAY),
            "write_off": {"cause": cause, "reason": "the bank kept it"},
        }
        payment = await world.pay(amount, START + DAY, enterprise_id=owed.firm)
        made = await world.done(f"/payments/{payment['id']}/allocations", body)
        assert made["written_off"]["amount"] == str(f"{1000 - int(amount[:3])}.00")
        now = await shown(world, owed)
        assert (now["settlement"], now["settled_on"]) == ("written-off", str(START + DAY))
        assert (await world.balances())[account] == made["written_off"]["amount"]
    assert "1110" not in await world.balances()
    assert {row["allocation_id"] is not None for row in await world.all("/write-offs")} == {True}
    assert (await world.recovery("received"))["F"] == (await world.recovery("invoiced"))["F"] == "1985.00"
    await world.clean()


async def test_above_the_tolerance_it_takes_another_person_than_who_took_the_money_in(world: World) -> None:
    await world.price("1000.00")
    owed = await owing(world, await world.training())
    payment = await send_as(
        world,
        "ana",
        "/payments",
        {
            "partner_id": str(world.partner),
            "enterprise_id": str(owed.firm),
            "received_on": str(START + DAY),
            "amount": world.money("980.00"),
        },
    )
    path = f"/payments/{payment.json()['id']}/allocations"
    body = {
        "invoice_id": owed.id,
        "amount": world.money("980.00"),
        "allocated_on": str(START + DAY),
        "write_off": {"cause": "bank-charge", "reason": "the bank kept it"},
    }
    await tolerate(world, "15.00", "5.00")
    before = await world.balances()
    for amount, share in (("15.00", "5.00"), ("25.00", "1.99")):
        await tolerate(world, amount, share)
        refused = await send_as(world, "ana", path, body)
        assert refused.status_code == 409
        [error] = refused.json()["errors"]
        assert (error["field"], error["rule"]) == ("amount", "two-persons")
        assert "ana recorded a payment" in error["message"]
        assert await world.balances() == before
    plain = {key: value for key, value in body.items() if key != "write_off"}
    assert (await send_as(world, "ana", path, plain)).status_code == 201
    rest = {"invoice_id": owed.id, "cause": "bank-charge", "written_on": str(START + DAY), "reason": "kept"}
    assert (await send_as(world, "ana", "/write-offs", rest)).status_code == 409
    small = {**rest, "amount": world.money("19.90")}
    await tolerate(world, "25.00", "1.99")
    assert (await send_as(world, "ana", "/write-offs", small)).status_code == 201
    assert (await send_as(world, "rosa", "/write-offs", rest)).status_code == 201
    assert (await shown(world, owed))["settlement"] == "written-off"
    await world.clean()


async def test_what_a_funder_disallows_after_its_approval_is_written_off(world: World) -> None:
    await world.price("1000.00")
    donor = await world.agreement("D-1", "D", {"medium": "40"})
    training = await world.training()
    bills = [await owing(world, training) for _ in range(2)]
    claim = await world.claim(donor, START + DAY, training_ids=[training])
    body = {"claim_id": claim["id"], "cause": "disallowed", "written_on": str(START + 5 * DAY), "reason": "audit"}
    assert (await world.refused("/write-offs", body))[0] == 409
    await world.done(
        f"/claims/{claim['id']}/approve", {"approved_on": str(START + 2 * DAY), "amount": world.money("700.00")}
    )
    money = await world.pay("500.00", START + 3 * DAY, agreement_id=donor["id"])
    await world.allocate(money, "500.00", START + 3 * DAY, claim_id=claim["id"])
    early = {**body, "written_on": str(START + DAY)}
    assert await world.refused("/write-offs", early) == (422, "written_on", "date-order")
    assert (await world.refused("/write-offs", {**body, "claim_id": None, "invoice_id": bills[0].id}))[0] == 422
    made = (await send_as(world, "rosa", "/write-offs", body)).json()
    assert made["amount"]["amount"] == "200.00"
    now = await world.show(f"/claims/{claim['id']}")
    assert (now["paid"]["amount"], now["open"]["amount"]) == ("500.00", "0.00")
    balances = await world.balances()
    assert (balances["7110"], "1120" in balances, balances["4120"]) == ("200.00", False, "-700.00")
    assert (await world.recovery("invoiced"))["D"] == "500.00"
    await world.clean()
    await world.done(f"/write-offs/{made['id']}/reverse", {"reversed_on": str(START + 9 * DAY), "reason": "appeal won"})
    assert (await world.show(f"/claims/{claim['id']}"))["open"]["amount"] == "200.00"
    await world.clean()
