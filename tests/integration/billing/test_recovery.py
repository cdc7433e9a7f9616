"""Cost recovery: the acceptance figures of domain/score.md section 8, scope and window, two independent paths."""

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from services.billing.queries.asked import Asked
from services.billing.queries.recovery import document_sums, ledger_sums
from services.billing.schemas.recovery import Scope, Window
from services.billing.tables import recovery_posting
from shared.events.vocabulary import Basis, Delivery
from tests.integration.billing.facts import START
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration
DAY = timedelta(days=1)
BASES = ("contracted", "invoiced", "received")


async def test_three_small_and_two_medium_enterprises_of_the_published_peru_tiers_recover_35_percent(
    empty_world: World,
) -> None:
    world = empty_world
    world.programme, world.currency = "peru", "USD"
    await world.begin()
    await world.price("2000.00")
    small = await world.agreement("I-S", "I", {"small": "75"})
    medium = await world.agreement("I-M", "I", {"medium": "50"})
    training = await world.training()
    for size in ("small", "small", "small", "medium", "medium"):
        firm = await world.enterprise(size)
        invoice = await world.issue(await world.invoice_of(await world.enroll(firm, training, size=size)))
        due = {"small": "500.00", "medium": "1000.00"}[size]
        assert invoice["enterprise_share"]["amount"] == due
        payment = await world.pay(due, START + 9 * DAY, reference=invoice["number"], enterprise_id=firm)
        await world.done(f"/payments/{payment['id']}/allocate", {"allocated_on": str(START + 9 * DAY)})
    for agreement, amount in ((small, "4500.00"), (medium, "2000.00")):
        claim = await world.claim(agreement, START + 20 * DAY, training_ids=[training])
        await world.done(
            f"/claims/{claim['id']}/approve", {"approved_on": str(START + 21 * DAY), "amount": world.money(amount)}
        )
        payment = await world.pay(amount, START + 22 * DAY, agreement_id=agreement["id"])
        await world.allocate(payment, amount, START + 22 * DAY, claim_id=claim["id"])
    await world.cost("10000.00", "trainer-days", START + 5 * DAY, training)
    sheet = Path(__file__).parents[3] / "deploy" / "demo" / "peru" / "published_figures.csv"
    published = {row["figure"]: row["published"] for row in csv.DictReader(sheet.read_text("utf-8").splitlines())}
    for basis in BASES:
        shown = await world.recovery(basis)
        assert (shown["CR-1"], shown["CR-2"]) == ("35.00", "35.00")
        assert (shown["CR-1"], shown["CR-2"]) == (published[f"cr1_{basis}_pct"], published[f"cr2_{basis}_pct"])
        assert (shown["F"], shown["I"], shown["C_dir"]) == ("3500.00", "6500.00", "10000.00")
        assert (shown["F"], shown["I"]) == (published["fees_invoiced"], published["ilo_contribution"])
    balances = await world.balances()
    assert balances["4190"] == "-6500.00"
    await world.clean()


async def test_a_lead_buyer_paying_half_recovers_everything_without_the_ilo(world: World) -> None:
    await world.price("3000.00")
    await world.agreement("B-1", "B", {"medium": "50"})
    training = await world.training()
    await world.issue(await world.invoice_of(await world.enroll(await world.enterprise(), training)))
    await world.cost("3000.00", "trainer-days", START, training)
    shown = await world.recovery("invoiced")
    assert (shown["F"], shown["B"], shown["I"]) == ("1500.00", "1500.00", "0.00")
    assert (shown["CR-1"], shown["CR-2"], shown["CR-4"]) == ("50.00", "100.00", "100.00")
    await world.clean()


async def test_a_pledge_never_received_changes_nothing_on_the_received_basis(world: World) -> None:
    await world.price("100.00")
    training = await world.training()
    firm = await world.enterprise()
    invoice = await world.issue(await world.invoice_of(await world.enroll(firm, training)))
    payment = await world.pay("100.00", START + DAY, enterprise_id=firm)
    await world.allocate(payment, "100.00", START + DAY, invoice_id=invoice["id"])
    await world.cost("400.00", "venue", START, training)
    before = await world.recovery("received")
    pledge = await world.agreement("G-1", "G", {"medium": "90"}, ceiling="250000.00")
    other = await world.training()
    await world.issue(await world.invoice_of(await world.enroll(await world.enterprise(), other)))
    claim = await world.claim(pledge, START + DAY, training_ids=[other])
    await world.done(
        f"/claims/{claim['id']}/approve", {"approved_on": str(START + DAY), "amount": world.money("90.00")}
    )
    assert await world.recovery("received") == before
    assert (await world.recovery("invoiced"))["G"] == "90.00"
    await world.clean()


