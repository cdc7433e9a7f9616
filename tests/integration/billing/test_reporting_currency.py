"""Cost recovery in a reporting currency: recorded rates, month by month, rounded once, down to every entry."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

import pytest

from services.billing.domain.recovery import COSTS, Component
from tests.integration.billing.facts import START, Json
from tests.integration.billing.raw import connected
from tests.integration.billing.recovered import recovered
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration
MONTHS: Final = {
    date(2016, 1, 31): "6.90",
    date(2016, 2, 29): "6.97",
    date(2016, 6, 30): "7.01",
    date(2017, 2, 28): "6.5",
}


async def _rates(world: World) -> None:
    for day, rate in MONTHS.items():
        await world.rate("USD", "BOB", rate, day)


async def test_each_month_is_translated_at_its_rate_and_components_are_rounded_once_and_add_up(world: World) -> None:
    await recovered(world)
    await _rates(world)
    asked: dict[str, object] = {"basis": "invoiced"}
    shown = await world.show("/cost-recovery", {**asked, "currency": "USD"})
    reported = shown["reported"]
    assert (reported["source"], reported["method"], shown["currency"]) == ("un-operational", "month-end", "BOB")
    assert [(used["month"], used["derivation"]) for used in reported["rates"]] == [
        ("2016-01", "inverse"),
        ("2016-02", "inverse"),
        ("2016-06", "inverse"),
        ("2017-02", "inverse"),
    ]
    assert reported["rates"][0]["recorded"][0]["rate"] == "6.9000000000"
    series = await world.show("/cost-recovery/series", asked)
    exact = dict.fromkeys(Component, Fraction(0))
    for point in series["points"]:
        for component in Component:
            amount = Fraction(point["components"][component.value]["amount"])
            if amount:
                rate = next(rate for day, rate in MONTHS.items() if str(day).startswith(point["month"]))
                exact[component] += amount / Fraction(rate)
    for side in (COSTS, tuple(each for each in Component if each not in COSTS)):
        total = sum(Decimal(reported["components"][each.value]["amount"]) for each in side)
        assert abs(Fraction(total) - sum(exact[each] for each in side)) <= Fraction(1, 200)
        for each in side:
            assert abs(Fraction(reported["components"][each.value]["amount"]) - exact[each]) < Fraction(1, 100)
    assert shown["components"] == (await world.show("/cost-recovery", asked))["components"]


async def test_entries_in_the_reporting_currency_add_up_to_the_component_page_by_page(world: World) -> None:
    await recovered(world)
    await _rates(world)
    for currency, via in (("USD", None), ("JPY", "USD"), ("TND", "USD")):
        if via is not None:
            for day in MONTHS:
                await world.rate("USD", currency, {"JPY": "117.3", "TND": "2.0413"}[currency], day)
        asked: dict[str, object] = {"basis": "invoiced", "currency": currency, **({"rate_via": via} if via else {})}
        for scope in ({}, {"module_group": "first"}, {"window": "year", "year": 2016}):
            shown = (await world.show("/cost-recovery", {**asked, **scope}))["reported"]["components"]
            for component in ("F", "D", "C_dir", "K"):
                cut = {**asked, **scope, "component": component, "limit": 1}
                entries = await world.all("/cost-recovery/postings", cut)
                assert sum(Decimal(entry["reported"]["amount"]) for entry in entries) == Decimal(
                    shown[component]["amount"]
                )
                digits = {"USD": -2, "JPY": 0, "TND": -3}[currency]
                assert all(Decimal(entry["reported"]["amount"]).as_tuple().exponent == digits for entry in entries)


async def test_a_month_without_a_rate_is_refused_by_month_and_pair_and_a_fixed_rate_needs_none(world: World) -> None:
    await recovered(world)
    january = await world.rate("USD", "BOB", "6.90", date(2016, 1, 31))
    answer = await world.get("/cost-recovery", {"basis": "invoiced", "currency": "USD"})
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:scorebook:problem:rate-missing")
    assert "BOB/USD in 2016-02" in answer.json()["detail"]
    for path in ("/series", "/postings"):
        cut = {"basis": "invoiced", "currency": "USD", **({"component": "F"} if path == "/postings" else {})}
        assert (await world.get(f"/cost-recovery{path}", cut)).status_code == 409
    window = {"basis": "invoiced", "currency": "USD", "to": "2016-01-31"}
    assert (await world.show("/cost-recovery", window))["reported"]["components"]["F"]["amount"] == "26.09"
    # Up to the 30th the rate of the 31st is not there yet.
    assert (await world.get("/cost-recovery", {**window, "to": "2016-01-30"})).status_code == 409
    other = await world.get("/cost-recovery", {**window, "rate_source": "central-bank"})
    assert "central-bank rate for BOB/USD in 2016-01" in other.json()["detail"]
    euro = await world.get("/cost-recovery", {**window, "currency": "EUR", "rate_via": "USD"})
    assert "USD/EUR in 2016-01" in euro.json()["detail"]
    fixed = {"basis": "invoiced", "currency": "USD", "rate_method": "fixed", "rate_id": january["id"]}
    reported = (await world.show("/cost-recovery", fixed))["reported"]
    assert [(used["month"], used["rate"]) for used in reported["rates"]] == [(None, "0.1449275362")]
    plain = await world.recovery("invoiced")
    # One rate for everything leaves the ratio alone, but for the rounding of both sums to cents.
    assert abs(Decimal(reported["ratios"][0]["percent"]) - Decimal(plain["CR-1"])) < Decimal("0.05")
    assert await world.show("/cost-recovery/series", fixed)
    answer = await world.get("/cost-recovery", {**fixed, "currency": "EUR"})
    assert (answer.status_code, answer.json()["errors"][0]["rule"]) == (422, "this-pair")


async def test_a_correction_of_a_rate_is_a_new_row_and_holds_from_then_on(world: World) -> None:
    await world.price("690.00")
    await world.enroll(await world.enterprise(), await world.training())
    wrong = await world.rate("USD", "BOB", "69", date(2016, 1, 31))
    right = await world.rate("USD", "BOB", "6.9", date(2016, 1, 31))
    rows = {row["id"]: row for row in await world.all("/fx-rates", {"base": "USD", "quote": "BOB"})}
    assert (rows[wrong["id"]]["holds"], rows[right["id"]]["holds"]) == (False, True)
    assert rows[right["id"]]["rate"] == "6.9000000000"
    assert (await world.all("/fx-rates", {"source": "contract"})) == []
    assert len(await world.all("/fx-rates", {"from": "2016-01-31", "to": "2016-01-31"})) == 2
    shown = await world.show("/cost-recovery", {"basis": "contracted", "currency": "USD"})
    assert shown["reported"]["components"]["F"]["amount"] == "100.00"
    await world.rate("USD", "BOB", "9.66", date(2016, 1, 2))
    mean = {"basis": "contracted", "currency": "USD", "rate_method": "month-average"}
    assert (await world.show("/cost-recovery", mean))["reported"]["components"]["F"]["amount"] == "83.33"
    async with connected(world, "owner") as connection:
        with pytest.raises(Exception, match=r"append-only|refused|may not"):
            await connection.execute("UPDATE ledger.fx_rate SET rate = 1")


HEADING: Final = "base,quote,rate,on_date,source,source_note\n"


async def test_a_table_of_rates_is_taken_row_by_row(world: World) -> None:
    rows = (
        "USD,BOB,6.90,2016-01-31,un-operational,circular\n"
        "USD,BOB,6.91,2016-02-29,un-operational,circular\n"
        "USD,BOB,-1,2016-03-31,un-operational,circular\n"
        "USD,USD,1,2016-03-31,un-operational,circular\n"
        "USD,ZZZ,1,2016-03-31,un-operational,circular\n"
        "USD,BOB,6.9,31.03.2016,un-operational,circular\n"
        "USD,BOB,6.9,2099-01-01,un-operational,circular\n"
        "USD,BOB,6.9,2016-03-31,rumour,circular\n"
        "USD,BOB,6.9\n"
        '"USD",BOB,"6,9",2016-03-31,un-operational,circular\n'
        "USD,BOB,6.900,2016-01-31,un-operational,again\n"
        "USD,BOB,6.95,2016-01-31,un-operational,corrected\n"
    )
    done: Json = await world.done("/fx-rates/import", {"csv": HEADING + rows})
    assert (done["recorded"], done["unchanged"], done["refused"]) == (3, 1, 8)
    assert [(row["line"], row["outcome"], row["field"], row["rule"]) for row in done["rows"]] == [
        (2, "recorded", None, None),
        (3, "recorded", None, None),
        (4, "refused", "rate", "string_pattern_mismatch"),
        (5, "refused", "row", "two-currencies"),
        (6, "refused", "quote", "unknown-currency"),
        (7, "refused", "on_date", "date_from_datetime_parsing"),
        (8, "refused", "on_date", "not-in-the-future"),
        (9, "refused", "source", "enum"),
        (10, "refused", "row", "cells"),
        (11, "refused", "rate", "string_pattern_mismatch"),
        (12, "unchanged", None, None),
        (13, "recorded", None, None),
    ]
    assert len(await world.all("/fx-rates")) == 3
    again: Json = await world.done("/fx-rates/import", {"csv": "\ufeff" + HEADING + rows.splitlines()[1]})
    assert (again["recorded"], again["unchanged"]) == (0, 1)


async def test_what_is_no_table_of_rates_stores_nothing(world: World) -> None:
    for text, rule in (
        ("base,quote\n", "heading"),
        ("\n", "heading"),
        (HEADING.replace("quote", "base"), "heading"),
        (HEADING + '"USD,BOB', "csv"),
    ):
        assert await world.refused("/fx-rates/import", {"csv": text}) == (422, "csv", rule)
    assert await world.all("/fx-rates") == []


async def test_a_rate_that_is_none_is_refused_by_field_and_rule(world: World) -> None:
    right = {
        "base": "USD",
        "quote": "BOB",
        "rate": "6.9",
        "on_date": str(START),
        "source": "contract",
        "source_note": "x",
    }
    for wrong, field, rule in (
        ({"rate": "0"}, "rate", "not-positive"),
        ({"rate": "6.12345678901"}, "rate", "string-pattern-mismatch"),
        ({"rate": 6.9}, "rate", "string-type"),
        ({"quote": "USD"}, "", "two-currencies"),
        ({"base": "QQQ"}, "base", "unknown-currency"),
        ({"on_date": "2099-01-01"}, "on_date", "not-in-the-future"),
        ({"source": "newspaper"}, "source", "enum"),
        ({"source_note": " "}, "source_note", "string-too-short"),
    ):
        status, named, broken = await world.refused("/fx-rates", {**right, **wrong})
        assert (status, named.removeprefix("body").lstrip("."), broken) == (422, field, rule)
    assert await world.all("/fx-rates") == []


@pytest.mark.parametrize(("currency", "price", "shown"), [("UGX", "3700", "100.00"), ("TND", "200.000", "5.41")])
async def test_books_in_currencies_of_0_and_3_decimals_report_in_one_of_2(
    empty_world: World, currency: str, price: str, shown: str
) -> None:
    world = empty_world
    world.currency = currency
    await world.begin()
    await world.price(price)
    await world.enroll(await world.enterprise(), await world.training())
    await world.rate(currency, "USD", "0.027027027", date(2016, 1, 31))
    reported = (await world.show("/cost-recovery", {"basis": "contracted", "currency": "USD"}))["reported"]
    assert reported["components"]["F"]["amount"] == shown
