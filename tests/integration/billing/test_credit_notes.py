"""Credit notes in part: what is owed, earned, contracted and had been paid follows; void takes all of it back."""

from datetime import timedelta

import pytest

from tests.integration.billing.collecting import credit, earn, owing, paid, send_as, shown
from tests.integration.billing.facts import START
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration
DAY = timedelta(days=1)


async def test_a_part_lowers_what_is_owed_contracted_and_invoiced_and_the_rest_is_earned(world: World) -> None:
    await world.price("1000.00")
    owed = await owing(world, await world.training())
    note = await credit(world, owed, START + DAY, amount=world.money("250.00"))
    assert (note["number"], note["state"], note["usage"], note["released"]["amount"]) == (
        "CN-2016-00001",
        "issued",
        "applied",
        "0.00",
    )
    now = await shown(world, owed)
    assert (now["state"], now["enterprise_open"]["amount"], now["shares"][0]["credited"]["amount"]) == (
        "issued",
        "750.00",
        "250.00",
    )
    assert await world.balances() == {"1110": "750.00", "2130": "-750.00", "9110": "750.00", "9910": "-750.00"}
    await earn(world, owed, START + 2 * DAY)
    assert (await world.balances())["4010"] == "-750.00"
    await credit(world, owed, START + 3 * DAY, amount=world.money("50.00"))
    assert (await world.balances())["4010"] == "-700.00"
    for basis in ("contracted", "invoiced"):
        assert (await world.recovery(basis))["F"] == "700.00"
    await world.clean()
    await paid(world, owed, "700.00", START + 4 * DAY)
    assert (await shown(world, owed))["settlement"] == "settled"
    last = await credit(world, owed, START + 5 * DAY, amount=world.money("700.00"))
    assert (last["usage"], last["open"]["amount"]) == ("open", "700.00")
    now = await shown(world, owed)
    assert (now["state"], now["settlement"], now["ended_on"]) == ("credited", "credited", str(START + 5 * DAY))
    assert await world.balances() == {"1010": "700.00", "2110": "-700.00"}
    assert (await world.recovery("received"))["F"] == "0.00"
    assert len(await world.said("credit-note-issued")) == 3
    assert len(await world.said("invoice-settled")) == 1
    await world.clean()


async def test_what_was_paid_becomes_the_payers_credit_and_is_refunded_once(world: World) -> None:
    await world.price("1000.00")
    owed = await owing(world, await world.training())
    await paid(world, owed, "900.00", START + DAY)
    note = await credit(world, owed, START + 2 * DAY, amount=world.money("300.00"), kind="refund")
    assert (note["released"]["amount"], note["usage"]) == ("200.00", "open")
    assert (await world.balances())["2110"] == "-200.00"
    assert (await world.recovery("received"))["F"] == "700.00"
    path = f"/credit-notes/{note['id']}"
    refund = {"refunded_on": str(START + 3 * DAY), "reference": "transfer 77", "method": "bank"}
    assert await world.refused(f"{path}/refunds", {**refund, "amount": world.money("200.01")}) == (
        422,
        "amount",
        "within-credit",
    )
    assert await world.refused(f"{path}/offsets", {"offset_on": str(START + 3 * DAY)}) == (
        409,
        "",
        "refused-transition",
    )
    await world.done(f"{path}/refunds", {**refund, "amount": world.money("50.00")})
    made = await world.done(f"{path}/refunds", refund)
    assert (made["amount"]["amount"], made["reference"]) == ("150.00", "transfer 77")
    assert await world.refused(f"{path}/refunds", refund) == (422, "amount", "within-credit")
    note = await world.show(path)
    assert (note["usage"], note["refunded"]["amount"], note["open"]["amount"]) == ("refunded", "200.00", "0.00")
    assert await world.refused(f"{path}/void", {"voided_on": str(START + 4 * DAY), "reason": "a slip"}) == (
        409,
        "invoice_id",
        "not-applied",
    )
    balances = await world.balances()
    assert (balances["1010"], "2110" in balances, "1110" in balances) == ("700.00", False, False)
    assert len(await world.all("/credit-uses", {"note_id": note["id"]})) == 2
    assert len(await world.said("credit-refunded")) == 2
    await world.clean()


async def test_what_a_note_gave_back_cannot_be_taken_off_the_invoice_once_more(world: World) -> None:
    await world.price("100.00")
    owed = await owing(world, await world.training())
    payment = await world.pay("100.00", START + DAY, enterprise_id=owed.firm)
    made = await world.allocate(payment, "100.00", START + DAY, invoice_id=owed.id)
    note = await credit(world, owed, START + 2 * DAY, amount=world.money("30.00"))
    undo = {"reversed_on": str(START + 3 * DAY), "reason": "the wrong invoice"}
    assert await world.refused(f"/allocations/{made['id']}/reverse", undo) == (409, "id", "not-given-back")
    await world.done(f"/credit-notes/{note['id']}/void", {"voided_on": str(START + 3 * DAY), "reason": "a mistake"})
    await world.done(f"/allocations/{made['id']}/reverse", undo)
    assert (await shown(world, owed))["enterprise_open"]["amount"] == "100.00"
    await world.clean()


