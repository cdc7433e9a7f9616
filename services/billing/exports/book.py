"""The book to export: whose it is, how far the export goes on both time axes, its accounts and periods."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.billing.exports.names import text_name
from services.billing.exports.table import moment
from services.billing.queries.books import read_book
from services.billing.queries.scope import AnyRow
from shared.auth.actor import Actor

ROWS_AT_A_TIME: Final = 1_000


@dataclass(frozen=True, slots=True)
class Cut:
    """What of a book is wanted: effective days from `since` to `until`, both included, as recorded by a moment."""

    since: date | None = None
    until: date | None = None
    recorded_at: datetime | None = None

    @property
    def parameters(self) -> dict[str, object]:
        """The cut as parameters of a query."""
        return {"since": self.since, "until": self.until, "recorded_at": self.recorded_at}


EVERYTHING: Final = Cut()


@dataclass(frozen=True, slots=True)
class BookAccount:
    """An account of the book that has postings. `text_name`: what it is called in text journals."""

    number: int
    uid: UUID
    code: str
    name: str
    type: str
    normal_side: str
    currency: str
    party_kind: str | None
    party_id: UUID | None
    party: str | None
    may_be_negative: bool
    opened_at: datetime
    first_on: date
    text_name: str


@dataclass(frozen=True, slots=True)
class BookPeriod:
    """A period of the book."""

    id: UUID
    starts_on: date
    ends_on: date
    state: str
    closed_at: datetime | None
    closed_by: str | None


@dataclass(frozen=True, slots=True)
class Exported:
    """A book in one snapshot."""

    connection: AsyncConnection
    id: UUID
    programme: str
    partner: str
    currency: str
    cut: Cut
    entries: int
    first_on: date | None
    last_on: date | None
    last_recorded_at: datetime | None
    accounts: Mapping[int, BookAccount]
    periods: tuple[BookPeriod, ...]

    @property
    def recorded_by(self) -> datetime | None:
        """The moment the export is as of: the one asked for, else that of the newest entry in it."""
        return self.cut.recorded_at or self.last_recorded_at

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """What every export says about itself."""
        return (
            ("programme", self.programme),
            ("partner", self.partner),
            ("book", str(self.id)),
            ("book_currency", self.currency),
            ("effective_from", "the beginning" if self.cut.since is None else str(self.cut.since)),
            ("effective_to", "the end" if self.cut.until is None else str(self.cut.until)),
            ("recorded_by", "nothing recorded" if self.recorded_by is None else moment(self.recorded_by)),
        )

    async def rows(self, query: str, **more: object) -> AsyncIterator[AnyRow]:
        """Give the rows of a query about this book and cut as they come from the database, some at a time."""
        parameters = {"book": self.id, **self.cut.parameters, **more}
        statement = text(query).execution_options(yield_per=ROWS_AT_A_TIME)
        async with self.connection.stream(statement, _named_in(query, parameters)) as found:
            async for row in found:
                yield row


IN_CUT: Final = """
(CAST(:since AS date) IS NULL OR e.effective_on >= :since)
AND (CAST(:until AS date) IS NULL OR e.effective_on <= :until)
AND (CAST(:recorded_at AS timestamptz) IS NULL OR e.recorded_at <= :recorded_at)
"""
"""Keeps the entries `e` of the cut."""

_SPAN: Final = f"""
SELECT count(*) AS entries, min(e.effective_on) AS first_on, max(e.effective_on) AS last_on,
       max(e.recorded_at) AS last_recorded_at
FROM ledger.entry e WHERE e.book_id = :book AND {IN_CUT}
"""  # noqa: S608 - our own text

_ACCOUNTS: Final = """
SELECT a.id, a.uid, a.code, c.name, c.type, c.normal_side, a.currency, a.may_be_negative, a.opened_at,
       a.enterprise_id, a.agreement_id, a.bank_account_id, f.name AS enterprise_name, g.code AS agreement_code,
       g.payer_name, k.name AS bank_name, k.number AS bank_number, used.first_on
FROM ledger.account a
JOIN ledger.chart c ON c.code = a.code
JOIN (SELECT p.account_id, min(e.effective_on) AS first_on
      FROM ledger.posting p JOIN ledger.entry e ON e.id = p.entry_id
      WHERE e.book_id = :book AND (CAST(:recorded_at AS timestamptz) IS NULL OR e.recorded_at <= :recorded_at)
      GROUP BY p.account_id) AS used ON used.account_id = a.id
LEFT JOIN enterprise f ON f.id = a.enterprise_id
LEFT JOIN agreement g ON g.id = a.agreement_id
LEFT JOIN bank_account k ON k.id = a.bank_account_id
WHERE a.book_id = :book
ORDER BY a.code, a.party_id, a.currency
"""

_PERIODS: Final = """
SELECT id, starts_on, ends_on, state, closed_at, closed_by FROM ledger.period WHERE book_id = :book ORDER BY starts_on
"""


@asynccontextmanager
async def snapshot(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Open a read-only transaction that sees one state of the book, whatever is posted meanwhile."""
    async with engine.connect() as connection:
        await connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield connection


async def read_exported(
    connection: AsyncConnection, actor: Actor, programme: str, partner_id: UUID, cut: Cut = EVERYTHING
) -> Exported:
    """Return the book of a partner for an export; raises NotFound, also for what the caller may not see."""
    book = await read_book(connection, actor, programme, partner_id)
    parameters = {"book": book.id, **cut.parameters}

    async def fetch(query: str) -> list[Any]:
        return list((await connection.execute(text(query), _named_in(query, parameters))).all())

    [span] = await fetch(_SPAN)
    return Exported(
        connection=connection,
        id=book.id,
        programme=programme,
        partner=book.partner_name,
        currency=book.currency,
        cut=cut,
        entries=span.entries,
        first_on=span.first_on,
        last_on=span.last_on,
        last_recorded_at=span.last_recorded_at,
        accounts={row.id: _account(row) for row in await fetch(_ACCOUNTS)},
        periods=tuple(
            BookPeriod(row.id, row.starts_on, row.ends_on, row.state, row.closed_at, row.closed_by)
            for row in await fetch(_PERIODS)
        ),
    )


def _named_in(query: str, parameters: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in parameters.items() if f":{name}" in query}


def _account(row: AnyRow) -> BookAccount:
    if row.enterprise_id is not None:
        kind, party_id, party = "enterprise", row.enterprise_id, row.enterprise_name
    elif row.agreement_id is not None:
        kind, party_id, party = "agreement", row.agreement_id, f"{row.agreement_code} {row.payer_name}"
    elif row.bank_account_id is not None:
        # An account of a bank that nobody has described is known by its id.
        known = None if row.bank_name is None else f"{row.bank_name} {row.bank_number}"
        kind, party_id, party = "bank-account", row.bank_account_id, known
    else:
        kind, party_id, party = None, None, None
    return BookAccount(
        number=row.id,
        uid=row.uid,
        code=row.code,
        name=row.name,
        type=row.type,
        normal_side=row.normal_side,
        currency=row.currency,
        party_kind=kind,
        party_id=party_id,
        party=party,
        may_be_negative=row.may_be_negative,
        opened_at=row.opened_at,
        first_on=row.first_on,
        text_name=text_name(row.type, row.code, row.name, kind, party_id, row.currency),
    )
