"""Lists as CSV: every row and every field once, nested ones under dotted names, read back as they were."""

import base64
import csv
import io
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Final, cast
from uuid import UUID

import pytest
from fastapi import Request
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from sqlalchemy import Column, MetaData, Select, Table, Uuid, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.money import Money
from shared.web.listing import BadCursor, Listing, _as_csv, answer_list, listing

ID: Final = UUID("0198c0de-0000-7000-8000-00000000000a")
THINGS: Final = Table("thing", MetaData(), Column("id", Uuid, primary_key=True))


class Sector(StrEnum):
    """A word with a value."""

    TEXTILES = "textiles"


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


class Cells(BaseModel):
    """A row of texts."""

    a: str
    b: str


class Rows:
    """A connection that has `count` rows with ids from 1 and hands out those a statement asks for."""

    def __init__(self, count: int) -> None:
        self._ids = [UUID(int=number) for number in range(1, count + 1)]
        self.asked: list[str] = []

    async def execute(self, query: Select[Any]) -> "Rows":
        """Remember the statement and select by its one bound on the id and its limit."""
        compiled = query.compile()
        self.asked.append(str(compiled))
        bounds = [value for value in compiled.params.values() if isinstance(value, UUID)]
        [limit] = [value for value in compiled.params.values() if isinstance(value, int)]
        after = bounds[0].int - (">=" in self.asked[-1]) if bounds else 0
        self._found = self._ids[after : after + limit]
        return self

    def all(self) -> list[UUID]:
        """Return what was found."""
        return self._found


def read(text: str) -> list[dict[str, str]]:
    """Read CSV as a spreadsheet does."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


def asking(accept: str = "application/json") -> Request:
    """Return a request that accepts something."""
    return Request({"type": "http", "headers": [(b"accept", accept.encode())]})


async def page(rows: Rows, asked: Listing) -> Any:  # noqa: ANN401 - JSON
    """Return the answer of a list, read."""
    connection = cast("AsyncConnection", rows)
    answer = await answer_list(connection, select(THINGS), THINGS.c.id, asked, lambda row: Thing(id=row))
    text = bytes(answer.body).decode()
    return read(text) if asked.as_csv else Pages.model_validate_json(text)


class Pages(BaseModel):
    """A page as it is sent."""

    items: list[Thing]
    next: str | None


def test_every_field_is_a_column_and_a_nested_one_is_named_by_its_path() -> None:
    thing = Thing(
        id=ID,
        fee=Money(-50, "BOB"),
        place=Place(city="El Alto", since=date(2026, 3, 2)),
        modules=["WPC", "ñ"],
        count=-3,
    )
    assert read(_as_csv([thing])) == [
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
    [row] = read(_as_csv([Thing(id=ID, place=Place(city="El Alto"))]))
    assert (row["fee"], row["place.since"]) == ("", "")


def test_rows_of_different_parts_share_one_heading_in_order_of_appearance() -> None:
    text = _as_csv([Thing(id=ID), Thing(id=ID, fee=Money(1, "BOB"), place=Place(city="Sucre"))])
    rows = read(text)
    assert text.count("id,") == 1
    assert rows[0]["fee.amount"] == ""
    assert rows[1]["fee.amount"] == "0.01"
    assert list(rows[0])[:3] == ["id", "name", "fee"]


@settings(max_examples=60)
@given(st.lists(st.builds(Cells, a=st.text(max_size=8), b=st.text('",;\r\n a1', max_size=8)), max_size=4))
def test_a_row_comes_back_as_it_was_whatever_it_holds(rows: list[Cells]) -> None:
    found = read(_as_csv(rows))
    assert len(found) == len(rows)
    for wanted, row in zip(rows, found, strict=True):
        for name, text in wanted.model_dump().items():
            assert row[name] in (text, f"'{text}"), "at most the apostrophe that keeps a formula from running"


@pytest.mark.parametrize(
    ("accept", "as_csv"),
    [("text/csv", True), ("text/csv; charset=utf-8", True), ("application/json", False), ("*/*", False), ("", False)],
)
async def test_csv_is_for_those_who_ask_for_it(accept: str, as_csv: bool) -> None:  # noqa: FBT001
    assert (await listing(asking(accept), 50, None)).as_csv is as_csv


async def test_as_csv_all_rows_come_at_once_whatever_the_page() -> None:
    rows = await page(Rows(7), Listing(limit=2, after=UUID(int=3), as_csv=True))
    assert [UUID(row["id"]).int for row in rows] == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(("count", "limit"), [(0, 2), (1, 2), (2, 2), (3, 2), (7, 3), (6, 3), (3, 500)])
async def test_following_next_shows_every_row_once_and_ends(count: int, limit: int) -> None:
    rows, seen, cursor, pages = Rows(count), [], None, 0
    while True:
        found = await page(rows, await listing(asking(), limit, cursor))
        assert len(found.items) <= limit
        seen += [item.id.int for item in found.items]
        pages += 1
        cursor = found.next
        if cursor is None:
            break
    assert seen == list(range(1, count + 1))
    assert pages == max(1, -(-count // limit)), "no empty page at the end"
    assert all("ORDER BY thing.id" in asked for asked in rows.asked)


@given(st.uuids())
async def test_a_cursor_is_the_last_id_and_fits_an_address(last: UUID) -> None:
    cursor = base64.urlsafe_b64encode(last.bytes).decode().rstrip("=")
    assert cursor.replace("-", "").replace("_", "").isalnum()
    assert (await listing(asking(), 50, cursor)).after == last


@pytest.mark.parametrize(
    "cursor", ["", "x", "AAAA", str(ID), "A" * 23, "A" * 100, "é" * 22, "\x00" * 22, "A" * 21 + "!"]
)
async def test_a_cursor_that_no_list_gave_out_is_refused_by_name(cursor: str) -> None:
    with pytest.raises(BadCursor) as raised:
        await listing(asking(), 50, cursor)
    assert [(error.field, error.rule) for error in raised.value.errors] == [("cursor", "from-next")]
    assert raised.value.status == 422
