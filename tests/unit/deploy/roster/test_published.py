"""What the rosters add up to, and that they are as uneven as the real thing."""

from collections import Counter, defaultdict
from datetime import timedelta
from decimal import Decimal

from tests.unit.deploy.roster.rows import CHOICES, KPIS, OVERHEAD, Roster, on, whole_percent


def test_bolivia_rows_add_up_to_every_published_figure(bolivia: Roster) -> None:
    trained = bolivia.rows("trainers", expert="no")
    certified = {row["trainer"] for row in bolivia.rows("certifications", outcome="certified")}
    delivered = {row["module"] for row in bolivia.rows("trainings")}
    modules = bolivia.by_key("modules")
    computed = {
        "enterprises": len({row["enterprise"] for row in bolivia.completed()}),
        "employees_benefiting": sum(bolivia.headcount(code) for code in bolivia.enterprises),
        "participants": len({row["person"] for row in bolivia.rows("attendance")}),
        "trainers_trained": len([row for row in trained if row["tot_wpc_on"]]),
        "trainers_women_pct": whole_percent(sum(row["sex"] == "female" for row in trained), len(trained)),
        "trainers_certified": len(certified),
        "regions": len({row["region"] for row in bolivia.rows("trainings")}),
        "modules": ";".join(sorted(modules[code]["number"] for code in delivered)),
    }
    published = {row["figure"]: row["published"] for row in bolivia.rows("published_figures")}
    assert {figure: str(value) for figure, value in computed.items()} == published
    expected = ["63", "11800", "530", "31", "42", "22", "3", "1;5"]
    assert list(published.values()) == expected
    assert {row["source"] for row in bolivia.rows("published_figures")} == {"Bolivia factsheet (Phase III text)"}


def test_bolivia_figures_note_that_the_sheet_contradicts_itself(bolivia: Roster) -> None:
    figures = bolivia.by_key("published_figures")
    assert "54 enterprises" in figures["enterprises"]["note"]
    assert "22 trained" in figures["trainers_trained"]["note"]


def test_bolivia_phase_3_targets_are_those_of_the_factsheet(bolivia: Roster) -> None:
    targets = {row["indicator"]: int(row["target"]) for row in bolivia.rows("phase3_targets")}
    assert targets == {
        "new_trainers": 10,
        "new_regions": 4,
        "regional_chambers": 4,
        "smes_direct": 40,
        "smes_indirect": 30,
        "case_studies": 7,
        "cost_recovery_pct": 100,
    }


def test_bolivia_classroom_shares_follow_the_global_report(bolivia: Roster) -> None:
    people = bolivia.rows("participants")
    assert whole_percent(sum(row["level"] == "manager" for row in people), len(people)) == 51
    assert whole_percent(sum(row["level"] == "worker" for row in people), len(people)) == 49
    assert whole_percent(sum(row["sex"] == "female" for row in people), len(people)) == 30
    asked = bolivia.rows("satisfaction")
    satisfied = sum(int(row["satisfied"]) for row in asked)
    assert 88 <= whole_percent(satisfied, sum(int(row["respondents"]) for row in asked)) <= 92


def test_bolivia_trainer_funnel_has_people_who_never_reached_a_decision(bolivia: Roster) -> None:
    decided = bolivia.rows("certifications")
    assert Counter(row["module"] for row in decided if row["outcome"] == "certified") == {"WPC": 22, "OSH": 8}
    assert Counter(row["outcome"] for row in decided) == {"certified": 30, "refused": 2}
    trained = {row["code"] for row in bolivia.rows("trainers", expert="no")}
    assert len(trained - {row["trainer"] for row in decided}) == 9
    assert len([row for row in bolivia.rows("trainers") if row["tot_osh_on"]]) == 12
    assert len(bolivia.rows("trainers", expert="yes")) == 2
    assert Counter(row["constituency"] for row in bolivia.rows("board")) == {
        "employers": 2,
        "workers": 2,
        "government": 2,
    }


def test_bolivia_is_as_uneven_as_a_real_programme(bolivia: Roster) -> None:
    heads = [bolivia.headcount(code) for code in bolivia.enterprises]
    assert {30, 50, 51, 250} <= set(heads)  # both edges of both size classes
    days: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for row in bolivia.rows("attendance"):
        days[row["training"], row["person"]].add(row["day"])
    assert {"1"} in days.values()
    assert {"2"} in days.values()
    assert len(days) > 530  # some came to both modules
    assert 6 <= len(bolivia.rows("visits", outcome="aborted")) <= 10
    assert 2 <= len(bolivia.rows("enrolments", outcome="withdrawn")) <= 4
    assert {row["status"] for row in bolivia.rows("assessments")} == set(CHOICES["assessments", "status"].split())
    assert [row for row in bolivia.rows("claims") if not row["paid_on"]]
    assert {row["funding"] for row in bolivia.rows("costs")} == {"cash", "in-kind"}
    assert {row["delivery"] for row in bolivia.rows("trainings")} == {"direct", "indirect"}


