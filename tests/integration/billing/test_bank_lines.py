"""What lines are: suggested, matched, posted, undone; suspense holds exactly what nobody has explained."""

import asyncio
from collections import Counter

import pytest

from tests.integration.billing.banking import (
    DAY,
    confirm,
    invoiced,
    lines,
    open_account,
    paid,
    post,
    post_as,
    preview,
    reconciled,
    take,
    took,
    undo,
)
from tests.integration.billing.facts import START
from tests.integration.billing.raw import fingerprint
from tests.integration.billing.world import World
from tests.support.statements import Booking, Tx, camt, of

pytestmark = pytest.mark.integration
NUMBER = "1000 2345"


async def test_a_line_that_names_an_invoice_is_suggested_and_pays_it_with_one_step(world: World) -> None:
    firm, invoice = await invoiced(world)
    await open_account(world)
    [line] = await took(
        world, [paid("700.00", START + DAY, f"pago {invoice['number']}", party_account="DE75512108001245126199")]
    )
    assert line["state"] == "suggested"
    best = line["suggestions"][0]
    assert (best["score"], best["reasons"][:2]) == (90, ["reference-names-it", "exact-open-amount"]) or best[
        "score"
    ] >= 80
    assert best["match"]["enterprise_id"] == str(firm)
    done = await post(world, (line, 0))
    assert (done["posted"], done["refused"]) == (1, 0)
    shown = await world.show(f"/bank-lines/{line['id']}")
    assert (shown["state"], shown["match_kind"], shown["posted_on"]) == ("posted", "payment", str(START + DAY))
    payment = await world.show(f"/payments/{shown['payment_id']}")
    assert (payment["bank_line_id"], payment["state"], payment["allocated"]["amount"]) == (
        line["id"], "identified", "700.00",
    )  # fmt: skip
    assert (await world.show(f"/invoices/{invoice['id']}"))["settlement"] == "settled"
    balances = await world.balances()
    assert (balances["1010"], {"2120", "2110", "1110"} & set(balances)) == ("700.00", set())
    assert await reconciled(world, START + DAY) == []
    assert len(await world.said("payment-received")) == 1
    await world.clean()
    # The payer is known by its account from now on.
    _, second = await invoiced(world)
    later = (
        await took(world, [paid("10.00", START + 2 * DAY, party_account="DE75512108001245126199")], opening="700.00")
    )[-1]
    assert "payer-account-seen-before" in later["suggestions"][0]["reasons"]
    assert second["number"]


async def test_posting_many_gives_each_line_its_own_result_and_a_refused_one_leaves_nothing(world: World) -> None:
    firm, invoice = await invoiced(world)
    await open_account(world)
    one, two, three = await took(world, [paid("700.00"), paid("50.00"), paid("-5.00", reference="charges")])
    pays = {"kind": "payment", "enterprise_id": str(firm)}
    target = {"invoice_id": invoice["id"], "amount": world.money("700.00")}
    await world.done(f"/bank-lines/{one['id']}/match", {**pays, "targets": [target]})
    # More than the line has: its payment, its identification and its event must all go again.
    await world.done(f"/bank-lines/{two['id']}/match", {**pays, "targets": [target]})
    events = len(await world.client.events())
    done = await post(world, (two, None), (one, None), (three, 0), (three, 0))
    assert [(each["result"], each["rule"]) for each in done["results"]] == [
        ("refused", "within-payment"), ("posted", None), ("posted", None), ("refused", None),
    ]  # fmt: skip
    assert done["results"][3]["type"] == "refused-transition"
    said = [stored.type for stored in await world.client.events()][events:]
    assert Counter(said) == {
        "billing.payment-received.v1": 1, "billing.payment-allocated.v1": 1, "billing.invoice-settled.v1": 1,
    }  # fmt: skip
    assert await world.balances() == {
        **{name: amount for name, amount in (await world.balances()).items() if name in ("2130", "9110", "9910")},
        "1010": "745.00", "2120": "-50.00", "7210": "5.00",
    }  # fmt: skip
    assert len(await world.all("/payments")) == 1
    await world.clean()


async def test_undoing_a_payment_brings_its_money_back_into_suspense_on_the_day_given(world: World) -> None:
    firm, invoice = await invoiced(world)
    await open_account(world)
    [line] = await took(world, [paid("700.00", START + DAY, invoice["number"])])
    await post(world, (line, 0))
    early = {"undone_on": str(START), "reason": "a mistake"}
    assert await world.refused(f"/bank-lines/{line['id']}/undo", early) == (422, "undone_on", "date-order")
    undone = await undo(world, line, START + 3 * DAY)
    assert (undone["state"], undone["match"]) == ("suggested", None)
    assert (await world.balances())["2120"] == "-700.00"
    assert "2120" not in await world.balances(as_of=START + 2 * DAY)
    assert (await world.show(f"/invoices/{invoice['id']}"))["settlement"] == "unpaid"
    assert [row["state"] for row in await world.all("/payments")] == ["reversed"]
    await world.clean()
    assert (await post_as(world, line, kind="payment", enterprise_id=str(firm), by_rule=True))["rule"] is None
    assert (await world.show(f"/invoices/{invoice['id']}"))["settlement"] == "settled"
    assert sorted(row["state"] for row in await world.all("/payments")) == ["identified", "reversed"]
    await world.clean()


