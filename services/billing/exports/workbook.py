"""A table as an XLSX workbook: a cover that says what it shows, then the rows, ready to print."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from tempfile import TemporaryDirectory
from typing import IO, Any, Final

from xlsxwriter import Workbook

from services.billing.exports.table import Amount, Cell, Column, Kind, Table, Totals, plain
from shared.money import minor_digits

ROWS_OF_A_SHEET: Final = 1_000_000
"""A sheet holds 1,048,576 rows at most; a longer table goes on in the next one."""
_LARGEST_EXACT: Final = 10**15
"""A spreadsheet keeps 15 digits of a number. Longer amounts are written as text, which shows every digit."""
_ROWS_AT_A_TIME: Final = 100
"""After so many others are answered."""
_A4: Final = 9
_WIDTHS: Final = {Kind.TEXT: 24, Kind.DAY: 12, Kind.MOMENT: 28, Kind.MONEY: 18, Kind.COUNT: 8, Kind.FLAG: 8}


class Book:
    """A workbook in the making. Rows go to disk as they come, so the memory it needs does not grow with them."""

    def __init__(self, out: IO[bytes], directory: str, table: Table, made_at: datetime) -> None:
        # The file belongs to no moment: two exports of the same book are the same bytes.
        self._book: Any = Workbook(out, {"constant_memory": True, "tmpdir": directory, "strings_to_formulas": False})
        self._book.set_properties(
            {"title": table.layout.title, "created": made_at.astimezone(UTC).replace(tzinfo=None)}
        )
        self._table = table
        self._bold = self._book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._money: dict[str, Any] = {}
        self._cover = self._page("Cover")
        self._cover.set_column(0, 0, 32)
        self._cover.set_column(1, 1, 70)
        self._sheets = 0
        self._filled = 0
        self._begin_sheet()

    def _page(self, name: str) -> Any:  # noqa: ANN401 - the library has no types
        sheet = self._book.add_worksheet(name)
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(f"&L{_footer(self._table.layout.title)}&R&A, page &P of &N")
        return sheet

    def _begin_sheet(self) -> None:
        self._sheets += 1
        self._filled = 0
        self._sheet = self._page("Rows" if self._sheets == 1 else f"Rows {self._sheets}")
        self._sheet.set_landscape()
        self._sheet.freeze_panes(1, 0)
        self._sheet.repeat_rows(0)
        for place, column in enumerate(self._table.layout.columns):
            self._sheet.set_column(place, place, _WIDTHS[column.kind])
            self._sheet.write_string(0, place, column.name, self._bold)

    def _end_sheet(self) -> None:
        self._sheet.autofilter(0, 0, self._filled, len(self._table.layout.columns) - 1)

    def add(self, row: Sequence[Cell]) -> None:
        """Write one row."""
        if self._filled == ROWS_OF_A_SHEET:
            self._end_sheet()
            self._begin_sheet()
        self._filled += 1
        for place, (column, cell) in enumerate(zip(self._table.layout.columns, row, strict=True)):
            self._write(self._sheet, self._filled, place, column, cell)

    def _write(self, sheet: Any, row: int, place: int, column: Column, cell: Cell) -> None:  # noqa: ANN401
        if cell is None:
            return
        if isinstance(cell, Amount):
            self._write_amount(sheet, row, place, cell)
        elif column.kind is Kind.DAY:
            sheet.write_datetime(row, place, cell, self._day)
        elif column.kind is Kind.FLAG:
            sheet.write_boolean(row, place, cell)
        elif column.kind is Kind.COUNT:
            sheet.write_number(row, place, cell)
        else:
            # Never the library's guessing `write`: what begins with = + - @ stays text.
            sheet.write_string(row, place, plain(cell))

    def _write_amount(self, sheet: Any, row: int, place: int, amount: Amount) -> None:  # noqa: ANN401
        if abs(amount.minor) >= _LARGEST_EXACT:
            sheet.write_string(row, place, amount.text)
            return
        digits = minor_digits(amount.currency)
        if amount.currency not in self._money:
            shown = "#,##0" + ("." + "0" * digits if digits else "")
            self._money[amount.currency] = self._book.add_format({"num_format": f"{shown};[Red]-{shown}"})
        sheet.write_number(row, place, amount.decimal, self._money[amount.currency])

    def finish(self, totals: Totals) -> None:
        """Write the cover and put the file together."""
        self._end_sheet()
        cover = self._cover
        cover.write_string(0, 0, self._table.layout.title, self._bold)
        line = 1
        for name, value in (*self._table.facts, ("rows", str(totals.rows))):
            line += 1
            cover.write_string(line, 0, name.replace("_", " "))
            cover.write_string(line, 1, value)
        line += 1
        for name, amount in totals.lines():
            line += 1
            cover.write_string(line, 0, f"total {name.replace('_', ' ')}, {amount.currency}")
            self._write_amount(cover, line, 1, amount)
        line += 2
        cover.write_string(line, 0, "column", self._bold)
        cover.write_string(line, 1, "what it means", self._bold)
        for column in self._table.layout.columns:
            line += 1
            cover.write_string(line, 0, column.name)
            cover.write_string(line, 1, column.meaning)
        self._book.close()

    def abandon(self) -> None:
        """Let go of the files that hold the rows; the library does so only when it writes the workbook."""
        self._book.close()


def _footer(text: str) -> str:
    return text.replace("&", "&&")[:120]


class Filled:
    """A workbook that has its rows and is still to be put together, which needs no book any more."""

    def __init__(self, book: Book, totals: Totals, directory: "TemporaryDirectory[str]") -> None:
        self._book = book
        self._directory = directory
        self.totals = totals

    def finish(self) -> None:
        """Write the file. It takes long for many rows: do it in a thread, and with no transaction open."""
        with self._directory:
            self._book.finish(self.totals)


async def fill_workbook(table: Table, out: IO[bytes], made_at: datetime) -> Filled:
    """Take all rows of the table for a workbook in `out`; `made_at` is the moment its properties show."""
    totals = Totals(table.layout)
    directory = TemporaryDirectory(prefix="scorebook-xlsx-")
    book = Book(out, directory.name, table, made_at)
    try:
        async for row in table.rows:
            totals.add(row)
            book.add(row)
            if totals.rows % _ROWS_AT_A_TIME == 0:
                await asyncio.sleep(0)
    except BaseException:
        with directory:
            book.abandon()
        raise
    return Filled(book, totals, directory)
