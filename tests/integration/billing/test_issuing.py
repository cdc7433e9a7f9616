"""Issuing: tax of the day, prices by delivery, instalments, discounts, what is frozen, void, and runs over many."""

import hashlib
import json
from datetime import date, timedelta
from uuid import UUID

import pytest

from services.billing.domain.document import Bill, thaw
from shared.events.vocabulary import Delivery
from shared.ids import new_id
from tests.integration.billing.facts import START, Json
from tests.integration.billing.raw import connected
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration
DAY = timedelta(days=1)
HALVES = [{"share_pct": "60", "due": "enrollment"}, {"share_pct": "40", "due": "completion"}]


async def tax(world: World, rate: str = "13", valid_from: str = "2014-01-01", **more: object) -> Json:
    """Enter a tax rule that a test made up."""
    body: Json = {"code": "IVA", "category": "S", "rate_pct": rate, "valid_from": valid_from, "source_note": "made up"}
    return await world.done("/tax-rules", {**body, **more})


async def price(world: World, amount: str, **more: object) -> Json:
    """Add a price with a tax, instalments or a delivery mode."""
    body = {"partner_id": str(world.partner), "module": "WPC", "valid_from": "2014-01-01", "price": world.money(amount)}
    return await world.done("/prices", {**body, **more})


async def place(world: World, **more: object) -> tuple[UUID, UUID, UUID]:
    """Enroll a new enterprise in a new training: enrollment, enterprise, training."""
    firm, training = await world.enterprise(), await world.training()
    return await world.enroll(firm, training, **more), firm, training  # type: ignore[arg-type]


async def deliver(world: World, at: tuple[UUID, UUID, UUID], on: date = START + 40 * DAY) -> None:
    """Complete an enrollment and assess it."""
    await world.complete(*at, on)
    await world.endline(*at, on)


async def of(world: World, at: tuple[UUID, UUID, UUID]) -> list[Json]:
    """Return every invoice of an enrollment, oldest first."""
    return await world.all("/invoices", {"enrollment_id": at[0]})


def amount(money: Json) -> str:
    return str(money["amount"])


async def test_tax_is_owed_by_the_enterprise_and_kept_out_of_cost_recovery(world: World) -> None:
    await tax(world)
    await price(world, "1000.00", tax_code="IVA")
    donor = await world.agreement("D-1", "D", {"medium": "25"})
    at = await place(world)
    issued = await world.issue(await world.invoice_of(at[0]))
    assert [amount(issued[name]) for name in ("list_price", "net", "total", "enterprise_open")] == [
        *("1000.00", "1000.00"),
        *("1130.00", "880.00"),
    ]
    assert issued["tax"] == {
        "code": "IVA",
        "category": "S",
        "rate_pct": "13.00",
        "reason": None,
        "amount": world.money("130.00"),
    }
    held = {"1110": "880.00", "1120": "250.00", "2130": "-750.00", "2140": "-250.00", "2210": "-130.00"}
    assert await world.balances() == {**held, "9110": "1000.00", "9910": "-1000.00"}
    paid = await world.pay("880.00", START + DAY, enterprise_id=at[1], reference=issued["number"])
    for part in ("0.05", "333.33", "546.62"):
        await world.allocate(paid, part, START + DAY, invoice_id=issued["id"])
    claim = await world.claim(donor, START + DAY, invoice_ids=[issued["id"]])
    await world.done(
        f"/claims/{claim['id']}/approve", {"approved_on": str(START + DAY), "amount": world.money("250.00")}
    )
    for basis in ("contracted", "invoiced"):
        found = await world.recovery(basis)
        assert (found["F"], found["D"]) == ("750.00", "250.00")
    assert (await world.recovery("received"))["F"] == "750.00"
    [shown] = await of(world, at)
    assert (shown["settlement"], shown["overdue"], amount(shown["enterprise_open"])) == ("settled", False, "0.00")
    await deliver(world, at)
    balances = await world.balances()
    assert (balances["4010"], balances["2210"]) == ("-750.00", "-130.00")
    assert "1110" not in balances
    await world.clean()


