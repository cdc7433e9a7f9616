"""The ledger, to read: books, accounts, journal, trial balance; and the periods, to close."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.billing.api.access import Asked, FinanceWrites, Programme, Reads, RecordedAt
from services.billing.commands.periods import close_period
from services.billing.domain.posting import EntryKind
from services.billing.queries.books import (
    accounts,
    books,
    periods,
    present_account,
    present_book,
    present_period,
    read_book,
    read_period,
    trial_balance,
)
from services.billing.queries.journal import IDENTITY, journal, of_account, present_entry
from services.billing.schemas.books import AccountOut, BookOut, ClosePeriod, EntryOut, PeriodOut, TrialBalance
from services.billing.tables import account, book, entry, period
from shared.days import Day
from shared.events.vocabulary import Code
from shared.web.listing import Page, answer_list

router = APIRouter(prefix="/v1/programmes/{programme}", tags=["ledger"])

AsOf = Annotated[Day | None, Query(description="Balances at the end of this effective day.")]


@router.get("/books", response_model=Page[BookOut])
async def get_books(programme: Programme, read: Reads, asked: Asked) -> Response:
    """List books, one per partner."""
    return await answer_list(read.connection, books(read.actor, programme), book.c.id, asked, present_book)


@router.get("/books/{partner_id}/accounts", response_model=Page[AccountOut])
async def get_accounts(
    programme: Programme,
    partner_id: UUID,
    read: Reads,
    asked: Asked,
    as_of: AsOf = None,
    recorded_at: RecordedAt = None,
    code: Code | None = None,
    enterprise_id: UUID | None = None,
    agreement_id: UUID | None = None,
) -> Response:
    """List the accounts of a book with their balances."""
    await read_book(read.connection, read.actor, programme, partner_id)
    query = accounts(partner_id, as_of, recorded_at)
    for column, wanted in (
        (account.c.code, code),
        (account.c.enterprise_id, enterprise_id),
        (account.c.agreement_id, agreement_id),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    return await answer_list(read.connection, query, account.c.uid, asked, present_account)


@router.get("/books/{partner_id}/trial-balance")
async def get_trial_balance(
    programme: Programme, partner_id: UUID, read: Reads, as_of: AsOf = None, recorded_at: RecordedAt = None
) -> TrialBalance:
    """Show debits and credits by account code; the totals are equal."""
    of = await read_book(read.connection, read.actor, programme, partner_id)
    return await trial_balance(read.connection, of, as_of, recorded_at)


@router.get("/books/{partner_id}/entries", response_model=Page[EntryOut])
async def get_entries(
    programme: Programme,
    partner_id: UUID,
    read: Reads,
    asked: Asked,
    since: Annotated[Day | None, Query(alias="from")] = None,
    until: Annotated[Day | None, Query(alias="to")] = None,
    kind: EntryKind | None = None,
    source_id: UUID | None = None,
    account_id: UUID | None = None,
) -> Response:
    """List the journal of a book: entries with their postings, in the order they were recorded."""
    await read_book(read.connection, read.actor, programme, partner_id)
    query = journal(read.actor, programme).where(entry.c.book_id == partner_id)
    if since is not None:
        query = query.where(entry.c.effective_on >= since)
    if until is not None:
        query = query.where(entry.c.effective_on <= until)
    if kind is not None:
        query = query.where(entry.c.kind == kind.value)
    if source_id is not None:
        query = query.where(entry.c.source_id == source_id)
    if account_id is not None:
        query = of_account(query, account_id)
    return await answer_list(read.connection, query, IDENTITY, asked, present_entry)


@router.get("/periods", response_model=Page[PeriodOut])
async def get_periods(
    programme: Programme,
    read: Reads,
    asked: Asked,
    partner_id: UUID | None = None,
    state: Literal["open", "closed"] | None = None,
) -> Response:
    """List accounting periods."""
    query = periods(read.actor, programme)
    if partner_id is not None:
        query = query.where(period.c.book_id == partner_id)
    if state is not None:
        query = query.where(period.c.state == state)
    return await answer_list(read.connection, query, period.c.id, asked, present_period)


@router.get("/periods/{period_id}")
async def get_period(programme: Programme, period_id: UUID, read: Reads) -> PeriodOut:
    """Show one period."""
    return await read_period(read.connection, read.actor, programme, period_id)


@router.post("/periods/{period_id}/close", status_code=201, response_model=PeriodOut)
async def post_close(programme: Programme, period_id: UUID, body: ClosePeriod, write: FinanceWrites) -> Response:
    """Close a period for good."""
    return await write.run(close_period, programme, period_id, body)
