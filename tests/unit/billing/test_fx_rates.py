"""Reporting currency: which rate holds, and rounding once so that the parts make the whole."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.fx_rates import (
    Derivation,
    NoRate,
    Pair,
    Quoted,
    RateMethod,
    apportion,
    fixed_rate,
    rate_of,
    round_half_up,
    standing,
    translated,
)
from services.billing.domain.windows import Month
from shared.ids import new_id

JANUARY = Month(2016, 1)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
BOB_USD, USD_BOB = Pair("BOB", "USD"), Pair("USD", "BOB")


def quoted(pair: Pair, rate: str, on: str, *, later: int = 0) -> Quoted:
    return Quoted(new_id(), pair, Decimal(rate), date.fromisoformat(on), NOON + timedelta(hours=later))


def test_the_last_rate_of_the_month_holds_or_the_mean_of_its_days() -> None:
    quotes = standing([quoted(USD_BOB, "7", "2016-01-31"), quoted(USD_BOB, "6.90", "2016-01-01")])
    assert rate_of(JANUARY, USD_BOB, quotes, RateMethod.MONTH_END).value == 7
    assert rate_of(JANUARY, USD_BOB, quotes, RateMethod.MONTH_AVERAGE).value == Fraction(139, 20)


def test_a_rate_recorded_later_for_the_same_day_corrects_the_earlier() -> None:
    right, wrong = quoted(USD_BOB, "6.91", "2016-01-31", later=1), quoted(USD_BOB, "69.1", "2016-01-31")
    for order in ([right, wrong], [wrong, right]):
        for method in (RateMethod.MONTH_END, RateMethod.MONTH_AVERAGE):
            rate = rate_of(JANUARY, USD_BOB, standing(order), method)
            assert rate.sources == (right,)


def test_the_opposite_pair_is_inverted_exactly_and_only_where_the_pair_itself_has_no_rate() -> None:
    inverse = quoted(USD_BOB, "6.9", "2016-01-31")
    rate = rate_of(JANUARY, BOB_USD, [inverse], RateMethod.MONTH_END)
    assert (rate.value, rate.derivation) == (Fraction(10, 69), Derivation.INVERSE)
    own = quoted(BOB_USD, "0.1449", "2016-01-02")
    assert rate_of(JANUARY, BOB_USD, standing([inverse, own]), RateMethod.MONTH_END).sources == (own,)


def test_a_cross_rate_is_made_only_by_way_of_a_currency_that_was_named() -> None:
    quotes = standing([quoted(USD_BOB, "6.9", "2016-01-31"), quoted(Pair("USD", "EUR"), "0.92", "2016-01-31")])
    into_euro = Pair("BOB", "EUR")
    with pytest.raises(NoRate, match=r"BOB/EUR has no rate in 2016-01"):
        rate_of(JANUARY, into_euro, quotes, RateMethod.MONTH_END)
    rate = rate_of(JANUARY, into_euro, quotes, RateMethod.MONTH_END, via="USD")
    assert (rate.value, rate.derivation, len(rate.sources)) == (Fraction(92, 690), Derivation.CROSS, 2)
    with pytest.raises(NoRate, match=r"BOB/CHF has no rate"):
        rate_of(JANUARY, into_euro, quotes, RateMethod.MONTH_END, via="CHF")


@pytest.mark.parametrize("method", [RateMethod.MONTH_END, RateMethod.MONTH_AVERAGE])
def test_a_month_without_a_rate_names_month_and_pair_and_takes_none_of_its_neighbours(method: RateMethod) -> None:
    quotes = standing([quoted(USD_BOB, "6.9", "2015-12-31"), quoted(USD_BOB, "6.9", "2016-02-01")])
    with pytest.raises(NoRate) as refused:
        rate_of(JANUARY, BOB_USD, quotes, method)
    assert (refused.value.month, refused.value.pair) == (JANUARY, BOB_USD)


def test_a_fixed_rate_is_of_the_pair_or_of_its_inverse() -> None:
    quote = quoted(USD_BOB, "8", "2016-01-31")
    same, inverse = fixed_rate(USD_BOB, quote), fixed_rate(BOB_USD, quote)
    assert same is not None
    assert inverse is not None
    assert same.value * inverse.value == 1
    assert fixed_rate(Pair("BOB", "EUR"), quote) is None


@pytest.mark.parametrize(
    ("base", "quote", "minor", "expected"),
    [(2, 0, 12_345, 123), (0, 2, 123, 12_300), (3, 2, 1_005, 101), (2, 3, 1, 10)],
)
def test_currencies_with_0_2_and_3_decimals_at_par(base: int, quote: int, minor: int, expected: int) -> None:
    rate = fixed_rate(Pair("AAA", "BBB"), quoted(Pair("AAA", "BBB"), "1", "2016-01-31"))
    assert rate is not None
    assert round_half_up(translated(minor, rate, (base, quote))) == expected


@given(st.lists(st.fractions(-(10**9), 10**9), max_size=12))
def test_rounded_parts_make_the_rounded_whole_and_are_off_by_less_than_a_unit(parts: list[Fraction]) -> None:
    exact = dict(enumerate(parts))
    whole = apportion(exact)
    assert sum(whole.values()) == round_half_up(sum(parts, Fraction(0)))
    assert all(abs(whole[key] - exact[key]) < 1 for key in exact)


@given(st.lists(st.fractions(-(10**6), 10**6), min_size=1, max_size=12), st.lists(st.integers(0, 3), max_size=12))
def test_entries_make_exactly_the_component_that_is_shown(parts: list[Fraction], owners: list[int]) -> None:
    # Components are rounded together first; then the entries of each are rounded to what the component shows.
    owner = {number: owners[number % len(owners)] if owners else 0 for number in range(len(parts))}
    sums: dict[int, Fraction] = {}
    for number, part in enumerate(parts):
        sums[owner[number]] = sums.get(owner[number], Fraction(0)) + part
    for component, shown in apportion(sums).items():
        mine = {number: part for number, part in enumerate(parts) if owner[number] == component}
        assert sum(apportion(mine, shown).values()) == shown


def test_a_total_that_the_parts_cannot_make_is_an_error_of_ours() -> None:
    with pytest.raises(ValueError, match="cannot take"):
        apportion({1: Fraction(1, 2)}, 5)