async def test_partial_payments_split_tax_and_fee_to_the_minor_unit(world: World) -> None:
    await tax(world, rate="14.94")
    await price(world, "0.77", tax_code="IVA")
    at = await place(world)
    issued = await world.issue(await world.invoice_of(at[0]))
    assert (amount(issued["total"]), amount(issued["tax"]["amount"])) == ("0.89", "0.12")
    paid = await world.pay("0.89", START + DAY, enterprise_id=at[1])
    for part in ("0.01", "0.02", "0.50"):
        await world.allocate(paid, part, START + DAY, invoice_id=issued["id"])
        await world.clean()
    await world.done(f"/payments/{paid['id']}/allocate", {"allocated_on": str(START + DAY)})
    assert (await world.recovery("received"))["F"] == "0.77"
    await world.clean()


async def test_the_rule_of_the_day_of_issue_taxes_and_what_was_contracted_stays(world: World) -> None:
    await tax(world, rate="10", prices_include_tax=True)
    await price(world, "110.00", tax_code="IVA")
    first, second = await place(world), await place(world)
    [draft] = await of(world, first)
    assert (amount(draft["net"]), amount(draft["total"])) == ("100.00", "110.00")
    issued = await world.issue(draft)
    assert amount(issued["total"]) == "110.00"
    await tax(world, rate="13", valid_from="2016-02-01")
    later = await world.issue(await world.invoice_of(second[0]), date(2016, 2, 3))
    assert (amount(later["net"]), amount(later["tax"]["amount"]), amount(later["total"])) == (
        *("100.00", "13.00"),
        "113.00",
    )
    assert (await world.recovery("contracted"))["F"] == "200.00"
    await world.clean()


async def test_a_day_without_a_rule_is_refused_and_an_exemption_says_why(world: World) -> None:
    await tax(world, valid_from="2016-02-01", valid_to="2016-02-29")
    await price(world, "100.00", tax_code="IVA")
    [draft] = await of(world, await place(world))
    body = {"issued_on": str(START), "due_on": str(START)}
    assert await world.refused(f"/invoices/{draft['id']}/issue", body) == (422, "issued_on", "tax-rule-of-the-day")
    await tax(
        world,
        "0",
        "2014-01-01",
        valid_to="2016-01-31",
        category="E",
        exemption_reason="Vocational training (made up)",
    )
    issued = await world.issue(draft)
    assert (issued["tax"]["category"], issued["tax"]["reason"]) == ("E", "Vocational training (made up)")
    assert amount(issued["total"]) == "100.00"
    await world.clean()


async def test_the_price_of_the_delivery_mode_wins(world: World) -> None:
    await price(world, "100.00")
    special = await price(world, "80.00", delivery="indirect", valid_from="2016-01-01", valid_to="2016-01-31")
    assert special["delivery"] == "indirect"
    firm = await world.enterprise()
    training = await world.training(delivery=Delivery.INDIRECT)
    for on, wanted in ((START, "80.00"), (date(2016, 2, 1), "100.00")):
        made = await world.enroll(await world.enterprise(), training, on=on, delivery=Delivery.INDIRECT)
        assert amount((await world.invoice_of(made))["total"]) == wanted
    direct = await world.enroll(firm, await world.training())
    assert amount((await world.invoice_of(direct))["total"]) == "100.00"
    twice = {"partner_id": str(world.partner), "module": "WPC", "price": world.money("9.00"), "delivery": "indirect"}
    assert await world.refused("/prices", {**twice, "valid_from": "2016-01-15"}) == (409, "valid_from", "no-overlap")
    async with connected(world, "owner") as connection:
        with pytest.raises(Exception, match="price_overlap"):
            await connection.execute(
                "INSERT INTO price (id, programme, partner_id, module, valid_from, price_minor, currency, delivery) "
                "SELECT gen_random_uuid(), programme, partner_id, module, valid_from, 1, currency, delivery FROM price"
            )
    await world.clean()


