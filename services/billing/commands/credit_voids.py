"""Taking credit notes back: a draft is given up, an issued note of which nothing was used becomes void."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import select, update

from services.billing import ledger
from services.billing.commands.crediting import bind_agreements, claimed, lock_note, require_note
from services.billing.commands.invoices import reopen, require_state
from services.billing.commands.loading import dimensions_of, happened, need_programme, not_before
from services.billing.commands.positions import load_positions
from services.billing.domain.credit_notes import CreditNoteState, late_income_entry
from services.billing.domain.invoices import Billed, InvoiceState, income_entry
from services.billing.domain.positions import Position
from services.billing.domain.posting import Entry, EntryKind, Source
from services.billing.domain.programme import Programme
from services.billing.domain.shares import Share
from services.billing.errors import StillApplied
from services.billing.queries.credit_notes import read_credit_note
from services.billing.queries.scope import AnyRow
from services.billing.schemas.credit_notes import CancelCreditNote, CreditNoteOut, VoidCreditNote
from services.billing.tables import credit_note, credit_note_part
from shared.database.transaction import Transaction
from shared.events.billing import CreditNoteVoided, PayerShare
from shared.money import Money


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
    funder has been asked for the rest. Raises NotFound, FactMissing, RefusedTransition, StillApplied, FutureDate,
    DateOrder or PeriodClosed.
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
    by_share = {part.share_id: part.amount for part in shown.parts}
    positions = [each for each in await load_positions(tx, row) if each.share_id in by_share]
    earned = await _earned(tx, note_id)
    for position in positions:
        if position.claim_id is not None and position.share_id not in earned:
            raise await claimed(tx, row, position)
    await _end(tx, note_id, CreditNoteState.VOID, command.voided_on, command.reason)
    for kind in _booked(shown, earned):
        booked = await ledger.find_entry(tx, row.partner_id, Source("credit-note", note_id), kind)
        await ledger.reverse(tx, booked.entry_id, command.voided_on, command.reason)
    for own in positions:
        if own.payer.agreement_id is None and own.share_id not in earned and row.earned_on is not None:
            late = _earn_late(policy, row, own, by_share[own.share_id], note_id, command.voided_on)
            await ledger.post(tx, row.partner_id, late)
    await bind_agreements(tx, [(position.payer, by_share[position.share_id]) for position in positions])
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


async def _earned(tx: Transaction, note_id: UUID) -> Collection[UUID]:
    found = await tx.connection.execute(
        select(credit_note_part.c.share_id).where(
            credit_note_part.c.credit_note_id == note_id, credit_note_part.c.earned_minor > 0
        )
    )
    return set(found.scalars())


def _booked(note: CreditNoteOut, earned: Collection[UUID]) -> list[EntryKind]:
    # What an issue books, by what the note says; the release last, so that the payer has the money to give back.
    from_income = [part.agreement_id is None for part in note.parts if part.share_id in earned]
    return [
        EntryKind.CREDIT_NOTE,
        EntryKind.CONTRACT,
        *([EntryKind.INCOME] if True in from_income else []),
        *([EntryKind.CLAIM_APPROVAL] if False in from_income else []),
        *([EntryKind.OFFSET] if note.released else []),
    ]


def _earn_late(policy: Programme, row: AnyRow, own: Position, amount: Money, note_id: UUID, on: date) -> Entry:
    # The rest was earned while this was credited; owed again, it is earned with it.
    share = Share(own.payer.payer_class, None, amount)
    billed = Billed(row.id, row.enterprise_id, (share,), dimensions_of(row, policy, on))
    earned = income_entry(billed, on, first_module=policy.is_first_module(row.module))
    if earned is None:
        raise ValueError("a credit is never zero")
    return late_income_entry(note_id, earned, on)


async def _end(tx: Transaction, note_id: UUID, state: CreditNoteState, on: date, reason: str) -> None:
    await tx.connection.execute(
        update(credit_note).where(credit_note.c.id == note_id).values(state=state.value, ended_on=on, end_reason=reason)
    )
