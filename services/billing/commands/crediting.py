"""Credit notes: taking off an issued invoice what should not be owed, in part or as a whole."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy import func, insert, select, update

from services.billing import ledger
from services.billing.commands.credit_uses import offset_open
from services.billing.commands.freezing import freeze_credit_note
from services.billing.commands.invoices import require_state, settle
from services.billing.commands.loading import (
    dimensions_of,
    happened,
    in_currency,
    lock_invoice,
    need_programme,
    not_before,
    one,
)
from services.billing.commands.numbering import next_number
from services.billing.commands.positions import load_positions
from services.billing.domain.accounts import SUBSIDY_INCOME, Account, Code
from services.billing.domain.credit_notes import ALLOWED, Credited, CreditKind, CreditNoteState, note_entries
from services.billing.domain.invoices import Delivered, InvoiceState
from services.billing.domain.numbers import Series
from services.billing.domain.payments import Payer
from services.billing.domain.positions import Position
from services.billing.domain.programme import Programme
from services.billing.domain.shares import Share
from services.billing.errors import ExceedsCeiling, ExceedsCreditable, NotOfInvoice, StillApplied
from services.billing.queries.credit_notes import read_credit_note
from services.billing.queries.scope import AnyRow, money
from services.billing.schemas.credit_notes import (
    CreditInvoice,
    CreditNoteOut,
    CreditPart,
    DraftCreditNote,
    IssueCreditNote,
)
from services.billing.tables import agreement, claim, credit_note, credit_note_part, invoice, receivable_movement
from shared.database.transaction import Transaction
from shared.errors import NotFound, RefusedTransition
from shared.events.billing import CreditNoteIssued, PayerShare
from shared.money import Money

Wanted = tuple[tuple[Position, Money], ...]
"""What is to be credited of each share."""


async def credit_invoice(tx: Transaction, programme: str, invoice_id: UUID, command: CreditInvoice) -> CreditNoteOut:
    """Draft and issue a credit note at once.

    Without an amount or parts the whole invoice is taken back, so that the enrollment can be billed anew; then nothing
    of it may be paid, claimed or written off. Raises NotFound, FactMissing, RefusedTransition, StillApplied,
    ExceedsCreditable, NotOfInvoice, WrongCurrency, FutureDate, DateOrder or PeriodClosed.
    """
    policy = await need_programme(tx, programme)
    row = await lock_invoice(tx, programme, invoice_id)
    note_id = await _draft(tx, row, command, command.kind, command.reason)
    await _issue(tx, policy, row, await locked_note(tx, note_id), command.issued_on, command.offset_invoice_id)
    return await read_credit_note(tx.connection, tx.actor, programme, note_id)


async def draft_credit_note(tx: Transaction, programme: str, command: DraftCreditNote) -> CreditNoteOut:
    """Prepare a credit note: nothing is booked and no number is used.

    Raises NotFound, RefusedTransition, StillApplied, ExceedsCreditable, NotOfInvoice or WrongCurrency.
    """
    row = await lock_invoice(tx, programme, command.invoice_id)
    note_id = await _draft(tx, row, command, command.kind, command.reason)
    return await read_credit_note(tx.connection, tx.actor, programme, note_id)


async def issue_credit_note(tx: Transaction, programme: str, note_id: UUID, command: IssueCreditNote) -> CreditNoteOut:
    """Give a draft its number and book it; what it takes off is looked at again, since others may have come first.

    Raises NotFound, FactMissing, RefusedTransition, StillApplied, ExceedsCreditable, WrongTarget, FutureDate, DateOrder
    or PeriodClosed.
    """
    policy = await need_programme(tx, programme)
    row, note = await lock_note(tx, programme, note_id)
    require_note(note, CreditNoteState.DRAFT, "issue")
    await _issue(tx, policy, row, note, command.issued_on, command.offset_invoice_id)
    return await read_credit_note(tx.connection, tx.actor, programme, note_id)


async def _draft(
    tx: Transaction, row: AnyRow, command: CreditInvoice | DraftCreditNote, kind: CreditKind, reason: str
) -> UUID:
    require_state(row, InvoiceState.ISSUED, "credit")
    positions = await load_positions(tx, row)
    if command.amount is not None:
        in_currency("amount", command.amount, row.currency)
        wanted: Wanted = ((positions[0], command.amount),)
    elif command.parts is not None:
        wanted = _named(row, positions, command.parts)
    else:
        wanted = await _whole(tx, row, positions)
    await _require_creditable(tx, row, wanted)
    note_id = tx.ids()
    await tx.connection.execute(
        insert(credit_note).values(
            id=note_id,
            programme=row.programme,
            partner_id=row.partner_id,
            invoice_id=row.id,
            kind=kind.value,
            state=CreditNoteState.DRAFT.value,
            total_minor=sum(amount.minor for _, amount in wanted),
            reason=reason,
        )
    )
    await tx.connection.execute(
        insert(credit_note_part).values(
            [
                {
                    "credit_note_id": note_id,
                    "share_id": position.share_id,
                    "programme": row.programme,
                    "amount_minor": amount.minor,
                }
                for position, amount in wanted
            ]
        )
    )
    return note_id


def _named(row: AnyRow, positions: tuple[Position, ...], parts: list[CreditPart]) -> Wanted:
    known = {position.share_id: position for position in positions}
    for place, part in enumerate(parts):
        in_currency(f"parts.{place}.amount", part.amount, row.currency)
        if part.share_id not in known:
            raise NotOfInvoice(f"parts.{place}.share_id", part.share_id, row.id)
    return tuple((known[part.share_id], part.amount) for part in parts)


async def _whole(tx: Transaction, row: AnyRow, positions: tuple[Position, ...]) -> Wanted:
    if any(position.paid for position in positions):
        raise StillApplied(row.id, "payments are allocated to it")
    for position in positions:
        if position.claim_id is not None:
            raise await claimed(tx, row, position)
    if any(position.written_off for position in positions):
        raise StillApplied(row.id, "part of it is written off")
    # Of a fee given up as a whole there is only the discount to take back.
    return tuple((position, position.open) for position in positions if position.open or position.discount)


async def _require_creditable(tx: Transaction, row: AnyRow, wanted: Wanted) -> None:
    for position, amount in wanted:
        if position.is_asked_for:
            raise await claimed(tx, row, position)
        if position.creditable < amount:
            raise ExceedsCreditable(amount, position.creditable)


async def claimed(tx: Transaction, row: AnyRow, position: Position) -> StillApplied:
    """Return the refusal that names the claim which asks for a share."""
    asked = await tx.connection.execute(select(claim.c.number).where(claim.c.id == position.claim_id))
    return StillApplied(row.id, f"claim {asked.scalar_one()} asks for its subsidy")


async def locked_note(tx: Transaction, note_id: UUID) -> AnyRow:
    """Lock a credit note whose invoice is locked already, and return it."""
    return (await tx.connection.execute(select(credit_note).where(credit_note.c.id == note_id).with_for_update())).one()


async def lock_note(tx: Transaction, programme: str, note_id: UUID) -> tuple[AnyRow, AnyRow]:
    """Lock a credit note behind its invoice and return both; raises NotFound."""
    found = await one(
        tx,
        select(credit_note.c.invoice_id, credit_note.c.partner_id).where(
            credit_note.c.id == note_id, credit_note.c.programme == programme
        ),
    )
    if found is None or not tx.actor.sees_partner(found.partner_id):
        raise NotFound("credit note", note_id, field="id")
    return await lock_invoice(tx, programme, found.invoice_id), await locked_note(tx, note_id)


def require_note(note: AnyRow, wanted: CreditNoteState, action: str) -> None:
    """Refuse a step that the note's state does not allow."""
    state = CreditNoteState(note.state)
    if state is not wanted:
        raise RefusedTransition("credit note", note.id, state.value, action, ALLOWED[state])


