"""Locking claims, keeping what happened to them, and giving back what they took.

Order of locks here: invoices or costs by id, the claim, and its agreement last.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import func, insert, select, update

from services.billing.commands.loading import not_before, one
from services.billing.domain.agreements import Funds
from services.billing.domain.claims import ALLOWED, ClaimState, ClaimStep, Funder
from services.billing.queries.scope import AnyRow
from services.billing.tables import agreement, claim, claim_item, claim_step
from shared.database.transaction import Transaction
from shared.errors import NotFound, RefusedTransition
from shared.events.vocabulary import PayerClass


async def lock_claim(tx: Transaction, programme: str, claim_id: UUID, action: str) -> AnyRow:
    """Lock a claim for a step and return it with its agreement's class, currency and what it funds.

    Raises NotFound, also for another partner's, or RefusedTransition.
    """
    row = await one(
        tx,
        select(claim, agreement.c.payer_class, agreement.c.currency, agreement.c.funds)
        .join(agreement, agreement.c.id == claim.c.agreement_id)
        .where(claim.c.id == claim_id, claim.c.programme == programme)
        .with_for_update(of=claim),
    )
    if row is None or not tx.actor.sees_partner(row.partner_id):
        raise NotFound("claim", claim_id, field="id")
    state = ClaimState(row.state)
    if action not in ALLOWED[state]:
        raise RefusedTransition("claim", claim_id, state.value, action, ALLOWED[state])
    return row


def funder_of(row: AnyRow) -> Funder:
    """Return who decides on a locked claim."""
    return Funder(PayerClass(row.payer_class), row.agreement_id)


async def after_last_step(tx: Transaction, field: str, day: date, claim_id: UUID) -> None:
    """Refuse a day before the last step of a claim."""
    query = select(func.max(claim_step.c.on_day)).where(claim_step.c.claim_id == claim_id)
    if (latest := (await tx.connection.execute(query)).scalar_one()) is not None:
        not_before(field, day, latest, "the last step of the claim")


async def note_step(
    tx: Transaction,
    row: AnyRow,
    step: ClaimStep,
    on_day: date,
    *,
    minor: int | None = None,
    reason: str | None = None,
) -> int:
    """Keep a step of a locked claim on the record; returns its serial."""
    mine = claim_step.c.claim_id == row.id
    last = (
        await tx.connection.execute(select(func.coalesce(func.max(claim_step.c.serial), 0)).where(mine))
    ).scalar_one()
    serial = int(last) + 1
    await tx.connection.execute(
        insert(claim_step).values(
            claim_id=row.id,
            serial=serial,
            programme=row.programme,
            step=step.value,
            on_day=on_day,
            amount_minor=minor,
            reason=reason,
            actor=tx.actor.subject,
            recorded_at=tx.now,
        )
    )
    return serial


async def release(tx: Transaction, row: AnyRow) -> None:
    """Let the items of a locked, submitted claim be claimed again; costs bind their agreement no longer."""
    await tx.connection.execute(
        update(claim_item)
        .where(claim_item.c.claim_id == row.id, claim_item.c.item_set == row.item_set)
        .values(is_live=False)
    )
    if row.funds == Funds.COSTS.value:
        await give_back(tx, row.agreement_id, row.submitted_minor)


async def give_back(tx: Transaction, agreement_id: UUID, minor: int) -> None:
    """Take less of an agreement's ceiling."""
    await tx.connection.execute(
        update(agreement)
        .where(agreement.c.id == agreement_id)
        .values(committed_minor=agreement.c.committed_minor - minor)
    )
