"""A table as lines of text: CSV with exact decimals, and JSON."""

import csv
import io
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Final

from services.billing.exports.table import Amount, Cell, Kind, Table, Totals, plain
from shared.web.sheet import neutral

_ROWS_AT_A_TIME: Final = 100


async def as_csv(table: Table, totals: Totals) -> AsyncIterator[str]:
    """Give the table as CSV (RFC 4180, UTF-8) in pieces of some rows.

    An amount is a decimal string with all the decimals of its currency. A text that a spreadsheet would run as a
    formula gets an apostrophe in front.
    """
    yield _lines([[column.name for column in table.layout.columns]])
    kinds = [column.kind for column in table.layout.columns]
    waiting: list[list[str]] = []
    async for row in table.rows:
        totals.add(row)
        waiting.append([_cell(kind, cell) for kind, cell in zip(kinds, row, strict=True)])
        if len(waiting) == _ROWS_AT_A_TIME:
            yield _lines(waiting)
            waiting.clear()
    yield _lines(waiting)


async def as_json(table: Table, totals: Totals) -> AsyncIterator[str]:
    """Give the table as one JSON object: what it shows, its rows, and its totals behind them."""
    names = [column.name for column in table.layout.columns]
    head = {"title": table.layout.title, **dict(table.facts)}
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "rows": ['
    async for row in table.rows:
        separator = "\n" if totals.rows == 0 else ",\n"
        totals.add(row)
        yield separator + json.dumps(dict(zip(names, map(_value, row), strict=True)), ensure_ascii=False)
    sums = [{"column": name, **_money(amount)} for name, amount in totals.lines()]
    yield f'\n], "count": {totals.rows}, "totals": {json.dumps(sums)}}}\n'


def _cell(kind: Kind, cell: Cell) -> str:
    text = plain(cell)
    return neutral(text) if kind is Kind.TEXT else text


def _lines(rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def _money(amount: Amount) -> dict[str, str]:
    return {"amount": amount.text, "currency": amount.currency}


def _value(cell: Cell) -> object:
    if cell is None or isinstance(cell, (bool, int)):
        return cell
    return _money(cell) if isinstance(cell, Amount) else plain(cell)