async def test_each_instalment_is_an_invoice_and_earns_when_all_is_delivered(world: World) -> None:
    await price(world, "100.01", instalments=HALVES)
    await world.agreement("D-1", "D", {"medium": "33.33"})
    at = await place(world)
    first, second = await of(world, at)
    assert [(each["instalment"], each["instalments"], each["due_at"]) for each in (first, second)] == [
        (1, 2, "enrollment"),
        (2, 2, "completion"),
    ]
    assert [amount(each["total"]) for each in (first, second)] == ["60.01", "40.00"]
    assert (await world.recovery("contracted"))["F"] == "66.68"
    issued = await world.issue(first)
    [row] = await world.all("/enrollments")
    assert (row["billing"], row["invoice_id"]) == ("partly-issued", first["id"])
    body = {"issued_on": str(START + 50 * DAY)}
    assert await world.refused(f"/invoices/{second['id']}/issue", body) == (409, "invoice_id", "completed")
    await deliver(world, at)
    assert (await world.show(f"/invoices/{issued['id']}"))["earned_on"] == str(START + 40 * DAY)
    early = {"issued_on": str(START + 39 * DAY)}
    assert await world.refused(f"/invoices/{second['id']}/issue", early) == (422, "issued_on", "date-order")
    last = await world.done(f"/invoices/{second['id']}/issue", body)
    assert (last["due_on"], last["earned_on"]) == (str(START + 80 * DAY), str(START + 50 * DAY))
    assert (await world.balances())["4010"] == "-66.68"
    assert "9110" in await world.balances()
    assert (await world.recovery("invoiced"))["F"] == "66.68"
    await world.clean()
    [early_event, late_event] = await world.said("invoice-issued")
    assert (early_event["instalment"], late_event["instalments"]) == (1, 2)


async def test_an_instalment_is_drafted_again_alone_and_all_go_with_a_withdrawal(world: World) -> None:
    await price(world, "100.00", instalments=HALVES)
    donor = await world.agreement("D-1", "D", {"medium": "50"}, ceiling="50.00")
    at = await place(world)
    first, second = await of(world, at)
    await world.done(f"/invoices/{second['id']}/cancel", {"cancelled_on": str(START + 3 * DAY), "reason": "a mistake"})
    again = await world.done("/invoices", {"enrollment_id": str(at[0])})
    assert (again["instalment"], amount(again["total"]), again["contracted_on"]) == (2, "40.00", str(START + 3 * DAY))
    assert again["shares"][1]["amount"] == world.money("20.00")
    assert await world.refused("/invoices", {"enrollment_id": str(at[0])}) == (409, "enrollment_id", "one-invoice")
    await world.clean()
    await world.withdraw(at[0], at[1], at[2], START + 5 * DAY)
    states = {each["id"]: each["state"] for each in await of(world, at)}
    assert set(states.values()) == {"cancelled"}
    assert first["id"] in states
    assert amount((await world.show(f"/agreements/{donor['id']}"))["ceiling"]) == "50.00"
    assert await world.balances() == {}
    await world.clean()


async def test_a_discount_lowers_the_price_before_it_is_split_and_the_ledger_shows_it(world: World) -> None:
    await price(world, "1000.00")
    await world.agreement("D-1", "D", {"medium": "25"})
    at = await place(world)
    [before] = await of(world, at)
    granted = await world.done(
        "/discounts",
        {
            "partner_id": str(world.partner),
            "enrollment_id": str(at[0]),
            "kind": "percentage",
            "percent": "10",
            "granted_on": str(START + DAY),
            "reason": "pilot enterprise",
        },
    )
    assert granted["granted_by"] == "tester"
    old, new = await of(world, at)
    assert (old["id"], old["state"], [new["id"]]) == (before["id"], "cancelled", granted["drafted_invoices"])
    assert [amount(new[name]) for name in ("list_price", "discount", "net")] == ["1000.00", "100.00", "900.00"]
    assert [amount(share["amount"]) for share in new["shares"]] == ["675.00", "225.00"]
    assert (await world.recovery("contracted", {"to": START + 2 * DAY}))["F"] == "675.00"
    again = {"partner_id": str(world.partner), "enrollment_id": str(at[0]), "kind": "waiver"}
    late = {**again, "granted_on": str(START + DAY), "reason": "more"}
    assert await world.refused("/discounts", late) == (409, "enrollment_id", "one-discount")
    await world.issue(new, START + DAY)
    assert await world.refused("/discounts", late) == (409, "enrollment_id", "draft")
    await deliver(world, at)
    balances = await world.balances()
    assert (balances["4010"], balances["4090"]) == ("-775.00", "100.00")
    await world.clean()
    withdrawn = {"withdrawn_on": str(START + 2 * DAY), "reason": "granted by mistake"}
    taken = await world.done(f"/discounts/{granted['id']}/withdraw", withdrawn)
    assert (taken["drafted_invoices"], taken["withdrawn_on"]) == ([], str(START + 2 * DAY))
    assert (await world.refused(f"/discounts/{granted['id']}/withdraw", withdrawn))[0] == 409
    await world.clean()


