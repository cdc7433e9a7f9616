"""What is written into tables and text journals: exact amounts, valid names, text that cannot break out."""

import asyncio
import csv
import io
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.billing.exports import workbook
from services.billing.exports.entries import JournalEntry, Line, is_priced
from services.billing.exports.names import description, quoted, tag_value, text_name
from services.billing.exports.table import Amount, Cell, Column, Kind, Layout, Table, Totals, each, plain
from services.billing.exports.texts import as_csv, as_json
from services.billing.exports.workbook import fill_workbook
from tests.support.accountants import bean_check, hledger_check, no_hledger
from tests.support.spreadsheet import read_workbook

UID = UUID("0198c0de-0000-7000-8000-0000000000aa")
LAYOUT = Layout(
    "t",
    "Table & more",
    (
        Column("words", Kind.TEXT, "words"),
        Column("on", Kind.DAY, "a day"),
        Column("at", Kind.MOMENT, "a moment"),
        Column("amount", Kind.MONEY, "an amount", totalled=True),
        Column("n", Kind.COUNT, "a number"),
        Column("yes", Kind.FLAG, "a truth"),
    ),
)


def table(*rows: Sequence[Cell]) -> Table:
    """Return a table of LAYOUT."""
    return Table(LAYOUT, (("partner", "Chamber"),), each(rows))


def row(words: str | None = None, amount: Amount | None = None) -> list[Cell]:
    """Return a row of LAYOUT."""
    return [words, date(2016, 2, 29), datetime(2016, 2, 29, 1, 2, 3, 4, UTC), amount, 7, True]


def csv_of(*rows: Sequence[Cell]) -> list[list[str]]:
    """Return rows as CSV reads them."""

    async def written() -> str:
        return "".join([chunk async for chunk in as_csv(table(*rows), Totals(LAYOUT))])

    return list(csv.reader(io.StringIO(asyncio.run(written()), newline="")))


def xlsx_of(*rows: Sequence[Cell]) -> bytes:
    """Return rows as a workbook."""
    out = io.BytesIO()
    asyncio.run(fill_workbook(table(*rows), out, datetime(2016, 1, 1, tzinfo=UTC))).finish()
    return out.getvalue()


AMOUNTS = st.builds(Amount, st.integers(-(10**18), 10**18), st.sampled_from(("BOB", "USD", "JPY", "KWD", "VND", "TND")))


@given(AMOUNTS)
def test_an_amount_is_written_with_exactly_the_decimals_of_its_currency(amount: Amount) -> None:
    digits = {"BOB": 2, "USD": 2, "JPY": 0, "KWD": 3, "VND": 0, "TND": 3}[amount.currency]
    whole, _, decimals = amount.text.partition(".")
    assert len(decimals) == digits
    assert int(whole + decimals) == amount.minor
    assert Decimal(amount.text) * 10**digits == amount.minor


def test_a_row_is_written_as_text_that_says_all_of_it() -> None:
    heading, written = csv_of(row('a, "b"\nc', Amount(-5, "BOB")))
    assert heading == ["words", "on", "at", "amount", "n", "yes"]
    assert written == ['a, "b"\nc', "2016-02-29", "2016-02-29T01:02:03.000004Z", "-0.05", "7", "true"]
    assert [plain(cell) for cell in (None, False)] == ["", "false"]


@pytest.mark.parametrize("formula", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_what_a_spreadsheet_would_run_is_text(formula: str) -> None:
    [_, written] = csv_of(row(formula))
    assert written[0] == "'" + formula
    [_, sheet] = read_workbook(xlsx_of(row(formula)))
    assert b"<f" not in sheet.xml.replace(b"<formula", b"")
    if formula.isprintable():
        assert sheet.table()[0]["words"] == formula


@settings(max_examples=25)
@given(st.lists(AMOUNTS, min_size=1, max_size=20))
def test_a_workbook_holds_the_exact_amount_or_shows_it_as_text(amounts: list[Amount]) -> None:
    [_, sheet] = read_workbook(xlsx_of(*(row("x", amount) for amount in amounts)))
    for read, amount in zip(sheet.table(), amounts, strict=True):
        if abs(amount.minor) < 10**15:
            assert read["amount"] == amount.decimal
        else:
            assert read["amount"] == amount.text


def test_a_workbook_goes_on_in_another_sheet_and_totals_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "ROWS_OF_A_SHEET", 3)
    sheets = read_workbook(xlsx_of(*(row(str(number), Amount(1, "BOB")) for number in range(7))))
    assert [sheet.name for sheet in sheets] == ["Cover", "Rows", "Rows 2", "Rows 3"]
    assert [len(sheet.rows) for sheet in sheets[1:]] == [4, 4, 2]
    assert [read["words"] for sheet in sheets[1:] for read in sheet.table()] == [str(number) for number in range(7)]
    facts = {read.get("A"): read.get("B") for read in sheets[0].rows}
    assert facts["total amount, BOB"] == Decimal("0.07")
    assert facts["rows"] == "7"


def test_an_empty_table_is_still_one() -> None:
    assert len(csv_of()) == 1
    [cover, sheet] = read_workbook(xlsx_of())
    assert len(sheet.rows) == 1
    assert cover.rows[0]["A"] == "Table & more"


