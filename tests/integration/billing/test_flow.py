"""From enrollment to income: what is drafted, issued, paid, claimed and earned."""

from datetime import date, timedelta
from itertools import permutations

import pytest

from shared.ids import new_id
from shared.money import Money
from tests.integration.billing.facts import START
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration
DAY = timedelta(days=1)


async def test_an_enrollment_is_drafted_at_the_price_of_its_day_and_split_between_the_payers(world: World) -> None:
    await world.price("7700.00")
    government = await world.agreement("G-1", "G", {"medium": "10.00", "small": "20.00"})
    ilo = await world.agreement("I-1", "I", {"medium": "30.00"})
    firm, training = await world.enterprise(), await world.training()
    invoice = await world.invoice_of(await world.enroll(firm, training))
    assert invoice["state"] == "draft"
    assert invoice["number"] is None
    assert invoice["total"] == world.money("7700.00")
    shares = {share["agreement_id"]: (share["payer_class"], share["amount"]["amount"]) for share in invoice["shares"]}
    assert shares == {None: ("F", "4620.00"), government["id"]: ("G", "770.00"), ilo["id"]: ("I", "2310.00")}
    assert await world.balances() == {"9110": "7700.00", "9910": "-7700.00"}
    assert await world.said("invoice-issued") == []
    await world.clean()


async def test_issuing_numbers_freezes_and_books_receivables_against_deferred_income(world: World) -> None:
    await world.price("7700.00")
    await world.agreement("G-1", "G", {"medium": "10"})
    firm, training = await world.enterprise(), await world.training()
    draft = await world.invoice_of(await world.enroll(firm, training))
    issued = await world.issue(draft, START + DAY)
    assert (issued["number"], issued["state"], issued["settlement"]) == ("INV-2016-00001", "issued", "unpaid")
    books = await world.balances()
    assert books == {
        "1110": "6930.00",
        "1120": "770.00",
        "2130": "-6930.00",
        "2140": "-770.00",
        "9110": "7700.00",
        "9910": "-7700.00",
    }
    [event] = await world.said("invoice-issued")
    assert event["number"] == "INV-2016-00001"
    assert [share["payer_class"] for share in event["shares"]] == ["F", "G"]
    again = await world.send(f"/invoices/{draft['id']}/issue", {"issued_on": str(START), "due_on": str(START)})
    assert again.status_code == 409
    assert again.json()["allowed_actions"] == ["credit", "allocate", "claim", "void"]
    await world.clean()


async def test_a_fee_is_earned_when_issued_completed_and_assessed_in_any_order(world: World) -> None:
    for module, account in (("WPC", "4010"), ("OSH", "4011")):
        await world.price("100.00", module)
        training = await world.training(module)
        earned = 0
        for order in permutations(("issue", "complete", "endline")):
            firm = await world.enterprise()
            enrollment = await world.enroll(firm, training, module=module)
            draft = await world.invoice_of(enrollment)
            for step in order:
                assert (await world.balances()).get(account, "-0.00") == f"-{earned}.00"
                if step == "issue":
                    await world.issue(draft, START + DAY)
                elif step == "complete":
                    await world.complete(enrollment, firm, training, START + 90 * DAY, module)
                else:
                    await world.endline(enrollment, firm, training, START + 80 * DAY)
            earned += 100
            balances = await world.balances()
            assert balances[account] == f"-{earned}.00"
            assert "2130" not in balances
            assert (await world.invoice_of(enrollment))["earned_on"] == str(START + 90 * DAY)
    await world.clean()


async def test_an_endline_that_comes_before_its_enrollment_waits_for_it(world: World) -> None:
    await world.price("100.00")
    firm, training, enrollment = await world.enterprise(), await world.training(), new_id()
    await world.endline(enrollment, firm, training, START + 80 * DAY)
    assert await world.client.parked() == [("waiting", "fact-missing")]
    await world.client.deliver(
        world.enrolled(enrollment, firm, training), aggregate_id=enrollment, programme=world.programme
    )
    assert await world.client.parked() == []
    await world.complete(enrollment, firm, training, START + 81 * DAY)
    await world.issue(await world.invoice_of(enrollment), START)
    assert (await world.balances())["4010"] == "-100.00"
    await world.clean()


