"""How one bank writes its CSV: a profile is stored per bank account, and each change of it is a new version."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Column(StrEnum):
    """What a column of a statement means."""

    BOOKED_ON = "booked_on"
    VALUE_ON = "value_on"
    AMOUNT = "amount"
    DEBIT = "debit"
    CREDIT = "credit"
    BALANCE = "balance"
    CURRENCY = "currency"
    BANK_REFERENCE = "bank_reference"
    REFERENCE = "reference"
    PARTY_NAME = "party_name"
    PARTY_ACCOUNT = "party_account"
    TEXT = "text"


class DateFormat(StrEnum):
    """The ways of writing a day; never guessed, since 03/04 is a day in March or in April."""

    ISO = "YYYY-MM-DD"
    BASIC = "YYYYMMDD"
    SLASHES = "DD/MM/YYYY"
    SHORT_SLASHES = "DD/MM/YY"
    DOTS = "DD.MM.YYYY"
    HYPHENS = "DD-MM-YYYY"
    AMERICAN = "MM/DD/YYYY"

    @property
    def pattern(self) -> str:
        """The format as `strptime` takes it."""
        return self.value.replace("YYYY", "%Y").replace("YY", "%y").replace("MM", "%m").replace("DD", "%d")


class Encoding(StrEnum):
    """The encodings in which banks write."""

    UTF_8 = "utf-8"
    LATIN_1 = "latin-1"
    CP1252 = "cp1252"


@dataclass(frozen=True, slots=True)
class CsvProfile:
    """Where the values stand and how they are written.

    `columns` maps a meaning to the heading of its column, or to its number from 1 where the file has no heading row.
    `skip_rows` lines before the heading are not read. `fallback` is tried when the file is not in `encoding`.
    """

    columns: Mapping[Column, str]
    currency: str
    delimiter: str = ","
    encoding: Encoding = Encoding.UTF_8
    fallback: Encoding | None = None
    decimal: str = "."
    thousands: str = ""
    date_format: DateFormat = DateFormat.ISO
    skip_rows: int = 0
    has_heading: bool = True

    @property
    def fault(self) -> tuple[str, str] | None:
        """Rule and sentence of what is wrong with the profile itself, or None."""
        given = set(self.columns)
        if Column.BOOKED_ON not in given:
            return "booked-on-column", "a profile names the column of the booking day"
        if (Column.AMOUNT in given) == bool(given & {Column.DEBIT, Column.CREDIT}):
            return "amount-columns", "a profile has one signed amount column, or a debit and a credit column"
        if Column.AMOUNT not in given and not {Column.DEBIT, Column.CREDIT} <= given:
            return "amount-columns", "debit and credit columns come together"
        if len(set(self.columns.values())) < len(self.columns) and not self._repeats_only_texts():
            return "distinct-columns", "two meanings share one column"
        if self.decimal == self.thousands:
            return "decimal-and-thousands", "decimal and thousands separators differ"
        if not self.has_heading and not all(each.isdigit() and int(each) > 0 for each in self.columns.values()):
            return "column-numbers", "without a heading row, columns are numbers from 1"
        return None

    def _repeats_only_texts(self) -> bool:
        # One column may well serve as the payer's reference and as the text.
        texts = {Column.REFERENCE, Column.TEXT}
        others = [name for column, name in self.columns.items() if column not in texts]
        return len(set(others)) == len(others) and not set(others) & {
            name for column, name in self.columns.items() if column in texts
        }


EXAMPLES: Final[Mapping[str, CsvProfile]] = {
    "semicolon-debit-credit": CsvProfile(
        columns={
            Column.BOOKED_ON: "Fecha",
            Column.BANK_REFERENCE: "Nro. Transacción",
            Column.REFERENCE: "Glosa",
            Column.PARTY_NAME: "Originante",
            Column.DEBIT: "Débito",
            Column.CREDIT: "Crédito",
            Column.BALANCE: "Saldo",
        },
        currency="BOB",
        delimiter=";",
        encoding=Encoding.CP1252,
        decimal=",",
        thousands=".",
        date_format=DateFormat.SLASHES,
        skip_rows=3,
    ),
    "comma-signed": CsvProfile(
        columns={
            Column.BOOKED_ON: "Date",
            Column.VALUE_ON: "Value date",
            Column.AMOUNT: "Amount",
            Column.CURRENCY: "Currency",
            Column.PARTY_NAME: "Counterparty",
            Column.PARTY_ACCOUNT: "Counterparty account",
            Column.REFERENCE: "Reference",
        },
        currency="BOB",
        encoding=Encoding.UTF_8,
        fallback=Encoding.CP1252,
        date_format=DateFormat.ISO,
    ),
}
"""Two profiles to start from: a Spanish download with debit, credit and balance columns, and a plain English one."""