async def test_a_waived_fee_is_an_invoice_of_nothing(world: World) -> None:
    await price(world, "100.00")
    firm, training = await world.enterprise(), await world.training()
    waiver = {
        "partner_id": str(world.partner),
        "enterprise_id": str(firm),
        "module": "WPC",
        "kind": "waiver",
        "granted_on": str(START),
        "reason": "flood relief",
    }
    assert (await world.done("/discounts", waiver))["drafted_invoices"] == []
    at = (await world.enroll(firm, training), firm, training)
    [draft] = await of(world, at)
    assert (amount(draft["total"]), amount(draft["discount"])) == ("0.00", "100.00")
    issued = await world.issue(draft)
    assert (issued["settlement"], issued["settled_on"]) == ("settled", str(START))
    await deliver(world, at)
    assert await world.balances() == {"4010": "-100.00", "4090": "100.00"}
    await world.clean()
    void = {"voided_on": str(START + 40 * DAY), "reason": "a mistake", "rebill": False}
    assert await world.refused(f"/invoices/{issued['id']}/void", void) == (409, "voided_on", "same-period")
    credited = {"issued_on": str(START + 40 * DAY), "reason": "a mistake"}
    await world.done(f"/invoices/{issued['id']}/credit-notes", credited)
    assert await world.balances() == {}
    await world.clean()


async def test_a_waiver_leaves_the_funder_and_is_drafted_anew_for_what_is_not_issued(world: World) -> None:
    await price(world, "100.00")
    await world.agreement("D-1", "D", {"medium": "25"})
    firm = await world.enterprise()
    issued_at = await world.enroll(firm, await world.training())
    await world.issue(await world.invoice_of(issued_at))
    open_at = await world.enroll(firm, await world.training())
    waiver = {
        "partner_id": str(world.partner),
        "enterprise_id": str(firm),
        "module": "WPC",
        "kind": "waiver",
        "granted_on": str(START),
        "reason": "flood relief",
    }
    [made] = (await world.done("/discounts", waiver))["drafted_invoices"]
    draft = await world.invoice_of(open_at)
    assert (draft["id"], [amount(share["amount"]) for share in draft["shares"]]) == (made, ["0.00", "25.00"])
    issued = await world.issue(draft)
    assert (issued["settlement"], amount(issued["total"])) == ("settled", "25.00")
    await world.clean()


async def test_above_the_limit_the_programme_manager_grants(world: World) -> None:
    await price(world, "100.00")
    at = await place(world)
    await world.done(f"/books/{world.partner}/profile", {"discount_limit_pct": "20"})
    body = {"partner_id": str(world.partner), "enrollment_id": str(at[0]), "granted_on": str(START), "reason": "agreed"}
    finance = {"role": "partner-finance", "partner": world.partner}
    for measure in ({"kind": "waiver"}, {"kind": "amount", "amount": world.money("20.01")}):
        refused = await world.refused("/discounts", {**body, **measure}, **finance)  # type: ignore[arg-type]
        assert refused == (403, "kind", "approval-limit")
    more = {**body, "kind": "amount", "amount": world.money("100.01")}
    assert await world.refused("/discounts", more) == (422, "amount", "within-price")
    allowed = {**body, "kind": "amount", "amount": world.money("20.00")}
    answer = await world.send("/discounts", allowed, role="partner-finance", partner=world.partner)
    assert answer.status_code == 201, answer.text
    await world.clean()