async def test_an_enrollment_without_a_price_is_listed_and_drafted_when_one_is_added(world: World) -> None:
    firm, training = await world.enterprise(), await world.training()
    enrollment = await world.enroll(firm, training)
    early = await world.enroll(await world.enterprise(), training, on=START - 10 * DAY)
    waiting = await world.all("/enrollments", {"billing": "unpriced"})
    assert {row["id"] for row in waiting} == {str(enrollment), str(early)}
    assert await world.client.parked() == []
    added = await world.price("100.00", valid_from=START)
    invoice = await world.invoice_of(enrollment)
    assert added["drafted_invoices"] == [invoice["id"]]
    assert [row["id"] for row in await world.all("/enrollments", {"billing": "unpriced"})] == [str(early)]
    assert [row["billing"] for row in await world.all("/enrollments")] == ["draft", "unpriced"]
    await world.clean()


async def test_a_withdrawal_cancels_a_draft_and_leaves_an_issued_invoice_to_finance(world: World) -> None:
    await world.price("100.00")
    training = await world.training()
    drafted, issued = await world.enterprise(), await world.enterprise()
    first, second = await world.enroll(drafted, training), await world.enroll(issued, training)
    await world.issue(await world.invoice_of(second))
    await world.withdraw(first, drafted, training, START + 5 * DAY)
    await world.withdraw(second, issued, training, START + 5 * DAY)
    cancelled = await world.invoice_of(first)
    assert (cancelled["state"], cancelled["ended_on"], cancelled["number"]) == ("cancelled", str(START + 5 * DAY), None)
    standing = await world.invoice_of(second)
    assert standing["state"] == "issued"
    assert await world.balances() == {"1110": "100.00", "2130": "-100.00", "9110": "100.00", "9910": "-100.00"}
    note = await world.done(
        f"/invoices/{standing['id']}/credit-notes",
        {"issued_on": str(START + 6 * DAY), "reason": "withdrew before the workshop"},
    )
    assert note["number"] == "CN-2016-00001"
    assert await world.balances() == {}
    assert (await world.recovery("contracted"))["F"] == "0.00"
    assert (await world.recovery("contracted", {"to": str(START)}))["F"] == "200.00"
    await world.clean()


async def test_an_enrollment_withdrawn_before_there_was_a_price_is_never_drafted(world: World) -> None:
    firm, training = await world.enterprise(), await world.training()
    enrollment = await world.enroll(firm, training)
    await world.withdraw(enrollment, firm, training, START + DAY)
    assert (await world.price("100.00"))["drafted_invoices"] == []
    assert [row["billing"] for row in await world.all("/enrollments")] == ["not-due"]
    await world.clean()


async def test_a_credited_enrollment_can_be_billed_anew(world: World) -> None:
    await world.price("100.00")
    firm, training = await world.enterprise(), await world.training()
    enrollment = await world.enroll(firm, training)
    issued = await world.issue(await world.invoice_of(enrollment))
    await world.complete(enrollment, firm, training, START + 9 * DAY)
    await world.endline(enrollment, firm, training, START + 9 * DAY)
    assert await world.refused("/invoices", {"enrollment_id": str(enrollment)}) == (
        409,
        "enrollment_id",
        "one-invoice",
    )
    early = {"issued_on": str(START + DAY), "reason": "wrong address"}
    assert await world.refused(f"/invoices/{issued['id']}/credit-notes", early) == (422, "issued_on", "date-order")
    await world.done(f"/invoices/{issued['id']}/credit-notes", early | {"issued_on": str(START + 10 * DAY)})
    assert await world.balances() == {}
    anew = await world.done("/invoices", {"enrollment_id": str(enrollment)})
    again = await world.issue(anew, START + 10 * DAY)
    assert again["number"] == "INV-2016-00002"
    assert (await world.balances())["4010"] == "-100.00"
    assert len(await world.said("invoice-settled")) == 1
    await world.clean()


