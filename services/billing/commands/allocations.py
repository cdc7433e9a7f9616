"""Setting payments against invoices and claims."""

from datetime import date
from uuid import UUID

from sqlalchemy import insert

from services.billing import ledger
from services.billing.commands.invoices import settle
from services.billing.commands.loading import happened, in_currency, need_programme, not_before
from services.billing.commands.owed import Owed, owed_by_claim, owed_by_invoice, owed_to_payer
from services.billing.commands.receipts import Receipt, lock_payment
from services.billing.commands.write_offs import Loss, give_up
from services.billing.domain.allocations import allocation_entry, fill, plan
from services.billing.domain.programme import Programme
from services.billing.errors import ExceedsOpenAmount, ExceedsPayment
from services.billing.queries.payments import allocations, present_allocation, read_payment
from services.billing.schemas.payments import AllocateByRule, AllocatePayment, AllocationOut, PaymentAllocated
from services.billing.tables import allocation, allocation_part
from shared.database.transaction import Transaction
from shared.events import billing as events
from shared.money import Money


async def allocate_payment(
    tx: Transaction, programme: str, payment_id: UUID, command: AllocatePayment
) -> AllocationOut:
    """Set part of a payment against one invoice or claim of its payer.

    What it leaves open may be written off in the same step, such as what a bank kept of it. Raises NotFound,
    FactMissing, WrongTarget, RefusedTransition, WrongCurrency, ExceedsPayment, ExceedsOpenAmount, WriteOffNeedsAnother,
    FutureDate, DateOrder or PeriodClosed.
    """
    policy = await need_programme(tx, programme)
    receipt = await lock_payment(tx, programme, payment_id)
    payer = receipt.known_payer("allocate")
    in_currency("amount", command.amount, receipt.row.currency)
    if receipt.left < command.amount:
        raise ExceedsPayment(command.amount, receipt.left)
    target = await owed_target(tx, receipt, command.invoice_id, command.claim_id)
    if target.open < command.amount:
        raise ExceedsOpenAmount(command.amount, target.open, "amount")
    allocation_id = await apply(tx, policy, receipt, target, command.amount, command.allocated_on)
    if command.write_off is not None:
        # The debt as the allocation leaves it; still locked.
        left = await _again(tx, receipt, target)
        if not left.open:
            raise ExceedsOpenAmount(left.open, left.open, "write_off")
        what = command.write_off
        loss = Loss(left.open, what.cause, command.allocated_on, what.reason, allocation_id)
        await give_up(tx, policy, receipt.row.partner_id, payer, left, loss)
    shown = allocations(tx.actor, programme).where(allocation.c.id == allocation_id)
    return present_allocation((await tx.connection.execute(shown)).one())


async def _again(tx: Transaction, receipt: Receipt, target: Owed) -> Owed:
    if target.invoice_id is not None:
        return await owed_by_invoice(tx, receipt.row, target.invoice_id)
    return await owed_by_claim(tx, receipt.row, target.claim_id)


async def allocate_by_rule(
    tx: Transaction, programme: str, payment_id: UUID, command: AllocateByRule
) -> PaymentAllocated:
    """Set what is left of a payment against what its reference names, else against the oldest due.

    What is too much stays with the payer. Raises NotFound, FactMissing, FutureDate, DateOrder or PeriodClosed.
    """
    policy = await need_programme(tx, programme)
    receipt = await lock_payment(tx, programme, payment_id)
    made = await apply_by_rule(tx, policy, receipt, command.allocated_on)
    shown = allocations(tx.actor, programme).where(allocation.c.id.in_(made)).order_by(allocation.c.id)
    after = await read_payment(tx.connection, tx.actor, programme, payment_id)
    return PaymentAllocated(
        **dict(after), allocations=[present_allocation(row) for row in await tx.connection.execute(shown)]
    )


async def owed_target(tx: Transaction, receipt: Receipt, invoice_id: UUID | None, claim_id: UUID | None) -> Owed:
    """Lock what a request names and return what is owed on it; raises as `owed_by_invoice` and `owed_by_claim`."""
    if invoice_id is not None:
        return await owed_by_invoice(tx, receipt.row, invoice_id)
    return await owed_by_claim(tx, receipt.row, claim_id)


async def apply_by_rule(tx: Transaction, policy: Programme, receipt: Receipt, on: date) -> list[UUID]:
    """Set what is left of a locked payment against what its reference names, else the oldest due."""
    receipt.known_payer("allocate")
    owed = {target.item.id: target for target in await owed_to_payer(tx, receipt.row, on)}
    planned = plan(receipt.left, [target.item for target in owed.values()], receipt.row.reference)
    return [await apply(tx, policy, receipt, owed[item.id], amount, on) for item, amount in planned]


async def apply(tx: Transaction, policy: Programme, receipt: Receipt, target: Owed, amount: Money, on: date) -> UUID:
    """Set `amount` of a locked payment against a locked target that owes at least that; returns the allocation."""
    payer = receipt.known_payer("allocate")
    happened(tx, "allocated_on", on)
    not_before("allocated_on", on, receipt.row.received_on, "the day of the payment")
    not_before("allocated_on", on, target.since, f"the day of {target.item.number}")
    parts = fill(amount, target.shares(policy, on))
    allocation_id = tx.ids()
    programme = policy.code
    await tx.connection.execute(
        insert(allocation).values(
            id=allocation_id,
            programme=programme,
            payment_id=receipt.row.id,
            invoice_id=target.invoice_id,
            claim_id=target.claim_id,
            amount_minor=amount.minor,
            allocated_on=on,
        )
    )
    await tx.connection.execute(
        insert(allocation_part).values(
            [
                {
                    "allocation_id": allocation_id,
                    "share_id": part.share.share_id,
                    "cost_id": part.share.cost_id,
                    "programme": programme,
                    "amount_minor": part.amount.minor,
                    "tax_minor": part.tax.minor,
                }
                for part in parts
            ]
        )
    )
    entry = allocation_entry(allocation_id, payer, parts, on)
    if entry is not None:
        await ledger.post(tx, receipt.row.partner_id, entry)
    tx.emit(
        events.PaymentAllocated(
            payment_id=receipt.row.id,
            allocation_id=allocation_id,
            partner_id=receipt.row.partner_id,
            invoice_id=target.invoice_id,
            claim_id=target.claim_id,
            amount=amount,
            allocated_on=on,
        ),
        aggregate_id=receipt.row.id,
        programme=programme,
    )
    if target.invoice_id is not None and amount == target.open:
        await settle(tx, programme, target.invoice_id, on)
    return allocation_id