async def test_money_recorded_by_hand_is_linked_and_counted_once(world: World) -> None:
    firm, invoice = await invoiced(world)
    before = await world.pay("700.00", START, enterprise_id=firm)  # before any bank account was kept
    await open_account(world)
    hand = await world.pay("40.00", START + DAY, enterprise_id=firm, reference="second rate")
    assert [each[0] for each in await reconciled(world, START + DAY)] == ["account", "entry", "entry"]
    first, second = await took(world, [paid("700.00", START + DAY), paid("40.00", START + DAY, "Second rate!")])
    assert second["suggestions"][0]["reasons"] == ["recorded-by-hand", "same-day", "same-reference"]
    done = await post(world, (second, 0), (first, 0))
    assert done["posted"] == 2, done
    balances = await world.balances()
    assert (balances["1010"], "2120" in balances, balances["2110"]) == ("740.00", False, "-740.00")
    assert len(await world.all("/payments")) == 2
    assert await reconciled(world, START + DAY) == []
    await world.clean()
    await undo(world, first, START + 2 * DAY)
    assert (await world.balances())["2120"] == "-700.00"
    assert (await world.balances())["1010"] == "1440.00"
    assert ("entry", "receipt is on no statement") in await reconciled(world, START + 2 * DAY)
    await world.clean()
    # The bank takes back what a line has shown: another movement, which the next statement will show.
    await world.done(f"/payments/{hand['id']}/reverse", {"reversed_on": str(START + 2 * DAY), "reason": "no funds"})
    assert (await world.show(f"/payments/{before['id']}"))["state"] == "identified"
    await world.clean()
    out = (await took(world, [paid("-40.00", START + 2 * DAY)], opening="740.00"))[-1]
    assert out["suggestions"][0]["match"]["kind"] == "link"
    assert (await post(world, (out, 0)))["posted"] == 1
    await world.clean()
    assert invoice["number"]


async def test_an_entry_is_linked_to_one_line_only_and_only_of_its_amount(world: World) -> None:
    firm = await world.enterprise()
    await open_account(world)
    await world.pay("40.00", START, enterprise_id=firm)
    one, two, three = await took(world, [paid("40.00"), paid("40.00"), paid("41.00")])
    link = one["suggestions"][0]["match"]
    other = await post_as(world, three, kind="link", entry_id=link["entry_id"])
    assert (other["field"], other["rule"]) == ("entry_id", "same-amount")
    bodies = [
        {"partner_id": str(world.partner), "choices": [{"line_id": line["id"], "suggestion": 0}]} for line in (one, two)
    ]
    answers = await asyncio.gather(*(world.send("/bank-postings", body) for body in bodies for _ in range(3)))
    results = [answer.json()["results"][0] for answer in answers if answer.status_code == 201]
    assert Counter(each["result"] for each in results)["posted"] == 1
    assert (await world.balances())["1010"] == "121.00"
    await world.clean()


async def test_a_refund_and_its_undoing(world: World) -> None:
    firm, invoice = await invoiced(world)
    await open_account(world)
    [line] = await took(
        world,
        [paid("750.00", START, invoice["number"], party="Panadería Illimani", party_account="DE75512108001245126199")],
    )
    await post(world, (line, 0))
    payment = (await world.all("/payments"))[0]
    assert payment["unallocated"]["amount"] == "50.00"
    out = (
        await took(
            world, [paid("-50.00", START + DAY, "devolución", party_account="DE75512108001245126199")], opening="750.00"
        )
    )[-1]
    assert (out["suggestions"][0]["match"]["kind"], out["suggestions"][0]["match"]["payment_id"]) == (
        "refund",
        payment["id"],
    )
    assert (await post(world, (out, 0)))["posted"] == 1
    [refund] = await world.all("/refunds")
    assert (refund["amount"]["amount"], refund["bank_line_id"]) == ("50.00", out["id"])
    assert (await world.balances())["1010"] == "700.00"
    by_hand = await world.refused(
        f"/refunds/{refund['id']}/reverse", {"reversed_on": str(START + DAY), "reason": "oops"}
    )
    assert by_hand == (409, "refund_id", "undone-by-its-line")
    first = await world.refused(f"/bank-lines/{line['id']}/undo", {"undone_on": str(START + DAY), "reason": "oops"})
    assert first == (409, "payment_id", "not-refunded")
    await world.clean()
    await undo(world, out, START + DAY)
    balances = await world.balances()
    assert (balances["2110"], balances["2120"]) == ("-50.00", "50.00")
    await world.clean()
    again = await post_as(world, out, kind="refund", payment_id=payment["id"])
    assert again["result"] == "posted"
    assert firm
    await world.clean()


