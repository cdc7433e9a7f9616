"""What a claim asks for: shares of issued invoices, or costs that its agreement pays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select

from services.billing.commands.loading import dimensions_of, in_currency
from services.billing.domain.agreements import AgreementStep, Funds
from services.billing.domain.claims import ClaimItem
from services.billing.domain.eligibility import Candidate, CostTerms, refusal
from services.billing.domain.invoices import InvoiceState
from services.billing.domain.prices import Validity
from services.billing.domain.programme import Programme
from services.billing.errors import CostNotEligible, ItemChanged, NothingToClaim
from services.billing.queries.scope import AnyRow, money
from services.billing.schemas.claims import ClaimTargets
from services.billing.tables import (
    agreement_step,
    claim,
    claim_item,
    cost,
    cost_reversal,
    enrollment,
    invoice,
    invoice_share,
    partner,
    share_position,
    training,
)
from shared.database.transaction import Transaction
from shared.errors import FactMissing


@dataclass(frozen=True, slots=True)
class Wanted:
    """An item to be claimed, minor units; `since`: the day from which it can be."""

    share_id: UUID | None
    cost_id: UUID | None
    minor: int
    since: date


async def pick(tx: Transaction, programme: str, deal: AnyRow, partner_id: UUID, targets: ClaimTargets) -> list[Wanted]:
    """Return what the targets name and nobody claimed, locked against being claimed or credited meanwhile.

    Raises FactMissing (training), NothingToClaim, CostNotEligible or WrongCurrency.
    """
    await _require_known(tx, programme, targets.training_ids or [])
    if deal.funds == Funds.COSTS.value:
        return await _pick_costs(tx, programme, deal, partner_id, targets)
    if targets.costs is not None:
        raise CostNotEligible("over-costs", targets.costs[0].cost_id, f"is not paid by {deal.code}: it pays prices")
    if targets.training_ids is not None:
        return await _shares(tx, deal.id, partner_id, "training_ids", enrollment.c.training_id, targets.training_ids)
    return await _shares(tx, deal.id, partner_id, "invoice_ids", invoice.c.id, targets.invoice_ids or [])


async def _require_known(tx: Transaction, programme: str, training_ids: Sequence[UUID]) -> None:
    query = select(training.c.id).where(training.c.id.in_(training_ids), training.c.programme == programme)
    known = set((await tx.connection.execute(query)).scalars()) if training_ids else set()
    for identifier in training_ids:
        if identifier not in known:
            raise FactMissing("training", identifier, field="training_ids")


async def _shares(
    tx: Transaction,
    agreement_id: UUID,
    partner_id: UUID,
    field: str,
    column: ColumnElement[UUID],
    asked: Sequence[UUID],
) -> list[Wanted]:
    mine = (
        select(invoice.c.id)
        .join(enrollment, enrollment.c.id == invoice.c.enrollment_id)
        .join(invoice_share, invoice_share.c.invoice_id == invoice.c.id)
        .where(invoice.c.partner_id == partner_id, invoice_share.c.agreement_id == agreement_id, column.in_(asked))
    )
    # Held, so that nobody claims or credits one of them at the same moment; read again once they are held.
    await tx.connection.execute(
        select(invoice.c.id).where(invoice.c.id.in_(mine)).order_by(invoice.c.id).with_for_update()
    )
    claimed = (
        select(claim_item.c.share_id).where(claim_item.c.share_id == invoice_share.c.id, claim_item.c.is_live).exists()
    )
    shares = (
        await tx.connection.execute(
            select(
                invoice_share.c.id.label("share_id"),
                share_position.c.open_minor.label("amount_minor"),
                invoice.c.issued_on,
                column.label("named"),
            )
            .select_from(invoice_share)
            # What was credited of a share is asked of nobody.
            .join(share_position, share_position.c.share_id == invoice_share.c.id)
            .join(invoice, invoice.c.id == invoice_share.c.invoice_id)
            .join(enrollment, enrollment.c.id == invoice.c.enrollment_id)
            .where(
                share_position.c.open_minor > 0,
                invoice.c.id.in_(mine),
                invoice_share.c.agreement_id == agreement_id,
                invoice.c.state == InvoiceState.ISSUED.value,
                ~claimed,
            )
            .order_by(invoice_share.c.id)
        )
    ).all()
    found = {share.named for share in shares}
    for identifier in asked:
        if identifier not in found:
            raise NothingToClaim(field, identifier)
    return [Wanted(share.share_id, None, share.amount_minor, share.issued_on) for share in shares]


async def _pick_costs(
    tx: Transaction, programme: str, deal: AnyRow, partner_id: UUID, targets: ClaimTargets
) -> list[Wanted]:
    if targets.invoice_ids is not None:
        raise NothingToClaim("invoice_ids", targets.invoice_ids[0])
    terms = await _terms(tx, deal)
    if targets.costs is not None:
        asked = {}
        for part in targets.costs:
            if part.amount is not None:
                in_currency("costs", part.amount, deal.currency)
            asked[part.cost_id] = None if part.amount is None else part.amount.minor
        named = and_(cost.c.id.in_(asked), cost.c.programme == programme)
        return await _costs(tx, deal, partner_id, named, asked, terms)
    trainings = targets.training_ids or []
    rows = await _locked_costs(tx, partner_id, cost.c.training_id.in_(trainings))
    found = await _candidates(tx, deal.id, rows)
    able = [row for row in rows if refusal(found[row.id], terms, None) is None]
    for identifier in trainings:
        if not any(row.training_id == identifier for row in able):
            raise NothingToClaim("training_ids", identifier)
    return [Wanted(None, row.id, found[row.id].left, max(row.incurred_on, row.posted_on)) for row in able]


async def _costs(
    tx: Transaction,
    deal: AnyRow,
    partner_id: UUID,
    condition: ColumnElement[bool],
    asked: Mapping[UUID, int | None],
    terms: CostTerms,
) -> list[Wanted]:
    rows = {row.id: row for row in await _locked_costs(tx, partner_id, condition)}
    found = await _candidates(tx, deal.id, list(rows.values()))
    wanted = []
    for cost_id, minor in asked.items():
        if cost_id not in rows:
            raise CostNotEligible("cost-of-partner", cost_id, "is not in the partner's book")
        refused = refusal(found[cost_id], terms, minor)
        if refused is not None:
            raise CostNotEligible(refused.rule, cost_id, refused.why)
        row = rows[cost_id]
        amount = found[cost_id].left if minor is None else minor
        wanted.append(Wanted(None, cost_id, amount, max(row.incurred_on, row.posted_on)))
    return wanted


async def _locked_costs(tx: Transaction, partner_id: UUID, condition: ColumnElement[bool]) -> Sequence[AnyRow]:
    # One claim at a time looks at what is left of a cost. The lock is that of the trigger behind it.
    mine = and_(condition, cost.c.partner_id == partner_id)
    await tx.connection.execute(select(cost.c.id).where(mine).order_by(cost.c.id).with_for_update(key_share=True))
    return (await tx.connection.execute(select(cost).where(mine).order_by(cost.c.incurred_on, cost.c.id))).all()


async def _candidates(tx: Transaction, agreement_id: UUID, rows: Sequence[AnyRow]) -> dict[UUID, Candidate]:
    taken = {
        row.cost_id: row
        for row in await tx.connection.execute(
            select(
                claim_item.c.cost_id,
                func.sum(func.coalesce(claim_item.c.approved_minor, claim_item.c.claimed_minor)).label("minor"),
                func.bool_or(claim.c.agreement_id == agreement_id).label("here"),
            )
            .join(claim, claim.c.id == claim_item.c.claim_id)
            .where(claim_item.c.cost_id.in_([row.id for row in rows]), claim_item.c.is_live)
            .group_by(claim_item.c.cost_id)
        )
    }
    reversed_ones = set(
        (
            await tx.connection.execute(
                select(cost_reversal.c.cost_id).where(cost_reversal.c.cost_id.in_([row.id for row in rows]))
            )
        ).scalars()
    )
    return {
        row.id: Candidate(
            cost_id=row.id,
            kind=row.kind,
            incurred_on=row.incurred_on,
            left=row.amount_minor - int(taken[row.id].minor if row.id in taken else 0),
            is_in_kind=row.is_in_kind,
            is_claimed=row.id in taken and taken[row.id].here,
            is_reversed=row.id in reversed_ones,
            by_ilo=row.by_ilo,
        )
        for row in rows
    }


async def _terms(tx: Transaction, deal: AnyRow) -> CostTerms:
    steps = await tx.connection.execute(
        select(agreement_step.c.step, agreement_step.c.on_day)
        .where(agreement_step.c.agreement_id == deal.id)
        .order_by(agreement_step.c.serial)
    )
    last_days = [day for day in (deal.valid_to, deal.closed_on) if day is not None]
    return CostTerms(
        kinds=frozenset(deal.cost_kinds),
        validity=Validity(deal.valid_from, min(last_days, default=None)),
        steps=tuple((AgreementStep(row.step), row.on_day) for row in steps),
    )


async def hold(tx: Transaction, deal: AnyRow, row: AnyRow) -> list[Wanted]:
    """Lock what a draft asks for and return it, if all of it can still be claimed.

    Raises NothingToClaim (an invoice taken back or claimed meanwhile), ItemChanged or CostNotEligible.
    """
    items = (
        await tx.connection.execute(
            select(claim_item).where(claim_item.c.claim_id == row.id, claim_item.c.item_set == row.item_set)
        )
    ).all()
    if deal.funds == Funds.COSTS.value:
        asked: dict[UUID, int | None] = {item.cost_id: item.claimed_minor for item in items}
        return await _costs(tx, deal, row.partner_id, cost.c.id.in_(asked), asked, await _terms(tx, deal))
    share_ids = [item.share_id for item in items]
    wanted = await _shares(tx, deal.id, row.partner_id, "items", invoice_share.c.id, share_ids)
    claimed = {item.share_id: item.claimed_minor for item in items}
    for each in wanted:
        if each.share_id is not None and each.minor != claimed[each.share_id]:
            raise ItemChanged(
                each.share_id, money(claimed[each.share_id], deal.currency), money(each.minor, deal.currency)
            )
    return wanted


async def claim_items(tx: Transaction, row: AnyRow, policy: Programme, day: date, currency: str) -> list[ClaimItem]:
    """Return the items of a claim with the dimensions of an entry of `day`."""
    found = await tx.connection.execute(
        select(
            claim_item.c.share_id,
            claim_item.c.cost_id,
            claim_item.c.claimed_minor,
            func.coalesce(enrollment.c.training_id, cost.c.training_id).label("training_id"),
            func.coalesce(enrollment.c.module, training.c.module).label("module"),
            func.coalesce(enrollment.c.region, training.c.region, partner.c.region).label("region"),
            func.coalesce(enrollment.c.delivery, training.c.delivery).label("delivery"),
        )
        .select_from(claim_item)
        .outerjoin(invoice_share, invoice_share.c.id == claim_item.c.share_id)
        .outerjoin(invoice, invoice.c.id == invoice_share.c.invoice_id)
        .outerjoin(enrollment, enrollment.c.id == invoice.c.enrollment_id)
        .outerjoin(cost, cost.c.id == claim_item.c.cost_id)
        .outerjoin(partner, partner.c.id == cost.c.partner_id)
        .outerjoin(training, training.c.id == cost.c.training_id)
        .where(claim_item.c.claim_id == row.id, claim_item.c.item_set == row.item_set)
        .order_by(claim_item.c.share_id, claim_item.c.cost_id)
    )
    return [
        ClaimItem(
            item.share_id,
            money(item.claimed_minor, currency),
            dimensions_of(item, policy, day),
            item.cost_id,
        )
        for item in found
    ]