async def test_a_payment_is_its_payers_credit_until_it_is_allocated(world: World) -> None:
    await world.price("100.00")
    firm, training = await world.enterprise(), await world.training()
    invoice = await world.issue(await world.invoice_of(await world.enroll(firm, training)))
    payment = await world.pay("130.00", START + 20 * DAY, enterprise_id=firm)
    assert (await world.balances())["2110"] == "-130.00"
    assert (await world.recovery("received"))["F"] == "0.00"
    await world.allocate(payment, "40.00", START + 21 * DAY, invoice_id=invoice["id"])
    assert (await world.invoice_of(invoice["enrollment_id"]))["settlement"] == "partial"
    assert await world.said("invoice-settled") == []
    await world.allocate(payment, "60.00", START + 22 * DAY, invoice_id=invoice["id"])
    [settled] = await world.said("invoice-settled")
    assert settled["settled_on"] == str(START + 22 * DAY)
    balances = await world.balances()
    assert (balances["1010"], balances["2110"]) == ("130.00", "-30.00")
    assert "1110" not in balances
    assert "2120" not in balances
    assert (await world.recovery("received"))["F"] == "100.00"
    left = await world.show(f"/payments/{payment['id']}")
    assert left["unallocated"] == world.money("30.00")
    assert len(await world.said("payment-allocated")) == 2
    await world.clean()


async def test_a_claim_is_income_when_approved_and_cash_when_paid(world: World) -> None:
    await world.price("7700.00")
    donor = await world.agreement("D-1", "D", {"medium": "10"})
    training = await world.training()
    for _ in range(2):
        await world.issue(await world.invoice_of(await world.enroll(await world.enterprise(), training)))
    claim = await world.claim(donor, START + 50 * DAY, training_ids=[training])
    assert (claim["number"], claim["state"], claim["submitted"]["amount"]) == ("CL-2016-00001", "submitted", "1540.00")
    assert "4120" not in await world.balances()
    taken = {
        "agreement_id": donor["id"],
        "partner_id": str(world.partner),
        "submitted_on": str(START + 51 * DAY),
        "training_ids": [str(training)],
    }
    assert await world.refused("/claims", taken) == (422, "training_ids", "claimed-once")
    approve = {"approved_on": str(START + 60 * DAY), "amount": world.money("1000.01")}
    denied = await world.send(f"/claims/{claim['id']}/approve", approve, role="partner-finance", partner=world.partner)
    assert denied.status_code == 403
    assert await world.refused(f"/claims/{claim['id']}/approve", approve | {"amount": world.money("1540.01")}) == (
        422,
        "amount",
        "at-most-submitted",
    )
    await world.done(f"/claims/{claim['id']}/approve", approve)
    balances = await world.balances()
    assert (balances["4120"], balances["1120"]) == ("-1000.01", "1000.01")
    assert "2140" not in balances
    assert (await world.recovery("invoiced"))["D"] == "1000.01"
    payment = await world.pay("1000.01", START + 70 * DAY, agreement_id=donor["id"])
    paid = await world.done(f"/payments/{payment['id']}/allocate", {"allocated_on": str(START + 70 * DAY)})
    assert [part["claim_id"] for part in paid["allocations"]] == [claim["id"]]
    assert (await world.show(f"/claims/{claim['id']}"))["open"]["amount"] == "0.00"
    assert (await world.recovery("received"))["D"] == "1000.01"
    assert len(await world.said("subsidy-claim-approved")) == 1
    await world.clean()


async def test_a_rejected_claim_books_nothing_and_may_be_made_again(world: World) -> None:
    await world.price("100.00")
    donor = await world.agreement("D-1", "D", {"medium": "10"})
    training = await world.training()
    invoice = await world.issue(await world.invoice_of(await world.enroll(await world.enterprise(), training)))
    claim = await world.claim(donor, START + DAY, invoice_ids=[invoice["id"]])
    before = await world.balances()
    await world.done(f"/claims/{claim['id']}/reject", {"rejected_on": str(START + 2 * DAY), "reason": "too late"})
    assert await world.balances() == before
    again = await world.claim(donor, START + 3 * DAY, invoice_ids=[invoice["id"]])
    assert again["number"] == "CL-2016-00002"
    await world.clean()