def test_bolivia_kpis_mostly_improve_and_sometimes_get_worse(bolivia: Roster) -> None:
    value = {
        (row["enterprise"], row["training"], row["kpi"]): int(row["numerator"]) / int(row["denominator"])
        for row in bolivia.rows("assessments", status="measured")
    }
    gains = [
        (after - value[enterprise, "", kpi]) * (1 if KPIS[kpi][1] == "higher" else -1)
        for (enterprise, training, kpi), after in value.items()
        if training.startswith("WPC") and (enterprise, "", kpi) in value
    ]
    worse = sum(gain < 0 for gain in gains)
    assert 0 < worse < len(gains) / 3


def test_bolivia_has_late_partial_over_and_non_payers(bolivia: Roster) -> None:
    bills, paid = bolivia.bills(), bolivia.paid_per_reference()
    times = Counter(row["reference"] for row in bolivia.fee_payments())
    settled = [ref for ref, bill in bills.items() if paid.get(ref) == bill.fee]
    assert len(settled) > len(bills) * 3 / 4
    assert len([ref for ref in settled if times[ref] == 2]) >= 8
    assert len([ref for ref, bill in bills.items() if ref in paid and paid[ref] < bill.fee]) >= 4
    assert len([ref for ref, bill in bills.items() if ref in paid and paid[ref] > bill.fee]) == 1
    assert len([ref for ref in bills if ref not in paid]) >= 5
    late = [
        row
        for row in bolivia.fee_payments()
        if row["reference"] in bills
        and on(row["received_on"]) - on(bills[row["reference"]].training["day2"]) > timedelta(days=90)
    ]
    assert len(late) >= 8


def test_bolivia_recovers_60_to_80_percent_of_direct_cost_without_ilo_money(bolivia: Roster) -> None:
    bills, paid = bolivia.bills(), bolivia.paid_per_reference()
    fees = sum(min(amount, bills[ref].fee) for ref, amount in paid.items() if ref in bills)
    others = sum(
        bolivia.claimed(row)
        for row in bolivia.rows("claims")
        if row["paid_on"] and bolivia.by_key("subsidies")[row["agreement"]]["payer_class"] != "I"
    )
    assert 60 <= (fees + others) * 100 / bolivia.direct_cash_cost() <= 80
    assert {row["payer_class"] for row in bolivia.rows("subsidies")} == set("PGBDI")


def test_peru_is_a_cohort_of_three_small_and_two_medium_enterprises(peru: Roster) -> None:
    assert Counter(peru.size_class(code) for code in peru.enterprises) == {"small": 3, "medium": 2}
    [training] = peru.rows("trainings")
    assert (training["module"], training["role"]) == ("WPC", "certified")
    assert peru.by_key("trainers")[training["lead_trainer"]]["expert"] == "yes"
    assert min(peru.headcount(code) for code in peru.enterprises) < 30  # outside Bolivia's window


def test_peru_price_and_ilo_share_are_the_published_ones(peru: Roster) -> None:
    assert {row["price"] for row in peru.rows("price_list")} == {"2000.00"}
    shares = {(r["payer_class"], r["size_class"], r["share_pct"]) for r in peru.rows("subsidies")}
    assert shares == {("I", "small", "75.00"), ("I", "medium", "50.00")}


def test_peru_rows_give_3500_of_10000_and_an_ilo_share_of_6500(peru: Roster) -> None:
    bills, published = peru.bills(), peru.by_key("published_figures")
    fees, cost = sum(bill.fee for bill in bills.values()), peru.direct_cash_cost()
    assert peru.paid_per_reference() == {ref: bill.fee for ref, bill in bills.items()}
    ilo = sum(peru.claimed(row) for row in peru.rows("claims") if row["paid_on"])
    computed = {"fees_invoiced": fees, "fees_received": fees, "ilo_contribution": ilo, "direct_cost": cost}
    assert {name: Decimal(published[name]["published"]) for name in computed} == computed
    assert (fees, ilo, cost) == (Decimal(3500), Decimal(6500), Decimal(10000))
    rates = [row["published"] for figure, row in published.items() if figure.startswith("cr")]
    assert rates == [f"{fees * 100 / cost:.2f}"] * 6
    assert all("DERIVED" in row["note"] for name, row in published.items() if name != "price_per_module")
    assert not [row for row in peru.rows("costs") if row["kind"] in OVERHEAD or row["funding"] == "in-kind"]
