"""Enrollments to be billed, and invoices."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.billing.api.access import Asked, FinanceWrites, Programme, Reads
from services.billing.commands.drafting import draft_invoice
from services.billing.commands.invoices import cancel_invoice, issue_invoice
from services.billing.commands.runs import issue_invoices
from services.billing.commands.voiding import void_invoice
from services.billing.domain.instalments import WaitsFor
from services.billing.domain.invoices import InvoiceState
from services.billing.queries.documents import read_document
from services.billing.queries.invoices import (
    BILLING,
    enrollments,
    invoices,
    present_enrollment,
    present_invoice,
    read_invoice,
)
from services.billing.queries.settlement import enterprise_open, overdue, settlement
from services.billing.schemas.documents import FrozenOut
from services.billing.schemas.invoices import (
    Billing,
    CancelInvoice,
    DraftInvoice,
    EnrollmentOut,
    InvoiceOut,
    IssueInvoice,
    IssueInvoices,
    IssueRunOut,
    Settlement,
    VoidInvoice,
)
from services.billing.tables import enrollment, invoice
from shared.clock import today
from shared.events.vocabulary import Code
from shared.web.listing import Page, answer_list

router = APIRouter(prefix="/v1/programmes/{programme}", tags=["invoices"])


@router.get("/enrollments", response_model=Page[EnrollmentOut])
async def get_enrollments(
    programme: Programme,
    read: Reads,
    asked: Asked,
    billing: Billing | None = None,
    training_id: UUID | None = None,
    enterprise_id: UUID | None = None,
) -> Response:
    """List enrollments with how far they are billed; `billing=unpriced` are those that wait for a price."""
    query = enrollments(read.actor, programme)
    if billing is not None:
        query = query.where(BILLING.in_([billing.value]))
    if training_id is not None:
        query = query.where(enrollment.c.training_id == training_id)
    if enterprise_id is not None:
        query = query.where(enrollment.c.enterprise_id == enterprise_id)
    return await answer_list(read.connection, query, enrollment.c.id, asked, present_enrollment)


@router.post("/invoices", status_code=201, response_model=InvoiceOut)
async def post_invoice(programme: Programme, body: DraftInvoice, write: FinanceWrites) -> Response:
    """Draft anew what an enrollment is not billed for any more."""
    return await write.run(draft_invoice, programme, body)


@router.post("/invoice-runs", status_code=201, response_model=IssueRunOut)
async def post_run(programme: Programme, body: IssueInvoices, write: FinanceWrites) -> Response:
    """Issue many drafts of a book, each by itself issued or refused."""
    return await write.run(issue_invoices, programme, body)


@router.post("/invoices/{invoice_id}/issue", status_code=201, response_model=InvoiceOut)
async def post_issue(programme: Programme, invoice_id: UUID, body: IssueInvoice, write: FinanceWrites) -> Response:
    """Issue a draft: number, freeze, book."""
    return await write.run(issue_invoice, programme, invoice_id, body)


@router.post("/invoices/{invoice_id}/cancel", status_code=201, response_model=InvoiceOut)
async def post_cancel(programme: Programme, invoice_id: UUID, body: CancelInvoice, write: FinanceWrites) -> Response:
    """Give up a draft."""
    return await write.run(cancel_invoice, programme, invoice_id, body)


@router.post("/invoices/{invoice_id}/void", status_code=201, response_model=InvoiceOut)
async def post_void(programme: Programme, invoice_id: UUID, body: VoidInvoice, write: FinanceWrites) -> Response:
    """Take an issued invoice back within its accounting period; its number stays used."""
    return await write.run(void_invoice, programme, invoice_id, body)


@router.get("/invoices", response_model=Page[InvoiceOut])
async def get_invoices(
    programme: Programme,
    read: Reads,
    asked: Asked,
    state: InvoiceState | None = None,
    partner_id: UUID | None = None,
    enterprise_id: UUID | None = None,
    training_id: UUID | None = None,
    enrollment_id: UUID | None = None,
    number: Code | None = None,
    open_only: bool = False,  # noqa: FBT001, FBT002 - a query parameter
    settled: Annotated[Settlement | None, Query(alias="settlement")] = None,
    is_overdue: Annotated[bool | None, Query(alias="overdue")] = None,
    due_at: WaitsFor | None = None,
) -> Response:
    """List invoices and drafts; `open_only` keeps issued ones on which the enterprise still owes."""
    query = invoices(read.actor, programme, today(read.runtime.clock))
    for column, wanted in (
        (invoice.c.partner_id, partner_id),
        (invoice.c.enterprise_id, enterprise_id),
        (enrollment.c.training_id, training_id),
        (invoice.c.enrollment_id, enrollment_id),
        (invoice.c.number, number),
        (invoice.c.state, None if state is None else state.value),
        (invoice.c.waits_for, None if due_at is None else due_at.value),
        (settlement(), None if settled is None else settled.value),
        (overdue(today(read.runtime.clock)), is_overdue),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    if open_only:
        query = query.where(invoice.c.state == InvoiceState.ISSUED.value, enterprise_open() > 0)
    return await answer_list(read.connection, query, invoice.c.id, asked, present_invoice)


@router.get("/invoices/{invoice_id}")
async def get_invoice(programme: Programme, invoice_id: UUID, read: Reads) -> InvoiceOut:
    """Show one invoice."""
    return await read_invoice(read.connection, read.actor, programme, invoice_id, today(read.runtime.clock))


@router.get("/invoices/{invoice_id}/document")
async def get_document(programme: Programme, invoice_id: UUID, read: Reads) -> FrozenOut:
    """Show what an issued invoice was frozen as; the hash is of `body` in UTF-8, byte for byte."""
    return await read_document(read.connection, read.actor, programme, invoice_id)
