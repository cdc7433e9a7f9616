"""Reading claims."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.claims import ClaimState
from services.billing.queries.scope import AnyRow, money, only, seen_by
from services.billing.schemas.claims import ClaimItemOut, ClaimOut
from services.billing.tables import (
    agreement,
    allocation,
    allocation_part,
    claim,
    claim_item,
    enrollment,
    invoice,
    invoice_share,
    share_position,
)
from shared.auth.actor import Actor
from shared.events.vocabulary import PayerClass


def _items() -> Any:  # noqa: ANN401 - a scalar subquery
    paid = (
        select(func.coalesce(func.sum(allocation_part.c.amount_minor), 0))
        .join(allocation, allocation.c.id == allocation_part.c.allocation_id)
        .where(allocation_part.c.share_id == claim_item.c.share_id, allocation.c.claim_id == claim_item.c.claim_id)
        .correlate(claim_item)
        .scalar_subquery()
    )
    fields = func.jsonb_build_object(
        "invoice_id", invoice.c.id,
        "invoice_number", invoice.c.number,
        "training_id", enrollment.c.training_id,
        "claimed", claim_item.c.claimed_minor,
        "approved", claim_item.c.approved_minor,
        "paid", paid,
        "open", func.coalesce(share_position.c.payable_minor, 0),
    )  # fmt: skip
    return (
        select(
            func.jsonb_agg(
                aggregate_order_by(fields, invoice.c.issued_on, invoice.c.fiscal_year, invoice.c.serial), type_=JSONB
            )
        )
        .select_from(claim_item)
        .join(invoice_share, invoice_share.c.id == claim_item.c.share_id)
        .outerjoin(
            share_position,
            (share_position.c.share_id == claim_item.c.share_id) & (share_position.c.claim_id == claim_item.c.claim_id),
        )
        .join(invoice, invoice.c.id == invoice_share.c.invoice_id)
        .join(enrollment, enrollment.c.id == invoice.c.enrollment_id)
        .where(claim_item.c.claim_id == claim.c.id)
        .correlate(claim)
        .scalar_subquery()
    )


def claims(actor: Actor, programme: str) -> Select[Any]:
    """Return the claims that a caller may see."""
    query = (
        select(claim, agreement.c.payer_class, agreement.c.currency, _items().label("items"))
        .join(agreement, agreement.c.id == claim.c.agreement_id)
        .where(claim.c.programme == programme)
    )
    return seen_by(actor, query, claim.c.partner_id)


def present_claim(row: AnyRow) -> ClaimOut:
    """Show one claim."""
    approved = None if row.approved_minor is None else money(row.approved_minor, row.currency)
    paid = money(sum(item["paid"] for item in row.items), row.currency)
    return ClaimOut(
        id=row.id,
        programme=row.programme,
        number=row.number,
        agreement_id=row.agreement_id,
        partner_id=row.partner_id,
        payer_class=PayerClass(row.payer_class),
        state=ClaimState(row.state),
        submitted_on=row.submitted_on,
        submitted=money(row.submitted_minor, row.currency),
        decided_on=row.decided_on,
        approved=approved,
        decision_reason=row.decision_reason,
        paid=paid,
        open=money(sum(item["open"] for item in row.items), row.currency),
        items=[
            ClaimItemOut(
                invoice_id=item["invoice_id"],
                invoice_number=item["invoice_number"],
                training_id=item["training_id"],
                claimed=money(item["claimed"], row.currency),
                approved=None if item["approved"] is None else money(item["approved"], row.currency),
                paid=money(item["paid"], row.currency),
            )
            for item in row.items
        ],
    )


async def read_claim(connection: AsyncConnection, actor: Actor, programme: str, claim_id: UUID) -> ClaimOut:
    """Return one claim; raises NotFound."""
    query = claims(actor, programme).where(claim.c.id == claim_id)
    return present_claim(await only(connection, query, "claim", claim_id))