async def test_what_is_issued_is_frozen_with_its_hash(world: World) -> None:
    await tax(world)
    await price(world, "1000.00", tax_code="IVA", instalments=HALVES)
    await world.agreement("D-1", "D", {"medium": "25"})
    book = {
        "legal_name": "Cámara (demo)",
        "address": ["Calle 1"],
        "city": "La Paz",
        "country": "BO",
        "tax_id": "10.203.040-50",
        "email": "a@example.org",
        "bank_name": "Banco",
        "bank_account": "1-2-3",
        "language": "es",
        "terms_days": 14,
    }
    profile = await world.done(f"/books/{world.partner}/profile", book)
    assert (profile["tax_id"], profile["tax_id_verified"]) == ("1020304050", False)
    at = await place(world)
    await world.done(
        f"/enterprises/{at[1]}/billing-profile",
        {"address": ["Av. 2"], "city": "El Alto", "country": "BO", "buyer_reference": "OC-7"},
    )
    first, _ = await of(world, at)
    assert (first["e_invoice_ready"], first["missing_fields"]) == (None, None)
    issued = await world.done(f"/invoices/{first['id']}/issue", {"issued_on": str(START)})
    assert (issued["e_invoice_ready"], issued["missing_fields"]) == (True, [])
    assert issued["due_on"] == str(START + 14 * DAY)
    frozen = await world.show(f"/invoices/{first['id']}/document")
    assert hashlib.sha256(frozen["body"].encode()).hexdigest() == frozen["sha256"] == issued["document_sha256"]
    said = thaw(frozen["body"])
    assert isinstance(said, Bill)
    assert said.lines[0].description == "Capacitación SCORE, módulo WPC, cuota 1 de 2"
    assert (said.totals.gross.amount, said.totals.other_payers.amount, said.totals.payable.amount) == (
        *("678.00", "150.00"),
        "528.00",
    )
    assert (said.number, said.buyer_reference, said.shares[0].reference) == (issued["number"], "OC-7", "D-1")
    assert said.payment_reference is not None
    assert said.payment_reference.startswith("RF")
    # The reference of the document is how the payer is understood.
    paid = await world.pay("528.00", START, enterprise_id=at[1], reference=f"pago {said.payment_reference}")
    allocated = await world.done(f"/payments/{paid['id']}/allocate", {"allocated_on": str(START)})
    assert [each["invoice_id"] for each in allocated["allocations"]] == [first["id"]]
    await world.done(f"/books/{world.partner}/profile", {**book, "legal_name": "Another name"})
    assert await world.show(f"/invoices/{first['id']}/document") == frozen
    await world.clean()


async def test_without_profiles_an_invoice_is_issued_and_says_what_it_lacks(world: World) -> None:
    await price(world, "100.00")
    issued = await world.issue(await world.invoice_of((await place(world))[0]))
    assert issued["e_invoice_ready"] is False
    assert {"seller.country", "seller.payment", "buyer.address"} <= set(issued["missing_fields"])
    document = json.loads((await world.show(f"/invoices/{issued['id']}/document"))["body"])
    assert document["seller"]["name"] == "Chamber (demo)"
    assert document["taxes"][0]["reason"] == "Not subject to tax"


