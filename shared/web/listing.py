"""Lists: cursor pages as JSON, or all rows as CSV, from one query."""

import base64
import binascii
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Final, Generic, TypeVar, get_args
from uuid import UUID

from fastapi import Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel
from sqlalchemy import ColumnElement, Select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncResult

from shared.errors import ScorebookError
from shared.web.sheet import Sheet

ItemT = TypeVar("ItemT", bound=BaseModel)

_ROWS_AT_A_TIME: Final = 1_000


class Page(BaseModel, Generic[ItemT]):
    """One page; `next` is the cursor of the page after it, or null."""

    items: list[ItemT]
    next: str | None


class BadCursor(ScorebookError):
    """The cursor was not made by this list."""

    code = "bad-cursor"
    title = "The cursor is not valid"

    def __init__(self) -> None:
        super().__init__("cursor is not one that this list gave out", field="cursor", rule="from-next")


@dataclass(frozen=True, slots=True)
class Listing:
    """What a caller asked of a list: page size and where to go on, or all of it as a sheet."""

    limit: int
    after: UUID | None
    sheet: Sheet | None


async def listing(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=500, description="Rows of a page.")] = 50,
    cursor: Annotated[str | None, Query(max_length=100, description="`next` of the page before.")] = None,
) -> Listing:
    """Dependency of every list route; `Accept: text/csv` asks for all rows as CSV."""
    after = None
    if cursor is not None:
        try:
            after = UUID(bytes=base64.urlsafe_b64decode(cursor + "=="))
        except (binascii.Error, ValueError):
            raise BadCursor from None
    wants_csv = "text/csv" in request.headers.get("accept", "")
    return Listing(limit, after, _sheet_of(request.scope["route"].response_model) if wants_csv else None)


@cache
def _sheet_of(page: type[Page[Any]]) -> Sheet:
    # The route says what its items are; said again beside the query, the two could differ.
    (item,) = get_args(page.model_fields["items"].annotation)
    return Sheet(item)


async def answer_list(
    connection: AsyncConnection,
    query: Select[Any],
    identity: ColumnElement[UUID],
    asked: Listing,
    present: Callable[[Any], ItemT],
) -> Response:
    """Return one page of `query` in order of `identity` (UUIDv7, so oldest first), or all of it as CSV."""
    if asked.sheet is not None:
        # Asked before the answer begins: a refusal of the database is still a problem document.
        found = await connection.stream(query.order_by(identity).execution_options(yield_per=_ROWS_AT_A_TIME))
        return StreamingResponse(_lines(asked.sheet, found, present), media_type="text/csv; charset=utf-8")
    if asked.after is not None:
        query = query.where(identity > asked.after)
    rows = (await connection.execute(query.order_by(identity).limit(asked.limit + 1))).all()
    items = [present(row) for row in rows[: asked.limit]]
    more = len(rows) > asked.limit
    last = getattr(items[-1], "id", None) if items and more else None
    following = base64.urlsafe_b64encode(last.bytes).decode().rstrip("=") if isinstance(last, UUID) else None
    return JSONResponse({"items": [item.model_dump(mode="json", by_alias=True) for item in items], "next": following})


async def _lines(sheet: Sheet, found: AsyncResult[Any], present: Callable[[Any], BaseModel]) -> AsyncIterator[str]:
    # Some rows at a time: neither the memory nor a limit of ours decides how much of a book an auditor gets.
    yield sheet.heading()
    async for rows in found.partitions():
        yield sheet.lines(present(row) for row in rows)
