"""Entries by hand and the closing of a year."""

from datetime import date, timedelta

import pytest

from tests.integration.billing.facts import START, Json
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration


def body(*lines: Json, on: date = START, kind: str = "journal") -> Json:
    """Return a voucher's request."""
    return {"kind": kind, "effective_on": str(on), "reason": "month end", "lines": list(lines)}


def debit(world: World, account: str, amount: str, **more: object) -> Json:
    """Return a debit line in the book's currency."""
    return {"account": account, "debit": world.money(amount), **more}


def credit(world: World, account: str, amount: str, **more: object) -> Json:
    """Return a credit line in the book's currency."""
    return {"account": account, "credit": world.money(amount), **more}


def usd(amount: str) -> Json:
    """Return an amount in dollars."""
    return {"amount": amount, "currency": "USD"}


async def test_an_entry_by_hand_is_posted_with_its_reason_and_taken_back_once(world: World) -> None:
    made = await world.done(
        f"/books/{world.partner}/vouchers", body(debit(world, "1020", "40.00"), credit(world, "1010", "40.00"))
    )
    assert await world.balances() == {"1010": "-40.00", "1020": "40.00"}
    assert [(line["account_code"], line["amount"]["amount"]) for line in made["postings"]] == [
        ("1020", "40.00"),
        ("1010", "-40.00"),
    ]
    back = {"reversed_on": str(START + timedelta(days=3)), "reason": "a mistake"}
    undone = await world.done(f"/vouchers/{made['id']}/reversal", back)
    assert undone["reversed_on"] == back["reversed_on"]
    assert await world.balances() == {}
    assert await world.balances(as_of=START) == {"1010": "-40.00", "1020": "40.00"}
    assert (await world.refused(f"/vouchers/{made['id']}/reversal", back))[0] == 409
    await world.clean()


async def test_money_changed_into_another_currency_balances_in_both_and_in_the_book(world: World) -> None:
    lines = [
        {"account": "1010", "debit": usd("100.00"), "worth": world.money("696.00")},
        credit(world, "1010", "696.00"),
    ]
    made = await world.done(f"/books/{world.partner}/vouchers", body(*lines))
    amounts = [
        (line["account_code"], line["amount"]["amount"], line["amount"]["currency"]) for line in made["postings"]
    ]
    assert sorted(amounts) == [
        ("1010", "-696.00", "BOB"),
        ("1010", "100.00", "USD"),
        ("7940", "-100.00", "USD"),
        ("7940", "696.00", "BOB"),
    ]
    accounts = await world.all(f"/books/{world.partner}/accounts", {"code": "1010"})
    assert sorted((row["balance"]["amount"], row["balance"]["currency"]) for row in accounts) == [
        ("-696.00", "BOB"),
        ("100.00", "USD"),
    ]
    assert await world.balances() == {}  # in the book's currency nothing was won or lost
    await world.clean()


async def test_what_an_entry_by_hand_may_not_do(world: World) -> None:
    path = f"/books/{world.partner}/vouchers"
    ok = credit(world, "1010", "5.00")
    for lines, expected in (
        ([debit(world, "1110", "5.00"), ok], (422, "lines", "not-a-control-account")),
        ([debit(world, "5010", "5.00"), ok], (422, "lines", "not-a-control-account")),
        ([debit(world, "9999", "5.00"), ok], (422, "lines", "not-a-control-account")),
        ([debit(world, "1020", "4.99"), ok], (422, "lines", "sum-zero")),
        ([debit(world, "1020", "5.00", worth=world.money("5.00")), ok], (422, "lines", "worth")),
        ([{"account": "1020", "debit": usd("5.00")}, ok], (422, "lines", "worth")),
        ([{"account": "1020", "debit": usd("5.00"), "worth": usd("5.00")}, ok], (422, "lines", "book-currency")),
        ([{**ok, "debit": world.money("5.00")}, ok], (422, "lines.0", "value-error")),
        ([{"account": "1020", "debit": {"amount": "5.001", "currency": "BOB"}}, ok], None),
        ([ok], None),
    ):
        refused = await world.refused(path, body(*lines))
        assert refused == expected or (expected is None and refused[0] == 422), (lines, refused)
    tomorrow = world.client.clock.now.date() + timedelta(days=1)
    late = await world.refused(path, body(debit(world, "1020", "5.00"), ok, on=tomorrow))
    assert late == (422, "effective_on", "not-in-the-future")
    assert await world.all("/vouchers") == []
    assert await world.balances() == {}


async def year_with_result(world: World) -> None:
    """Cost of 30 in January 2016 and of 70 in December."""
    training = await world.training()
    await world.cost("30.00", "venue", START, training)
    await world.cost("70.00", "coordination", date(2016, 12, 5))


async def close_all_but_december(world: World) -> Json:
    """Close every period but the last of 2016; return that one."""
    *earlier, december = sorted(await world.all("/periods"), key=lambda row: str(row["starts_on"]))
    for row in earlier:
        await world.done(f"/periods/{row['id']}/close", {})
    return december


async def test_a_closed_year_moves_its_result_to_equity_and_changes_no_cost_recovery(world: World) -> None:
    await year_with_result(world)
    before = await world.recovery("received")
    closing = {"fiscal_year": 2016, "reason": "approved by the board"}
    path = f"/books/{world.partner}/year-closings"
    assert (await world.refused(path, closing))[2] == "earlier-periods-closed"
    december = await close_all_but_december(world)
    made = await world.done(path, closing)
    assert made["effective_on"] == "2016-12-31"
    assert await world.balances() == {"2010": "-100.00", "3020": "100.00"}
    assert await world.balances(as_of="2016-12-30") == {"2010": "-100.00", "5020": "30.00", "6010": "70.00"}
    assert await world.recovery("received") == before
    assert (await world.refused(path, closing))[2] == "closed-once"
    await world.done(f"/vouchers/{made['id']}/reversal", {"reversed_on": "2016-12-31", "reason": "a late bill"})
    await world.cost("5.00", "coordination", date(2016, 12, 20))
    await world.done(path, closing)
    await world.done(f"/periods/{december['id']}/close", {})
    assert await world.balances() == {"2010": "-105.00", "3020": "105.00"}
    await world.clean()


async def test_a_year_without_result_or_not_over_is_not_closed(world: World) -> None:
    path = f"/books/{world.partner}/year-closings"
    year = world.client.clock.now.year
    refused = await world.refused(path, {"fiscal_year": year, "reason": "too early"})
    assert refused == (422, "fiscal_year", "not-in-the-future")
    nothing = await world.refused(path, {"fiscal_year": 2016, "reason": "year end"})
    assert nothing == (422, "fiscal_year", "has-result")