def test_json_is_one_object_with_totals_by_currency() -> None:
    async def written() -> str:
        rows = (row("a", Amount(1, "BOB")), row(None, Amount(2, "BOB")), row("c", Amount(3, "KWD")))
        return "".join([chunk async for chunk in as_json(table(*rows), Totals(LAYOUT))])

    shown = json.loads(asyncio.run(written()))
    assert shown["partner"] == "Chamber"
    assert [each["words"] for each in shown["rows"]] == ["a", None, "c"]
    assert shown["rows"][0]["amount"] == {"amount": "0.01", "currency": "BOB"}
    assert shown["totals"] == [
        {"column": "amount", "amount": "0.03", "currency": "BOB"},
        {"column": "amount", "amount": "0.003", "currency": "KWD"},
    ]
    assert shown["count"] == 3


def test_names_of_accounts_differ_by_code_party_and_currency() -> None:
    name = text_name("asset", "1110", "Receivable from enterprise", "enterprise", UID, "BOB")
    assert name == f"Assets:1110-Receivable-from-enterprise:E-{UID}:BOB"
    assert text_name("memo", "9110", "Contracted with a payer (memo)", None, None, "KWD") == (
        "Equity:Memo:9110-Contracted-with-a-payer-memo:KWD"
    )
    assert text_name("income", "4140", "Partner's own funds", "agreement", UID, "BOB") == (
        f"Income:4140-Partners-own-funds:A-{UID}:BOB"
    )


def journal_entry(*lines: tuple[int, str, int]) -> JournalEntry:
    """Return an entry of (amount, currency, base)."""
    day, at = date(2016, 1, 1), datetime(2016, 1, 1, tzinfo=UTC)
    made = tuple(Line(number, 1, amount, currency, base, ()) for number, (amount, currency, base) in enumerate(lines))
    return JournalEntry(UID, "transfer", UID, day, day, at, "x", UID, None, None, None, "tester", None, made)


def test_lines_in_another_currency_are_priced_where_a_price_can_say_their_worth() -> None:
    home = ((691, "BOB", 691), (-691, "BOB", -691))
    assert not is_priced(journal_entry(*home), "BOB")
    assert is_priced(journal_entry((100, "USD", 691), (-100, "USD", -691), *home), "BOB")
    revalued = journal_entry((0, "USD", 9), (0, "USD", -9))
    assert not is_priced(revalued, "BOB")
    assert not is_priced(replace(revalued, lines=(Line(1, 1, 5, "USD", -9, ()), Line(2, 1, -5, "USD", 9, ()))), "BOB")


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=60)


def beancount_of(texts: Sequence[str]) -> str:
    """Return a journal that says `texts` wherever a text may stand."""
    said = "".join(
        f"2016-01-02 * {quoted(text)} #x\n  reason: {quoted(text)}\n  Assets:A  1.00 BOB\n    phase: {quoted(text)}\n"
        "  Assets:B  -1.00 BOB\n\n"
        for text in texts
    )
    end = f"2016-01-03 balance Assets:A  {len(texts)}.00 ~ 0.00 BOB\n"
    return f"2016-01-01 open Assets:A\n  party: {quoted(''.join(texts))}\n2016-01-01 open Assets:B\n\n{said}{end}"


def hledger_of(texts: Sequence[str]) -> str:
    """Return a journal that says `texts` wherever a text may stand."""
    said = "".join(
        f"2016-01-02 * kind {description(text)}\n    ; reason: {tag_value(text)}\n    Assets:A  1.00 BOB\n"
        "    Assets:B  -1.00 BOB\n\n"
        for text in texts
    )
    end = f"2016-01-03 * end\n    Assets:A  0.00 BOB = {len(texts)}.00 BOB\n"
    heads = f"commodity 1000.00 BOB\naccount Assets:A\n    ; party: {tag_value(''.join(texts))}\naccount Assets:B\n\n"
    return f"decimal-mark .\n{heads}{said}{end}"


@settings(max_examples=3)
@given(st.lists(TEXTS, min_size=1, max_size=100))
def test_no_text_breaks_out_of_a_beancount_string(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    file = tmp_path_factory.mktemp("texts") / "t.beancount"
    file.write_text(beancount_of(texts), "utf-8", newline="")
    said = bean_check(file)
    assert said.ok, said.text


@no_hledger
@settings(max_examples=4)
@given(st.lists(TEXTS, min_size=1, max_size=100))
def test_no_text_breaks_out_of_an_hledger_line(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    file = tmp_path_factory.mktemp("texts") / "t.journal"
    file.write_text(hledger_of(texts), "utf-8", newline="")
    said = hledger_check(file)
    assert said.ok, said.text


def test_a_text_comes_back_from_beancount_as_it_was() -> None:
    said = 'a "quote", a \\ backslash;\na line, a\ttab and «日本»'
    # Beancount's own parser says it, in a process of its own.
    program = (
        "import sys; from beancount.parser.parser import parse_string; "
        "sys.stdout.buffer.write(parse_string(sys.stdin.buffer.read().decode())[0][0].narration.encode())"
    )
    journal = f"2016-01-02 * {quoted(said)}\n  Assets:A  1 BOB\n  Assets:B  -1 BOB\n".encode()
    done = subprocess.run([sys.executable, "-c", program], input=journal, capture_output=True, check=True)
    assert done.stdout.decode() == said


async def test_a_workbook_whose_rows_break_off_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken() -> AsyncIterator[Sequence[Cell]]:
        yield row("x")
        raise LookupError

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(LookupError):
        await fill_workbook(Table(LAYOUT, (), broken()), io.BytesIO(), datetime(2016, 1, 1, tzinfo=UTC))
    assert names_in(tmp_path) == []


def names_in(directory: Path) -> list[str]:
    """Return the names of the files in a directory."""
    return [path.name for path in directory.iterdir()]