async def test_a_bounced_line_undoes_its_payment_and_can_itself_be_undone(world: World) -> None:
    _, invoice = await invoiced(world)
    await open_account(world)
    [line] = await took(world, [paid("700.00", START, invoice["number"], end_to_end="E2E-77")])
    await post(world, (line, 0))
    payment = (await world.all("/payments"))[0]
    back = Booking("-700.00", START + 2 * DAY, [Tx(reference="returned", end_to_end="E2E-77")], is_reversal=True)
    out = (await took(world, [back], opening="700.00"))[-1]
    assert out["suggestions"][0]["match"] | {"targets": []} == out["suggestions"][0]["match"]
    assert out["suggestions"][0]["match"]["kind"] == "bounce"
    assert (await post(world, (out, 0)))["posted"] == 1
    assert (await world.show(f"/payments/{payment['id']}"))["state"] == "reversed"
    balances = await world.balances()
    assert (balances["1110"], {"1010", "2110", "2120"} & set(balances)) == ("700.00", set())
    assert await reconciled(world, START + 2 * DAY) == []
    await world.clean()
    await undo(world, out, START + 3 * DAY)
    assert (await world.show(f"/payments/{payment['id']}"))["state"] == "identified"
    balances = await world.balances()
    assert (balances["2110"], balances["2120"]) == ("-700.00", "700.00")
    assert len(await world.said("payment-reinstated")) == 1
    await world.clean()
    await world.done(f"/bank-lines/{out['id']}/match", {"kind": "bounce", "payment_id": payment["id"]})
    early = await post(world, (out, None), on=START + 2 * DAY)
    assert early["results"][0]["rule"] == "not-before"  # it was not bounced on that day any more
    assert (await post(world, (out, None), on=START + 3 * DAY))["posted"] == 1
    await world.clean()


async def test_a_transfer_closes_a_line_of_each_account_and_comes_back_together(world: World) -> None:
    await open_account(world)
    await open_account(world, number=NUMBER, country="BO", name="Savings")
    await take(world, of("0.00", [paid("90.00")], START, START))
    await take(world, of("90.00", [paid("-40.00", START + DAY)], START + DAY, START + DAY))
    await take(world, of("0.00", [paid("40.00", START + 2 * DAY)], START + 2 * DAY, START + 2 * DAY, number=NUMBER))
    first, out, into = await lines(world)
    assert into["suggestions"][0]["reasons"] == ["own-account"]
    assert (await post_as(world, out, kind="transfer", counter_line_id=first["id"]))["rule"] == "own-other-account"
    await world.done(f"/bank-lines/{out['id']}/unmatch", {"undone_on": str(START + DAY), "reason": "wrong line"})
    assert (await post(world, (into, 0)))["posted"] == 1
    assert [line["state"] for line in await lines(world)] == ["imported", "posted", "posted"]
    assert await world.balances() == {"1010": "90.00", "2120": "-90.00"}
    await world.clean()
    await undo(world, out, START + 3 * DAY)
    assert [line["state"] for line in await lines(world)][1:] == ["suggested", "suggested"]
    await world.clean()


async def test_only_lines_that_cancel_each_other_are_ignored(world: World) -> None:
    await open_account(world)
    one, two, three = await took(world, [paid("40.00"), paid("-40.00"), paid("1.00")])
    reason = "the bank corrected itself"
    wrong = {"line_ids": [one["id"], three["id"]], "reason": reason}
    assert await world.refused("/bank-omissions", wrong) == (422, "line_ids", "cancel-each-other")
    await world.done("/bank-omissions", {"line_ids": [one["id"], two["id"]], "reason": reason})
    assert [(line["state"], line["ignore_reason"]) for line in await lines(world)] == [
        ("ignored", reason), ("ignored", reason), ("imported", None),
    ]  # fmt: skip
    refused = await world.send(f"/bank-lines/{one['id']}/match", {"kind": "bank-charge"})
    assert (refused.status_code, refused.json()["allowed_actions"]) == (409, ["undo"])
    await world.clean()
    await undo(world, two, START + DAY)
    assert {line["state"] for line in await lines(world)} == {"imported"}
    await world.clean()


