"""Taking credit notes back: a draft is given up, an issued note of which nothing was used becomes void."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy import select, update

from services.billing import ledger
from services.billing.commands.crediting import bind_agreements, claimed, lock_note, require_note
from services.billing.commands.invoices import reopen, require_state
from services.billing.commands.loading import dimensions_of, happened, need_programme, not_before
from services.billing.commands.positions import load_positions
from services.billing.domain.credit_notes import CreditNoteState
from services.billing.domain.invoices import Billed, InvoiceState, income_entry
from services.billing.domain.positions import Position
from services.billing.domain.posting import Entry, Source
from services.billing.domain.programme import Programme
from services.billing.domain.shares import Share
from services.billing.errors import StillApplied
from services.billing.queries.credit_notes import read_credit_note
from services.billing.queries.scope import AnyRow, money
from services.billing.schemas.credit_notes import CancelCreditNote, CreditNoteOut, VoidCreditNote
from services.billing.tables import credit_note, credit_note_part, entry
from shared.database.transaction import Transaction
from shared.events.billing import CreditNoteVoided, PayerShare


async def cancel_credit_note(
    tx: Transaction, programme: str, note_id: UUID, command: CancelCreditNote
) -> CreditNoteOut:
    """Give up a draft; raises NotFound, RefusedTransition or FutureDate."""
    _, note = await lock_note(tx, programme, note_id)
    require_note(note, CreditNoteState.DRAFT, "cancel")
    happened(tx, "cancelled_on", command.cancelled_on)
    await _end(tx, note_id, CreditNoteState.CANCELLED, command.cancelled_on, command.reason)
    return await read_credit_note(tx.connection, tx.actor, programme, note_id)


async def void_credit_note(tx: Transaction, programme: str, note_id: UUID, command: VoidCreditNote) -> CreditNoteOut:
    """Take back an issued note of which nothing was refunded or offset: what it took off is owed again.

    Refused where the note took the invoice back as a whole, since its enrollment may be billed anew by now, and where a
    funder has been asked for the rest. Raises NotFound, FactMissing, RefusedTransition, StillApplied, ExceedsCeiling
    (used otherwise since), FutureDate, DateOrder or PeriodClosed.
    """
    policy = await need_programme(tx, programme)
    row, note = await lock_note(tx, programme, note_id)
    require_note(note, CreditNoteState.ISSUED, "void")
    require_state(row, InvoiceState.ISSUED, "void a credit note")
    happened(tx, "voided_on", command.voided_on)
    not_before("voided_on", command.voided_on, note.issued_on, "the day of the note")
    shown = await read_credit_note(tx.connection, tx.actor, programme, note_id)
    if shown.refunded or shown.offset:
        raise StillApplied(row.id, f"money of credit note {note.number} was refunded or set against other debts")
    parts = await _parts(tx, note_id)
    positions = [each for each in await load_positions(tx, row) if each.share_id in parts]
    for position in positions:
        if position.claim_id is not None and not parts[position.share_id].is_earned:
            raise await claimed(tx, row, position)
    await _end(tx, note_id, CreditNoteState.VOID, command.voided_on, command.reason)
    await _reverse_entries(tx, row, note_id, command.voided_on, command.reason)
    for own in positions:
        part = parts[own.share_id]
        if own.payer.agreement_id is None and not part.is_earned and row.earned_on is not None:
            late = _earn_late(policy, row, own, part, command.voided_on)
            if late is not None:
                await ledger.post(tx, row.partner_id, late)
    await bind_agreements(
        tx, [(each.payer, money(parts[each.share_id].amount_minor, row.currency)) for each in positions]
    )
    tx.emit(
        CreditNoteVoided(
            credit_note_id=note_id,
            number=note.number,
            invoice_id=row.id,
            partner_id=row.partner_id,
            enterprise_id=row.enterprise_id,
            voided_on=command.voided_on,
            total=shown.total,
            shares=tuple(
                PayerShare(payer_class=part.payer_class, agreement_id=part.agreement_id, amount=part.amount)
                for part in shown.parts
            ),
            reason=command.reason,
        ),
        aggregate_id=note_id,
        programme=programme,
    )
    await reopen(tx, programme, row.id, command.voided_on)
    return await read_credit_note(tx.connection, tx.actor, programme, note_id)


async def _parts(tx: Transaction, note_id: UUID) -> dict[UUID, AnyRow]:
    found = await tx.connection.execute(select(credit_note_part).where(credit_note_part.c.credit_note_id == note_id))
    return {part.share_id: part for part in found}


async def _reverse_entries(tx: Transaction, row: AnyRow, note_id: UUID, on: date, reason: str) -> None:
    booked = await tx.connection.execute(
        select(entry.c.uid)
        .where(entry.c.book_id == row.partner_id, entry.c.source_type == "credit-note", entry.c.source_id == note_id)
        .order_by(entry.c.id)
    )
    for uid in list(booked.scalars()):
        await ledger.reverse(tx, uid, on, reason)


def _earn_late(policy: Programme, row: AnyRow, own: Position, part: AnyRow, on: date) -> Entry | None:
    # The rest was earned while this was credited; owed again, it is earned with it.
    amount = money(part.amount_minor, row.currency)
    share = Share(own.payer.payer_class, None, amount, part.tax_minor)
    billed = Billed(row.id, row.enterprise_id, (share,), dimensions_of(row, policy, on), part.discount_minor)
    earned = income_entry(billed, on, first_module=policy.is_first_module(row.module))
    return None if earned is None else replace(earned, source=Source("credit-note", part.credit_note_id, 2))


async def _end(tx: Transaction, note_id: UUID, state: CreditNoteState, on: date, reason: str) -> None:
    await tx.connection.execute(
        update(credit_note).where(credit_note.c.id == note_id).values(state=state.value, ended_on=on, end_reason=reason)
    )
