"""Measurements by window and scope, kept with the state of the ledger, and what moved since."""

from decimal import Decimal
from typing import Any

import pytest

from tests.integration.billing.facts import START, Json
from tests.integration.billing.raw import connected
from tests.integration.billing.recovered import DAY, FEBRUARY, JANUARY, JUNE, recovered
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration


async def _take(world: World, on: object = "2016-12-31", window: Json | None = None, scope: Json | None = None) -> Json:
    return await world.done(
        "/cost-recovery/measurements", {"as_of": str(on), "window": window or {}, "scope": scope or {}}
    )


async def test_a_measurement_keeps_window_scope_and_the_newest_entry(world: World) -> None:
    made = await recovered(world)
    whole = await _take(world)
    part = await _take(
        world,
        window={"kind": "rolling", "months": 6},
        scope={"module_group": "further", "delivery": "indirect", "partner": str(world.partner)},
    )
    assert part["window"] == "the 6 whole months 2016-07 to 2016-12"
    june = await _take(world, JUNE, {"kind": "year", "year": 2016}, {"modules": ["OSH"]})
    assert june["window"] == "calendar year 2016 to 2016-06-15, still running"
    kept = await world.all("/cost-recovery/measurements", {"basis": "invoiced"})
    assert [row["measurement_id"] for row in kept] == [whole["id"], part["id"], june["id"]]
    assert {row["last_entry_id"] for row in kept} == {whole["last_entry_id"]}
    assert (kept[1]["scope"]["module_group"], kept[1]["scope"]["partner"]) == ("further", str(world.partner))
    again = {"basis": "invoiced", "window": "year", "year": 2016, "to": str(JUNE), "modules": "OSH"}
    assert kept[2]["components"] == (await world.show("/cost-recovery", again))["components"]
    assert kept[2]["ratios"][4]["reason"] == "overhead is not kept by module, training or delivery"
    # Of one partner's book only those who see it hear.
    own: dict[str, Any] = {"role": "partner-finance", "partner": made.other_partner}
    seen = await world.all("/cost-recovery/measurements", {"basis": "invoiced"}, **own)
    assert [row["measurement_id"] for row in seen] == [whole["id"], june["id"]]
    assert len(await world.said("cost-recovery-measured")) == 3
    cut = await world.said("cost-recovery-cut-measured")
    assert [(each["window"], each["scope"]["module_group"]) for each in cut[::3]] == [
        ("the 6 whole months 2016-07 to 2016-12", "further"),
        ("calendar year 2016 to 2016-06-15, still running", None),
    ]
    await world.clean()


async def test_only_the_whole_programme_from_its_beginning_can_reach_self_sufficiency(world: World) -> None:
    await recovered(world)
    full = await _take(world, FEBRUARY, {"kind": "span", "from": str(FEBRUARY)})
    assert not full["self_sufficiency_reached"]
    assert (await world.said("self-sufficiency-reached")) == []
    assert (await _take(world, FEBRUARY))["self_sufficiency_reached"]


async def test_what_moved_since_is_explained_by_documents_to_the_minor_unit(world: World) -> None:
    made = await recovered(world)
    before = await _take(world)
    path = f"/cost-recovery/measurements/{before['id']}/moved-since"
    still = await world.show(path, {"basis": "invoiced"})
    assert all(not each["documents"] and each["difference"]["amount"] == "0.00" for each in still["components"])
    cost = await world.cost("12.34", "venue", JANUARY, made.first)
    firm = await world.enterprise()
    invoice = await world.issue(await world.invoice_of(await world.enroll(firm, made.first, on=JANUARY)), JANUARY)
    await world.cost("1.00", "venue", JUNE + 200 * DAY, made.first)  # outside the window
    moved = await world.show(path, {"basis": "invoiced"})
    found = {each["component"]: each for each in moved["components"]}
    assert [(each["source_id"], each["effect"]["amount"]) for each in found["C_dir"]["documents"]] == [
        (cost["id"], "12.34")
    ]
    assert found["F"]["documents"][0]["document_number"] == invoice["number"]
    after = await _take(world)
    later = await world.show(path, {"basis": "invoiced", "later": after["id"]})
    assert later["components"] == moved["components"]
    assert later["ratios_after"] == after["results"][1]["ratios"]
    assert later["ratios_before"] == before["results"][1]["ratios"]
    # Two windows: what one has and the other has not.
    year = await _take(world, window={"kind": "span", "from": "2016-06-01"})
    shifted = await world.show(path, {"basis": "invoiced", "later": year["id"]})
    for each in shifted["components"]:
        effects = sum(Decimal(document["effect"]["amount"]) for document in each["documents"])
        assert effects + Decimal(each["others"]["amount"]) == Decimal(each["difference"]["amount"])
        assert Decimal(each["after"]["amount"]) - Decimal(each["before"]["amount"]) == Decimal(
            each["difference"]["amount"]
        )
    await world.clean()