async def test_contributions_in_kind_count_on_both_sides_and_overhead_only_at_full_cost(world: World) -> None:
    await world.price("300.00")
    await world.agreement("D-1", "D", {"medium": "10"})
    training = await world.training()
    await world.issue(await world.invoice_of(await world.enroll(await world.enterprise(), training)))
    await world.cost("500.00", "trainer-days", START, training)
    await world.cost("100.00", "venue", START, training, funding="in-kind")
    await world.cost("400.00", "coordination", START)
    shown = await world.recovery("invoiced")
    assert {name: shown[name] for name in ("F", "D", "K", "C_dir", "C_ovh")} == {
        "F": "270.00",
        "D": "30.00",
        "K": "100.00",
        "C_dir": "500.00",
        "C_ovh": "400.00",
    }
    assert [shown[f"CR-{n}"] for n in range(1, 6)] == ["54.00", "60.00", "66.67", "54.00", "30.00"]
    cut = await world.show("/cost-recovery", {"basis": "invoiced", "module": "WPC"})
    assert [each["reason"] is None for each in cut["ratios"]] == [True, True, True, True, False]
    balances = await world.balances()
    assert (balances["5020"], balances["4130"], balances["2010"]) == ("100.00", "-100.00", "-900.00")
    await world.clean()


async def test_a_ratio_of_nothing_is_null_with_its_reason(world: World) -> None:
    await world.price("300.00")
    await world.enroll(await world.enterprise(), await world.training())
    shown = await world.show("/cost-recovery", {"basis": "contracted"})
    assert {each["ratio"] for each in shown["ratios"]} == {None}
    assert {each["reason"] for each in shown["ratios"]} == {"there is no cost in this window and scope"}
    assert shown["ratios"][0]["numerator"]["amount"] == "300.00"


async def test_every_figure_says_formula_basis_window_scope_and_drills_down_to_documents(world: World) -> None:
    await world.price("300.00")
    training = await world.training()
    invoice = await world.issue(await world.invoice_of(await world.enroll(await world.enterprise(), training)))
    cost = await world.cost("500.00", "trainer-days", START + DAY, training)
    window = {"from": str(START), "to": str(START + DAY)}
    shown = await world.show("/cost-recovery", {"basis": "invoiced", "region": "LP", **window})
    assert (shown["basis"], {name: shown["window"][name] for name in window}) == ("invoiced", window)
    assert shown["scope"]["region"] == "LP"
    assert shown["ratios"][1]["text"] == "(F+P+G+B+D) / C_dir"
    [entry] = await world.all("/cost-recovery/postings", {"basis": "invoiced", "component": "F", **window})
    assert (entry["source_type"], entry["source_id"], entry["document_number"]) == (
        "invoice",
        invoice["id"],
        invoice["number"],
    )
    assert [(line["account_code"], line["amount"]["amount"]) for line in entry["postings"]] == [("1110", "300.00")]
    [spent] = await world.all("/cost-recovery/postings", {"basis": "invoiced", "component": "C_dir", **window})
    assert (spent["source_id"], spent["amount"]) == (cost["id"], world.money("500.00"))
    [agreed] = await world.all("/cost-recovery/postings", {"basis": "contracted", "component": "F"})
    assert agreed["kind"] == "contract"


async def test_scope_and_window_cut_both_paths_alike(world: World) -> None:
    second = await world.join(region="SC")
    for partner in (world.partner, second):
        for module, amount in (("WPC", "100.00"), ("OSH", "70.00")):
            await world.price(amount, module, partner=partner)
    trainings = {}
    for number, (partner, module, delivery) in enumerate(
        (
            (world.partner, "WPC", Delivery.DIRECT),
            (world.partner, "OSH", Delivery.INDIRECT),
            (second, "WPC", Delivery.INDIRECT),
        )
    ):
        region = "LP" if partner == world.partner else "SC"
        training = await world.training(module, partner, delivery, region)
        trainings[number] = training
        firm = await world.enterprise(partner=partner)
        enrollment = await world.enroll(
            firm,
            training,
            module=module,
            on=START + number * 300 * DAY,
            partner=partner,
            delivery=delivery,
            region=region,
        )
        await world.issue(await world.invoice_of(enrollment), START + number * 300 * DAY)
        await world.cost("50.00", "venue", START + number * 300 * DAY, training, partner=partner)
        await world.cost("30.00", "marketing", START + number * 300 * DAY, partner=partner)

    async def fees(**cut: str) -> str:
        return str((await world.recovery("invoiced", cut))["F"])

    assert await fees() == "270.00"
    assert await fees(module="WPC") == "200.00"
    assert await fees(region="SC") == "100.00"
    assert await fees(partner=str(world.partner)) == "170.00"
    assert await fees(delivery="indirect") == "170.00"
    assert await fees(training=str(trainings[0])) == "100.00"
    assert await fees(phase="II") == "170.00"
    assert await fees(to="2016-12-31") == "170.00"
    scopes: list[dict[str, object]] = [
        {},
        {"partner": second},
        {"module": "OSH"},
        {"region": "LP"},
        {"delivery": "indirect"},
        {"training": trainings[2]},
    ]
    empty: dict[str, object] = dict.fromkeys(("partner", "module", "region", "delivery", "training", "phase"))
    for basis in Basis:
        for cut in scopes:
            for window in (Window(since=None, until=None), Window(since=START + DAY, until=date(2017, 1, 1))):
                asked = Asked(world.programme, basis, window, Scope.model_validate({**empty, **cut}))
                async with world.client.connection() as connection:
                    posted, documented = await ledger_sums(connection, asked), await document_sums(connection, asked)
                assert posted == documented
    await world.clean()