async def test_an_aborted_visit_with_a_cost_is_booked_once_as_trainer_days(world: World) -> None:
    await world.price("100.00")
    firm, training = await world.enterprise(), await world.training()
    enrollment = await world.enroll(firm, training)
    await world.abort_visit(enrollment, firm, training, START + 9 * DAY, Money(25_050, "BOB"))
    await world.abort_visit(enrollment, firm, training, START + 10 * DAY, None)
    [cost] = await world.all("/costs")
    assert (cost["kind"], cost["amount"], cost["is_direct"]) == ("trainer-days", world.money("250.50"), True)
    assert (await world.balances())["5010"] == "250.50"
    assert len(await world.said("cost-recorded")) == 1
    await world.clean()


async def test_prices_succeed_each_other_and_never_overlap(world: World) -> None:
    first = await world.price("100.00", valid_from=date(2014, 1, 1))
    await world.price("120.00", valid_from=date(2016, 1, 1), valid_to="2016-12-31")
    shown = {row["id"]: row["valid_to"] for row in await world.all("/prices")}
    assert shown[first["id"]] == "2015-12-31"
    body = {"partner_id": str(world.partner), "module": "WPC", "price": world.money("5.00")}
    assert await world.refused("/prices", body | {"valid_from": "2016-06-01"}) == (409, "valid_from", "no-overlap")
    assert await world.refused("/prices", body | {"valid_from": "2013-01-01"}) == (409, "valid_from", "no-overlap")
    await world.price("90.00", valid_from=date(2013, 1, 1), valid_to="2013-12-31")
    await world.price("150.00", valid_from=date(2017, 1, 1))


async def test_agreements_never_promise_more_than_the_price_nor_pay_more_than_their_ceiling(world: World) -> None:
    await world.price("1000.00")
    ceiling = await world.agreement("G-1", "G", {"medium": "60"}, ceiling="900.00")
    body = {
        "code": "D-1",
        "payer_class": "D",
        "payer_name": "Donor (demo)",
        "shares": [{"size_class": "medium", "share_pct": "40.01"}],
        "ceiling": world.money("1.00"),
        "valid_from": "2020-01-01",
    }
    assert await world.refused("/agreements", body) == (422, "shares", "at-most-100-percent")
    training = await world.training()
    amounts = []
    for _ in range(3):
        invoice = await world.invoice_of(await world.enroll(await world.enterprise(), training))
        amounts.append([share["amount"]["amount"] for share in invoice["shares"]])
    assert amounts == [["400.00", "600.00"], ["700.00", "300.00"], ["1000.00"]]
    shown = await world.show(f"/agreements/{ceiling['id']}")
    assert (shown["committed"]["amount"], shown["remaining"]["amount"]) == ("900.00", "0.00")
    await world.clean()


async def test_a_fully_subsidised_invoice_is_settled_when_it_is_issued(world: World) -> None:
    await world.price("100.00")
    await world.agreement("I-1", "I", {"small": "100"})
    firm, training = await world.enterprise("small"), await world.training()
    issued = await world.issue(await world.invoice_of(await world.enroll(firm, training, size="small")))
    assert (issued["settlement"], issued["enterprise_share"]["amount"]) == ("settled", "0.00")
    assert len(await world.said("invoice-settled")) == 1
    await world.clean()


async def test_a_closed_agreement_pays_for_enrollments_until_its_last_day(world: World) -> None:
    await world.price("100.00")
    signed = await world.agreement("G-1", "G", {"medium": "50"})
    last = {"closed_on": str(START), "reason": "budget cut"}
    closed = await world.done(f"/agreements/{signed['id']}/close", last)
    assert closed["state"] == "closed"
    training = await world.training()
    on_time = await world.invoice_of(await world.enroll(await world.enterprise(), training, on=START))
    late = await world.invoice_of(await world.enroll(await world.enterprise(), training, on=START + DAY))
    assert (len(on_time["shares"]), len(late["shares"])) == (2, 1)
    assert (await world.refused(f"/agreements/{signed['id']}/close", last))[0] == 409
    await world.clean()
