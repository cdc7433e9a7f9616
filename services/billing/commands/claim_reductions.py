"""What becomes of an approved claim: reduced where the funder disallows something, closed when done, reopened."""

from uuid import UUID

from sqlalchemy import insert, select, update

from services.billing import ledger
from services.billing.commands.claim_items import claim_items
from services.billing.commands.claim_record import after_last_step, funder_of, give_back, lock_claim, note_step
from services.billing.commands.loading import happened, in_currency, need_programme, not_before
from services.billing.domain.claims import ClaimItem, ClaimState, ClaimStep, disallow, disallowance_entry
from services.billing.domain.posting import Source
from services.billing.errors import ExceedsOpenAmount, NothingToClaim
from services.billing.queries.claims import item_payable, read_claim, with_positions
from services.billing.queries.scope import AnyRow, money
from services.billing.schemas.claims import ClaimOut, CloseClaim, ReduceClaim, ReopenClaim
from services.billing.tables import claim, claim_item, claim_reduction, invoice, invoice_share
from shared.database.transaction import Transaction
from shared.errors import RefusedTransition
from shared.events.billing import SubsidyClaimClosed, SubsidyClaimReduced, SubsidyClaimReopened
from shared.money import Money


async def reduce_claim(tx: Transaction, programme: str, claim_id: UUID, command: ReduceClaim) -> ClaimOut:
    """Record what a funder disallows of what it approved: income and receivable of the difference go back on that day.

    Only what is not paid is reduced; money already set against it is taken off first. Raises NotFound, FactMissing,
    RefusedTransition, NothingToClaim (no such item), ExceedsOpenAmount, WrongCurrency, FutureDate, DateOrder or
    PeriodClosed.
    """
    policy = await need_programme(tx, programme)
    await _hold_invoices(tx, claim_id)
    row = await lock_claim(tx, programme, claim_id, "reduce")
    in_currency("amount", command.amount, row.currency)
    happened(tx, "reduced_on", command.reduced_on)
    not_before("reduced_on", command.reduced_on, row.decided_on, "the day of the decision")
    await after_last_step(tx, "reduced_on", command.reduced_on, claim_id)
    unpaid = await _unpaid(tx, row, command)
    items = await claim_items(tx, row, policy, command.reduced_on, row.currency)
    left = {item: unpaid[_key(item)] for item in items if _key(item) in unpaid}
    total = sum((part for part in left.values()), Money.zero(row.currency))
    if total < command.amount:
        raise ExceedsOpenAmount(command.amount, total, "amount")
    disallowed = disallow(left, command.amount)
    minor = command.amount.minor
    serial = await note_step(tx, row, ClaimStep.REDUCED, command.reduced_on, minor=minor, reason=command.reason)
    for each in disallowed:
        await _take(tx, row, serial, each.item, each.amount.minor)
    await tx.connection.execute(
        update(claim)
        .where(claim.c.id == claim_id)
        .values(approved_minor=row.approved_minor - minor, reduced_minor=row.reduced_minor + minor)
    )
    await give_back(tx, row.agreement_id, minor)
    funder = funder_of(row)
    # Version 1 of this kind is what was not approved in the first place.
    source = Source("claim", claim_id, version=serial + 1)
    entry = disallowance_entry(source, funder, disallowed, command.reduced_on, command.reason)
    if entry is not None:
        await ledger.post(tx, row.partner_id, entry)
    tx.emit(
        SubsidyClaimReduced(
            claim_id=claim_id,
            number=row.number,
            agreement_id=row.agreement_id,
            partner_id=row.partner_id,
            payer_class=funder.payer_class,
            reduced_on=command.reduced_on,
            amount=command.amount,
            granted=money(row.approved_minor - minor, row.currency),
            reason=command.reason,
        ),
        aggregate_id=claim_id,
        programme=programme,
    )
    return await read_claim(tx.connection, tx.actor, programme, claim_id)


def _key(item: ClaimItem) -> UUID | None:
    return item.share_id or item.cost_id


async def _hold_invoices(tx: Transaction, claim_id: UUID) -> None:
    # As an allocation does, before the claim; an approved claim has its items for ever.
    members = (
        select(invoice_share.c.invoice_id)
        .join(claim_item, claim_item.c.share_id == invoice_share.c.id)
        .where(claim_item.c.claim_id == claim_id, claim_item.c.is_live)
    )
    await tx.connection.execute(
        select(invoice.c.id).where(invoice.c.id.in_(members)).order_by(invoice.c.id).with_for_update()
    )