async def test_an_offset_pays_the_named_invoice_first_then_the_oldest_due(world: World) -> None:
    await world.price("100.00")
    training = await world.training()
    first = await owing(world, training)
    firm = first.firm
    old, new = [await owing(world, await world.training(), firm=firm, due=START + days * DAY) for days in (10, 20)]
    await paid(world, first, "100.00", START + DAY)
    note = await credit(
        world, first, START + 2 * DAY, amount=world.money("90.00"), kind="offset", offset_invoice_id=new.id
    )
    assert (note["usage"], note["offset"]["amount"]) == ("applied", "90.00")
    assert (await shown(world, new))["enterprise_open"]["amount"] == "10.00"
    assert (await shown(world, old))["enterprise_open"]["amount"] == "100.00"
    second = await credit(world, first, START + 3 * DAY, amount=world.money("10.00"))
    assert second["usage"] == "open"
    assert (await shown(world, first))["state"] == "credited"
    offset = {"offset_on": str(START + 4 * DAY)}
    path = f"/credit-notes/{second['id']}/offsets"
    assert await world.refused(path, {**offset, "amount": world.money("10.01")}) == (422, "amount", "within-credit")
    assert (await world.done(path, offset))["usage"] == "applied"
    assert (await shown(world, old))["enterprise_open"]["amount"] == "90.00"
    assert (await world.recovery("received"))["F"] == "100.00"
    assert (await world.recovery("invoiced"))["F"] == "200.00"
    stranger = await owing(world, training)
    third = await paid(world, old, "90.00", START + 5 * DAY)
    assert third["unallocated"]["amount"] == "90.00"
    last = await credit(world, old, START + 6 * DAY, amount=world.money("20.00"))
    foreign = {"offset_on": str(START + 6 * DAY), "invoice_id": stranger.id}
    assert await world.refused(f"/credit-notes/{last['id']}/offsets", foreign) == (422, "invoice_id", "payer-owes-this")
    assert len(await world.said("credit-offset")) == 2
    await world.clean()


async def test_a_void_note_takes_everything_back_also_the_income_that_came_meanwhile(world: World) -> None:
    await world.price("1000.00")
    owed = await owing(world, await world.training())
    before = await world.balances()
    note = await credit(world, owed, START + DAY, amount=world.money("400.00"))
    await paid(world, owed, "600.00", START + 2 * DAY)
    assert (await shown(world, owed))["settled_on"] == str(START + 2 * DAY)
    await earn(world, owed, START + 3 * DAY)
    assert (await world.balances())["4010"] == "-600.00"
    await world.clean()
    void = await world.done(
        f"/credit-notes/{note['id']}/void", {"voided_on": str(START + 4 * DAY), "reason": "the day was held"}
    )
    assert (void["state"], void["number"], void["ended_on"]) == ("void", "CN-2016-00001", str(START + 4 * DAY))
    balances = await world.balances()
    assert (balances["4010"], balances["1110"], balances["9110"]) == ("-1000.00", "400.00", before["9110"])
    now = await shown(world, owed)
    assert (now["settled_on"], now["enterprise_open"]["amount"]) == (None, "400.00")
    assert len(await world.said("invoice-reopened")) == 1
    assert len(await world.said("credit-note-voided")) == 1
    assert (await world.refused(f"/credit-notes/{note['id']}/void", {"voided_on": str(START), "reason": "again"}))[
        0
    ] == 409
    await world.clean()
    again = await credit(world, owed, START + 5 * DAY, amount=world.money("1000.00"))
    assert (again["number"], again["released"]["amount"]) == ("CN-2016-00002", "600.00")
    await world.clean()


async def test_a_void_note_that_gave_money_back_sets_it_against_the_invoice_again(world: World) -> None:
    await world.price("100.00")
    owed = await owing(world, await world.training())
    await earn(world, owed, START + DAY)
    await paid(world, owed, "100.00", START + DAY)
    before = await world.balances()
    note = await credit(world, owed, START + 2 * DAY, amount=world.money("30.00"))
    await world.done(f"/credit-notes/{note['id']}/void", {"voided_on": str(START + 3 * DAY), "reason": "a mistake"})
    assert await world.balances() == before
    assert (await world.recovery("received"))["F"] == "100.00"
    assert await world.said("invoice-reopened") == []
    await world.clean()


