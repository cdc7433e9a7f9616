"""Lists: cursor pages as JSON, or the same rows as CSV, from one query."""

import base64
import binascii
import csv
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Generic, TypeVar
from uuid import UUID

from fastapi import Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from sqlalchemy import ColumnElement, Select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.errors import ScorebookError

ItemT = TypeVar("ItemT", bound=BaseModel)

_CSV_ROWS: Final = 100_000
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_NEGATIVE: Final = re.compile(r"-[0-9]+(\.[0-9]+)?")


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
    """What a caller asked of a list: page size, where to go on, JSON or CSV."""

    limit: int
    after: UUID | None
    as_csv: bool


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
    return Listing(limit, after, "text/csv" in request.headers.get("accept", ""))


async def answer_list(
    connection: AsyncConnection,
    query: Select[Any],
    identity: ColumnElement[UUID],
    asked: Listing,
    present: Callable[[Any], ItemT],
) -> Response:
    """Return one page of `query` in order of `identity` (UUIDv7, so oldest first), or all of it as CSV."""
    if asked.as_csv:
        rows = (await connection.execute(query.order_by(identity).limit(_CSV_ROWS))).all()
        return Response(_as_csv([present(row) for row in rows]), media_type="text/csv; charset=utf-8")
    if asked.after is not None:
        query = query.where(identity > asked.after)
    rows = (await connection.execute(query.order_by(identity).limit(asked.limit + 1))).all()
    items = [present(row) for row in rows[: asked.limit]]
    more = len(rows) > asked.limit
    last = getattr(items[-1], "id", None) if items and more else None
    following = base64.urlsafe_b64encode(last.bytes).decode().rstrip("=") if isinstance(last, UUID) else None
    return JSONResponse({"items": [item.model_dump(mode="json") for item in items], "next": following})


def _as_csv(items: list[ItemT]) -> str:
    flat = [_flatten(item.model_dump(mode="json")) for item in items]
    columns = list(dict.fromkeys(name for row in flat for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(flat)
    return out.getvalue()


def _flatten(value: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, item in value.items():
        if isinstance(item, dict):
            flat |= _flatten(item, f"{prefix}{name}.")
        elif isinstance(item, list):
            flat[prefix + name] = _neutral(json.dumps(item, ensure_ascii=False))
        else:
            flat[prefix + name] = "" if item is None else _neutral(str(item)) if isinstance(item, str) else str(item)
    return flat


def _neutral(text: str) -> str:
    # A spreadsheet must not run a cell as a formula; a plain negative number is left alone.
    if text.startswith(_FORMULA) and not _NEGATIVE.fullmatch(text):
        return "'" + text
    return text
