"""Money is exact: whole minor units, one currency, a decimal string on the wire."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from shared.currencies import MINOR_UNIT_DIGITS
from shared.money import Money, MoneyError, minor_digits

LARGEST = 10**15
CURRENCIES = sorted(MINOR_UNIT_DIGITS)

currencies = st.sampled_from(CURRENCIES)
minors = st.integers(-LARGEST, LARGEST)
amounts = st.builds(Money, minors, currencies)


class Priced(BaseModel):
    """A body with money in it."""

    price: Money


def refusal(*, price: object) -> Any:  # noqa: ANN401 - pydantic's own error type is a typed dict
    """Return the one error of a body with that price."""
    with pytest.raises(ValidationError) as raised:
        Priced.model_validate({"price": price})
    [error] = raised.value.errors()
    return error


@pytest.mark.parametrize(
    ("currency", "amount", "minor"),
    [
        ("BOB", "1234.50", 123_450),
        ("BOB", "1234.5", 123_450),
        ("BOB", "1234", 123_400),
        ("PEN", "0.01", 1),
        ("JPY", "1000", 1000),
        ("BHD", "1.234", 1234),
        ("BHD", "0.1", 100),
        ("BOB", "-0.05", -5),
        ("BOB", "-0", 0),
        ("JPY", str(LARGEST), LARGEST),
        ("BHD", "-1000000000000.000", -LARGEST),
    ],
)
def test_an_amount_counts_the_smallest_unit_of_its_currency(currency: str, amount: str, minor: int) -> None:
    assert Money.parse(amount, currency).minor == minor


@pytest.mark.parametrize(("currency", "amount"), [("JPY", "5"), ("BOB", "0.05"), ("PEN", "0.05"), ("BHD", "0.005")])
def test_an_amount_is_written_with_all_the_decimals_of_its_currency(currency: str, amount: str) -> None:
    assert Money(5, currency).amount == amount
    assert Money(-5, currency).amount == "-" + amount
    assert str(Money(5, currency)) == f"{currency} {amount}"


@given(amounts)
def test_what_is_written_reads_as_the_same_money(money: Money) -> None:
    assert Money.parse(money.amount, money.currency) == money
    assert money.decimal * 10 ** minor_digits(money.currency) == money.minor
    assert "E" not in money.amount


@given(minors, currencies)
def test_the_json_form_comes_back_and_fits_its_schema(minor: int, currency: str) -> None:
    written = Priced(price=Money(minor, currency)).model_dump_json()
    wire = json.loads(written)["price"]
    assert set(wire) == {"amount", "currency"}
    jsonschema.Draft202012Validator(Priced.model_json_schema()).validate({"price": wire})
    assert Priced.model_validate_json(written).price == Money(minor, currency)


@pytest.mark.parametrize(
    ("currency", "amount"), [("JPY", "1.0"), ("BOB", "1.001"), ("PEN", "1.000"), ("BHD", "0.0001")]
)
def test_more_decimals_than_the_currency_has_are_refused(currency: str, amount: str) -> None:
    with pytest.raises(MoneyError, match=f"{currency} has {minor_digits(currency)} decimals") as raised:
        Money.parse(amount, currency)
    assert raised.value.rule == "over-precise-amount"


@pytest.mark.parametrize(
    "amount",
    [
        *(
            "",
            " ",
            "1,5",
            "1.",
            ".5",
            "+1",
            "--1",
            "01",
            "1e3",
            "1E3",
            "NaN",
            "Infinity",
            "-",
            "1_000",
            " 1",
            "1\n",
            "0x1",
        ),
        *("\N{ARABIC-INDIC DIGIT ONE}", "\N{FULLWIDTH DIGIT ONE}", "1.5\N{SUPERSCRIPT TWO}", "Bs 5", "\x00"),
    ],
)
def test_what_is_no_plain_decimal_number_is_refused(amount: str) -> None:
    with pytest.raises(MoneyError) as raised:
        Money.parse(amount, "BOB")
    assert raised.value.rule == "malformed-amount"


@pytest.mark.parametrize("currency", ["bob", "BO", "BOBB", "", "XXX", "XAU", "BTC", " BOB", "BOB ", "B0B"])
def test_a_currency_is_one_of_iso_4217_in_capitals(currency: str) -> None:
    makers: list[Callable[[], Money]] = [
        lambda: Money.parse("1", currency),
        lambda: Money(1, currency),
        lambda: Money.zero(currency),
    ]
    for make in makers:
        with pytest.raises(MoneyError) as raised:
            make()
        assert raised.value.rule == "unknown-currency"


@pytest.mark.parametrize("minor", [1.0, 1.5, float("nan"), True, Decimal(1), "1", None])
def test_minor_units_are_a_whole_number_and_nothing_like_one(minor: Any) -> None:  # noqa: ANN401 - wrong on purpose
    with pytest.raises(MoneyError) as raised:
        Money(minor, "BOB")
    assert raised.value.rule == "not-an-integer"


@pytest.mark.parametrize(
    "amount", [str(10**13 + 1), "10000000000000.01", "-10000000000000.01", "9" * 400, "-" + "9" * 17]
)
def test_an_amount_beyond_ten_to_the_fifteenth_is_refused_however_long(amount: str) -> None:
    with pytest.raises(MoneyError) as raised:
        Money.parse(amount, "BOB")
    assert raised.value.rule == "amount-too-large"


def test_a_sum_beyond_the_largest_amount_is_refused_rather_than_kept() -> None:
    with pytest.raises(MoneyError, match="10\\^15"):
        Money(LARGEST, "BOB") + Money(1, "BOB")
    with pytest.raises(MoneyError, match="10\\^15"):
        Money(-LARGEST, "BOB") - Money(1, "BOB")


@given(st.integers(-(10**14), 10**14), st.integers(-(10**14), 10**14), currencies)
def test_arithmetic_is_that_of_the_minor_units(one: int, other: int, currency: str) -> None:
    a, b = Money(one, currency), Money(other, currency)
    assert (a + b).minor == one + other
    assert a - b == a + -b
    assert a + Money.zero(currency) == a
    assert (a < b, a <= b, a > b, a >= b) == (one < other, one <= other, one > other, one >= other)
    assert bool(a) is (one != 0)


@given(st.lists(currencies, min_size=2, max_size=2, unique=True), st.integers(0, 10), st.integers(0, 10))
def test_two_currencies_are_never_combined_compared_or_equal(pair: list[str], one: int, other: int) -> None:
    a, b = Money(one, pair[0]), Money(other, pair[1])
    assert a != b
    for attempt in (lambda: a + b, lambda: a - b, lambda: a < b, lambda: a <= b, lambda: a > b, lambda: a >= b):
        with pytest.raises(MoneyError) as raised:
            attempt()
        assert raised.value.rule == "currency-mismatch"


@pytest.mark.parametrize("factor", [0.5, 2, Decimal("0.5")])
def test_money_is_not_multiplied_or_divided_only_split(factor: Any) -> None:  # noqa: ANN401 - wrong on purpose
    money: Any = Money(100, "BOB")
    with pytest.raises(TypeError):
        money * factor
    with pytest.raises(TypeError):
        money / factor


@given(amounts, st.lists(st.integers(0, 10**9), min_size=1, max_size=12).filter(any))
def test_the_parts_of_a_split_make_the_whole_and_each_is_within_one_unit_of_its_share(
    money: Money, weights: list[int]
) -> None:
    parts = money.split(weights)
    total = sum(weights)
    assert len(parts) == len(weights)
    assert sum(part.minor for part in parts) == money.minor
    assert {part.currency for part in parts} == {money.currency}
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.minor * total - money.minor * weight) < total
        assert part.minor * money.minor >= 0
        assert weight or not part


@pytest.mark.parametrize(
    ("minor", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (5, [1, 2], [2, 3]),
        (1, [1, 1], [1, 0]),
        (10, [33, 33, 34], [3, 3, 4]),
        (0, [1, 5], [0, 0]),
        (7, [0, 1, 0], [0, 7, 0]),
    ],
)
def test_the_rest_goes_to_the_largest_remainder_and_on_a_tie_to_the_first(
    minor: int, weights: list[int], parts: list[int]
) -> None:
    assert [part.minor for part in Money(minor, "BOB").split(weights)] == parts


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [1, -1, 1], [-1], [0.5, 0.5], [1.0], [Decimal(1)]])
def test_a_split_needs_whole_weights_none_negative_and_one_positive(weights: list[Any]) -> None:
    with pytest.raises(MoneyError) as raised:
        Money(100, "BOB").split(weights)
    assert raised.value.rule == "bad-weights"


@pytest.mark.parametrize(
    "price",
    [
        *(5, 5.0, "5.00", None, [], ["5", "BOB"], {}, {"amount": "5"}, {"currency": "BOB"}),
        {"amount": "5", "currency": "BOB", "x": 1},
        *({"amount": wrong, "currency": "BOB"} for wrong in (5, 5.5, True, None, ["5"])),
        *({"amount": "5", "currency": wrong} for wrong in (None, 68, ["BOB"])),
    ],
)
def test_on_the_wire_money_is_two_strings_and_nothing_else(price: object) -> None:
    error = refusal(price=price)
    assert (error["type"], error["loc"]) == ("money-shape", ("price",))


@pytest.mark.parametrize(
    ("amount", "currency", "rule"),
    [
        ("5.001", "BOB", "over-precise-amount"),
        ("5", "bob", "unknown-currency"),
        ("x", "BOB", "malformed-amount"),
        ("9" * 30, "BOB", "amount-too-large"),
    ],
)
def test_a_refused_amount_says_which_rule_it_breaks(amount: str, currency: str, rule: str) -> None:
    assert refusal(price={"amount": amount, "currency": currency})["type"] == rule


@pytest.mark.parametrize(
    "price", [{"amount": "x" * 10_000, "currency": "BOB"}, {"amount": "1", "currency": "X" * 10_000}]
)
def test_a_refusal_repeats_only_the_beginning_of_what_was_sent(price: dict[str, str]) -> None:
    assert len(refusal(price=price)["msg"]) < 120


def test_every_currency_has_three_letters_and_up_to_three_decimals() -> None:
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in CURRENCIES)
    assert set(MINOR_UNIT_DIGITS.values()) == {0, 2, 3}
    # Where CLDR and habit differ from ISO 4217, ISO 4217 counts.
    iso = {"UGX": 0, "VND": 0, "TND": 3, "CLP": 0, "COP": 2, "PYG": 0, "IDR": 2}
    assert {code: minor_digits(code) for code in iso} == iso
