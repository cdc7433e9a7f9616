"""Cost recovery by window and module group, month by month, and its postings for every one of them."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.billing.domain.recovery import Component
from tests.integration.billing.facts import START, Json
from tests.integration.billing.recovered import DAY, FEBRUARY, JANUARY, JUNE, recovered
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration
BASES = ("contracted", "invoiced", "received")

WINDOWS: dict[str, dict[str, object]] = {
    "everything": {},
    "cumulative": {"window": "cumulative", "to": "2016-06-15"},
    "phase": {"window": "phase", "window_phase": "II"},
    "running phase": {"window": "phase", "window_phase": "III"},
    "year": {"window": "year", "year": 2016},
    "rolling": {"window": "rolling", "months": 5, "to": "2016-06-30"},
    "span": {"from": "2016-01-11", "to": "2017-01-31"},
}
SCOPES: dict[str, dict[str, object]] = {
    "whole": {},
    "first module": {"module_group": "first"},
    "further modules": {"module_group": "further"},
    "one module": {"module": "OSH"},
    "named modules": {"modules": "OSH"},
    "indirect": {"delivery": "indirect"},
    "first and direct": {"module_group": "first", "delivery": "direct", "region": "LP"},
    "phase": {"phase": "II"},
}


async def test_each_window_takes_its_days_and_says_which(world: World) -> None:
    await recovered(world)

    async def fees(**cut: object) -> tuple[str, str]:
        shown = await world.show("/cost-recovery", {"basis": "invoiced", **cut})
        return shown["components"]["F"]["amount"], shown["window"]["text"]

    assert await fees(window="cumulative", to="2016-06-14") == ("180.00", "cumulative to 2016-06-14")
    assert await fees(window="cumulative", to="2016-06-15") == ("153.00", "cumulative to 2016-06-15")
    assert await fees(window="year", year=2017) == ("200.00", "calendar year 2017")
    assert await fees(window="phase", window_phase="II") == ("153.00", "phase II, 2014-01-01 to 2016-12-31")
    assert await fees(window="phase", window_phase="III") == (
        "200.00",
        "phase III, 2017-01-01 to 2026-03-02, still running",
    )
    # The month of 30 May is not over on the 30th, so the two whole months are March and April.
    assert await fees(window="rolling", months=2, to="2016-05-30") == ("0.00", "the 2 whole months 2016-03 to 2016-04")
    assert (await fees(window="rolling", months=5, to="2016-05-31"))[0] == "180.00"
    assert (await fees(window="rolling", months=5, to="2016-05-30"))[0] == "180.00"
    assert (await fees(window="rolling", months=4, to="2016-05-31"))[0] == "0.00"
    running = await world.show("/cost-recovery", {"basis": "invoiced", "window": "year", "year": 2026})
    assert (running["window"]["complete"], running["ratios"][0]["reason"]) == (
        False,
        "there is no cost in this window and scope",
    )


async def test_module_groups_part_what_has_a_module_and_leave_overhead_out(world: World) -> None:
    await recovered(world)

    async def sums(**cut: object) -> dict[str, Decimal]:
        shown = await world.show("/cost-recovery", {"basis": "invoiced", **cut})
        return {name: Decimal(money["amount"]) for name, money in shown["components"].items()}

    whole, first, further = await sums(), await sums(module_group="first"), await sums(module_group="further")
    assert {name: first[name] + further[name] for name in whole if name != "C_ovh"} == {
        name: whole[name] for name in whole if name != "C_ovh"
    }
    assert (first["C_ovh"], further["C_ovh"], whole["C_ovh"]) == (Decimal(), Decimal(), Decimal("33.33"))
    assert first == await sums(modules="WPC")
    assert further == await sums(module="OSH")
    query = "basis=invoiced&modules=OSH&modules=WPC"
    token = world.client.token("auditor")
    both = await world.client.http.get(
        f"{world.path}/cost-recovery?{query}", headers={"authorization": f"Bearer {token}"}
    )
    assert Decimal(both.json()["components"]["F"]["amount"]) == whole["F"]
    cut = await world.show("/cost-recovery", {"basis": "invoiced", "module_group": "further"})
    assert cut["ratios"][4]["reason"] == "overhead is not kept by module, training or delivery"


async def test_credits_that_exceed_what_was_billed_are_shown_as_what_they_are(world: World) -> None:
    await recovered(world)
    shown = await world.show(
        "/cost-recovery", {"basis": "contracted", "from": str(JUNE), "to": str(JUNE), "module": "WPC"}
    )
    assert (shown["components"]["F"]["amount"], shown["components"]["D"]["amount"]) == ("-90.00", "-10.00")
    june = await world.recovery("invoiced", {"from": str(JUNE), "to": str(JUNE), "module_group": "first"})
    assert (june["F"], june["CR-1"]) == ("-90.00", None)


async def test_postings_add_up_to_the_component_in_every_window_scope_and_basis(world: World) -> None:
    await recovered(world)
    for cut in ({**window, **scope} for window in WINDOWS.values() for scope in SCOPES.values()):
        for basis in BASES:
            asked: dict[str, object] = {"basis": basis, **cut}
            shown = await world.show("/cost-recovery", asked)
            for component in Component:
                amount = Decimal(shown["components"][component.value]["amount"])
                if not amount and cut.keys() - {"window", "window_phase", "year", "from", "to", "months"}:
                    continue  # the whole scope asks for empty components too
                entries = await world.all("/cost-recovery/postings", {**asked, "component": component.value})
                assert sum(Decimal(entry["amount"]["amount"]) for entry in entries) == amount, (asked, component)
                for entry in entries:
                    lines = sum(Decimal(line["amount"]["amount"]) for line in entry["postings"])
                    assert abs(lines) == abs(Decimal(entry["amount"]["amount"]))


async def test_money_received_drills_down_to_the_number_of_what_it_paid(world: World) -> None:
    await recovered(world)
    [paid] = await world.all("/cost-recovery/postings", {"basis": "received", "component": "F"})
    numbers = {row["number"] for row in await world.all("/invoices")}
    assert (paid["source_type"], paid["document_number"] in numbers) == ("allocation", True)
    for component in ("F", "D"):
        for entry in await world.all("/cost-recovery/postings", {"basis": "invoiced", "component": component}):
            assert entry["document_number"][:3] in ("INV", "CN-", "CL-")


WRONG: tuple[tuple[dict[str, object], str, str], ...] = (
    ({"window": "phase"}, "window_phase", "window-needs"),
    ({"window": "year"}, "year", "window-needs"),
    ({"window": "rolling"}, "months", "window-needs"),
    ({"year": 2016}, "year", "window-takes-no"),
    ({"window": "rolling", "months": 3, "from": "2016-01-01"}, "from", "window-takes-no"),
    ({"window": "phase", "window_phase": "IX"}, "window_phase", "known-phase"),
    ({"window": "phase", "window_phase": "III", "to": "2016-12-31"}, "to", "date-order"),
    ({"window": "year", "year": 2027}, "to", "date-order"),
    ({"from": "2016-02-01", "to": "2016-01-01"}, "to", "date-order"),
    ({"module": "WPC", "module_group": "first"}, "module_group", "one-choice-of-modules"),
    ({"modules": "WPC", "module": "OSH"}, "modules", "one-choice-of-modules"),
    ({"window": "rolling", "months": 0}, "months", "greater-than-equal"),
    ({"currency": "XXX"}, "currency", "unknown-currency"),
    ({"currency": "BOB"}, "currency", "another-currency"),
    ({"currency": "USD", "rate_method": "fixed"}, "rate_id", "fixed-rate"),
)


async def test_what_is_asked_wrongly_is_refused_by_name(world: World) -> None:
    for cut, field, rule in WRONG:
        for path in ("", "/series"):
            answer = await world.get(f"/cost-recovery{path}", {"basis": "invoiced", **cut})
            assert answer.status_code == 422, (cut, answer.text)
            said = answer.json()["errors"][0]
            assert (said["field"], said["rule"]) == (field, rule)


async def test_a_series_shows_every_month_and_its_points_add_up_to_the_window(world: World) -> None:
    await recovered(world)
    window: dict[str, object] = {"basis": "invoiced", "from": "2016-01-01", "to": "2016-07-15"}
    alone = await world.show("/cost-recovery/series", window)
    assert [point["month"] for point in alone["points"]] == [f"2016-0{n}" for n in range(1, 8)]
    assert [point["has_cost"] for point in alone["points"]] == [True, False, False, False, False, True, False]
    assert [point["ratios"][0]["percent"] for point in alone["points"]] == ["299.95", *[None] * 4, "-54.00", None]
    assert alone["points"][1]["ratios"][0]["reason"] == "there is no cost in this window and scope"
    assert (alone["points"][6]["complete"], alone["points"][6]["to"]) == (False, "2016-07-15")
    whole = await world.show("/cost-recovery", window)
    for component in Component:
        total = sum(Decimal(point["components"][component.value]["amount"]) for point in alone["points"])
        assert total == Decimal(whole["components"][component.value]["amount"])
    since = await world.show("/cost-recovery/series", {**window, "mode": "cumulative", "formula": "CR-5"})
    assert since["points"][-1]["components"] == whole["components"]
    assert [ratio["formula"] for ratio in since["points"][0]["ratios"]] == ["CR-5"]


async def test_a_rolling_point_takes_the_months_before_the_window_too(world: World) -> None:
    await recovered(world)
    rolling = await world.show(
        "/cost-recovery/series",
        {"basis": "invoiced", "mode": "rolling", "rolling_months": 3, "from": "2016-03-01", "to": "2016-04-30"},
    )
    for point in rolling["points"]:
        span = {"basis": "invoiced", "from": point["from"], "to": point["to"]}
        assert (await world.show("/cost-recovery", span))["components"] == point["components"]
    assert [point["from"] for point in rolling["points"]] == ["2016-01-01", "2016-02-01"]


async def test_what_belongs_to_an_earlier_period_is_told_apart_in_the_month_it_was_booked(world: World) -> None:
    await world.price("100.00")
    firm, training = await world.enterprise(), await world.training()
    await world.enroll(firm, training, on=START)
    [january] = await world.all("/periods")
    await world.done(f"/periods/{january['id']}/close", {})
    await world.enroll(await world.enterprise(), training, on=START)
    await world.enroll(await world.enterprise(), training, on=date(2016, 2, 3))
    series: Json = await world.show("/cost-recovery/series", {"basis": "contracted", "to": "2016-02-29"})
    january_point, february = series["points"]
    assert (january_point["components"]["F"]["amount"], january_point["corrections"]) == ("100.00", {})
    assert february["components"]["F"]["amount"] == "200.00"
    assert february["corrections"] == {"F": world.money("100.00")}
    since: Json = await world.show(
        "/cost-recovery/series", {"basis": "contracted", "to": "2016-02-29", "mode": "cumulative"}
    )
    assert since["points"][1]["corrections"] == {"F": world.money("100.00")}


async def test_a_series_is_empty_without_postings_and_bounded(world: World) -> None:
    nothing = await world.show("/cost-recovery/series", {"basis": "received"})
    assert nothing["points"] == []
    answer = await world.get("/cost-recovery/series", {"basis": "received", "from": "1990-01-01", "to": "2020-01-01"})
    assert (answer.status_code, answer.json()["errors"][0]["rule"]) == (422, "months")


async def test_both_paths_agree_on_phase_and_agreement_also_when_the_policy_moves_a_phase(world: World) -> None:
    made = await recovered(world)
    await world.clean()
    await world.define(version=2, phases=(("II", date(2014, 1, 1), date(2016, 3, 31)), ("III", date(2016, 4, 1), None)))
    await world.cost("5.00", "venue", JUNE, made.first)
    await world.cost("6.00", "venue", FEBRUARY + DAY, made.first)
    own: dict[str, Any] = {"basis": "invoiced", "phase": "III", "from": str(JANUARY), "to": str(JUNE)}
    assert (await world.show("/cost-recovery", own))["components"]["C_dir"]["amount"] == "5.00"
    await world.clean()
