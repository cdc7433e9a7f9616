"""`scorebook export`: a book as a file, for whoever checks it."""

from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import httpx
import typer

from deploy.cli.target import Target
from deploy.cli.terminal import HomeOption, UrlOption, out, run
from deploy.local.errors import LocalError
from deploy.local.home import Home


class Export(StrEnum):
    """What can be exported, and how it is written."""

    AUDIT_FILE = "audit-file"
    BEANCOUNT = "beancount"
    HLEDGER = "hledger"
    JOURNAL_CSV = "journal-csv"
    JOURNAL_XLSX = "journal-xlsx"
    JOURNAL_JSON = "journal-json"
    TRIAL_BALANCE_CSV = "trial-balance-csv"
    TRIAL_BALANCE_XLSX = "trial-balance-xlsx"
    TRIAL_BALANCE_JSON = "trial-balance-json"
    ACCOUNT_CSV = "account-csv"
    ACCOUNT_XLSX = "account-xlsx"
    ACCOUNT_JSON = "account-json"


class By(StrEnum):
    """What a line of a trial balance stands for."""

    CODE = "code"
    ACCOUNT = "account"


def export(
    programme: Annotated[str, typer.Option(help="Programme code.")],
    output: Annotated[Path, typer.Option(help="The file to write; one that is there is replaced.")],
    partner: Annotated[UUID | None, typer.Option(help="Whose book; may be left out where there is one.")] = None,
    kind: Annotated[Export, typer.Option("--format", help="What to export, and how.")] = Export.AUDIT_FILE,
    since: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First effective day.")] = None,
    until: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last effective day.")] = None,
    recorded_at: Annotated[datetime | None, typer.Option(help="Only what was recorded by then, UTC.")] = None,
    by: Annotated[By, typer.Option(help="Of a trial balance: a row for each code or each account.")] = By.CODE,
    account: Annotated[UUID | None, typer.Option(help="The account, for account-csv, -xlsx and -json.")] = None,
    home: HomeOption = None,
    url: UrlOption = None,
) -> None:
    """Write a partner's book to a file: for Beancount, hledger, a spreadsheet, or all of it to audit."""

    async def work() -> int:
        path, query = _asked(kind, by, account, _day(since), _day(until), _moment(recorded_at))
        async with Target.find(Home(home), url).ops("billing") as http:
            book = f"/v1/programmes/{programme}/books"
            whose = partner or await _only_book(http, book)
            size = await _download(http, f"{book}/{whose}/exports/{path}", query, output)
        out.print(f"{output}: {size} bytes", highlight=False, markup=False)
        return 0

    run(work())


def _asked(
    kind: Export, by: By, account: UUID | None, since: date | None, until: date | None, recorded_at: datetime | None
) -> tuple[str, dict[str, str]]:
    """Return path and query of what is asked; raises LocalError for an option that means nothing here."""
    stem, _, written = kind.value.rpartition("-")
    is_table = written in ("csv", "xlsx", "json")
    query: dict[str, Any] = {"from": since, "to": until, "recorded_at": recorded_at}
    if not is_table and (since or until):
        raise LocalError(f"--from and --to: {kind.value} is always the whole book")
    if kind is Export.AUDIT_FILE and recorded_at:
        raise LocalError("--recorded-at: an audit file is always the book as it stands")
    if (stem == "account") != (account is not None):
        raise LocalError("--account goes with account-csv, account-xlsx and account-json")
    if is_table:
        query["format"] = written
    if stem == "trial-balance":
        query["by"] = by.value
    path = f"accounts/{account}" if account is not None else stem if is_table else kind.value
    return path, {
        name: value.isoformat() if isinstance(value, date) else str(value)
        for name, value in query.items()
        if value is not None
    }


async def _only_book(http: httpx.AsyncClient, path: str) -> str:
    answer = await http.get(path)
    _refuse(answer, answer.content)
    books = answer.json()["items"]
    if len(books) != 1:
        names = ", ".join(f"{book['id']} ({book['partner_name']})" for book in books) or "none"
        raise LocalError(f"--partner: say whose book; there are: {names}")
    return str(books[0]["id"])


async def _download(http: httpx.AsyncClient, path: str, query: dict[str, str], output: Path) -> int:
    part = output.with_name(f"{output.name}.part")
    try:
        async with http.stream("GET", path, params=query, timeout=httpx.Timeout(600, connect=5)) as answer:
            if answer.status_code != httpx.codes.OK:
                _refuse(answer, await answer.aread())
            with part.open("wb") as file:
                async for piece in answer.aiter_bytes():
                    file.write(piece)
                size = file.tell()
        # Until it is all here there is no file of that name, so half a book is never taken for a whole one.
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)
    return size


def _refuse(answer: httpx.Response, body: bytes) -> None:
    if answer.status_code >= 400:
        is_problem = answer.headers.get("content-type", "").startswith("application/problem+json")
        raise LocalError(answer.json()["detail"] if is_problem else body.decode(errors="replace")[:500])


def _day(at: datetime | None) -> date | None:
    return None if at is None else at.date()


def _moment(at: datetime | None) -> datetime | None:
    return at if at is None or at.tzinfo else at.replace(tzinfo=UTC)
