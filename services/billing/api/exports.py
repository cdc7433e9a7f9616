"""A book as files: for the partner's finance, the programme manager and an auditor.

A file is made whole, from one snapshot of the book, before its first byte is sent: what breaks on the way is an error
and never half a book, and nobody's slow line keeps a transaction open.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from io import SEEK_END
from tempfile import TemporaryFile
from typing import IO, Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse

from services.billing.api.access import Programme, RecordedAt
from services.billing.exports import ledgers
from services.billing.exports.audit_file import write_audit_file
from services.billing.exports.beancount import as_beancount
from services.billing.exports.book import EVERYTHING, Cut, Exported, read_exported, snapshot
from services.billing.exports.hledger import as_hledger
from services.billing.exports.ledgers import By
from services.billing.exports.table import Table, Totals
from services.billing.exports.texts import as_csv, as_json
from services.billing.exports.workbook import fill_workbook
from shared.auth.actor import Actor, Role
from shared.days import Day
from shared.runtime import Runtime
from shared.web.access import Access, runtime_of

router = APIRouter(prefix="/v1/programmes/{programme}/books/{partner_id}/exports", tags=["exports"])

_PIECE: Final = 256 * 1024
_NEVER: Final = datetime(1980, 1, 1, tzinfo=UTC)
"""The moment of an empty book."""


class Format(StrEnum):
    """How a table is written."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"


_MEDIA: Final = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "beancount": "text/plain; charset=utf-8",
    "journal": "text/plain; charset=utf-8",
    "zip": "application/zip",
}


@dataclass(frozen=True, slots=True)
class Exporting:
    """Who exports, and where the book is."""

    actor: Actor
    runtime: Runtime

    @asynccontextmanager
    async def book(self, programme: str, partner_id: UUID, cut: Cut) -> AsyncIterator[Exported]:
        """Open one snapshot of a book; raises NotFound, also for what the caller may not see."""
        async with snapshot(self.runtime.engine) as connection:
            yield await read_exported(connection, self.actor, programme, partner_id, cut)


class ExportAccess(Access):
    """Dependency of an export: like a read, but its transaction ends before the answer begins."""

    async def __call__(self, request: Request) -> Exporting:
        """Check rights."""
        return Exporting(await self.actor(request), runtime_of(request))


Exports = Annotated[
    Exporting,
    Depends(ExportAccess(frozenset({Role.PARTNER_FINANCE, Role.PROGRAMME_MANAGER, Role.AUDITOR}))),
]
Since = Annotated[Day | None, Query(alias="from", description="First effective day.")]
Until = Annotated[Day | None, Query(alias="to", description="Last effective day.")]
As = Annotated[Format, Query(alias="format", description="How the table is written.")]


def _documented(*kinds: str) -> dict[int | str, dict[str, object]]:
    """Say what a route answers with."""
    files = {_MEDIA[kind].partition(";")[0]: {"schema": {"type": "string", "format": "binary"}} for kind in kinds}
    return {200: {"description": "The file.", "content": files}}


_TABLES: Final = _documented("csv", "json", "xlsx")


@router.get("/journal", response_class=StreamingResponse, responses=_TABLES)
async def get_journal(
    programme: Programme,
    partner_id: UUID,
    exports: Exports,
    as_: As = Format.CSV,
    since: Since = None,
    until: Until = None,
    recorded_at: RecordedAt = None,
) -> StreamingResponse:
    """Export the journal: a row for each line of each entry, with its document and dimensions."""
    book = exports.book(programme, partner_id, Cut(since, until, recorded_at))
    return await _table_file(book, ledgers.journal, as_)


@router.get("/trial-balance", response_class=StreamingResponse, responses=_TABLES)
async def get_trial_balance(
    programme: Programme,
    partner_id: UUID,
    exports: Exports,
    by: Annotated[By, Query(description="A row for each code, or for each account.")] = By.CODE,
    as_: As = Format.CSV,
    since: Since = None,
    until: Until = None,
    recorded_at: RecordedAt = None,
) -> StreamingResponse:
    """Export opening balances, debits, credits and closing balances of a span."""
    book = exports.book(programme, partner_id, Cut(since, until, recorded_at))
    return await _table_file(book, partial(ledgers.trial_balance, by=by), as_)


