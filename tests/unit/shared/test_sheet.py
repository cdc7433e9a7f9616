"""Rows as CSV: every field once, nested ones under dotted names, read back as they were, and nothing runs."""

import csv
import io
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from shared.money import Money
from shared.web.sheet import Sheet

ID: Final = UUID("0198c0de-0000-7000-8000-00000000000a")


class Sector(StrEnum):
    """A word with a value."""

    TEXTILES = "textiles"
    FOOD = "food"


class Place(BaseModel):
    """A part of a row."""

    city: str
    since: date | None = None


class Thing(BaseModel):
    """A row with a field of every kind."""

    id: UUID
    name: str = "Ñandú"
    fee: Money | None = None
    place: Place | None = None
    modules: list[str] = []
    count: int = 0
    active: bool = True
    sector: Sector = Sector.TEXTILES
    at: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Counts(BaseModel):
    """A row of objects without fields."""

    known: dict[Sector, Money]
    free: dict[str, int]


class Cells(BaseModel):
    """A row of texts."""

    a: str
    b: str


def written(*items: BaseModel, model: type[BaseModel] = Thing) -> str:
    """Return rows with their heading."""
    sheet = Sheet(model)
    return sheet.heading() + sheet.lines(items)


def read(text: str) -> list[dict[str, str]]:
    """Read CSV as a spreadsheet does."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_every_field_is_a_column_and_a_nested_one_is_named_by_its_path() -> None:
    thing = Thing(
        id=ID,
        fee=Money(-50, "BOB"),
        place=Place(city="El Alto", since=date(2026, 3, 2)),
        modules=["WPC", "ñ"],
        count=-3,
    )
    assert read(written(thing)) == [
        {
            "id": str(ID),
            "name": "Ñandú",
            "fee.amount": "-0.50",
            "fee.currency": "BOB",
            "place.city": "El Alto",
            "place.since": "2026-03-02",
            "modules": '["WPC", "ñ"]',
            "count": "-3",
            "active": "True",
            "sector": "textiles",
            "at": "2026-03-02T09:00:00Z",
        }
    ]


def test_what_is_not_known_is_an_empty_cell() -> None:
    [row] = read(written(Thing(id=ID, place=Place(city="El Alto"))))
    assert (row["fee.amount"], row["fee.currency"], row["place.since"]) == ("", "", "")


def test_the_heading_is_the_same_whatever_the_rows_hold_and_when_there_are_none() -> None:
    heading = written().splitlines()
    assert len(heading) == 1
    assert heading[0].split(",")[:6] == ["id", "name", "fee.amount", "fee.currency", "place.city", "place.since"]
    for thing in (Thing(id=ID), Thing(id=ID, fee=Money(1, "BOB"), place=Place(city="Sucre"))):
        assert written(thing).splitlines()[0] == heading[0]


def test_an_object_is_columns_when_its_names_are_known_and_else_one_cell() -> None:
    [row] = read(written(Counts(known={Sector.TEXTILES: Money(150, "BOB")}, free={"a": 1}), model=Counts))
    assert row == {
        "known.textiles.amount": "1.50",
        "known.textiles.currency": "BOB",
        "known.food.amount": "",
        "known.food.currency": "",
        "free": '{"a": 1}',
    }


@settings(max_examples=60)
@given(st.lists(st.builds(Cells, a=st.text(max_size=8), b=st.text('",;\r\n a1', max_size=8)), max_size=4))
def test_a_row_comes_back_as_it_was_whatever_it_holds(rows: list[Cells]) -> None:
    found = read(written(*rows, model=Cells))
    assert len(found) == len(rows)
    for wanted, row in zip(rows, found, strict=True):
        for name, text in wanted.model_dump().items():
            assert row[name] in (text, f"'{text}"), "at most the apostrophe that keeps a formula from running"


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1+1", "--1", "-", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "-\N{ARABIC-INDIC DIGIT ONE}"]
)
def test_no_cell_is_a_formula(text: str) -> None:
    [row] = read(written(Cells(a=text, b=""), model=Cells))
    assert row["a"] == "'" + text


@pytest.mark.parametrize("text", ["-1", "-1234.50", "-0.5", "", "Ana", "a=b", "1-2", "'quoted", " =1"])
def test_harmless_cells_are_left_alone(text: str) -> None:
    [row] = read(written(Cells(a=text, b=""), model=Cells))
    assert row["a"] == text