async def _wanted(tx: Transaction, row: AnyRow, note_id: UUID) -> Wanted:
    parts = await tx.connection.execute(
        select(credit_note_part.c.share_id, credit_note_part.c.amount_minor).where(
            credit_note_part.c.credit_note_id == note_id
        )
    )
    amounts = {part.share_id: money(part.amount_minor, row.currency) for part in parts}
    positions = await load_positions(tx, row)
    return tuple((position, amounts[position.share_id]) for position in positions if position.share_id in amounts)


async def _issue(
    tx: Transaction, policy: Programme, row: AnyRow, note: AnyRow, on: date, offset_invoice_id: UUID | None
) -> None:
    require_state(row, InvoiceState.ISSUED, "credit")
    happened(tx, "issued_on", on)
    moved = await tx.connection.execute(
        select(func.max(receivable_movement.c.on_day)).where(receivable_movement.c.invoice_id == row.id)
    )
    earliest = max(day for day in (moved.scalar_one(), row.earned_on, row.contracted_on) if day is not None)
    not_before("issued_on", on, earliest, "the last day something was booked for the invoice")
    wanted = await _wanted(tx, row, note.id)
    await _require_creditable(tx, row, wanted)
    parts = [await _credited(tx, policy, row, position, amount, on) for position, amount in wanted]
    for part in parts:
        await tx.connection.execute(
            update(credit_note_part)
            .where(credit_note_part.c.credit_note_id == note.id, credit_note_part.c.share_id == part.share_id)
            .values(
                tax_minor=part.cut.tax.minor,
                released_minor=part.cut.released.minor,
                released_tax_minor=part.cut.released_tax.minor,
                discount_minor=part.cut.discount.minor,
                is_earned=part.income is not None,
            )
        )
    number = await next_number(tx, row.programme, row.partner_id, Series.CREDIT_NOTE, on)
    await tx.connection.execute(
        update(credit_note)
        .where(credit_note.c.id == note.id)
        .values(
            state=CreditNoteState.ISSUED.value,
            number=number.text,
            fiscal_year=number.year,
            serial=number.serial,
            issued_on=on,
        )
    )
    await freeze_credit_note(
        tx,
        row,
        note.id,
        number.text,
        on,
        note.reason,
        [Share(part.payer.payer_class, part.payer.agreement_id, part.cut.amount, part.cut.tax.minor) for part in parts],
    )
    for entry in note_entries(note.id, row.enterprise_id, parts, on, note.reason):
        await ledger.post(tx, row.partner_id, entry)
    await bind_agreements(tx, [(part.payer, -part.cut.amount) for part in parts])
    tx.emit(
        CreditNoteIssued(
            credit_note_id=note.id,
            number=number.text,
            invoice_id=row.id,
            partner_id=row.partner_id,
            enterprise_id=row.enterprise_id,
            issued_on=on,
            total=money(note.total_minor, row.currency),
            shares=_said(parts, released=False),
            reason=note.reason,
            kind=note.kind,
            released=_said(parts, released=True),
        ),
        aggregate_id=note.id,
        programme=row.programme,
    )
    await _settle_and_end(tx, row, on, note.reason)
    if note.kind == CreditKind.OFFSET.value:
        await offset_open(tx, policy, row.programme, note.id, on, offset_invoice_id)


