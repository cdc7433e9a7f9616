"""Payments without a payer, set back, refunded, bounced: each by entries of its own day, and never twice."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from tests.integration.billing.facts import START, Json
from tests.integration.billing.raw import fingerprint
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration
DAY = timedelta(days=1)


async def owing(world: World) -> tuple[Json, Json]:
    """Return a settled invoice of 100.00 and the payment of 150.00 that settled it."""
    await world.price("100.00")
    firm = await world.enterprise()
    invoice = await world.issue(await world.invoice_of(await world.enroll(firm, await world.training())))
    payment = await world.pay("150.00", START + DAY, enterprise_id=firm)
    await world.allocate(payment, "100.00", START + DAY, invoice_id=invoice["id"])
    return invoice, payment


def undoing(days: int = 2) -> Json:
    return {"reversed_on": str(START + days * DAY), "reason": "the bank took it back"}


async def test_money_of_nobody_is_in_suspense_until_somebody_says_whose_it_is(world: World) -> None:
    firm = await world.enterprise()
    body = {"partner_id": str(world.partner), "received_on": str(START), "amount": world.money("50.00")}
    payment = await world.done("/payments", body)
    assert (payment["state"], payment["payer_class"], payment["unallocated"]["amount"]) == ("recorded", None, "50.00")
    assert await world.balances() == {"1010": "50.00", "2120": "-50.00"}
    assert await world.said("payment-received") == []
    refused = await world.send(f"/payments/{payment['id']}/allocate", {"allocated_on": str(START)})
    assert (refused.status_code, refused.json()["allowed_actions"]) == (409, ["identify", "reverse"])
    await world.clean()
    name = {"enterprise_id": str(firm), "identified_on": str(START + DAY)}
    early = await world.refused(f"/payments/{payment['id']}/identify", {**name, "identified_on": str(START - DAY)})
    assert early == (422, "identified_on", "date-order")
    known = await world.done(f"/payments/{payment['id']}/identify", name)
    assert (known["state"], known["enterprise_id"], known["identified_on"]) == (
        "identified", str(firm), str(START + DAY),
    )  # fmt: skip
    assert await world.balances() == {"1010": "50.00", "2110": "-50.00"}
    assert (await world.balances(as_of=START))["2120"] == "-50.00"
    [received], [identified] = await world.said("payment-received"), await world.said("payment-identified")
    assert (received["enterprise_id"], received["received_on"]) == (str(firm), str(START))
    assert identified["identified_on"] == str(START + DAY)
    assert (await world.send(f"/payments/{payment['id']}/identify", name)).status_code == 409
    assert [row["id"] for row in await world.all("/payments", {"state": "identified"})] == [payment["id"]]
    assert await world.all("/payments", {"state": "recorded"}) == []
    await world.clean()


async def test_an_allocation_that_is_taken_back_reopens_its_invoice(world: World) -> None:
    invoice, payment = await owing(world)
    [made] = await world.all("/allocations")
    early = await world.refused(f"/allocations/{made['id']}/reverse", undoing(0))
    assert early == (422, "reversed_on", "date-order")
    undone = await world.done(f"/allocations/{made['id']}/reverse", undoing())
    assert (undone["amount"]["amount"], undone["reverses"]) == ("-100.00", made["id"])
    shown = await world.show(f"/invoices/{invoice['id']}")
    assert (shown["settlement"], shown["settled_on"], shown["enterprise_open"]["amount"]) == ("unpaid", None, "100.00")
    assert (await world.show(f"/payments/{payment['id']}"))["unallocated"]["amount"] == "150.00"
    assert (await world.balances())["2110"] == "-150.00"
    assert (await world.balances(as_of=START + DAY))["2110"] == "-50.00"
    assert (await world.recovery("received", {"to": START + DAY}))["F"] == "100.00"
    assert (await world.recovery("received"))["F"] == "0.00"
    assert [(each["invoice_id"], each["reopened_on"]) for each in await world.said("invoice-reopened")] == [
        (invoice["id"], str(START + 2 * DAY))
    ]
    assert [each["allocation_id"] for each in await world.said("allocation-reversed")] == [made["id"]]
    again = await world.refused(f"/allocations/{made['id']}/reverse", undoing())
    assert again[0] == 409
    assert (await world.refused(f"/allocations/{undone['id']}/reverse", undoing()))[0] == 409
    await world.clean()
    await world.allocate(payment, "100.00", START + 3 * DAY, invoice_id=invoice["id"])
    assert (await world.show(f"/invoices/{invoice['id']}"))["settled_on"] == str(START + 3 * DAY)
    assert len(await world.said("invoice-settled")) == 2
    await world.clean()


async def test_what_is_left_is_refunded_once_and_never_more(world: World) -> None:
    _, payment = await owing(world)
    path = f"/payments/{payment['id']}/refunds"
    body = {"refunded_on": str(START + 2 * DAY), "reason": "paid too much", "amount": world.money("50.01")}
    before = await fingerprint(world)
    assert await world.refused(path, body) == (422, "amount", "within-payment")
    assert await world.refused(path, {**body, "amount": world.money("0.00")}) == (422, "amount", "not-positive")
    usd = {"amount": "1.00", "currency": "USD"}
    assert await world.refused(path, {**body, "amount": usd}) == (422, "amount", "book-currency")
    early = {**body, "amount": world.money("1.00"), "refunded_on": str(START)}
    assert await world.refused(path, early) == (422, "refunded_on", "date-order")
    assert await fingerprint(world) == before
    whole = {**body, "amount": world.money("50.00")}
    first = await world.send(path, whole, key="refund-once")
    again = await world.send(path, whole, key="refund-once")
    assert (first.json(), again.headers["idempotency-hit"]) == (again.json(), "true")
    assert await world.refused(path, {**whole, "amount": world.money("0.01")}) == (422, "amount", "within-payment")
    shown = await world.show(f"/payments/{payment['id']}")
    assert (shown["refunded"]["amount"], shown["unallocated"]["amount"]) == ("50.00", "0.00")
    balances = await world.balances()
    assert (balances["1010"], "2110" in balances) == ("100.00", False)
    assert [each["amount"]["amount"] for each in await world.said("payment-refunded")] == ["50.00"]
    assert [row["amount"]["amount"] for row in await world.all("/refunds", {"payment_id": payment["id"]})] == ["50.00"]
    await world.clean()
    back = await world.done(f"/refunds/{first.json()['id']}/reverse", undoing(3))
    assert back["amount"]["amount"] == "-50.00"
    assert (await world.refused(f"/refunds/{first.json()['id']}/reverse", undoing(3)))[0] == 409
    assert (await world.balances())["2110"] == "-50.00"
    await world.clean()


async def test_a_bounced_payment_pays_nothing_and_its_invoice_is_owed_again(world: World) -> None:
    invoice, payment = await owing(world)
    bounced = await world.done(f"/payments/{payment['id']}/reverse", undoing())
    assert (bounced["state"], bounced["reversed_on"]) == ("reversed", str(START + 2 * DAY))
    assert (bounced["allocated"]["amount"], bounced["unallocated"]["amount"]) == ("0.00", "0.00")
    balances = await world.balances()
    assert (balances["1110"], {"1010", "2110", "2120"} & set(balances)) == ("100.00", set())
    assert (await world.show(f"/invoices/{invoice['id']}"))["settlement"] == "unpaid"
    said = [stored.type.split(".")[1] for stored in await world.client.events()]
    assert said[-3:] == ["allocation-reversed", "payment-reversed", "invoice-reopened"] or set(said[-3:]) == {
        "allocation-reversed", "payment-reversed", "invoice-reopened",
    }  # fmt: skip
    for path, body in (
        (f"/payments/{payment['id']}/reverse", undoing()),
        (f"/payments/{payment['id']}/allocate", {"allocated_on": str(START + 3 * DAY)}),
    ):
        answer = await world.send(path, body)
        assert (answer.status_code, answer.json()["allowed_actions"]) == (409, [])
    assert await world.all("/payments", {"unallocated": True}) == []
    await world.clean()


async def test_a_payment_of_nobody_that_bounces_leaves_suspense_empty(world: World) -> None:
    body = {"partner_id": str(world.partner), "received_on": str(START), "amount": world.money("50.00")}
    payment = await world.done("/payments", {**body, "method": "cash"})
    assert await world.balances() == {"1020": "50.00", "2120": "-50.00"}
    await world.done(f"/payments/{payment['id']}/reverse", undoing())
    assert await world.balances() == {}
    [reversed_] = await world.said("payment-reversed")
    assert reversed_["payer_class"] is None
    await world.clean()


async def test_what_was_refunded_cannot_bounce(world: World) -> None:
    _, payment = await owing(world)
    body = {"refunded_on": str(START + 2 * DAY), "reason": "paid too much", "amount": world.money("50.00")}
    await world.done(f"/payments/{payment['id']}/refunds", body)
    assert await world.refused(f"/payments/{payment['id']}/reverse", undoing(3)) == (409, "payment_id", "not-refunded")
    await world.clean()


async def test_nothing_is_undone_in_a_closed_month(world: World) -> None:
    _, payment = await owing(world)
    [made] = await world.all("/allocations")
    [january] = await world.all("/periods")
    await world.done(f"/periods/{january['id']}/close", {})
    before = await fingerprint(world)
    for path in (f"/allocations/{made['id']}/reverse", f"/payments/{payment['id']}/reverse"):
        assert await world.refused(path, undoing(5)) == (409, "date", "open-period")
    assert await fingerprint(world) == before
    await world.done(f"/payments/{payment['id']}/reverse", undoing(40))
    await world.clean()


async def test_a_claim_that_was_paid_is_owed_again(world: World) -> None:
    await world.price("100.00")
    donor = await world.agreement("D-1", "D", {"medium": "10"})
    training = await world.training()
    await world.issue(await world.invoice_of(await world.enroll(await world.enterprise(), training)))
    claim = await world.claim(donor, START, training_ids=[training])
    await world.done(f"/claims/{claim['id']}/approve", {"approved_on": str(START), "amount": world.money("8.00")})
    payment = await world.pay("8.00", START, agreement_id=donor["id"])
    made = await world.allocate(payment, "8.00", START, claim_id=claim["id"])
    await world.done(f"/allocations/{made['id']}/reverse", undoing())
    shown = await world.show(f"/claims/{claim['id']}")
    assert (shown["paid"]["amount"], shown["open"]["amount"]) == ("0.00", "8.00")
    assert await world.said("invoice-reopened") == []
    await world.clean()


async def together(world: World, *requests: tuple[str, Json]) -> Counter[int]:
    """Send requests at once and count how they were answered."""
    answers = await asyncio.gather(*(world.send(path, body) for path, body in requests))
    assert {answer.status_code for answer in answers} <= {201, 409, 422, 503}, [answer.text for answer in answers]
    return Counter(answer.status_code for answer in answers)


async def test_of_eight_refunds_at_once_one_is_paid_out(world: World) -> None:
    _, payment = await owing(world)
    refund = {"refunded_on": str(START + 2 * DAY), "reason": "paid too much", "amount": world.money("50.00")}
    answered = await together(world, *[(f"/payments/{payment['id']}/refunds", refund)] * 8)
    assert answered[201] == 1
    assert (await world.balances())["1010"] == "100.00"
    await world.clean()


async def test_a_refund_and_an_allocation_at_once_do_not_spend_the_same_money(world: World) -> None:
    _, payment = await owing(world)
    firm = payment["enterprise_id"]
    second = await world.issue(await world.invoice_of(await world.enroll(firm, await world.training())))
    refund = {"refunded_on": str(START + 2 * DAY), "reason": "paid too much", "amount": world.money("50.00")}
    pay = {"invoice_id": second["id"], "amount": world.money("50.00"), "allocated_on": str(START + 2 * DAY)}
    answered = await together(
        world,
        *[(f"/payments/{payment['id']}/refunds", refund)] * 4,
        *[(f"/payments/{payment['id']}/allocations", pay)] * 4,
    )
    assert answered[201] == 1
    assert "2110" not in await world.balances()
    await world.clean()


async def test_a_bounce_and_an_allocation_at_once_leave_nothing_paid(world: World) -> None:
    _, payment = await owing(world)
    second = await world.issue(
        await world.invoice_of(await world.enroll(payment["enterprise_id"], await world.training()))
    )
    pay = {"invoice_id": second["id"], "amount": world.money("50.00"), "allocated_on": str(START + 2 * DAY)}
    answered = await together(
        world,
        (f"/payments/{payment['id']}/reverse", undoing()),
        (f"/payments/{payment['id']}/allocations", pay),
        (f"/payments/{payment['id']}/reverse", undoing()),
    )
    assert 1 <= answered[201] <= 2
    assert (await world.show(f"/payments/{payment['id']}"))["state"] == "reversed"
    balances = await world.balances()
    assert (balances["1110"], "2110" in balances, "1010" in balances) == ("200.00", False, False)
    await world.clean()


async def test_an_allocation_is_taken_back_once_by_eight_at_once(world: World) -> None:
    _, payment = await owing(world)
    [made] = await world.all("/allocations")
    answered = await together(world, *[(f"/allocations/{made['id']}/reverse", undoing())] * 8)
    assert answered[201] == 1
    assert (await world.show(f"/payments/{payment['id']}"))["unallocated"]["amount"] == "150.00"
    await world.clean()
