"""A table to export: what its columns are called, of which kind they are and mean, and its rows one after the other."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from shared.money import minor_digits


class Amount(NamedTuple):
    """Minor units in a currency. Without the upper bound of Money: a book's total may be more than a line's."""

    minor: int
    currency: str

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(self.minor).scaleb(-minor_digits(self.currency))

    @property
    def text(self) -> str:
        """The amount as a decimal string with all the decimals of its currency."""
        return format(self.decimal, "f")


Cell: TypeAlias = str | int | bool | date | datetime | UUID | Amount | None


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    DAY = "date"
    MOMENT = "date and time, UTC"
    MONEY = "amount"
    COUNT = "whole number"
    FLAG = "true or false"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `totalled`: its amounts are added up by currency, for the cover and the manifest."""

    name: str
    kind: Kind
    meaning: str
    totalled: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """What a table looks like before it has rows; `name` becomes the name of its file."""

    name: str
    title: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its rows. `facts` say which book, span and moment it shows."""

    layout: Layout
    facts: tuple[tuple[str, str], ...]
    rows: AsyncIterator[Sequence[Cell]]


@dataclass(slots=True)
class Totals:
    """Counts rows and adds up the totalled columns while they pass."""

    layout: Layout
    rows: int = 0
    sums: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, row: Sequence[Cell]) -> None:
        """Take one row."""
        self.rows += 1
        for column, cell in zip(self.layout.columns, row, strict=True):
            if column.totalled and isinstance(cell, Amount):
                key = (column.name, cell.currency)
                self.sums[key] = self.sums.get(key, 0) + cell.minor

    def lines(self) -> list[tuple[str, Amount]]:
        """Return each total with the name of its column, in the order of the columns."""
        order = [column.name for column in self.layout.columns]
        keys = sorted(self.sums, key=lambda key: (order.index(key[0]), key[1]))
        return [(name, Amount(self.sums[name, currency], currency)) for name, currency in keys]


def columns(*described: tuple[str, Kind, str]) -> tuple[Column, ...]:
    """Return columns from (name, kind, meaning)."""
    return tuple(Column(name, kind, meaning) for name, kind, meaning in described)


def moment(at: datetime) -> str:
    """Return a moment as text that says all of it: UTC, microseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def plain(cell: Cell) -> str:
    """Return a cell as text, nothing as the empty text."""
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case Amount():
            return cell.text
        case datetime():
            return moment(cell)
        case date():
            return cell.isoformat()
        case _:
            return str(cell)


async def each(rows: Iterable[Sequence[Any]]) -> AsyncIterator[Sequence[Cell]]:
    """Give rows that are already here."""
    for row in rows:
        yield row
