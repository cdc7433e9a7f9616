"""A partner's spreadsheets: CSV files with a header row, read as they are."""

import csv
from collections.abc import Iterable
from datetime import date
from pathlib import Path

Row = dict[str, str]


class Roster:
    """One programme's folder of CSV files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = {row["key"]: row["value"] for row in self.rows("programme")}

    @property
    def code(self) -> str:
        """The programme's code."""
        return self.settings["code"]

    def rows(self, name: str) -> list[Row]:
        """Return the rows of `<name>.csv`; raises OSError when there is no such file."""
        with (self.folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def by(self, name: str, column: str = "code") -> dict[str, Row]:
        """Return the rows of a file by one column that is unique in it."""
        return {row[column]: row for row in self.rows(name)}

    def grouped(self, name: str, *columns: str) -> dict[tuple[str, ...], list[Row]]:
        """Return the rows of a file grouped by columns, in file order."""
        groups: dict[tuple[str, ...], list[Row]] = {}
        for row in self.rows(name):
            groups.setdefault(tuple(row[column] for column in columns), []).append(row)
        return groups


def items(text: str) -> list[str]:
    """Return the parts of a cell that holds several values, separated by semicolons."""
    return [part for part in text.split(";") if part]


def day(text: str) -> date:
    """Return the date written as YYYY-MM-DD."""
    return date.fromisoformat(text)


def in_order(rows: Iterable[Row], *columns: str) -> list[Row]:
    """Return rows sorted by columns whose text sorts as it means (ISO dates, codes)."""
    return sorted(rows, key=lambda row: tuple(row[column] for column in columns))
