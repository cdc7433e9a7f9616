"""Issuing one invoice, cancelling a draft, and what ends a contract."""

from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import insert, update

from services.billing import ledger
from services.billing.commands.issuing import Asked, issue_drafts, refusal, rules_of
from services.billing.commands.loading import happened, lock_invoice, need_programme, not_before
from services.billing.domain.invoices import ALLOWED, InvoiceState
from services.billing.domain.posting import EntryKind, Source
from services.billing.ledger import Late
from services.billing.queries.invoices import read_invoice
from services.billing.queries.scope import AnyRow
from services.billing.queries.settlement import enterprise_open
from services.billing.schemas.invoices import CancelInvoice, InvoiceOut, IssueInvoice
from services.billing.tables import invoice, invoice_reopening
from shared.database.transaction import Transaction
from shared.errors import RefusedTransition
from shared.events.billing import InvoiceReopened, InvoiceSettled


def require_state(row: AnyRow, wanted: InvoiceState, action: str) -> None:
    """Refuse a step that the invoice's state does not allow."""
    state = InvoiceState(row.state)
    if state is not wanted:
        raise RefusedTransition("invoice", row.id, state.value, action, ALLOWED[state])


async def issue_invoice(tx: Transaction, programme: str, invoice_id: UUID, command: IssueInvoice) -> InvoiceOut:
    """Give a draft its number, settle its tax, freeze it and book it; income follows where all is delivered already.

    Raises NotFound, FactMissing, RefusedTransition, FutureDate, DateOrder, AwaitsCompletion, NoTaxRule or PeriodClosed.
    """
    policy = await need_programme(tx, programme)
    row = await lock_invoice(tx, programme, invoice_id)
    rules = await rules_of(tx, programme, command.issued_on)
    asked = Asked(command.issued_on, command.due_on)
    refused = refusal(tx, row, asked, rules)
    if refused is not None:
        raise refused
    await issue_drafts(tx, policy, [row], asked, rules)
    return await read_invoice(tx.connection, tx.actor, programme, invoice_id, tx.now.date())


async def settle(tx: Transaction, programme: str, invoice_id: UUID, settled_on: date) -> None:
    """Say that nothing of the enterprise's share is open any more; said once for an invoice."""
    settled = (
        await tx.connection.execute(
            update(invoice)
            .where(invoice.c.id == invoice_id, invoice.c.settled_on.is_(None))
            .values(settled_on=settled_on)
            .returning(invoice.c.number, invoice.c.partner_id, invoice.c.enterprise_id)
        )
    ).one_or_none()
    if settled is not None:
        tx.emit(
            InvoiceSettled(
                invoice_id=invoice_id,
                number=settled.number,
                partner_id=settled.partner_id,
                enterprise_id=settled.enterprise_id,
                settled_on=settled_on,
            ),
            aggregate_id=invoice_id,
            programme=programme,
        )


async def reopen(tx: Transaction, programme: str, invoice_id: UUID, reopened_on: date) -> None:
    """Say that a settled invoice is owed again, where something of the enterprise's share is open."""
    opened = (
        await tx.connection.execute(
            update(invoice)
            .where(invoice.c.id == invoice_id, invoice.c.settled_on.is_not(None), enterprise_open() > 0)
            .values(settled_on=None)
            .returning(invoice.c.number, invoice.c.partner_id, invoice.c.enterprise_id)
        )
    ).one_or_none()
    if opened is None:
        return
    await tx.connection.execute(
        insert(invoice_reopening).values(
            id=tx.ids(), programme=programme, invoice_id=invoice_id, reopened_on=reopened_on
        )
    )
    tx.emit(
        InvoiceReopened(
            invoice_id=invoice_id,
            number=opened.number,
            partner_id=opened.partner_id,
            enterprise_id=opened.enterprise_id,
            reopened_on=reopened_on,
        ),
        aggregate_id=invoice_id,
        programme=programme,
    )


async def cancel_invoice(tx: Transaction, programme: str, invoice_id: UUID, command: CancelInvoice) -> InvoiceOut:
    """Give up a draft: what it contracted is reversed, no number is used.

    Raises NotFound, RefusedTransition, FutureDate, DateOrder or PeriodClosed.
    """
    row = await lock_invoice(tx, programme, invoice_id)
    require_state(row, InvoiceState.DRAFT, "cancel")
    happened(tx, "cancelled_on", command.cancelled_on)
    not_before("cancelled_on", command.cancelled_on, row.contracted_on, "the day it was contracted")
    await cancel_draft(tx, row, command.cancelled_on, command.reason, Late.REFUSE)
    return await read_invoice(tx.connection, tx.actor, programme, invoice_id, tx.now.date())


async def cancel_draft(tx: Transaction, row: AnyRow, on: date, reason: str, late: Late) -> None:
    """Cancel a locked draft and reverse its memo entry."""
    await tx.connection.execute(
        update(invoice)
        .where(invoice.c.id == row.id)
        .values(
            state=InvoiceState.CANCELLED.value,
            contract_ended_on=await end_contract(tx, row, on, reason, late),
            end_reason=reason,
        )
    )


_RELEASE: Final = """
WITH held AS (
    SELECT a.id, s.amount_minor FROM agreement a JOIN invoice_share s ON s.agreement_id = a.id
    WHERE s.invoice_id = $1 ORDER BY a.id FOR UPDATE OF a
)
UPDATE agreement a SET committed_minor = a.committed_minor - held.amount_minor FROM held WHERE a.id = held.id
"""


async def end_contract(tx: Transaction, row: AnyRow, on: date, reason: str, late: Late) -> date:
    """Reverse what an invoice contracted and give its ceilings back; nothing of it was claimed.

    Returns the effective day, never before the day it was contracted. What was waived as a whole contracted nothing.
    """
    await tx.connection.exec_driver_sql(_RELEASE, (row.id,))
    if row.total_minor == row.tax_minor:
        contracted_on: date = row.contracted_on
        return max(on, contracted_on)
    contracted = await ledger.find_entry(tx, row.partner_id, Source("invoice", row.id), EntryKind.CONTRACT)
    reversal = await ledger.reverse(tx, contracted.entry_id, max(on, contracted.effective_on), reason, late)
    return reversal.effective_on