async def test_a_void_invoice_leaves_no_balance_and_its_number_stays_used(world: World) -> None:
    await tax(world)
    await price(world, "100.00", tax_code="IVA")
    donor = await world.agreement("D-1", "D", {"medium": "25"})
    at = await place(world)
    issued = await world.issue(await world.invoice_of(at[0]))
    await deliver(world, at, START + 2 * DAY)
    body = {"voided_on": str(START + 3 * DAY), "reason": "wrong enterprise", "rebill": True}
    assert await world.refused(f"/invoices/{issued['id']}/void", {**body, "voided_on": str(START)}) == (
        *(422, "voided_on"),
        "date-order",
    )
    void = await world.done(f"/invoices/{issued['id']}/void", body)
    assert (void["state"], void["voided_on"], void["number"]) == ("void", str(START + 3 * DAY), "INV-2016-00001")
    assert (void["settlement"], void["settled_on"]) == ("not-issued", None)
    _, draft = await of(world, at)
    assert (draft["state"], draft["contracted_on"]) == ("draft", str(START + 3 * DAY))
    assert await world.balances() == {"9110": "100.00", "9910": "-100.00"}
    [said] = await world.said("invoice-voided")
    assert (said["number"], said["rebilled_as"]) == ("INV-2016-00001", draft["id"])
    await world.clean()
    second = await world.issue(draft, START + 3 * DAY)
    assert second["number"] == "INV-2016-00002"
    assert second["earned_on"] == str(START + 3 * DAY)
    claim = await world.claim(donor, START + 3 * DAY, invoice_ids=[second["id"]])
    end = {**body, "rebill": False}
    assert await world.refused(f"/invoices/{second['id']}/void", end) == (409, "invoice_id", "not-claimed")
    await world.done(f"/claims/{claim['id']}/reject", {"rejected_on": str(START + 3 * DAY), "reason": "not eligible"})
    paid = await world.pay("1.00", START + 3 * DAY, enterprise_id=at[1])
    await world.allocate(paid, "1.00", START + 3 * DAY, invoice_id=second["id"])
    assert await world.refused(f"/invoices/{second['id']}/void", end) == (409, "invoice_id", "not-paid")
    await world.clean()


async def test_a_void_ends_the_contract_where_nothing_is_billed_anew(world: World) -> None:
    await price(world, "100.00")
    at = await place(world)
    issued = await world.issue(await world.invoice_of(at[0]))
    path = f"/invoices/{issued['id']}/void"
    next_month = {"voided_on": "2016-02-01", "reason": "wrong enterprise", "rebill": False}
    assert await world.refused(path, next_month) == (409, "voided_on", "same-period")
    await world.done(path, {**next_month, "voided_on": str(START)})
    assert await world.balances() == {}
    assert (await world.refused(path, {**next_month, "voided_on": str(START)}))[0] == 409
    other = await world.issue(await world.invoice_of((await place(world))[0]))
    [january] = await world.all("/periods")
    await world.done(f"/periods/{january['id']}/close", {})
    closed = {"voided_on": str(START), "reason": "wrong enterprise", "rebill": False}
    assert await world.refused(f"/invoices/{other['id']}/void", closed) == (409, "voided_on", "open-period")
    await world.clean()


async def test_a_run_issues_what_it_can_and_says_what_it_cannot(world: World) -> None:
    await tax(world)
    await price(world, "100.00", tax_code="IVA", instalments=HALVES)
    training = await world.training()
    firms = [await world.enterprise() for _ in range(4)]
    places = [
        (await world.enroll(firm, training, on=START + at * DAY), firm, training) for at, firm in enumerate(firms)
    ]
    waiting = (await of(world, places[0]))[1]
    run = {"partner_id": str(world.partner), "issued_on": str(START + 2 * DAY)}
    made = await world.done("/invoice-runs", {**run, "enrolled_until": str(START + 2 * DAY)})
    assert (made["issued"], made["refused"], made["more"]) == (3, 0, False)
    assert [each["number"] for each in made["results"]] == [f"INV-2016-0000{n}" for n in (1, 2, 3)]
    nobody = str(new_id())
    last = (await of(world, places[3]))[0]["id"]
    done = (await of(world, places[1]))[0]["id"]
    listed = await world.done("/invoice-runs", {**run, "invoice_ids": [last, waiting["id"], nobody, done]})
    assert listed["issued"] == 0
    assert [each["refused"]["rule"] or each["refused"]["type"] for each in listed["results"]] == [
        *("date-order", "completed"),
        *("not-found", "refused-transition"),
    ]
    for at in places[:2]:
        await deliver(world, at)
    completed = await world.done(
        "/invoice-runs",
        {**run, "enrolled_until": str(START + 9 * DAY), "issued_on": str(START + 41 * DAY)},
    )
    assert completed["issued"] == 3
    assert (await world.show(f"/invoices/{waiting['id']}"))["earned_on"] == str(START + 41 * DAY)
    assert len(await world.said("invoice-issued")) == 6
    assert len(await world.all("/invoices", {"overdue": "true"})) == 6
    assert (await world.all("/invoices", {"overdue": "true", "settlement": "settled"})) == []
    assert len(await world.all("/invoices", {"settlement": "unpaid"})) == 6
    await world.clean()
    twice = {**run, "invoice_ids": [last, last]}
    assert (await world.refused("/invoice-runs", twice))[2] == "named-once"
    assert (await world.refused("/invoice-runs", run))[2] == "one-choice"