async def _unpaid(tx: Transaction, row: AnyRow, command: ReduceClaim) -> dict[UUID | None, Money]:
    query = (
        select(
            claim_item.c.share_id,
            claim_item.c.cost_id,
            item_payable().label("minor"),
        )
        .select_from(with_positions(claim_item))
        .outerjoin(invoice_share, invoice_share.c.id == claim_item.c.share_id)
        .where(claim_item.c.claim_id == row.id, claim_item.c.item_set == row.item_set)
    )
    if command.invoice_id is not None:
        query = query.where(invoice_share.c.invoice_id == command.invoice_id)
    if command.cost_id is not None:
        query = query.where(claim_item.c.cost_id == command.cost_id)
    found = (await tx.connection.execute(query)).all()
    named = command.invoice_id or command.cost_id
    if named is not None and not found:
        raise NothingToClaim("invoice_id" if command.cost_id is None else "cost_id", named)
    return {item.share_id or item.cost_id: money(item.minor, row.currency) for item in found if item.minor}


async def _take(tx: Transaction, row: AnyRow, serial: int, item: ClaimItem, minor: int) -> None:
    await tx.connection.execute(
        insert(claim_reduction).values(
            claim_id=row.id,
            serial=serial,
            programme=row.programme,
            share_id=item.share_id,
            cost_id=item.cost_id,
            amount_minor=minor,
        )
    )
    await tx.connection.execute(
        update(claim_item)
        .where(
            claim_item.c.claim_id == row.id,
            claim_item.c.item_set == row.item_set,
            claim_item.c.share_id.is_not_distinct_from(item.share_id),
            claim_item.c.cost_id.is_not_distinct_from(item.cost_id),
        )
        .values(approved_minor=claim_item.c.approved_minor - minor, reduced_minor=claim_item.c.reduced_minor + minor)
    )


async def close_claim(tx: Transaction, programme: str, claim_id: UUID, command: CloseClaim) -> ClaimOut:
    """Close a claim of which nothing is open; no money is set against it, or taken off it, any more.

    Raises NotFound, RefusedTransition (also while something is open), FutureDate or DateOrder.
    """
    row = await lock_claim(tx, programme, claim_id, "close")
    happened(tx, "closed_on", command.closed_on)
    not_before("closed_on", command.closed_on, row.decided_on, "the day of the decision")
    await after_last_step(tx, "closed_on", command.closed_on, claim_id)
    shown = await read_claim(tx.connection, tx.actor, programme, claim_id)
    if shown.open:
        raise RefusedTransition("claim", claim_id, f"open with {shown.open}", "close", ("allocate", "reduce"))
    await tx.connection.execute(
        update(claim).where(claim.c.id == claim_id).values(state=ClaimState.CLOSED.value, closed_on=command.closed_on)
    )
    await note_step(tx, row, ClaimStep.CLOSED, command.closed_on)
    tx.emit(
        SubsidyClaimClosed(
            claim_id=claim_id,
            number=row.number,
            agreement_id=row.agreement_id,
            partner_id=row.partner_id,
            closed_on=command.closed_on,
            paid=shown.paid,
        ),
        aggregate_id=claim_id,
        programme=programme,
    )
    return await read_claim(tx.connection, tx.actor, programme, claim_id)


async def reopen_claim(tx: Transaction, programme: str, claim_id: UUID, command: ReopenClaim) -> ClaimOut:
    """Open a closed claim again, so that money may be taken off it or something disallowed.

    Raises NotFound, RefusedTransition, FutureDate or DateOrder.
    """
    row = await lock_claim(tx, programme, claim_id, "reopen")
    happened(tx, "reopened_on", command.reopened_on)
    await after_last_step(tx, "reopened_on", command.reopened_on, claim_id)
    await tx.connection.execute(
        update(claim).where(claim.c.id == claim_id).values(state=ClaimState.APPROVED.value, closed_on=None)
    )
    await note_step(tx, row, ClaimStep.REOPENED, command.reopened_on, reason=command.reason)
    tx.emit(
        SubsidyClaimReopened(
            claim_id=claim_id,
            number=row.number,
            agreement_id=row.agreement_id,
            partner_id=row.partner_id,
            reopened_on=command.reopened_on,
            reason=command.reason,
        ),
        aggregate_id=claim_id,
        programme=programme,
    )
    return await read_claim(tx.connection, tx.actor, programme, claim_id)