def _said(parts: list[Credited], *, released: bool) -> tuple[PayerShare, ...]:
    amounts = [(part.payer, part.cut.released if released else part.cut.amount) for part in parts]
    return tuple(
        PayerShare(payer_class=payer.payer_class, agreement_id=payer.agreement_id, amount=amount)
        for payer, amount in amounts
        if amount
    )


async def _credited(
    tx: Transaction, policy: Programme, row: AnyRow, position: Position, amount: Money, on: date
) -> Credited:
    income, earned_on = None, on
    if position.payer.agreement_id is None and row.earned_on is not None:
        income = Account(Code.FEES_FIRST_MODULE if policy.is_first_module(row.module) else Code.FEES_FURTHER_MODULES)
        earned_on = Delivered(row.issued_on, row.completed_on, row.endline_on).earned_on or row.earned_on
    elif position.approved is not None:
        decided = await tx.connection.execute(select(claim.c.decided_on).where(claim.c.id == position.claim_id))
        earned_on = decided.scalar_one()
        income = Account(SUBSIDY_INCOME[position.payer.payer_class], agreement_id=position.payer.agreement_id)
        not_before("issued_on", on, earned_on, "the day the claim was decided")
    return Credited(
        share_id=position.share_id,
        payer=position.payer,
        cut=position.credit(amount),
        income=income,
        dimensions=dimensions_of(row, policy, on),
        contracted=replace(dimensions_of(row, policy, on), phase=row.contracted_phase),
        earned=dimensions_of(row, policy, earned_on),
    )


async def bind_agreements(tx: Transaction, bound: Iterable[tuple[Payer, Money]]) -> None:
    """Bind agreements by these amounts, or free them by negative ones; in id order, as everywhere.

    Raises ExceedsCeiling where a ceiling has been used otherwise since.
    """
    for payer, amount in sorted(bound, key=lambda each: str(each[0].agreement_id)):
        if payer.agreement_id is not None:
            mine = agreement.c.id == payer.agreement_id
            deal = (await tx.connection.execute(select(agreement).where(mine).with_for_update(key_share=True))).one()
            left = deal.ceiling_minor - deal.committed_minor
            if amount.minor > left:
                raise ExceedsCeiling("agreement_id", amount, money(left, deal.currency), deal.code)
            await tx.connection.execute(
                update(agreement).where(mine).values(committed_minor=deal.committed_minor + amount.minor)
            )


async def _settle_and_end(tx: Transaction, row: AnyRow, on: date, reason: str) -> None:
    after = await load_positions(tx, row)
    if not after[0].open:
        await settle(tx, row.programme, row.id, on)
    if sum(position.credited.minor for position in after) == row.total_minor:
        await tx.connection.execute(
            update(invoice)
            .where(invoice.c.id == row.id)
            .values(state=InvoiceState.CREDITED.value, contract_ended_on=on, end_reason=reason)
        )
