"""CSV by profile: encodings, decimal commas, debit and credit columns, headings; what is refused, and by which rule."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.bank.amounts import local_amount
from services.billing.bank.csv_profile import EXAMPLES, Column, CsvProfile, DateFormat, Encoding
from services.billing.bank.csv_statement import read_csv
from services.billing.bank.model import RowRefused, StatementRefused
from shared.money import Money
from tests.support.statements import english_csv, spanish_csv

SPANISH, ENGLISH = EXAMPLES["semicolon-debit-credit"], EXAMPLES["comma-signed"]
ROWS = [
    ["04/01/2016", "T1", "Pago INV-2016-00001", "Panadería Ñandú", "", "1.700,00", "11.700,00"],
    ["05/01/2016", "T2", "Comisión", "", "12,50", "", "11.687,50"],
]


def test_shipped_profiles_have_no_fault() -> None:
    assert {name: profile.fault for name, profile in EXAMPLES.items()} == dict.fromkeys(EXAMPLES)


def test_debit_and_credit_columns_with_decimal_comma_in_cp1252() -> None:
    statement = read_csv(spanish_csv(ROWS), SPANISH)
    assert [(line.row, line.amount.minor, line.booked_on) for line in statement.lines] == [
        (5, 170_000, date(2016, 1, 4)),
        (6, -1_250, date(2016, 1, 5)),
    ]
    assert statement.lines[0].party_name == "Panadería Ñandú"
    assert (statement.opening, statement.closing) == (Money(1_000_000, "BOB"), Money(1_168_750, "BOB"))


def test_newest_first_is_turned_round_by_the_balances() -> None:
    assert [line.amount.minor for line in read_csv(spanish_csv(ROWS[::-1]), SPANISH).lines] == [170_000, -1_250]
    same_day = [["04/01/2016", *row[1:]] for row in ROWS]
    statement = read_csv(spanish_csv(same_day[::-1]), SPANISH)
    assert (statement.opening, statement.closing) == (Money(1_000_000, "BOB"), Money(1_168_750, "BOB"))


def test_a_latin_1_file_is_read_by_the_fallback_and_not_without_it() -> None:
    content = english_csv([["2016-01-04", "", "5.00", "BOB", "Panadería Ñandú", "", "gracias"]], "latin-1")
    assert read_csv(content, ENGLISH).lines[0].party_name == "Panadería Ñandú"
    with pytest.raises(StatementRefused) as refused:
        read_csv(content, replace(ENGLISH, fallback=None))
    assert refused.value.rule == "encoding"


def test_a_mark_at_the_beginning_says_utf_8() -> None:
    content = b"\xef\xbb\xbf" + english_csv([["2016-01-04", "", "5.00", "BOB", "Ñandú", "", ""]])
    assert read_csv(content, replace(ENGLISH, encoding=Encoding.LATIN_1)).lines[0].party_name == "Ñandú"


def test_rows_that_break_a_rule_are_reported_one_by_one_and_the_others_read() -> None:
    statement = read_csv(
        english_csv(
            [
                ["2016-01-04", "", "5.00", "BOB", "", "", "right"],
                ["2016-01-04", "", "5.005", "BOB", "", "", "three decimals"],
                ["2016-02-30", "", "5.00", "BOB", "", "", "no day"],
                ["2016-01-05", "", "five", "BOB", "", "", "no number"],
                ["2016-01-05", ""],
                ["", "", "99.00", "", "", "", "a total below"],
                ["2016-01-05", "", "0.00", "BOB", "", "", "nothing"],
                [],
                ["2016-01-05", "", "-2.00", "BOB", "", "", "right too"],
            ]
        ),
        ENGLISH,
    )
    assert [line.row for line in statement.lines] == [2, 10]
    assert [(each.row, each.field, each.rule) for each in statement.problems] == [
        (3, "amount", "over-precise-amount"),
        (4, "booked_on", "dated"),
        (5, "amount", "malformed-amount"),
        (6, "currency", "columns"),
    ]
    assert [(each.row, each.why) for each in statement.skipped] == [(7, "no-date"), (8, "zero")]


@pytest.mark.parametrize(
    ("content", "profile", "rule"),
    [
        (english_csv([["2016-01-04", "", "5.00", "USD", "", "", ""]]), ENGLISH, "one-currency"),
        (b"a,b\n1,2", ENGLISH, "columns"),
        (b"", ENGLISH, "columns"),
        (b"Date,Date,Amount\n", ENGLISH, "columns"),
        (b'"unclosed', ENGLISH, "readable-csv"),
        (bytes(range(256)) * 40, replace(ENGLISH, encoding=Encoding.LATIN_1), "text-file"),
        (b"\x00\x01\x02", ENGLISH, "text-file"),
        (bytes(range(128, 256)) * 40, replace(ENGLISH, fallback=None), "encoding"),
        (english_csv([["2016-01-04", "", "1.00", "BOB", "", "", "x"]] * 5_003), ENGLISH, "too-many-lines"),
        (spanish_csv([ROWS[0], [*ROWS[1][:-1], "11.688,50"]]), SPANISH, "running-balance"),
    ],
)
def test_a_file_is_refused_as_a_whole_by_a_rule(content: bytes, profile: CsvProfile, rule: str) -> None:
    with pytest.raises(StatementRefused) as refused:
        read_csv(content, profile)
    assert refused.value.rule == rule


@pytest.mark.parametrize(
    ("text", "decimal", "thousands", "minor"),
    [
        ("1.234,50", ",", ".", 123_450),
        ("1234,5", ",", ".", 123_450),
        ("1'234.50", ".", "'", 123_450),
        ("1\u2019234.50", ".", "'", 123_450),
        ("1\u00a0234,50", ",", " ", 123_450),
        ("-7,00", ",", ".", -700),
        ("\u22127,00", ",", ".", -700),
        ("7,00-", ",", ".", -700),
        ("(7,00)", ",", ".", -700),
        ("+7", ",", ".", 700),
        ("BOB 7,00", ",", ".", 700),
        ("7,00 BOB", ",", ".", 700),
    ],
)
def test_numbers_as_banks_write_them(text: str, decimal: str, thousands: str, minor: int) -> None:
    assert local_amount(text, "BOB", "amount", decimal=decimal, thousands=thousands) == Money(minor, "BOB")


@pytest.mark.parametrize("text", ["1.25", "1.23.456,00", ".123,00", "1,2,3", "", "-", "1,", "١٢", "1e3", "NaN", "--1"])
def test_what_is_no_number_of_the_profile_is_refused(text: str) -> None:
    with pytest.raises(RowRefused):
        local_amount(text, "BOB", "amount", decimal=",", thousands=".")


@given(st.integers(-(10**14), 10**14), st.sampled_from([("BOB", 2), ("CLP", 0), ("TND", 3)]))
def test_every_amount_written_with_grouping_is_read_back(minor: int, currency: tuple[str, int]) -> None:
    code, digits = currency
    whole, fraction = divmod(abs(minor), 10**digits)
    grouped = f"{whole:,}".replace(",", ".")
    text = ("-" if minor < 0 else "") + grouped + (f",{fraction:0{digits}d}" if digits else "")
    assert local_amount(text, code, "amount", decimal=",", thousands=".") == Money(minor, code)


@pytest.mark.parametrize(
    ("columns", "more", "rule"),
    [
        ({Column.AMOUNT: "A"}, {}, "booked-on-column"),
        ({Column.BOOKED_ON: "D"}, {}, "amount-columns"),
        ({Column.BOOKED_ON: "D", Column.DEBIT: "A"}, {}, "amount-columns"),
        ({Column.BOOKED_ON: "D", Column.AMOUNT: "A", Column.DEBIT: "B"}, {}, "amount-columns"),
        ({Column.BOOKED_ON: "D", Column.AMOUNT: "D"}, {}, "distinct-columns"),
        ({Column.BOOKED_ON: "D", Column.AMOUNT: "A"}, {"has_heading": False}, "column-numbers"),
        ({Column.BOOKED_ON: "D", Column.AMOUNT: "A"}, {"thousands": "."}, "decimal-and-thousands"),
    ],
)
def test_a_profile_that_can_read_nothing_is_refused(
    columns: dict[Column, str], more: dict[str, object], rule: str
) -> None:
    fault = CsvProfile(columns=columns, currency="BOB", **more).fault  # type: ignore[arg-type]
    assert fault is not None
    assert fault[0] == rule


def test_a_file_without_heading_is_read_by_numbers() -> None:
    profile = CsvProfile(
        {Column.BOOKED_ON: "2", Column.AMOUNT: "1"}, "BOB", has_heading=False, date_format=DateFormat.BASIC
    )
    assert profile.fault is None
    [line] = read_csv(b"5.00,20160104", profile).lines
    assert (line.amount.minor, line.booked_on, line.row) == (500, date(2016, 1, 4), 1)
