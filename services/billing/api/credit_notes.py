"""Credit notes, and what becomes of the money they give back."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.billing.api.access import Asked, FinanceWrites, Programme, Reads
from services.billing.commands.credit_uses import offset_credit, refund_credit
from services.billing.commands.credit_voids import cancel_credit_note, void_credit_note
from services.billing.commands.crediting import credit_invoice, draft_credit_note, issue_credit_note
from services.billing.domain.credit_notes import CreditKind, CreditNoteState
from services.billing.queries.credit_notes import (
    credit_notes,
    credit_uses,
    present_credit_note,
    present_credit_use,
    read_credit_note,
)
from services.billing.schemas.credit_notes import (
    CancelCreditNote,
    CreditInvoice,
    CreditNoteOut,
    CreditUseOut,
    DraftCreditNote,
    IssueCreditNote,
    OffsetCredit,
    RefundCredit,
    VoidCreditNote,
)
from services.billing.tables import credit_note, credit_use, invoice
from shared.web.listing import Page, answer_list

router = APIRouter(prefix="/v1/programmes/{programme}", tags=["credit notes"])


@router.post("/invoices/{invoice_id}/credit-notes", status_code=201, response_model=CreditNoteOut)
async def post_credit(programme: Programme, invoice_id: UUID, body: CreditInvoice, write: FinanceWrites) -> Response:
    """Credit an issued invoice at once: in part, or without amounts as a whole."""
    return await write.run(credit_invoice, programme, invoice_id, body)


@router.post("/credit-notes", status_code=201, response_model=CreditNoteOut)
async def post_draft(programme: Programme, body: DraftCreditNote, write: FinanceWrites) -> Response:
    """Prepare a credit note."""
    return await write.run(draft_credit_note, programme, body)


@router.post("/credit-notes/{note_id}/issue", status_code=201, response_model=CreditNoteOut)
async def post_issue(programme: Programme, note_id: UUID, body: IssueCreditNote, write: FinanceWrites) -> Response:
    """Issue a draft: number, book."""
    return await write.run(issue_credit_note, programme, note_id, body)


@router.post("/credit-notes/{note_id}/cancel", status_code=201, response_model=CreditNoteOut)
async def post_cancel(programme: Programme, note_id: UUID, body: CancelCreditNote, write: FinanceWrites) -> Response:
    """Give up a draft."""
    return await write.run(cancel_credit_note, programme, note_id, body)


@router.post("/credit-notes/{note_id}/void", status_code=201, response_model=CreditNoteOut)
async def post_void(programme: Programme, note_id: UUID, body: VoidCreditNote, write: FinanceWrites) -> Response:
    """Take an issued note back before anything of it is used."""
    return await write.run(void_credit_note, programme, note_id, body)


@router.post("/credit-notes/{note_id}/refunds", status_code=201, response_model=CreditUseOut)
async def post_refund(programme: Programme, note_id: UUID, body: RefundCredit, write: FinanceWrites) -> Response:
    """Pay out what a note gave back."""
    return await write.run(refund_credit, programme, note_id, body)


@router.post("/credit-notes/{note_id}/offsets", status_code=201, response_model=CreditNoteOut)
async def post_offset(programme: Programme, note_id: UUID, body: OffsetCredit, write: FinanceWrites) -> Response:
    """Set what a note gave back against other debts of its payer."""
    return await write.run(offset_credit, programme, note_id, body)


@router.get("/credit-notes", response_model=Page[CreditNoteOut])
async def get_credit_notes(
    programme: Programme,
    read: Reads,
    asked: Asked,
    partner_id: UUID | None = None,
    invoice_id: UUID | None = None,
    enterprise_id: UUID | None = None,
    state: CreditNoteState | None = None,
    kind: CreditKind | None = None,
) -> Response:
    """List credit notes and drafts of them."""
    query = credit_notes(read.actor, programme)
    for column, wanted in (
        (credit_note.c.partner_id, partner_id),
        (credit_note.c.invoice_id, invoice_id),
        (invoice.c.enterprise_id, enterprise_id),
        (credit_note.c.state, None if state is None else state.value),
        (credit_note.c.kind, None if kind is None else kind.value),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    return await answer_list(read.connection, query, credit_note.c.id, asked, present_credit_note)


@router.get("/credit-notes/{note_id}")
async def get_credit_note(programme: Programme, note_id: UUID, read: Reads) -> CreditNoteOut:
    """Show one credit note."""
    return await read_credit_note(read.connection, read.actor, programme, note_id)


@router.get("/credit-uses", response_model=Page[CreditUseOut])
async def get_credit_uses(programme: Programme, read: Reads, asked: Asked, note_id: UUID | None = None) -> Response:
    """List refunds of credit notes and offsets."""
    query = credit_uses(read.actor, programme)
    if note_id is not None:
        query = query.where(credit_use.c.credit_note_id == note_id)
    return await answer_list(read.connection, query, credit_use.c.id, asked, present_credit_use)
