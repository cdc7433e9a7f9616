"""Reading claims."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.claims import ClaimState
from services.billing.queries.scope import AnyRow, money, only, seen_by
from services.billing.schemas.claims import ClaimItemOut, ClaimOut, ClaimSettlement, ClaimStepOut
from services.billing.tables import (
    agreement,
    allocation,
    allocation_part,
    claim,
    claim_item,
    claim_step,
    claim_submission,
    cost,
    cost_position,
    enrollment,
    invoice,
    invoice_share,
    share_position,
)
from shared.auth.actor import Actor
from shared.events.vocabulary import PayerClass
from shared.money import Money


def item_payable() -> Any:  # noqa: ANN401 - an expression
    """Return the expression of what a funder owes on an item, minor units; needs the joins of `with_positions`."""
    return func.coalesce(share_position.c.payable_minor, cost_position.c.open_minor, 0)


def with_positions(items: Any) -> Any:  # noqa: ANN401 - a join
    """Return claim items joined with where their shares and costs stand, while they bind."""
    return items.outerjoin(
        share_position,
        (share_position.c.share_id == claim_item.c.share_id) & (share_position.c.claim_id == claim_item.c.claim_id),
    ).outerjoin(
        cost_position,
        (cost_position.c.cost_id == claim_item.c.cost_id) & (cost_position.c.claim_id == claim_item.c.claim_id),
    )


def _paid() -> Any:  # noqa: ANN401 - a scalar subquery
    same = allocation_part.c.share_id.is_not_distinct_from(
        claim_item.c.share_id
    ) & allocation_part.c.cost_id.is_not_distinct_from(claim_item.c.cost_id)
    return (
        select(func.coalesce(func.sum(allocation_part.c.amount_minor), 0))
        .join(allocation, allocation.c.id == allocation_part.c.allocation_id)
        .where(same, allocation.c.claim_id == claim_item.c.claim_id)
        .correlate(claim_item)
        .scalar_subquery()
    )


def _items() -> Any:  # noqa: ANN401 - a scalar subquery
    fields = func.jsonb_build_object(
        "share_id", claim_item.c.share_id,
        "invoice_id", invoice.c.id,
        "invoice_number", invoice.c.number,
        "enterprise_id", invoice.c.enterprise_id,
        "cost_id", claim_item.c.cost_id,
        "cost_kind", cost.c.kind,
        "training_id", func.coalesce(enrollment.c.training_id, cost.c.training_id),
        "claimed", claim_item.c.claimed_minor,
        "approved", claim_item.c.approved_minor,
        "reduced", claim_item.c.reduced_minor,
        "paid", _paid(),
        "open", item_payable(),
    )  # fmt: skip
    order = (
        func.coalesce(invoice.c.issued_on, cost.c.incurred_on),
        invoice.c.fiscal_year,
        invoice.c.serial,
        claim_item.c.cost_id,
    )
    return (
        select(func.jsonb_agg(aggregate_order_by(fields, *order), type_=JSONB))
        .select_from(with_positions(claim_item))
        .outerjoin(invoice_share, invoice_share.c.id == claim_item.c.share_id)
        .outerjoin(invoice, invoice.c.id == invoice_share.c.invoice_id)
        .outerjoin(enrollment, enrollment.c.id == invoice.c.enrollment_id)
        .outerjoin(cost, cost.c.id == claim_item.c.cost_id)
        .where(claim_item.c.claim_id == claim.c.id, claim_item.c.item_set == claim.c.item_set)
        .correlate(claim)
        .scalar_subquery()
    )


def _steps() -> Any:  # noqa: ANN401 - a scalar subquery
    step = claim_step.c
    fields = func.jsonb_build_object(
        "step", step.step, "on_day", step.on_day, "amount", step.amount_minor, "reason", step.reason
    )
    return (
        select(func.jsonb_agg(aggregate_order_by(fields, step.serial), type_=JSONB))
        .where(step.claim_id == claim.c.id)
        .correlate(claim)
        .scalar_subquery()
    )


def claims(actor: Actor, programme: str) -> Select[Any]:
    """Return the claims that a caller may see."""
    query = (
        select(
            claim,
            agreement.c.payer_class,
            agreement.c.currency,
            claim_submission.c.sha256,
            _items().label("items"),
            _steps().label("steps"),
        )
        .join(agreement, agreement.c.id == claim.c.agreement_id)
        .outerjoin(
            claim_submission,
            (claim_submission.c.claim_id == claim.c.id) & (claim_submission.c.revision == claim.c.revision),
        )
        .where(claim.c.programme == programme)
    )
    return seen_by(actor, query, claim.c.partner_id)


def present_claim(row: AnyRow) -> ClaimOut:
    """Show one claim."""
    granted = None if row.approved_minor is None else money(row.approved_minor, row.currency)
    reduced = money(row.reduced_minor, row.currency)
    paid = money(sum(item["paid"] for item in row.items), row.currency)
    left = money(0 if granted is None else sum(item["open"] for item in row.items), row.currency)
    return ClaimOut(
        id=row.id,
        programme=row.programme,
        number=row.number,
        revision=row.revision,
        agreement_id=row.agreement_id,
        partner_id=row.partner_id,
        payer_class=PayerClass(row.payer_class),
        state=ClaimState(row.state),
        submitted_on=row.submitted_on,
        submitted=money(sum(item["claimed"] for item in row.items), row.currency),
        evidence_sha256=row.sha256,
        decided_on=row.decided_on,
        approved=None if granted is None else granted + reduced,
        reduced=reduced,
        decision_reason=row.decision_reason,
        paid=paid,
        open=left,
        settlement=_settlement(granted, paid, left),
        closed_on=row.closed_on,
        items=[_item(item, row.currency) for item in row.items],
        steps=[
            ClaimStepOut(
                step=step["step"],
                on_day=step["on_day"],
                amount=None if step["amount"] is None else money(step["amount"], row.currency),
                reason=step["reason"],
            )
            for step in row.steps or ()
        ],
    )


def _settlement(granted: Money | None, paid: Money, left: Money) -> ClaimSettlement:
    if granted is None:
        return ClaimSettlement.NOT_APPROVED
    if not left:
        return ClaimSettlement.PAID
    return ClaimSettlement.PARTIAL if paid else ClaimSettlement.UNPAID


def _item(item: dict[str, Any], currency: str) -> ClaimItemOut:
    approved = None if item["approved"] is None else money(item["approved"] + item["reduced"], currency)
    return ClaimItemOut(
        share_id=item["share_id"],
        invoice_id=item["invoice_id"],
        invoice_number=item["invoice_number"],
        enterprise_id=item["enterprise_id"],
        cost_id=item["cost_id"],
        cost_kind=item["cost_kind"],
        training_id=item["training_id"],
        claimed=money(item["claimed"], currency),
        approved=approved,
        reduced=money(item["reduced"], currency),
        paid=money(item["paid"], currency),
    )


async def read_claim(connection: AsyncConnection, actor: Actor, programme: str, claim_id: UUID) -> ClaimOut:
    """Return one claim; raises NotFound."""
    query = claims(actor, programme).where(claim.c.id == claim_id)
    return present_claim(await only(connection, query, "claim", claim_id))