async def test_an_entry_committed_later_with_a_smaller_id_is_new_to_the_measurement(world: World) -> None:
    made = await recovered(world)
    await world.cost("1.00", "venue", JANUARY, made.first)
    async with connected(world, "application") as slow:
        transaction = slow.transaction()
        await transaction.start()
        # Its entry takes an id now, and is committed after the measurement.
        posted = await slow.fetchrow(
            "SELECT * FROM ledger.post_entry(gen_random_uuid(), $1, 'cost', $2, false, 'test', gen_random_uuid(), 1, "
            "'test', 'slow', 'tester', NULL, $3::text::jsonb)",
            world.partner,
            JANUARY,
            '[{"account": "5020", "amount": 700, "currency": "BOB", "module": "WPC"},'
            ' {"account": "2010", "amount": -700, "currency": "BOB", "module": "WPC"}]',
        )
        await world.cost("2.00", "venue", JANUARY, made.first)
        kept = await _take(world)
        await transaction.commit()
    assert posted is not None
    moved = await world.show(f"/cost-recovery/measurements/{kept['id']}/moved-since", {"basis": "invoiced"})
    [direct] = [each for each in moved["components"] if each["component"] == "C_dir"]
    assert direct["difference"]["amount"] == "7.00"
    assert sum(Decimal(each["effect"]["amount"]) for each in direct["documents"]) == 7


async def test_a_measurement_of_before_says_that_it_cannot_be_compared(world: World) -> None:
    kept = await _take(world, START)
    async with connected(world, "superuser") as connection:
        await connection.execute("ALTER TABLE cost_recovery_measurement DISABLE TRIGGER USER")
        await connection.execute("UPDATE cost_recovery_measurement SET snapshot = NULL, last_entry_id = NULL")
    path = f"/cost-recovery/measurements/{kept['id']}/moved-since"
    answer = await world.get(path, {"basis": "received"})
    assert (answer.status_code, answer.json()["errors"][0]["rule"]) == (409, "snapshot-kept")
    missing = f"/cost-recovery/measurements/{world.partner}/moved-since"
    assert (await world.get(missing, {"basis": "received"})).status_code == 404


async def test_what_cannot_be_measured_is_refused_by_name_and_keeps_nothing(world: World) -> None:
    for wrong, field, rule in (
        ({"window": {"kind": "phase"}}, "window_phase", "window-needs"),
        ({"window": {"kind": "cumulative", "year": 2016}}, "year", "window-takes-no"),
        ({"window": {"kind": "phase", "phase": "III"}}, "to", "date-order"),
        ({"scope": {"module": "WPC", "module_group": "first"}}, "scope", "one-choice-of-modules"),
        ({"scope": {"partner": str(world.programme_id)}}, "partner_id", "fact-missing"),
        ({"as_of": "2099-01-01"}, "as_of", "not-in-the-future"),
        ({"window": {"colour": 1}}, "window.colour", "extra-forbidden"),
    ):
        status, named, broken = await world.refused("/cost-recovery/measurements", {"as_of": str(JUNE), **wrong})
        assert (status in (409, 422), named, broken) == (True, field, rule)
    assert await world.all("/cost-recovery/measurements") == []
