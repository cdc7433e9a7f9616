"""Targets by phase, what is missing in money, and the reconciliation of the gap."""

from datetime import date
from decimal import Decimal

import pytest

from tests.integration.billing.facts import START, Json
from tests.integration.billing.raw import connected
from tests.integration.billing.recovered import recovered
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration


def kind_of(target: Json) -> tuple[str, ...]:
    return tuple(str(target[name]) for name in ("phase", "formula", "basis", "module_group", "delivery", "percent"))


async def test_a_policy_names_targets_by_formula_and_what_it_names_no_more_holds_no_more(world: World) -> None:
    named = {
        "II": {"CR-2": "40", "CR-1.invoiced.first": "50", "enterprises": "300", "CR-9": "1", "CR-2.sometimes": "1"}
    }
    await world.define(version=2, targets=named)
    first = await world.all("/cost-recovery/targets")
    assert {kind_of(each) for each in first} == {
        ("II", "CR-2", "received", "None", "None", "40.00"),
        ("II", "CR-1", "invoiced", "first", "None", "50.00"),
    }
    assert {(each["source"], each["policy_version"], each["version"], each["holds"]) for each in first} == {
        ("policy", 2, 1, True)
    }
    await world.define(version=3, targets={"II": {"CR-2": "45"}, "III": {"CR-5": "100"}})
    await world.define(version=4, targets={"II": {"CR-2": "45"}, "III": {"CR-5": "100"}})
    versions = [
        (each["formula"], each["version"], each["percent"], each["holds"])
        for each in await world.all("/cost-recovery/targets")
    ]
    assert sorted(versions, key=str) == [
        ("CR-1", 1, "50.00", False),
        ("CR-1", 2, None, False),
        ("CR-2", 1, "40.00", False),
        ("CR-2", 2, "45.00", True),
        ("CR-5", 1, "100.00", True),
    ]
    # An older version that comes late changes nothing.
    await world.define(version=1, targets={"II": {"CR-4": "9"}})
    assert len(await world.all("/cost-recovery/targets")) == 5
    await world.clean()


async def test_a_target_by_hand_has_versions_and_its_source(world: World) -> None:
    first = await world.target("CR-2", "50")
    assert (first["source"], first["version"], first["source_note"], first["recorded_by"]) == (
        "hand",
        1,
        "log-frame (demo)",
        "tester",
    )
    assert (await world.target("CR-2", "72.5"))["version"] == 2
    assert (await world.target("CR-2", "60", module_group="further"))["version"] == 1
    assert (await world.target("CR-2", None))["holds"] is False
    body = {"phase": "II", "formula": "CR-2", "percent": None, "source_note": "x"}
    assert await world.refused("/cost-recovery/targets", body) == (409, "percent", "new-version")
    held = [each for each in await world.all("/cost-recovery/targets", {"phase": "II"}) if each["holds"]]
    assert [each["module_group"] for each in held] == ["further"]
    for wrong, field, rule in (
        ({"phase": "IX", "percent": "1"}, "phase", "known-phase"),
        ({"formula": "CR-6", "percent": "1"}, "formula", "literal-error"),
        ({"formula": "CR-5", "percent": "1", "module_group": "first"}, "formula", "measurable"),
        ({"formula": "CR-5", "percent": "1", "delivery": "direct"}, "formula", "measurable"),
        ({"percent": "1001"}, "percent", "percent-range"),
        ({"percent": "-1"}, "percent", "string-pattern-mismatch"),
    ):
        assert await world.refused("/cost-recovery/targets", {**body, **wrong}) == (422, field, rule)
    async with connected(world, "application") as connection:
        with pytest.raises(Exception, match="permission denied"):
            await connection.execute("UPDATE recovery_target SET percent = 1")
        with pytest.raises(Exception, match="is not the next"):
            await connection.execute(
                "INSERT INTO recovery_target (id, programme, phase, formula, basis, source, source_note, version, "
                "actor, recorded_at) "
                "SELECT gen_random_uuid(), 'bolivia', 'II', 'CR-2', 'received', 'hand', 'x', 9, 'x', now()"
            )


