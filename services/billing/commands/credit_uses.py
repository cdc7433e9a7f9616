"""What becomes of the money that a credit note gave back: refunded, or set against other debts of its payer."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Uuid, case, func, insert, literal, null, select

from services.billing import ledger
from services.billing.commands.invoices import settle
from services.billing.commands.loading import happened, in_currency, need_programme, not_before, one
from services.billing.commands.owed import Owed, owed_by_claim, owed_by_invoice, owed_to_payer
from services.billing.commands.tills import choose_till
from services.billing.domain.allocations import fill, plan
from services.billing.domain.credit_notes import (
    ALLOWED,
    USES,
    CreditKind,
    CreditNoteState,
    offset_entry,
    refund_entry,
)
from services.billing.domain.payments import Payer
from services.billing.domain.programme import Programme
from services.billing.errors import ExceedsCredit, ExceedsOpenAmount, NothingOpen
from services.billing.queries.credit_notes import credit_uses, present_credit_use, read_credit_note
from services.billing.queries.scope import AnyRow, money
from services.billing.schemas.credit_notes import CreditNoteOut, CreditUseOut, OffsetCredit, RefundCredit
from services.billing.tables import (
    agreement,
    credit_note,
    credit_note_part,
    credit_use,
    credit_use_part,
    invoice,
    invoice_share,
)
from shared.database.transaction import Transaction
from shared.errors import NotFound, RefusedTransition
from shared.events.billing import CreditOffset, CreditRefunded
from shared.events.vocabulary import PayerClass
from shared.money import Money


@dataclass(frozen=True, slots=True)
class Credit:
    """What is left of what a locked note gave back to one payer; `row` names the payer as a payment would."""

    row: AnyRow
    payer: Payer
    left: Money


async def _lock_credit(
    tx: Transaction, programme: str, note_id: UUID, agreement_id: UUID | None, use: CreditKind
) -> Credit:
    await tx.connection.execute(select(credit_note.c.id).where(credit_note.c.id == note_id).with_for_update())
    payer_id = literal(agreement_id, Uuid) if agreement_id is not None else null()
    row = await one(
        tx,
        select(
            credit_note.c.id,
            credit_note.c.programme,
            credit_note.c.partner_id,
            credit_note.c.kind,
            credit_note.c.state,
            credit_note.c.number,
            credit_note.c.issued_on,
            invoice.c.currency,
            case((payer_id.is_(None), invoice.c.enterprise_id)).label("enterprise_id"),
            payer_id.label("agreement_id"),
            agreement.c.payer_class,
        )
        .join(invoice, invoice.c.id == credit_note.c.invoice_id)
        .outerjoin(agreement, agreement.c.id == payer_id)
        .where(credit_note.c.id == note_id, credit_note.c.programme == programme),
    )
    if row is None or not tx.actor.sees_partner(row.partner_id):
        raise NotFound("credit note", note_id, field="id")
    state = CreditNoteState(row.state)
    if state is not CreditNoteState.ISSUED or use not in USES[CreditKind(row.kind)]:
        said = state.value if state is not CreditNoteState.ISSUED else f"of kind {row.kind}"
        allowed = [each for each in ALLOWED[state] if each == "void" or CreditKind(each) in USES[CreditKind(row.kind)]]
        raise RefusedTransition("credit note", note_id, said, use.value, allowed)
    payer = Payer(PayerClass(row.payer_class or PayerClass.ENTERPRISE), row.enterprise_id, agreement_id)
    return Credit(row, payer, await _left(tx, row))


async def _left(tx: Transaction, row: AnyRow) -> Money:
    given = select(func.coalesce(func.sum(credit_note_part.c.released_minor), 0)).join(
        invoice_share, invoice_share.c.id == credit_note_part.c.share_id
    )
    used = select(func.coalesce(func.sum(credit_use.c.amount_minor), 0))
    sums = (
        await tx.connection.execute(
            select(
                given.where(
                    credit_note_part.c.credit_note_id == row.id,
                    invoice_share.c.agreement_id.is_not_distinct_from(row.agreement_id),
                ).scalar_subquery()
                - used.where(
                    credit_use.c.credit_note_id == row.id,
                    credit_use.c.agreement_id.is_not_distinct_from(row.agreement_id),
                ).scalar_subquery()
            )
        )
    ).scalar_one()
    return money(sums, row.currency)


def _amount(held: Credit, asked: Money | None) -> Money:
    if asked is not None:
        in_currency("amount", asked, held.left.currency)
    amount = held.left if asked is None else asked
    if not amount or held.left < amount:
        raise ExceedsCredit(amount, held.left)
    return amount


async def refund_credit(tx: Transaction, programme: str, note_id: UUID, command: RefundCredit) -> CreditUseOut:
    """Pay out what a note gave back to one of its payers: Dr 2110, Cr bank or cash.

    Raises NotFound, RefusedTransition, ExceedsCredit, WrongCurrency, WhichBankAccount, WrongBankAccount,
    FutureDate, DateOrder or PeriodClosed.
    """
    held = await _lock_credit(tx, programme, note_id, command.agreement_id, CreditKind.REFUND)
    amount = _amount(held, command.amount)
    happened(tx, "refunded_on", command.refunded_on)
    not_before("refunded_on", command.refunded_on, held.row.issued_on, "the day of the credit note")
    where = await choose_till(
        tx, held.row.partner_id, amount.currency, command.method, command.bank_account_id, command.refunded_on
    )
    use_id = tx.ids()
    await tx.connection.execute(
        insert(credit_use).values(
            id=use_id,
            programme=programme,
            credit_note_id=note_id,
            agreement_id=command.agreement_id,
            kind=CreditKind.REFUND.value,
            used_on=command.refunded_on,
            amount_minor=amount.minor,
            method=command.method.value,
            bank_account_id=where.bank_account_id,
            reference=command.reference,
        )
    )
    entry = refund_entry(use_id, held.payer, amount, command.method, where.bank_account_id, command.refunded_on)
    if entry is not None:
        await ledger.post(tx, held.row.partner_id, entry)
    tx.emit(
        CreditRefunded(
            credit_note_id=note_id,
            refund_id=use_id,
            partner_id=held.row.partner_id,
            payer_class=held.payer.payer_class,
            enterprise_id=held.payer.enterprise_id,
            agreement_id=held.payer.agreement_id,
            refunded_on=command.refunded_on,
            amount=amount,
            reference=command.reference,
        ),
        aggregate_id=note_id,
        programme=programme,
    )
    shown = credit_uses(tx.actor, programme).where(credit_use.c.id == use_id)
    return present_credit_use((await tx.connection.execute(shown)).one())


async def offset_credit(tx: Transaction, programme: str, note_id: UUID, command: OffsetCredit) -> CreditNoteOut:
    """Set what a note gave back against the named invoice or claim of the same payer, else against the oldest due.

    Raises NotFound, FactMissing, RefusedTransition, WrongTarget, ExceedsCredit, ExceedsOpenAmount, NothingOpen,
    WrongCurrency, FutureDate, DateOrder or PeriodClosed.
    """
    policy = await need_programme(tx, programme)
    held = await _lock_credit(tx, programme, note_id, command.agreement_id, CreditKind.OFFSET)
    amount = _amount(held, command.amount)
    happened(tx, "offset_on", command.offset_on)
    if command.invoice_id is not None or command.claim_id is not None:
        if command.invoice_id is not None:
            target = await owed_by_invoice(tx, held.row, command.invoice_id)
        else:
            target = await owed_by_claim(tx, held.row, command.claim_id)
        # Without an amount, as much as fits.
        paid = min(amount, target.open) if command.amount is None else amount
        if not paid or target.open < paid:
            raise ExceedsOpenAmount(amount, target.open, "amount")
        await _offset(tx, policy, held, target, paid, command.offset_on)
    else:
        left = await _offset_by_rule(tx, policy, held, amount, command.offset_on)
        if left == amount or (left and command.amount is not None):
            raise NothingOpen(left)
    return await read_credit_note(tx.connection, tx.actor, programme, note_id)


async def offset_open(
    tx: Transaction, policy: Programme, programme: str, note_id: UUID, on: date, invoice_id: UUID | None
) -> None:
    """Set what a note of kind offset has just given back against debts of its payers, as far as there are any.

    The enterprise's goes to `invoice_id` first, where one is named; what is left stays the payers' credit.
    """
    payers = await tx.connection.execute(
        select(invoice_share.c.agreement_id)
        .join(credit_note_part, credit_note_part.c.share_id == invoice_share.c.id)
        .where(credit_note_part.c.credit_note_id == note_id, credit_note_part.c.released_minor > 0)
        .order_by(invoice_share.c.agreement_id)
    )
    for agreement_id in list(payers.scalars()):
        held = await _lock_credit(tx, programme, note_id, agreement_id, CreditKind.OFFSET)
        left = held.left
        if agreement_id is None and invoice_id is not None:
            named = await owed_by_invoice(tx, held.row, invoice_id)
            paid = min(left, named.open)
            if paid:
                await _offset(tx, policy, held, named, paid, on)
                left = left - paid
        await _offset_by_rule(tx, policy, held, left, on)


async def _offset_by_rule(tx: Transaction, policy: Programme, held: Credit, amount: Money, on: date) -> Money:
    owed = {target.item.id: target for target in await owed_to_payer(tx, held.row, on)}
    left = amount
    for item, paid in plan(amount, [target.item for target in owed.values()], ""):
        await _offset(tx, policy, held, owed[item.id], paid, on)
        left = left - paid
    return left


async def _offset(tx: Transaction, policy: Programme, held: Credit, target: Owed, amount: Money, on: date) -> None:
    not_before("offset_on", on, held.row.issued_on, "the day of the credit note")
    not_before("offset_on", on, target.since, f"the day of {target.item.number}")
    parts = fill(amount, target.shares(policy, on))
    use_id = tx.ids()
    await tx.connection.execute(
        insert(credit_use).values(
            id=use_id,
            programme=policy.code,
            credit_note_id=held.row.id,
            agreement_id=held.payer.agreement_id,
            kind=CreditKind.OFFSET.value,
            used_on=on,
            amount_minor=amount.minor,
            invoice_id=target.invoice_id,
            claim_id=target.claim_id,
        )
    )
    await tx.connection.execute(
        insert(credit_use_part).values(
            [
                {
                    "credit_use_id": use_id,
                    "share_id": part.share.share_id,
                    "cost_id": part.share.cost_id,
                    "programme": policy.code,
                    "amount_minor": part.amount.minor,
                    "tax_minor": part.tax.minor,
                }
                for part in parts
            ]
        )
    )
    entry = offset_entry(use_id, held.payer, parts, on)
    if entry is not None:
        await ledger.post(tx, held.row.partner_id, entry)
    tx.emit(
        CreditOffset(
            credit_note_id=held.row.id,
            offset_id=use_id,
            partner_id=held.row.partner_id,
            invoice_id=target.invoice_id,
            claim_id=target.claim_id,
            offset_on=on,
            amount=amount,
        ),
        aggregate_id=held.row.id,
        programme=policy.code,
    )
    if target.invoice_id is not None and amount == target.open:
        await settle(tx, policy.code, target.invoice_id, on)
