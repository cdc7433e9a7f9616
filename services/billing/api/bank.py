"""Bank accounts, statements and their lines."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.billing.api.access import Asked, FinanceWrites, Programme, Reads
from services.billing.commands.bank_accounts import add_profile, close_bank_account, open_bank_account
from services.billing.commands.bank_imports import confirm_import, preview_import
from services.billing.commands.bank_lines import (
    ignore_lines,
    match_line,
    post_lines,
    suggest_again,
    undo_line,
    unmatch_line,
)
from services.billing.domain.banking import LineState
from services.billing.queries.bank import (
    bank_accounts,
    bank_lines,
    imports,
    present_bank_account,
    present_bank_line,
    present_import,
    present_profile,
    present_statement,
    profiles,
    read_bank_account,
    read_bank_line,
    reconciliation,
    statements,
)
from services.billing.queries.books import read_book
from services.billing.schemas.bank import (
    BankAccountOut,
    BankLineOut,
    BankStatementOut,
    CloseBankAccount,
    ConfirmImport,
    IgnoreLines,
    ImportOut,
    ImportSummary,
    LinesPosted,
    LookAgain,
    MatchLine,
    OpenBankAccount,
    PostLines,
    PreviewImport,
    ProfileIn,
    ProfileOut,
    Reconciliation,
    UndoLine,
)
from services.billing.tables import bank_account, bank_import, bank_line, bank_profile, bank_statement
from shared.days import Day
from shared.web.listing import Page, answer_list

router = APIRouter(prefix="/v1/programmes/{programme}", tags=["bank"])


@router.post("/bank-accounts", status_code=201, response_model=BankAccountOut)
async def post_bank_account(programme: Programme, body: OpenBankAccount, write: FinanceWrites) -> Response:
    """Keep a bank account of a book."""
    return await write.run(open_bank_account, programme, body)


@router.post("/bank-accounts/{bank_account_id}/close", status_code=201, response_model=BankAccountOut)
async def post_close_account(
    programme: Programme, bank_account_id: UUID, body: CloseBankAccount, write: FinanceWrites
) -> Response:
    """Give an empty bank account its last day."""
    return await write.run(close_bank_account, programme, bank_account_id, body)


@router.post("/bank-accounts/{bank_account_id}/profiles", status_code=201, response_model=ProfileOut)
async def post_profile(programme: Programme, bank_account_id: UUID, body: ProfileIn, write: FinanceWrites) -> Response:
    """Say how the CSV of a bank account is read from now on."""
    return await write.run(add_profile, programme, bank_account_id, body)


@router.get("/bank-accounts", response_model=Page[BankAccountOut])
async def get_bank_accounts(
    programme: Programme, read: Reads, asked: Asked, partner_id: UUID | None = None
) -> Response:
    """List bank accounts with what the bank and the ledger say is on them."""
    query = bank_accounts(read.actor, programme)
    if partner_id is not None:
        query = query.where(bank_account.c.partner_id == partner_id)
    return await answer_list(read.connection, query, bank_account.c.id, asked, present_bank_account)


@router.get("/bank-accounts/{bank_account_id}")
async def get_bank_account(programme: Programme, bank_account_id: UUID, read: Reads) -> BankAccountOut:
    """Show one bank account."""
    return await read_bank_account(read.connection, read.actor, programme, bank_account_id)


@router.get("/bank-profiles", response_model=Page[ProfileOut])
async def get_profiles(
    programme: Programme, read: Reads, asked: Asked, bank_account_id: UUID | None = None
) -> Response:
    """List the versions of CSV profiles; the newest of an account is used."""
    query = profiles(read.actor, programme)
    if bank_account_id is not None:
        query = query.where(bank_profile.c.bank_account_id == bank_account_id)
    return await answer_list(read.connection, query, bank_profile.c.id, asked, present_profile)


@router.post("/bank-imports", status_code=201, response_model=ImportOut)
async def post_import(programme: Programme, body: PreviewImport, write: FinanceWrites) -> Response:
    """Look at a statement file: what it would add, row by row."""
    return await write.run(preview_import, programme, body)


@router.post("/bank-imports/{import_id}/confirm", status_code=201, response_model=ImportOut)
async def post_confirm(programme: Programme, import_id: UUID, body: ConfirmImport, write: FinanceWrites) -> Response:
    """Take a file that was looked at into the book."""
    return await write.run(confirm_import, programme, import_id, body)


@router.get("/bank-imports", response_model=Page[ImportSummary])
async def get_imports(programme: Programme, read: Reads, asked: Asked, partner_id: UUID | None = None) -> Response:
    """List the files that were looked at."""
    query = imports(read.actor, programme)
    if partner_id is not None:
        query = query.where(bank_import.c.partner_id == partner_id)
    return await answer_list(read.connection, query, bank_import.c.id, asked, present_import)


@router.get("/bank-statements", response_model=Page[BankStatementOut])
async def get_statements(
    programme: Programme, read: Reads, asked: Asked, bank_account_id: UUID | None = None
) -> Response:
    """List confirmed statements."""
    query = statements(read.actor, programme)
    if bank_account_id is not None:
        query = query.where(bank_statement.c.bank_account_id == bank_account_id)
    return await answer_list(read.connection, query, bank_statement.c.id, asked, present_statement)


@router.get("/bank-lines", response_model=Page[BankLineOut])
async def get_lines(
    programme: Programme,
    read: Reads,
    asked: Asked,
    partner_id: UUID | None = None,
    bank_account_id: UUID | None = None,
    state: LineState | None = None,
) -> Response:
    """List bank lines with what they may be and what they are."""
    query = bank_lines(read.actor, programme)
    for column, wanted in (
        (bank_line.c.partner_id, partner_id),
        (bank_line.c.bank_account_id, bank_account_id),
        (bank_line.c.state, None if state is None else state.value),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    return await answer_list(read.connection, query, bank_line.c.id, asked, present_bank_line)


@router.get("/bank-lines/{line_id}")
async def get_line(programme: Programme, line_id: UUID, read: Reads) -> BankLineOut:
    """Show one bank line."""
    return await read_bank_line(read.connection, read.actor, programme, line_id)


@router.post("/bank-lines/{line_id}/suggest", status_code=201, response_model=BankLineOut)
async def post_suggest(programme: Programme, line_id: UUID, body: LookAgain, write: FinanceWrites) -> Response:
    """Look again what an open line may be."""
    return await write.run(suggest_again, programme, line_id, body)


@router.post("/bank-lines/{line_id}/match", status_code=201, response_model=BankLineOut)
async def post_match(programme: Programme, line_id: UUID, body: MatchLine, write: FinanceWrites) -> Response:
    """Say what a line is, without booking it yet."""
    return await write.run(match_line, programme, line_id, body)


@router.post("/bank-lines/{line_id}/unmatch", status_code=201, response_model=BankLineOut)
async def post_unmatch(programme: Programme, line_id: UUID, body: UndoLine, write: FinanceWrites) -> Response:
    """Take back what was said of a line that is not posted."""
    return await write.run(unmatch_line, programme, line_id, body)


@router.post("/bank-lines/{line_id}/undo", status_code=201, response_model=BankLineOut)
async def post_undo(programme: Programme, line_id: UUID, body: UndoLine, write: FinanceWrites) -> Response:
    """Undo what a line was posted as."""
    return await write.run(undo_line, programme, line_id, body)


@router.post("/bank-postings", status_code=201, response_model=LinesPosted)
async def post_postings(programme: Programme, body: PostLines, write: FinanceWrites) -> Response:
    """Book what lines are: one or many, with a result for each."""
    return await write.run(post_lines, programme, body)


@router.post("/bank-omissions", status_code=201, response_model=BankLineOut)
async def post_omission(programme: Programme, body: IgnoreLines, write: FinanceWrites) -> Response:
    """Set aside lines that cancel each other."""
    return await write.run(ignore_lines, programme, body)


@router.get("/books/{partner_id}/bank-reconciliation")
async def get_reconciliation(
    programme: Programme,
    partner_id: UUID,
    read: Reads,
    as_of: Annotated[Day, Query(description="The day until which book and bank are compared.")],
) -> Reconciliation:
    """Show what stands between a book and its bank."""
    await read_book(read.connection, read.actor, programme, partner_id)
    return await reconciliation(read.connection, partner_id, as_of)