async def test_what_does_not_fit_a_line_is_refused_and_changes_nothing(world: World) -> None:
    firm, _ = await invoiced(world)
    await open_account(world)
    into, out = await took(world, [paid("5.00"), paid("-5.00")])
    payment = await world.pay("9.00", START, enterprise_id=firm)
    before = await fingerprint(world)
    nobody = "00000000-0000-7000-8000-000000000000"
    for line, wish, expected in (
        (out, {"kind": "payment", "enterprise_id": str(firm)}, (422, "kind", "direction")),
        (into, {"kind": "refund", "payment_id": payment["id"]}, (422, "kind", "direction")),
        (into, {"kind": "payment"}, (422, "body", "one-payer")),
        (into, {"kind": "link"}, (422, "body", "fits-kind")),
        (into, {"kind": "bank-charge", "payment_id": payment["id"]}, (422, "body", "fits-kind")),
        (into, {"kind": "transfer", "counter_line_id": into["id"]}, (422, "counter_line_id", "other-line")),
        (into, {"kind": "ignore"}, (422, "kind", "literal-error")),
    ):
        status, field, rule = await world.refused(f"/bank-lines/{line['id']}/match", wish)
        assert (status, rule) == (expected[0], expected[2]), (wish, field, rule)
    assert await fingerprint(world) == before
    for line, wish, rule in (
        (out, {"kind": "bounce", "payment_id": payment["id"]}, "same-amount"),
        (into, {"kind": "link", "entry_id": nobody}, "not-found"),
    ):
        assert (await post_as(world, line, **wish))["rule"] == rule
        await world.done(f"/bank-lines/{line['id']}/unmatch", {"undone_on": str(START), "reason": "not this"})
    assert (await post(world, (into, None)))["results"][0]["rule"] == "matched-first"
    assert (await post(world, (into, 9)))["results"][0]["rule"] == "exists"
    await world.clean()


async def test_a_book_takes_over_what_it_kept_on_its_bank_before(world: World) -> None:
    firm = await world.enterprise()
    await world.pay("30.00", START, enterprise_id=firm)
    await open_account(world, opening="50.00", on=START + DAY, takes_over=True)
    assert await world.balances() == {"1010": "50.00", "2110": "-30.00", "3010": "-20.00"}
    assert await reconciled(world, START) == []
    await world.clean()
    body = {
        "partner_id": str(world.partner), "name": "B", "number": NUMBER, "country": "BO", "currency": "BOB",
        "opened_on": str(START), "opening": world.money("0.00"), "takes_over": True,
    }  # fmt: skip
    assert await world.refused("/bank-accounts", body) == (409, "takes_over", "once")


async def test_a_book_with_two_accounts_has_to_say_which(world: World) -> None:
    firm = await world.enterprise()
    first = await open_account(world)
    alone = await world.pay("1.00", START, enterprise_id=firm)
    assert alone["bank_account_id"] == first["id"]
    await open_account(world, number=NUMBER, country="BO")
    body = {
        "partner_id": str(world.partner), "enterprise_id": str(firm), "received_on": str(START),
        "amount": world.money("1.00"),
    }  # fmt: skip
    assert await world.refused("/payments", body) == (422, "bank_account_id", "one-account")
    assert (await world.refused("/payments", {**body, "bank_account_id": str(firm)}))[0] == 404
    cash = {**body, "method": "cash", "bank_account_id": first["id"]}
    assert await world.refused("/payments", cash) == (422, "bank_account_id", "bank-only")
    await world.done("/payments", {**body, "bank_account_id": first["id"]})
    await world.clean()


async def test_a_line_posted_by_eight_at_once_is_paid_once(world: World) -> None:
    _, invoice = await invoiced(world)
    await open_account(world)
    [line] = await took(world, [paid("700.00", START, invoice["number"])])
    body = {"partner_id": str(world.partner), "choices": [{"line_id": line["id"], "suggestion": 0}]}
    answers = await asyncio.gather(*(world.send("/bank-postings", body) for _ in range(8)))
    results = [answer.json()["results"][0]["result"] for answer in answers if answer.status_code == 201]
    assert Counter(results)["posted"] == 1
    assert len(await world.all("/payments")) == 1
    await world.clean()


async def test_another_partner_sees_and_does_nothing(world: World) -> None:
    await open_account(world)
    [line] = await took(world, [paid("5.00")])
    looked = await preview(world, camt(of("5.00", [], START + DAY, START + DAY)))
    other = await world.join()
    for path, body in (
        (f"/bank-lines/{line['id']}/match", {"kind": "bank-charge"}),
        (f"/bank-imports/{looked['id']}/confirm", {}),
    ):
        assert (await world.refused(path, body, role="partner-finance", partner=other))[0] in (403, 404)
    posting = {"partner_id": str(other), "choices": [{"line_id": line["id"], "suggestion": None}]}
    done = await world.done("/bank-postings", posting, role="partner-finance", partner=other)
    assert done["results"][0]["type"] == "not-found"
    await confirm(world, looked)
    await world.clean()
