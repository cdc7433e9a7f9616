"""Entries of costs, of payments for them and of prepayments; ages; bills divided."""

from datetime import date, timedelta
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.bills import NothingBorne, divide
from services.billing.domain.costs import CostKind, Funding, cost_entry
from services.billing.domain.payables import Age, Part, age, payment_entry, prepayment_entry
from services.billing.domain.payments import Method
from services.billing.domain.posting import Dimensions, Entry, EntryKind
from shared.events.vocabulary import PayerClass
from shared.money import Money

DAY = date(2016, 1, 4)
NOTE = UUID(int=1)


def bob(minor: int) -> Money:
    return Money(minor, "BOB")


def lines(entry: Entry | None) -> list[tuple[str, int]]:
    assert entry is not None
    return [(str(posting.account.code), posting.amount.minor) for posting in entry.postings]


@pytest.mark.parametrize(
    ("funding", "contra", "kind"),
    [
        (Funding.CASH, "2010", EntryKind.COST),
        (Funding.IN_KIND, "4130", EntryKind.IN_KIND),
        (Funding.ILO_PAID, "4190", EntryKind.COST),
        (Funding.ILO_IN_KIND, "4190", EntryKind.IN_KIND),
    ],
)
def test_a_cost_is_credited_to_whom_it_is_owed_or_who_gave_it(funding: Funding, contra: str, kind: EntryKind) -> None:
    dimensions = Dimensions(payer_class=funding.payer_class, is_in_kind=funding.in_kind)
    entry = cost_entry(NOTE, CostKind.VENUE, bob(100), DAY, dimensions)
    assert entry is not None
    assert (lines(entry), entry.kind) == ([("5020", 100), (contra, -100)], kind)
    assert all(posting.account.agreement_id is None for posting in entry.postings)
    assert Funding.of(in_kind=funding.in_kind, by_ilo=funding.by_ilo) is funding


def test_the_ilo_is_never_k() -> None:
    assert Funding.ILO_IN_KIND.payer_class is PayerClass.ILO
    assert Funding.IN_KIND.payer_class is PayerClass.IN_KIND


@pytest.mark.parametrize(
    ("method", "source"),
    [(Method.BANK, "1010"), (Method.CASH, "1020"), (Method.MOBILE_MONEY, "1020"), (None, "1210")],
)
def test_a_payment_debits_what_is_owed_for_each_cost(method: Method | None, source: str) -> None:
    parts = [Part(UUID(int=place), bob(place), Dimensions(cost_kind="venue")) for place in (3, 4)]
    entry = payment_entry(NOTE, parts, method, DAY)
    assert entry is not None
    assert (lines(entry), entry.kind) == ([("2010", 3), ("2010", 4), (source, -7)], EntryKind.COST_PAYMENT)


def test_money_paid_before_the_cost_is_an_asset_until_then() -> None:
    assert lines(prepayment_entry(NOTE, bob(9), Method.CASH, DAY, Dimensions())) == [("1210", 9), ("1020", -9)]


@pytest.mark.parametrize(
    ("days", "bucket"),
    [
        (-5, Age.UP_TO_30),
        (0, Age.UP_TO_30),
        (30, Age.UP_TO_30),
        (31, Age.UP_TO_60),
        (60, Age.UP_TO_60),
        (61, Age.UP_TO_90),
        (90, Age.UP_TO_90),
        (91, Age.OLDER),
    ],
)
def test_an_age_is_counted_in_days_and_ends_on_its_last(days: int, bucket: Age) -> None:
    assert age(DAY, DAY + timedelta(days=days)) is bucket


@given(st.integers(1, 10**12), st.lists(st.integers(1, 1000), min_size=1, max_size=30))
def test_a_bill_is_divided_exactly_and_each_part_is_less_than_a_unit_off(minor: int, weights: list[int]) -> None:
    try:
        parts = divide(bob(minor), weights)
    except NothingBorne:
        # Some part would round to nothing: then its exact share is less than one unit.
        assert any(Fraction(minor * weight, sum(weights)) < 1 for weight in weights)
        return
    assert sum(part.minor for part in parts) == minor
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.minor - Fraction(minor * weight, sum(weights))) < 1


def test_a_weight_of_nothing_and_a_bill_too_small_are_refused_by_their_place() -> None:
    with pytest.raises(NothingBorne) as nothing:
        divide(bob(100), [1, 0])
    assert nothing.value.place == 1
    with pytest.raises(NothingBorne) as too_small:
        divide(bob(2), [1, 1, 1])
    assert too_small.value.place == 2