async def test_a_run_into_a_closed_period_issues_nothing(world: World) -> None:
    await price(world, "100.00")
    at = await place(world)
    await world.pay("5.00", START, enterprise_id=at[1])
    [january] = await world.all("/periods")
    await world.done(f"/periods/{january['id']}/close", {})
    body = {"partner_id": str(world.partner), "enrolled_until": str(START), "issued_on": str(START)}
    assert await world.refused("/invoice-runs", body) == (409, "date", "open-period")
    assert [each["state"] for each in await of(world, at)] == ["draft"]
    await world.clean()


GUARDS = {
    "a frozen document is rewritten": "UPDATE frozen_document SET body = '{}'",
    "a share changes what is owed": "UPDATE invoice_share SET amount_minor = amount_minor + 1",
    "an issued share changes its tax": "UPDATE invoice_share s SET amount_minor = s.amount_minor + 1, "
    "tax_minor = s.tax_minor + 1 FROM invoice i WHERE i.id = s.invoice_id AND i.state = 'issued'",
    "an invoice is issued without a document": "UPDATE invoice SET state = 'issued', number = 'X', fiscal_year = 2016, "
    "serial = 99, issued_on = '2016-01-04', due_on = '2016-01-04', enterprise_name = 'x', enterprise_tax_id = 'x' "
    "WHERE state = 'draft'",
    "an invoice changes its number": "UPDATE invoice SET document_sha256 = 'x' WHERE state = 'issued'",
    "a paid invoice becomes void": "UPDATE invoice SET state = 'void', voided_on = issued_on, end_reason = 'x', "
    "contract_ended_on = issued_on WHERE state = 'issued'",
    "numbers are taken and not used": "UPDATE number_series SET last = last + 5",
    "half a plan": "INSERT INTO price_instalment (price_id, number, programme, share_bp, waits_for) "
    "SELECT id, 1, programme, 5000, 'enrollment' FROM price",
    "a tax rule changes": "UPDATE tax_rule SET rate_bp = 1",
    "a discount changes": "UPDATE discount SET rate_bp = 1",
    "a discount is deleted": "DELETE FROM discount",
    "tax beyond the share": "INSERT INTO allocation_part (allocation_id, share_id, programme, amount_minor, tax_minor) "
    "SELECT gen_random_uuid(), share_id, programme, 5000, 5000 FROM allocation_part",
}


@pytest.mark.parametrize("who", ["application", "owner", "replica"])
async def test_the_database_refuses_what_the_service_would_not_do(world: World, who: str) -> None:
    await tax(world)
    await price(world, "100.00", tax_code="IVA")
    at = await place(world)
    discount = {"kind": "percentage", "percent": "5", "granted_on": str(START), "reason": "agreed"}
    await world.done("/discounts", {**discount, "partner_id": str(world.partner), "enrollment_id": str(at[0])})
    issued = await world.issue(await world.invoice_of(at[0]))
    paid = await world.pay("50.00", START, enterprise_id=at[1])
    await world.allocate(paid, "50.00", START, invoice_id=issued["id"])
    await place(world)
    passed = []
    async with connected(world, who) as connection:
        for what, statement in GUARDS.items():
            try:
                await connection.execute(statement)
            except Exception:  # noqa: BLE001, S112 - any refusal will do
                continue
            passed.append(what)
    assert passed == []
    await world.clean()
