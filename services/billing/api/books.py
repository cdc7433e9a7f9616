"""The ledger, to read: books, accounts, journal, trial balance, seals."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.billing.api.access import Asked, Programme, Reads, RecordedAt
from services.billing.domain.posting import EntryKind
from services.billing.queries.books import (
    accounts,
    books,
    present_account,
    present_book,
    read_book,
    trial_balance,
)
from services.billing.queries.journal import IDENTITY, journal, of_account, present_entry
from services.billing.queries.periods import present_seal, seals
from services.billing.schemas.books import AccountOut, BookOut, EntryOut, TrialBalance
from services.billing.schemas.periods import SealOut
from services.billing.tables import account, book, entry, seal
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


@router.get("/books/{partner_id}/seals", response_model=Page[SealOut])
async def get_seals(programme: Programme, partner_id: UUID, read: Reads, asked: Asked) -> Response:
    """List the blocks of a book's hash chain, first to last."""
    await read_book(read.connection, read.actor, programme, partner_id)
    return await answer_list(read.connection, seals(partner_id), seal.c.id, asked, present_seal)
