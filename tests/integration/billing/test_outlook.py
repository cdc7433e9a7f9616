"""Forecast and levers over real books."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.billing.domain.forecast import MonthSums, forecast
from services.billing.domain.windows import Month
from tests.integration.billing.recovered import JANUARY, recovered
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration


async def _years(world: World) -> list[MonthSums]:
    """Bill one enrollment a month at growing prices for fifteen months, with a steady cost."""
    training = await world.training()
    months = [Month(2016, 1).plus(number) for number in range(15)]
    for number, month in enumerate(months):
        await world.price(f"{100 + 10 * number}.00", valid_from=month.first)
        on = month.first.replace(day=10)
        await world.issue(await world.invoice_of(await world.enroll(await world.enterprise(), training, on=on)), on)
        await world.cost("300.00", "venue", on, training)
    return [MonthSums(month, 10_000 + 1_000 * number, 30_000) for number, month in enumerate(months)]


async def test_the_forecast_is_that_of_the_whole_months_with_method_and_band(world: World) -> None:
    months = await _years(world)
    asked: dict[str, Any] = {"basis": "invoiced", "formula": "CR-1", "to": "2017-03-31"}
    shown = await world.show("/cost-recovery/forecast", asked)
    made = forecast(months)
    assert (shown["outcome"], shown["data_until"], shown["fitted_from"]) == ("expected", "2017-03", "2016-01")
    assert (shown["earliest"], shown["central"], shown["latest"]) == tuple(
        str(each) for each in (made.earliest, made.central, made.latest)
    )
    # Fees of month i are 100 + 10 i: twelve of them make 3600 when their middle is month 20.
    assert shown["central"] == str(Month(2016, 1).plus(26))
    assert shown["now"]["percent"] == "61.67"  # 185 of 300
    assert (shown["method"]["rolling_months"], shown["method"]["band_percent"]) == (12, 80)
    # The thirtieth is no end of March, so February is the last whole month.
    assert (await world.show("/cost-recovery/forecast", {**asked, "to": "2017-03-30"}))["data_until"] == "2017-02"
    tested = await world.show("/cost-recovery/forecast", {**asked, "backtest": "true"})
    assert [trial["made_after"] for trial in tested["backtest"]["trials"]] == ["2016-12", "2017-01", "2017-02"]
    early = await world.show("/cost-recovery/forecast", {**asked, "to": "2016-11-30"})
    assert (early["outcome"], early["now"]) == ("too-few-months", None)
    half = await world.show("/cost-recovery/forecast", {**asked, "target_percent": "50"})
    assert (half["outcome"], half["since"]) == ("already-reached", "2016-12")
    cut = await world.show("/cost-recovery/forecast", {"module_group": "first"})
    assert (cut["formula"], cut["basis"], cut["outcome"]) == ("CR-5", "received", "overhead-not-in-scope")


async def test_levers_of_a_window_reach_the_target_and_one_unit_less_does_not(world: World) -> None:
    await recovered(world)
    asked: dict[str, Any] = {"basis": "invoiced", "window": "year", "year": 2016, "formula": "CR-5"}
    shown = await world.show("/cost-recovery/levers", asked)
    # Fees 180 - 90 + 63 = 153, overhead 33.33, direct cost 110.01, two enrollments left, two trainings.
    assert (shown["ratio"]["numerator"]["amount"], shown["ratio"]["denominator"]["amount"]) == ("153.00", "143.34")
    assert (shown["enrollments"], shown["trainings"]) == (2, 2)
    found = {each["lever"]: each for each in shown["levers"]}
    assert found["fee-total"]["needed"] == world.money("143.34")
    assert found["fee-per-enrollment"]["now"] == world.money("76.50")
    assert found["fee-per-enrollment"]["needed"] == world.money("71.67")
    assert found["direct-cost"]["needed"] == world.money("119.67")
    assert (found["trainings"]["now_count"], found["trainings"]["needed_count"]) == (2, 2)
    assert found["subsidy-I"]["reason"] == "the ILO's money is in no numerator"
    for each in found.values():
        if each["percent_there"] is not None:
            assert Decimal(each["percent_there"]) >= 100
        if each["percent_next"] is not None:
            assert Decimal(each["percent_next"]) < 100
    higher = await world.show("/cost-recovery/levers", {**asked, "target_percent": "200"})
    assert {each["lever"]: each for each in higher["levers"]}["fee-total"]["needed"] == world.money("286.68")
    first = await world.show("/cost-recovery/levers", {**asked, "formula": "CR-1", "module_group": "first"})
    assert (first["enrollments"], first["trainings"]) == (1, 1)
    told = await world.show("/cost-recovery/levers", {**asked, "module_group": "first"})
    assert (told["levers"], told["ratio"]["reason"]) == ([], "overhead is not kept by module, training or delivery")
    agreed = await world.show("/cost-recovery/levers", {**asked, "basis": "contracted", "to": str(date(2016, 3, 1))})
    assert agreed["enrollments"] == 2
    none = await world.show("/cost-recovery/levers", {"basis": "invoiced", "to": str(JANUARY.replace(day=1))})
    assert {each["reason"] is not None for each in none["levers"]} == {True}


async def test_a_forecast_of_a_partner_is_of_its_own_book(world: World) -> None:
    made = await recovered(world)
    own = await world.show("/cost-recovery/forecast", role="partner-finance", partner=made.other_partner)
    assert own["scope"]["partner"] == str(made.other_partner)
    other = await world.get(
        "/cost-recovery/levers",
        {"basis": "invoiced", "partner": world.partner},
        role="partner-finance",
        partner=made.other_partner,
    )
    assert other.status_code == 404
