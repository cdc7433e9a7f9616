"""Prices, subsidies, claims, payments and costs of a roster."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from tests.unit.deploy.roster.rows import DIRECT, OVERHEAD, Roster, on, parts


def amounts(roster: Roster) -> Iterator[tuple[str, str]]:
    for file, column in [
        ("price_list", "price"),
        ("subsidies", "ceiling"),
        ("payments", "amount"),
        ("costs", "amount"),
    ]:
        yield from ((file, row[column]) for row in roster.rows(file))


def test_amounts_are_positive_with_two_decimals_in_the_programme_currency(roster: Roster) -> None:
    for file, amount in amounts(roster):
        assert Decimal(amount) > 0, file
        assert str(Decimal(amount).quantize(Decimal("0.01"))) == amount, (file, amount)
    assert {row["currency"] for row in roster.rows("price_list")} == {roster.settings["currency"]}


def test_every_chamber_prices_every_module_from_the_start(roster: Roster) -> None:
    for partner in roster.rows("partners", kind="regional-chamber"):
        for module in roster.rows("modules"):
            prices = roster.rows("price_list", partner=partner["code"], module=module["code"])
            assert min(row["valid_from"] for row in prices) <= roster.settings["starts_on"]


def test_price_and_split_do_not_change_between_enrolment_and_completion(roster: Roster) -> None:
    # Whichever day a service prices by (enrolment, classroom, completion), the invoice is the same.
    for row in roster.completed():
        training = roster.trainings[row["training"]]
        days = [on(text) for text in (row["enrolled_on"], training["day1"], row["outcome_on"])]
        assert roster.bill(row, days[0]) == roster.bill(row, days[1]) == roster.bill(row, days[2])


def test_fee_and_subsidies_make_the_whole_price_without_rounding(roster: Roster) -> None:
    for bill in roster.bills().values():
        for share in bill.shares.values():
            assert share == share.quantize(Decimal("0.01"))
        percents = [Decimal(roster.by_key("subsidies")[code]["share_pct"]) for code in bill.shares]
        own = 100 - sum(percents)
        assert 0 < own <= 100
        assert bill.fee == bill.price * own / 100


def test_small_firms_pay_a_smaller_part_than_medium_ones(roster: Roster) -> None:
    own: defaultdict[tuple[str, str], dict[str, set[Decimal]]] = defaultdict(lambda: defaultdict(set))
    for bill in roster.bills().values():
        validity = {roster.by_key("subsidies")[code]["valid_from"] for code in bill.shares}
        part = bill.fee / bill.price
        own[bill.training["partner"], min(validity)][roster.size_class(bill.enterprise)].add(part)
    compared = [parts_of for parts_of in own.values() if len(parts_of) == 2]
    assert compared
    assert all(max(found["small"]) < min(found["medium"]) for found in compared)


def test_a_payer_has_one_agreement_per_size_class_at_a_time(roster: Roster) -> None:
    agreements = roster.rows("subsidies")
    for one in agreements:
        assert on(one["valid_from"]) <= on(one["valid_to"])
        twins = [r for r in agreements if all(r[c] == one[c] for c in ("payer_class", "size_class", "partner"))]
        overlap = [r for r in twins if r["valid_from"] <= one["valid_to"] and one["valid_from"] <= r["valid_to"]]
        assert overlap == [one]


def test_ceilings_cover_every_enrolment_even_those_withdrawn_later(roster: Roster) -> None:
    used: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in roster.rows("enrolments"):
        for code, share in roster.bill(row, on(row["enrolled_on"])).shares.items():
            used[code] += share
    assert set(used) == set(roster.by_key("subsidies"))  # no agreement stands idle
    assert all(total <= Decimal(roster.by_key("subsidies")[code]["ceiling"]) for code, total in used.items())


def test_a_claim_asks_once_for_completed_trainings_its_agreement_supports(roster: Roster) -> None:
    asked = Counter((row["agreement"], code) for row in roster.rows("claims") for code in parts(row["trainings"]))
    assert set(asked.values()) == {1}
    for row in roster.rows("claims"):
        for code in parts(row["trainings"]):
            assert roster.trainings[code]["partner"] == row["partner"]
            assert roster.finished(code) < on(row["claimed_on"])
            assert roster.claimed({**row, "trainings": code}) > 0
        days = [on(row[name]) for name in ("claimed_on", "approved_on", "paid_on") if row[name]]
        assert days == sorted(days)


def test_a_subsidy_payment_is_exactly_one_paid_claim(roster: Roster) -> None:
    paid = [row for row in roster.rows("payments") if row["payer"] in roster.by_key("subsidies")]
    assert len(paid) + len(roster.fee_payments()) == len(roster.rows("payments"))
    received = Counter(
        (row["partner"], row["payer"], row["received_on"], Decimal(row["amount"]), row["reference"]) for row in paid
    )
    claims = Counter(
        (row["partner"], row["agreement"], row["paid_on"], roster.claimed(row), row["claimed_on"][:7])
        for row in roster.rows("claims")
        if row["paid_on"]
    )
    assert received == claims
    months = Counter((row["agreement"], row["partner"], row["claimed_on"][:7]) for row in roster.rows("claims"))
    assert set(months.values()) == {1}  # the month alone names the claim


def test_fee_payments_name_the_payers_own_completed_enrolment_and_follow_its_classroom(roster: Roster) -> None:
    bills, strays = roster.bills(), 0
    for row in roster.fee_payments():
        assert roster.enterprises[row["payer"]]["partner"] == row["partner"]
        assert row["reference"].endswith(f"/{row['payer']}")
        if row["reference"] not in bills:
            strays += 1
            assert row["reference"].split("/")[0] not in roster.trainings
        else:
            assert on(row["received_on"]) > on(bills[row["reference"]].training["day2"])
    assert strays == (1 if roster.settings["code"] == "bolivia" else 0)


def test_costs_are_direct_with_a_training_and_overhead_without(roster: Roster) -> None:
    for row in roster.rows("costs"):
        assert row["kind"] in (DIRECT if row["training"] else OVERHEAD)
        if row["training"]:
            training = roster.trainings[row["training"]]
            assert row["partner"] == training["partner"]
            before = on(training["day1"]) - timedelta(days=21)
            assert before <= on(row["incurred_on"]) <= roster.finished(row["training"])
        assert row["funding"] == "cash" or row["kind"] == "venue"
    kinds = {(row["training"], row["kind"]) for row in roster.rows("costs")}
    assert all((code, kind) in kinds for code in roster.trainings for kind in ("trainer-days", "venue", "travel"))