async def test_a_target_stands_beside_what_its_phase_reached_with_the_money_that_is_missing(world: World) -> None:
    await recovered(world)
    await world.target("CR-1", "200", basis="invoiced", module_group="first", delivery="direct")
    await world.target("CR-2", "10", basis="invoiced")
    await world.target("CR-5", "100", phase="III")
    gaps = (await world.show("/cost-recovery/target-gaps"))["items"]
    first, whole, later = gaps
    # First module, direct, phase II: 90.00 of fees (another 90.00 was credited), 60.01 of cost.
    assert (first["actual"]["percent"], first["missing_points"]) == ("149.98", "50.02")
    assert first["missing_to_target"] == world.money("30.02")
    assert first["missing_to_full"] == world.money("-29.99")
    assert (first["window"]["text"], first["scope"]["module_group"]) == ("phase II, 2014-01-01 to 2016-12-31", "first")
    assert Decimal(whole["missing_to_target"]["amount"]) < 0
    assert (later["window"]["complete"], later["actual"]["numerator"]["amount"]) == (False, "0.00")
    assert later["missing_to_full"] == world.money("120.00")
    early = (await world.show("/cost-recovery/target-gaps", {"to": "2016-12-31"}))["items"]
    assert {each["phase"] for each in early} == {"II"}
    own = await world.show("/cost-recovery/target-gaps", role="partner-finance", partner=world.partner)
    assert {each["scope"]["partner"] for each in own["items"]} == {str(world.partner)}
    assert own["items"][2]["actual"]["reason"] == "there is no cost in this window and scope"


async def test_the_gap_is_explained_from_accounts_to_the_minor_unit_for_every_formula_and_basis(world: World) -> None:
    ilo = await world.agreement("I-1", "I", {"medium": "25"}, partner=world.partner)
    await recovered(world)
    invoices = await world.all("/invoices", {"state": "issued"})
    claimed = [each["id"] for each in invoices if each["partner_id"] == str(world.partner)]
    claim = await world.claim(ilo, date(2016, 7, 1), invoice_ids=claimed)
    await world.done(f"/claims/{claim['id']}/approve", {"approved_on": "2016-07-02", "amount": world.money("20.00")})
    received = await world.pay("15.00", date(2016, 7, 3), agreement_id=ilo["id"])
    await world.allocate(received, "15.00", date(2016, 7, 3), claim_id=claim["id"])
    for formula in ("CR-1", "CR-2", "CR-3", "CR-4", "CR-5"):
        for basis in ("contracted", "invoiced", "received"):
            await world.target(formula, "100", basis=basis)
            if formula != "CR-5":
                await world.target(formula, "100", basis=basis, module_group="first")
                await world.target(formula, "100", basis=basis, delivery="indirect")
    gaps = (await world.show("/cost-recovery/target-gaps", {"to": str(date(2016, 12, 31))}))["items"]
    assert len(gaps) == 39
    for gap in gaps:
        story = gap["reconciliation"]
        assert story["closes"], gap
        assert story["difference"]["amount"] == "0.00"
        total = sum(Decimal(line["amount"]["amount"]) for line in story["lines"])
        assert total == Decimal(story["gap"]["amount"]) == Decimal(gap["missing_to_full"]["amount"])
        assert {"ilo", "result"} <= {line["reason"] for line in story["lines"]}
    [full] = [gap for gap in gaps if (gap["actual"]["formula"], gap["basis"]) == ("CR-5", "received")]
    assert {line["reason"]: line["amount"]["amount"] for line in full["reconciliation"]["lines"]}["ilo"] == "15.00"


async def test_a_figure_that_departs_from_the_accounts_does_not_close(world: World) -> None:
    await recovered(world)
    await world.target("CR-2", "100", basis="invoiced")
    async with connected(world, "superuser") as connection:
        await connection.execute("ALTER TABLE ledger.posting DISABLE TRIGGER USER")
        await connection.execute(
            "UPDATE ledger.posting p SET base_minor = base_minor + 7 FROM ledger.account a "
            "WHERE a.id = p.account_id AND a.code = '2130' AND p.effective_on = $1",
            START.replace(day=10),
        )
    [gap] = (await world.show("/cost-recovery/target-gaps", {"to": "2016-12-31"}))["items"]
    assert (gap["reconciliation"]["closes"], gap["reconciliation"]["difference"]["amount"]) == (False, "-0.14")
