"""Documents of a book as tables: how a kind of document is described. The kinds are in the files beside this one."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

from services.billing.exports.book import Exported
from services.billing.exports.table import Amount, Cell, Column, Kind, Layout, Table


@dataclass(frozen=True, slots=True)
class Documents:
    """One kind of document: its columns, and the query that yields them by name; money comes with `currency`."""

    layout: Layout
    query: str

    def table(self, book: Exported) -> Table:
        """Return the documents of `book` as a table."""
        return Table(self.layout, book.facts, self._rows(book))

    async def _rows(self, book: Exported) -> AsyncIterator[Sequence[Cell]]:
        async for row in book.rows(self.query):
            yield [
                Amount(value, row.currency) if column.kind is Kind.MONEY and value is not None else value
                for column in self.layout.columns
                for value in (getattr(row, column.name),)
            ]


_KINDS: Final = {
    "text": Kind.TEXT,
    "day": Kind.DAY,
    "moment": Kind.MOMENT,
    "money": Kind.MONEY,
    "count": Kind.COUNT,
    "flag": Kind.FLAG,
}


def documents(name: str, title: str, described: str, query: str) -> Documents:
    """Return one kind, described by lines `column kind: meaning`; `total` behind the kind adds the column up."""
    made = []
    for line in described.strip().splitlines():
        head, _, meaning = line.strip().partition(": ")
        column, kind, *total = head.split()
        made.append(Column(column, _KINDS[kind], meaning, bool(total)))
    return Documents(Layout(name, title, tuple(made)), query)
