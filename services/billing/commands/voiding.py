"""Taking an issued invoice back as if it had never been."""

from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, update

from services.billing import ledger
from services.billing.commands.drafting import draft_missing, enrolled_of, hold_partner
from services.billing.commands.invoices import end_contract, require_state
from services.billing.commands.loading import happened, lock_invoice, need_programme, not_before, one
from services.billing.domain.credit_notes import CreditNoteState
from services.billing.domain.invoices import InvoiceState
from services.billing.domain.posting import EntryKind
from services.billing.errors import NotEnrolled, NotVoidable
from services.billing.ledger import Late
from services.billing.queries.invoices import read_invoice
from services.billing.queries.scope import AnyRow, money
from services.billing.schemas.invoices import InvoiceOut, VoidInvoice
from services.billing.tables import (
    credit_note,
    enrollment,
    entry,
    invoice,
    period,
    share_position,
)
from shared.database.transaction import Transaction
from shared.errors import NotFound
from shared.events.billing import InvoiceVoided


async def void_invoice(tx: Transaction, programme: str, invoice_id: UUID, command: VoidInvoice) -> InvoiceOut:
    """Reverse an issued invoice, and its income, in its own accounting period; its number stays used.

    Only while nobody has answered to it: nothing paid, claimed or credited. With `rebill` the instalment is drafted
    anew at the terms of today, else what it contracted ends. Raises NotFound, FactMissing, RefusedTransition,
    FutureDate, DateOrder, NotVoidable, NotEnrolled or PeriodClosed.
    """
    await need_programme(tx, programme)
    found = await one(
        tx, select(invoice.c.partner_id).where(invoice.c.id == invoice_id, invoice.c.programme == programme)
    )
    if found is None or not tx.actor.sees_partner(found.partner_id):
        raise NotFound("invoice", invoice_id, field="id")
    await hold_partner(tx, found.partner_id)
    row = await lock_invoice(tx, programme, invoice_id)
    require_state(row, InvoiceState.ISSUED, "void")
    happened(tx, "voided_on", command.voided_on)
    earliest = max(day for day in (row.issued_on, row.earned_on, row.contracted_on) if day is not None)
    not_before("voided_on", command.voided_on, earliest, "the last day something was booked for the invoice")
    if command.rebill and row.withdrawn_on is not None:
        raise NotEnrolled(row.enrollment_id, row.withdrawn_on)
    await _require_unanswered(tx, invoice_id)
    await _require_same_period(tx, row, command.voided_on)
    # Income first: what was taken out of the deferral is put back before the invoice takes it away.
    for booked in (await _booked(tx, row, EntryKind.INCOME), await _booked(tx, row, EntryKind.INVOICE)):
        if booked is not None:
            await ledger.reverse(tx, booked.uid, command.voided_on, command.reason)
    ended_on = await end_contract(tx, row, command.voided_on, command.reason, Late.REFUSE)
    await tx.connection.execute(
        update(invoice)
        .where(invoice.c.id == invoice_id)
        .values(
            state=InvoiceState.VOID.value,
            voided_on=command.voided_on,
            contract_ended_on=ended_on,
            end_reason=command.reason,
        )
    )
    drafted = await _rebill(tx, row, command)
    tx.emit(
        InvoiceVoided(
            invoice_id=invoice_id,
            number=row.number,
            partner_id=row.partner_id,
            enterprise_id=row.enterprise_id,
            enrollment_id=row.enrollment_id,
            voided_on=command.voided_on,
            total=money(row.total_minor, row.currency),
            reason=command.reason,
            rebilled_as=drafted,
        ),
        aggregate_id=invoice_id,
        programme=programme,
    )
    return await read_invoice(tx.connection, tx.actor, programme, invoice_id, tx.now.date())


async def _require_unanswered(tx: Transaction, invoice_id: UUID) -> None:
    def count(*conditions: ColumnElement[bool]) -> Select[int]:
        return select(func.count()).where(share_position.c.invoice_id == invoice_id, *conditions)

    noted = select(func.count()).where(
        credit_note.c.invoice_id == invoice_id,
        credit_note.c.state.in_((CreditNoteState.DRAFT.value, CreditNoteState.ISSUED.value)),
    )
    for query, why, rule in (
        (count(share_position.c.paid_minor != 0), "payments are allocated to it", "not-paid"),
        (count(share_position.c.claim_id.is_not(None)), "its subsidy is claimed", "not-claimed"),
        (noted, "it is credited", "not-credited"),
        (count(share_position.c.written_off_minor != 0), "part of it is written off", "not-written-off"),
    ):
        if (await tx.connection.execute(query)).scalar_one():
            raise NotVoidable(invoice_id, why, rule)


async def _require_same_period(tx: Transaction, row: AnyRow, day: date) -> None:
    # Whether it is open is for the ledger to say; an invoice of nothing has no entry, so the period is looked at here.
    of_issue = select(period).where(
        period.c.book_id == row.partner_id, period.c.starts_on <= row.issued_on, period.c.ends_on >= row.issued_on
    )
    held = await one(tx, of_issue)
    if held is not None and held.state == "closed":
        raise NotVoidable(row.id, f"its period is closed until {held.ends_on}", "open-period", "voided_on")
    if held is None or held.ends_on < day:
        last = "the last day of its period" if held is None else str(held.ends_on)
        raise NotVoidable(row.id, f"{day} is after its period, which ends on {last}", "same-period", "voided_on")


async def _booked(tx: Transaction, row: AnyRow, kind: EntryKind) -> AnyRow | None:
    return await one(
        tx,
        select(entry.c.uid).where(
            entry.c.book_id == row.partner_id,
            entry.c.source_type == "invoice",
            entry.c.source_id == row.id,
            entry.c.kind == kind.value,
        ),
    )


async def _rebill(tx: Transaction, row: AnyRow, command: VoidInvoice) -> UUID | None:
    if not command.rebill:
        return None
    place = await one(tx, select(enrollment).where(enrollment.c.id == row.enrollment_id))
    if place is None:
        raise LookupError(f"invoice {row.id} has no enrollment")
    drafted = await draft_missing(tx, enrolled_of(place), command.voided_on)
    same_first = (invoice.c.instalment == row.instalment).desc()
    taken = select(invoice.c.id).where(invoice.c.id.in_(drafted)).order_by(same_first, invoice.c.id).limit(1)
    rebilled_as: UUID | None = (await tx.connection.execute(taken)).scalar_one_or_none()
    return rebilled_as
