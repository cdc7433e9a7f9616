"""Lists: pages that follow each other, or all rows at once."""

import base64
import csv
import io
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, Final, cast
from uuid import UUID

import pytest
from fastapi import Request
from fastapi.responses import Response, StreamingResponse
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from sqlalchemy import Column, MetaData, Select, Table, Uuid, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.web.listing import BadCursor, Listing, Page, answer_list, listing

ID: Final = UUID("0198c0de-0000-7000-8000-00000000000a")
THINGS: Final = Table("thing", MetaData(), Column("id", Uuid, primary_key=True))


class Thing(BaseModel):
    """A row."""

    id: UUID


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

    async def stream(self, query: Select[Any]) -> "Rows":
        """Remember the statement, which has neither a bound nor a limit."""
        compiled = query.compile()
        assert not compiled.params
        self.asked.append(str(compiled))
        return self

    async def partitions(self) -> AsyncIterator[list[UUID]]:
        """Hand out everything, three rows at a time."""
        for first in range(0, len(self._ids), 3):
            yield self._ids[first : first + 3]


def asking(accept: str = "application/json") -> Request:
    """Return a request of a list of things that accepts something."""
    route = SimpleNamespace(response_model=Page[Thing])
    return Request({"type": "http", "headers": [(b"accept", accept.encode())], "route": route})


async def answer(rows: Rows, asked: Listing) -> Response:
    """Return the answer of a list."""
    connection = cast("AsyncConnection", rows)
    return await answer_list(connection, select(THINGS), THINGS.c.id, asked, lambda row: Thing(id=row))


@pytest.mark.parametrize(
    ("accept", "as_csv"),
    [("text/csv", True), ("text/csv; charset=utf-8", True), ("application/json", False), ("*/*", False), ("", False)],
)
async def test_csv_is_for_those_who_ask_for_it(accept: str, as_csv: bool) -> None:  # noqa: FBT001
    assert ((await listing(asking(accept), 50, None)).sheet is not None) is as_csv


@pytest.mark.parametrize("count", [0, 1, 7])
async def test_as_csv_all_rows_come_at_once_whatever_the_page(count: int) -> None:
    rows = Rows(count)
    cursor = base64.urlsafe_b64encode(UUID(int=3).bytes).decode().rstrip("=")
    given = await answer(rows, await listing(asking("text/csv"), 2, cursor))
    assert isinstance(given, StreamingResponse)
    text = "".join([str(part) async for part in given.body_iterator])
    assert [UUID(row["id"]).int for row in csv.DictReader(io.StringIO(text))] == list(range(1, count + 1))
    assert text.startswith("id\r\n")
    assert "ORDER BY thing.id" in rows.asked[0]


@pytest.mark.parametrize(("count", "limit"), [(0, 2), (1, 2), (2, 2), (3, 2), (7, 3), (6, 3), (3, 500)])
async def test_following_next_shows_every_row_once_and_ends(count: int, limit: int) -> None:
    rows, seen, cursor, pages = Rows(count), [], None, 0
    while True:
        given = await answer(rows, await listing(asking(), limit, cursor))
        found = Page[Thing].model_validate_json(bytes(given.body))
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