async def test_shares_of_funders_are_credited_before_and_after_their_claim_and_never_during(world: World) -> None:
    await world.price("1000.00")
    donor = await world.agreement("D-1", "D", {"medium": "40"}, ceiling="1000.00")
    owed = await owing(world, await world.training())
    own, funded = (share["id"] for share in owed.invoice["shares"])
    parts = [
        {"share_id": own, "amount": world.money("60.00")},
        {"share_id": funded, "amount": world.money("40.00")},
    ]
    note = await credit(world, owed, START + DAY, parts=parts)
    assert [part["amount"]["amount"] for part in note["parts"]] == ["60.00", "40.00"]
    assert (await world.show(f"/agreements/{donor['id']}"))["committed"]["amount"] == "360.00"
    await world.clean()
    claim = await world.claim(donor, START + 2 * DAY, invoice_ids=[owed.id])
    assert claim["submitted"]["amount"] == "360.00"
    one = [{"share_id": funded, "amount": world.money("10.00")}]
    body = {"issued_on": str(START + 3 * DAY), "reason": "a mistake", "parts": one}
    assert await world.refused(f"/invoices/{owed.id}/credit-notes", body) == (409, "invoice_id", "not-applied")
    void = {"voided_on": str(START + 3 * DAY), "reason": "a mistake"}
    assert await world.refused(f"/credit-notes/{note['id']}/void", void) == (409, "invoice_id", "not-applied")
    approve = {"approved_on": str(START + 4 * DAY), "amount": world.money("350.00")}
    await world.done(f"/claims/{claim['id']}/approve", approve)
    money = await world.pay("350.00", START + 5 * DAY, agreement_id=donor["id"])
    await world.allocate(money, "350.00", START + 5 * DAY, claim_id=claim["id"])
    await world.clean()
    too_much = [{"share_id": funded, "amount": world.money("350.01")}]
    body = {"issued_on": str(START + 6 * DAY), "reason": "a mistake", "parts": too_much}
    assert await world.refused(f"/invoices/{owed.id}/credit-notes", body) == (422, "amount", "creditable")
    back = await credit(world, owed, START + 6 * DAY, parts=one, kind="refund")
    assert back["released"]["amount"] == "10.00"
    balances = await world.balances()
    assert (balances["4120"], balances["2110"]) == ("-340.00", "-10.00")
    assert (await world.recovery("received"))["D"] == "340.00"
    refund = {"refunded_on": str(START + 7 * DAY), "reference": "returned to the donor"}
    assert await world.refused(f"/credit-notes/{back['id']}/refunds", refund) == (422, "amount", "within-credit")
    await world.done(f"/credit-notes/{back['id']}/refunds", {**refund, "agreement_id": donor["id"]})
    assert (await world.show(f"/credit-notes/{back['id']}"))["usage"] == "refunded"
    assert (await world.show(f"/agreements/{donor['id']}"))["committed"]["amount"] == "340.00"
    await world.clean()


async def test_a_draft_books_nothing_and_is_looked_at_again_when_it_is_issued(world: World) -> None:
    await world.price("100.00")
    owed = await owing(world, await world.training())
    before = await world.balances()
    body = {"invoice_id": owed.id, "kind": "credit", "amount": world.money("80.00"), "reason": "a day was not held"}
    drafts = [await world.done("/credit-notes", body) for _ in range(3)]
    assert [(draft["state"], draft["number"], draft["usage"]) for draft in drafts] == [("draft", None, None)] * 3
    assert await world.balances() == before
    await world.clean()
    issue = {"issued_on": str(START + DAY)}
    issued = await world.done(f"/credit-notes/{drafts[1]['id']}/issue", issue)
    assert (issued["number"], issued["state"]) == ("CN-2016-00001", "issued")
    path = f"/credit-notes/{drafts[0]['id']}"
    assert await world.refused(f"{path}/issue", issue) == (422, "amount", "creditable")
    cancelled = await world.done(f"{path}/cancel", {"cancelled_on": str(START + DAY), "reason": "no longer due"})
    assert (cancelled["state"], cancelled["number"]) == ("cancelled", None)
    for step, more in (("issue", issue), ("cancel", {"cancelled_on": str(START), "reason": "again"})):
        assert (await world.refused(f"{path}/{step}", more))[0] == 409
    assert (await world.refused(f"/credit-notes/{issued['id']}/cancel", {"cancelled_on": str(START), "reason": "no!"}))[
        0
    ] == 409
    answer = await send_as(world, "rosa", f"/credit-notes/{drafts[2]['id']}/issue", issue)
    assert answer.status_code == 422
    await world.clean()


async def test_a_whole_credit_after_a_part_takes_the_rest(world: World) -> None:
    await world.price("100.00")
    await world.agreement("G-1", "G", {"medium": "30"})
    owed = await owing(world, await world.training())
    await earn(world, owed, START + DAY)
    await credit(world, owed, START + DAY, amount=world.money("0.01"))
    note = await credit(world, owed, START + 2 * DAY)
    assert note["total"]["amount"] == "99.99"
    assert await world.balances() == {}
    assert (await world.recovery("contracted"))["G"] == "0.00"
    anew = await world.done("/invoices", {"enrollment_id": str(owed.enrollment)})
    assert anew["state"] == "draft"
    void = {"voided_on": str(START + 3 * DAY), "reason": "a mistake"}
    assert (await world.refused(f"/credit-notes/{note['id']}/void", void))[0] == 409
    await world.clean()