@router.get("/accounts/{account_id}", response_class=StreamingResponse, responses=_TABLES)
async def get_account(
    programme: Programme,
    partner_id: UUID,
    account_id: UUID,
    exports: Exports,
    as_: As = Format.CSV,
    since: Since = None,
    until: Until = None,
    recorded_at: RecordedAt = None,
) -> StreamingResponse:
    """Export one account: opening balance, each line with the balance after it, closing balance."""
    book = exports.book(programme, partner_id, Cut(since, until, recorded_at))
    return await _table_file(book, partial(ledgers.account_ledger, account_id=account_id), as_)


@router.get("/beancount", response_class=StreamingResponse, responses=_documented("beancount"))
async def get_beancount(
    programme: Programme, partner_id: UUID, exports: Exports, recorded_at: RecordedAt = None
) -> StreamingResponse:
    """Export the whole book as a Beancount journal that asserts the database's balances."""
    async with exports.book(programme, partner_id, Cut(recorded_at=recorded_at)) as book, _file() as file:
        await _write(file, as_beancount(book))
        return _answer(book, file, "book", "beancount")


@router.get("/hledger", response_class=StreamingResponse, responses=_documented("journal"))
async def get_hledger(
    programme: Programme, partner_id: UUID, exports: Exports, recorded_at: RecordedAt = None
) -> StreamingResponse:
    """Export the whole book as an hledger journal that asserts the database's balances."""
    async with exports.book(programme, partner_id, Cut(recorded_at=recorded_at)) as book, _file() as file:
        await _write(file, as_hledger(book))
        return _answer(book, file, "book", "journal")


@router.get("/audit-file", response_class=StreamingResponse, responses=_documented("zip"))
async def get_audit_file(programme: Programme, partner_id: UUID, exports: Exports) -> StreamingResponse:
    """Export the whole book, its documents and how to check both, as one archive."""
    async with exports.book(programme, partner_id, EVERYTHING) as book, _file() as file:
        await write_audit_file(book, file)
        return _answer(book, file, "audit-file", "zip")


async def _table_file(
    opening: AbstractAsyncContextManager[Exported], table_of: Callable[[Exported], Table], as_: Format
) -> StreamingResponse:
    async with _file() as file:
        if as_ is Format.XLSX:
            async with opening as book:
                table = table_of(book)
                filled = await fill_workbook(table, file, book.recorded_by or _NEVER)
            # Without the transaction: the server would end one that waits for this.
            await asyncio.to_thread(filled.finish)
        else:
            async with opening as book:
                table = table_of(book)
                totals = Totals(table.layout)
                await _write(file, as_csv(table, totals) if as_ is Format.CSV else as_json(table, totals))
        return _answer(book, file, table.layout.name, as_.value)


async def _write(file: IO[bytes], chunks: AsyncIterator[str]) -> None:
    async for chunk in chunks:
        file.write(chunk.encode())
        # Writing a book is work for the processor; others are answered in between.
        await asyncio.sleep(0)


@asynccontextmanager
async def _file() -> AsyncIterator[IO[bytes]]:
    """Open a file without a name; it stays open to be sent unless something breaks."""
    file = TemporaryFile()  # noqa: SIM115 - see above
    try:
        yield file
    except BaseException:
        file.close()
        raise


def _answer(book: Exported, file: IO[bytes], stem: str, kind: str) -> StreamingResponse:
    size = file.seek(0, SEEK_END)
    file.seek(0)
    name = f"{book.programme}-{book.id}-{stem}.{kind}"
    headers = {"content-length": str(size), "content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_pieces(file), media_type=_MEDIA[kind], headers=headers)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    # The file has no name and goes with its last handle, also when the caller hangs up.
    with file:
        while piece := file.read(_PIECE):
            yield piece
