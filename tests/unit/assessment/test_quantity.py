"""Quantities are exact decimal strings: never negative, four decimals, bounded."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.assessment.domain.quantity import Quantity, QuantityError, decimal_text


@pytest.mark.parametrize(
    ("text", "units", "shown"),
    [
        ("0", 0, "0"),
        ("126", 1_260_000, "126"),
        ("0.25", 2_500, "0.25"),
        ("1.5000", 15_000, "1.5"),
        ("007", 70_000, "7"),
        ("999999999999.9999", 10**16 - 1, "999999999999.9999"),
    ],
)
def test_a_decimal_string_is_held_exactly_and_shown_shortest(text: str, units: int, shown: str) -> None:
    quantity = Quantity.parse(text)
    assert quantity.units == units
    assert quantity.text == shown
    assert str(quantity.decimal) == shown


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("-1", "not-negative"),
        ("-0.0001", "not-negative"),
        ("1.00001", "over-precise"),
        ("0.12300", "over-precise"),
        ("1000000000000", "too-large"),
        ("9" * 90, "too-large"),
        ("9" * 200, "malformed-number"),
        ("", "malformed-number"),
        ("1e3", "malformed-number"),
        ("1,5", "malformed-number"),
        (" 1", "malformed-number"),
        ("+1", "malformed-number"),
        (".5", "malformed-number"),
        ("5.", "malformed-number"),
        ("NaN", "malformed-number"),
        ("٣", "malformed-number"),
        ("31%F", "malformed-number"),
        ("2,400+", "malformed-number"),
        ("1\n", "malformed-number"),
    ],
)
def test_what_is_not_such_a_number_is_refused_by_name(text: str, rule: str) -> None:
    with pytest.raises(QuantityError) as refusal:
        Quantity.parse(text)
    assert refusal.value.rule == rule


@given(st.integers(0, 10**16 - 1))
def test_text_and_decimal_lead_back_to_the_same_quantity(units: int) -> None:
    quantity = Quantity(units)
    assert Quantity.parse(quantity.text) == quantity
    assert Quantity.of(quantity.decimal) == quantity
    assert quantity.decimal == Decimal(units) / 10_000
    assert quantity.is_whole == (quantity.decimal == quantity.decimal.to_integral_value())


@given(st.fractions(min_value=-(10**9), max_value=10**9, max_denominator=10**6))
def test_a_rounded_fraction_is_off_by_half_of_the_last_place_at_most(value: Fraction) -> None:
    text = decimal_text(value, 4)
    assert abs(Fraction(text) - value) <= Fraction(1, 20_000)
    assert text == decimal_text(Fraction(text), 4)
    assert decimal_text(-value, 4) == (f"-{text}" if text != "0" and value > 0 else text.removeprefix("-"))


def test_halves_round_away_from_zero_and_zero_has_no_sign() -> None:
    assert decimal_text(Fraction(1, 20_000), 4) == "0.0001"
    assert decimal_text(Fraction(-1, 20_000), 4) == "-0.0001"
    assert decimal_text(Fraction(-1, 20_001), 4) == "0"
