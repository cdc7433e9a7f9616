"""Credit notes: for now over a whole invoice on which nothing was paid or claimed."""

from uuid import UUID

from sqlalchemy import Row, func, insert, select, update

from services.billing import ledger
from services.billing.commands.freezing import freeze_credit_note
from services.billing.commands.invoices import end_contract, require_state, settle
from services.billing.commands.issuing import payer_shares
from services.billing.commands.loading import billed, happened, load_shares, lock_invoice, need_programme, not_before
from services.billing.commands.numbering import next_number
from services.billing.domain.invoices import InvoiceState, credit_entry
from services.billing.domain.numbers import Series
from services.billing.domain.posting import EntryKind, Source
from services.billing.errors import StillApplied
from services.billing.ledger import Late
from services.billing.queries.invoices import read_credit_note
from services.billing.queries.scope import money
from services.billing.schemas.invoices import CreditInvoice, CreditNoteOut
from services.billing.tables import allocation_part, claim, claim_item, credit_note, invoice, invoice_share
from shared.database.transaction import Transaction
from shared.events.billing import CreditNoteIssued


async def credit_invoice(tx: Transaction, programme: str, invoice_id: UUID, command: CreditInvoice) -> CreditNoteOut:
    """Take an issued invoice back by a document with a number of its own.

    Books the mirror of the issue, reverses income that was earned and ends what was contracted, so that the enrollment
    can be billed anew. Raises NotFound, FactMissing, RefusedTransition, StillApplied, FutureDate, DateOrder or
    PeriodClosed.
    """
    policy = await need_programme(tx, programme)
    row = await lock_invoice(tx, programme, invoice_id)
    require_state(row, InvoiceState.ISSUED, "credit")
    happened(tx, "issued_on", command.issued_on)
    earliest = max(day for day in (row.issued_on, row.earned_on, row.contracted_on) if day is not None)
    not_before("issued_on", command.issued_on, earliest, "the last day something was booked for the invoice")
    await _require_unapplied(tx, invoice_id)
    shares = await load_shares(tx, row)
    note_id = tx.ids()
    number = await next_number(tx, programme, row.partner_id, Series.CREDIT_NOTE, command.issued_on)
    await tx.connection.execute(
        insert(credit_note).values(
            id=note_id,
            programme=programme,
            partner_id=row.partner_id,
            invoice_id=invoice_id,
            number=number.text,
            fiscal_year=number.year,
            serial=number.serial,
            issued_on=command.issued_on,
            total_minor=row.total_minor,
            reason=command.reason,
        )
    )
    await freeze_credit_note(tx, row, note_id, number.text, command.issued_on, command.reason, shares)
    entry = credit_entry(billed(row, shares, policy, command.issued_on), note_id, command.issued_on, command.reason)
    if entry is not None:
        await ledger.post(tx, row.partner_id, entry)
    if row.earned_on is not None and (shares[0].net or row.discount_minor):
        income = await ledger.find_entry(tx, row.partner_id, Source("invoice", invoice_id), EntryKind.INCOME)
        await ledger.reverse(tx, income.entry_id, command.issued_on, command.reason)
    ended_on = await end_contract(tx, row, command.issued_on, command.reason, Late.REFUSE)
    tx.emit(
        CreditNoteIssued(
            credit_note_id=note_id,
            number=number.text,
            invoice_id=invoice_id,
            partner_id=row.partner_id,
            enterprise_id=row.enterprise_id,
            issued_on=command.issued_on,
            total=money(row.total_minor, row.currency),
            shares=payer_shares(shares),
            reason=command.reason,
        ),
        aggregate_id=note_id,
        programme=programme,
    )
    await settle(tx, programme, invoice_id, command.issued_on)
    await tx.connection.execute(
        update(invoice)
        .where(invoice.c.id == invoice_id)
        .values(state=InvoiceState.CREDITED.value, contract_ended_on=ended_on, end_reason=command.reason)
    )
    return await read_credit_note(tx.connection, tx.actor, programme, note_id)


async def _require_unapplied(tx: Transaction, invoice_id: UUID) -> None:
    paid = await tx.connection.execute(
        select(func.count())
        .select_from(allocation_part)
        .join(invoice_share, invoice_share.c.id == allocation_part.c.share_id)
        .where(invoice_share.c.invoice_id == invoice_id)
    )
    if paid.scalar_one():
        raise StillApplied(invoice_id, "payments are allocated to it")
    claimed: Row[tuple[str]] | None = (
        await tx.connection.execute(
            select(claim.c.number)
            .join(claim_item, claim_item.c.claim_id == claim.c.id)
            .join(invoice_share, invoice_share.c.id == claim_item.c.share_id)
            .where(invoice_share.c.invoice_id == invoice_id, claim_item.c.is_live)
            .order_by(claim.c.id)
            .limit(1)
        )
    ).one_or_none()
    if claimed is not None:
        raise StillApplied(invoice_id, f"claim {claimed.number} asks for its subsidy")
