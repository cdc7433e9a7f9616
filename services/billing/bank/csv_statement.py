"""A bank's CSV by its profile."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Final

from services.billing.bank.amounts import local_amount
from services.billing.bank.csv_profile import Column, CsvProfile
from services.billing.bank.model import (
    MOST_LINES,
    Line,
    Problem,
    RowRefused,
    Skipped,
    Statement,
    StatementRefused,
    account_number,
    shorten,
)
from shared.money import Money

_BOM: Final = b"\xef\xbb\xbf"
_EARLIEST: Final = date(1990, 1, 1)


def read_csv(content: bytes, profile: CsvProfile) -> Statement:
    """Return the statement of a file; raises StatementRefused for the file as a whole.

    Rows that break a rule are reported one by one. Opening and closing come from the balance column, where there is
    one; else the caller knows them.
    """
    text = _decode(content, profile)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=profile.delimiter, strict=True))
    except csv.Error as error:
        raise StatementRefused("readable-csv", f"the file is not CSV: {error}") from None
    if len(rows) > MOST_LINES + profile.skip_rows + 1:
        raise StatementRefused("too-many-lines", f"a file has at most {MOST_LINES} lines")
    places, first = _places(rows, profile)
    lines: list[tuple[Line, Money | None]] = []
    problems: list[Problem] = []
    skipped: list[Skipped] = []
    for number, cells in enumerate(rows[first:], start=first + 1):
        if not any(cell.strip() for cell in cells):
            continue
        row = _Row(number, cells, places, profile)
        try:
            if not row.text(Column.BOOKED_ON):
                skipped.append(Skipped(number, "no-date"))
                continue
            line, balance = row.line(), row.balance()
        except RowRefused as refused:
            problems.append(Problem(number, refused.field, refused.rule, refused.sentence))
            continue
        if line.amount:
            lines.append((line, balance))
        else:
            skipped.append(Skipped(number, "zero"))
    ordered, opening, closing = _ordered(lines, complete=not problems)
    days = [line.booked_on for line in ordered]
    return Statement(
        identifier="",
        account="",
        currency=profile.currency,
        opening=opening,
        closing=closing,
        from_on=min(days, default=None),
        to_on=max(days, default=None),
        lines=ordered,
        problems=tuple(problems),
        skipped=tuple(skipped),
    )


def _decode(content: bytes, profile: CsvProfile) -> str:
    if content.startswith(_BOM):
        content, tried = content.removeprefix(_BOM), ["utf-8"]
    else:
        tried = [each.value for each in (profile.encoding, profile.fallback) if each is not None]
    for encoding in tried:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if any(ord(letter) < 32 and letter not in "\t\r\n" for letter in text):
            raise StatementRefused("text-file", "the file holds control characters: it is no text")
        return text
    raise StatementRefused("encoding", f"the file is not written in {' or '.join(tried)}")


def _places(rows: Sequence[Sequence[str]], profile: CsvProfile) -> tuple[dict[Column, int], int]:
    """Return where each meaning stands, and the index of the first row of values."""
    if not profile.has_heading:
        return {column: int(name) - 1 for column, name in profile.columns.items()}, profile.skip_rows
    if len(rows) <= profile.skip_rows:
        raise StatementRefused("columns", "the file ends before its heading")
    heading = [cell.strip() for cell in rows[profile.skip_rows]]
    missing = [name for name in profile.columns.values() if heading.count(name) != 1]
    if missing:
        raise StatementRefused("columns", f"the heading does not have exactly one {missing[0]!r}")
    return {column: heading.index(name) for column, name in profile.columns.items()}, profile.skip_rows + 1


class _Row:
    """One row with the meaning of its cells."""

    def __init__(self, number: int, cells: Sequence[str], places: dict[Column, int], profile: CsvProfile) -> None:
        self._number = number
        self._cells = cells
        self._places = places
        self._profile = profile

    def text(self, column: Column) -> str:
        place = self._places.get(column)
        if place is None:
            return ""
        if place >= len(self._cells):
            raise RowRefused(column.value, "columns", f"the row has only {len(self._cells)} columns")
        return self._cells[place].strip()

    def line(self) -> Line:
        given = self.text(Column.CURRENCY)
        if given and given != self._profile.currency:
            raise StatementRefused(
                "one-currency",
                f"row {self._number} is in {given[:10]}, the profile in {self._profile.currency}",
                f"row.{self._number}",
            )
        booked_on = self._day(Column.BOOKED_ON)
        if booked_on is None:
            raise RowRefused(Column.BOOKED_ON.value, "dated", "the row has no day")
        return Line(
            row=self._number,
            booked_on=booked_on,
            value_on=self._day(Column.VALUE_ON),
            amount=self._amount(),
            bank_reference=shorten(self.text(Column.BANK_REFERENCE), 70),
            reference=shorten(self.text(Column.REFERENCE) or self.text(Column.TEXT), 140),
            party_name=shorten(self.text(Column.PARTY_NAME), 140),
            party_account=account_number(self.text(Column.PARTY_ACCOUNT))[:34],
            text=shorten(
                " / ".join(filter(None, dict.fromkeys((self.text(Column.REFERENCE), self.text(Column.TEXT))))), 500
            ),
        )

    def balance(self) -> Money | None:
        return self._money(Column.BALANCE) if self.text(Column.BALANCE) else None

    def _amount(self) -> Money:
        if Column.AMOUNT in self._places:
            return self._money(Column.AMOUNT)
        money = {column: self._money(column) for column in (Column.DEBIT, Column.CREDIT) if self.text(column)}
        filled = {column: amount for column, amount in money.items() if amount}
        if len(filled) > 1:
            raise RowRefused(Column.CREDIT.value, "debit-or-credit", "the row has a debit and a credit")
        if any(amount.minor < 0 for amount in filled.values()):
            raise RowRefused(next(iter(filled)).value, "debit-or-credit", "a debit or credit column has no signs")
        if not money:
            raise RowRefused(Column.CREDIT.value, "debit-or-credit", "the row has neither debit nor credit")
        nothing = Money.zero(self._profile.currency)
        return filled.get(Column.CREDIT, nothing) - filled.get(Column.DEBIT, nothing)

    def _money(self, column: Column) -> Money:
        profile = self._profile
        return local_amount(
            self.text(column), profile.currency, column.value, decimal=profile.decimal, thousands=profile.thousands
        )

    def _day(self, column: Column) -> date | None:
        text = self.text(column)
        if not text:
            return None
        try:
            day = datetime.strptime(text, self._profile.date_format.pattern).date()  # noqa: DTZ007 - a calendar day
        except ValueError:
            day = None
        if day is None or day < _EARLIEST:
            raise RowRefused(column.value, "dated", f"{text[:30]!r} is not a day as {self._profile.date_format.value}")
        return day


def _ordered(
    lines: Sequence[tuple[Line, Money | None]], *, complete: bool
) -> tuple[tuple[Line, ...], Money | None, Money | None]:
    """Return the lines oldest first, with opening and closing by the balance column.

    Banks write newest first as often as oldest first; which one it is, the balances themselves say.
    """
    newest_first = len(lines) > 1 and lines[0][0].booked_on > lines[-1][0].booked_on
    balances = [balance for _, balance in lines]
    if not lines or not complete or None in balances:
        return _plain(reversed(lines) if newest_first else lines), None, None
    for order in (lines[::-1], lines) if newest_first else (lines, lines[::-1]):
        if _chains(order):
            first, closing = order[0], order[-1][1]
            opening = None if first[1] is None else first[1] - first[0].amount
            return _plain(order), opening, closing
    raise StatementRefused("running-balance", "the balance column does not follow from the amounts")


def _chains(order: Sequence[tuple[Line, Money | None]]) -> bool:
    return all(
        before is not None and after is not None and before + line.amount == after
        for (_, before), (line, after) in pairwise(order)
    )


def _plain(order: Iterable[tuple[Line, Money | None]]) -> tuple[Line, ...]:
    return tuple(line for line, _ in order)