async def test_a_partners_token_asks_of_its_own_book_and_of_no_other(world: World) -> None:
    second = await world.join(region="SC")
    for partner in (world.partner, second):
        await world.price("100.00", partner=partner)
        await world.enroll(
            await world.enterprise(partner=partner), await world.training(partner=partner), partner=partner
        )
    own: dict[str, Any] = {"role": "partner-finance", "partner": second}
    assert (await world.recovery("contracted"))["F"] == "200.00"
    assert (await world.recovery("contracted", **own))["F"] == "100.00"
    asked = {"basis": "contracted", "partner": world.partner}
    assert (await world.get("/cost-recovery", asked, **own)).status_code == 404
    assert (await world.get("/cost-recovery", asked)).status_code == 200
    for path in ("/invoices", "/books", "/enrollments", "/prices"):
        rows = await world.all(path, **own)
        assert {row.get("partner_id", row["id"]) for row in rows} == {str(second)}
    [other] = [row for row in await world.all("/invoices") if row["partner_id"] == str(world.partner)]
    for hidden in (f"/invoices/{other['id']}", f"/books/{world.partner}/trial-balance"):
        assert (await world.get(hidden, **own)).status_code == 404


async def test_a_measurement_is_kept_published_and_says_once_that_the_programme_pays_for_itself(world: World) -> None:
    await world.price("300.00")
    firm, training = await world.enterprise(), await world.training()
    invoice = await world.issue(await world.invoice_of(await world.enroll(firm, training)))
    await world.cost("200.00", "trainer-days", START, training)
    await world.cost("100.00", "coordination", START)
    first = await world.done("/cost-recovery/measurements", {"as_of": str(START + 10 * DAY)})
    assert not first["self_sufficiency_reached"]
    payment = await world.pay("300.00", START + 10 * DAY, enterprise_id=firm)
    await world.allocate(payment, "300.00", START + 10 * DAY, invoice_id=invoice["id"])
    reached = [
        (await world.done("/cost-recovery/measurements", {"as_of": str(START + 10 * DAY)}))["self_sufficiency_reached"]
        for _ in range(2)
    ]
    assert reached == [True, False]
    measured = await world.said("cost-recovery-measured")
    assert [each["basis"] for each in measured[:3]] == ["contracted", "invoiced", "received"]
    assert measured[0]["ratios"][4] == {
        "formula": "CR-5",
        "numerator": world.money("300.00"),
        "denominator": world.money("300.00"),
    }
    [said] = await world.said("self-sufficiency-reached")
    assert (said["formula"], said["basis"]) == ("CR-5", "received")
    kept = await world.all("/cost-recovery/measurements", {"basis": "received"})
    assert [row["ratios"][4]["percent"] for row in kept] == ["0.00", "100.00", "100.00"]
    await world.clean()


async def test_the_documented_mapping_names_every_account_that_the_view_counts(world: World) -> None:
    # docs/cost-recovery.md is what an auditor reads; the view is what counts. They must name the same accounts.
    async with world.client.connection() as connection:
        definition = (
            await connection.exec_driver_sql("SELECT pg_get_viewdef('ledger.recovery_posting'::regclass)")
        ).scalar_one()
        await connection.execute(select(recovery_posting).limit(1))
    text = (Path(__file__).parents[3] / "docs" / "cost-recovery.md").read_text("utf-8")
    for code in ("9110", "1110", "1120", "4130", "5000", "6000", "7000"):
        assert f"'{code}'" in definition
    for code in ("9110", "1110", "1120", "4130", "50xx", "60xx"):
        assert code in text
