"""Reading subsidy agreements."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.agreements import AgreementState, Funds
from services.billing.queries.scope import AnyRow, money, only
from services.billing.schemas.agreements import AgreementOut, AgreementShare, AgreementStepOut
from services.billing.schemas.fields import percent_text
from services.billing.tables import agreement, agreement_share, agreement_step
from shared.auth.actor import Actor
from shared.events.vocabulary import PayerClass


def _shares() -> Any:  # noqa: ANN401 - a scalar subquery
    fields = func.jsonb_build_object(
        "size_class", agreement_share.c.size_class,
        "points", agreement_share.c.share_bp,
        "fixed", agreement_share.c.fixed_minor,
    )  # fmt: skip
    return (
        select(func.jsonb_agg(aggregate_order_by(fields, agreement_share.c.size_class), type_=JSONB))
        .where(agreement_share.c.agreement_id == agreement.c.id)
        .correlate(agreement)
        .scalar_subquery()
    )


def _steps() -> Any:  # noqa: ANN401 - a scalar subquery
    step = agreement_step.c
    fields = func.jsonb_build_object(
        "step", step.step,
        "on_day", step.on_day,
        "reason", step.reason,
        "ceiling_before", step.ceiling_before_minor,
        "ceiling_after", step.ceiling_after_minor,
        "valid_to_before", step.valid_to_before,
        "valid_to_after", step.valid_to_after,
    )  # fmt: skip
    return (
        select(func.jsonb_agg(aggregate_order_by(fields, step.serial), type_=JSONB))
        .where(step.agreement_id == agreement.c.id)
        .correlate(agreement)
        .scalar_subquery()
    )


def agreements(actor: Actor, programme: str) -> Select[Any]:
    """Return the agreements that pay for a caller's trainings: its partner's own and those of all partners."""
    query = select(agreement, _shares().label("shares"), _steps().label("steps")).where(
        agreement.c.programme == programme
    )
    if actor.partner is not None:
        query = query.where(or_(agreement.c.partner_id.is_(None), agreement.c.partner_id == actor.partner))
    return query


def present_agreement(row: AnyRow) -> AgreementOut:
    """Show one agreement."""
    ceiling, taken = money(row.ceiling_minor, row.currency), money(row.committed_minor, row.currency)
    return AgreementOut(
        id=row.id,
        programme=row.programme,
        code=row.code,
        payer_class=PayerClass(row.payer_class),
        payer_name=row.payer_name,
        partner_id=row.partner_id,
        funds=Funds(row.funds),
        shares=[
            AgreementShare(
                size_class=share["size_class"],
                share_pct=None if share["points"] is None else percent_text(share["points"]),
                amount=None if share["fixed"] is None else money(share["fixed"], row.currency),
            )
            for share in row.shares or ()
        ],
        cost_kinds=row.cost_kinds,
        requires_evidence=row.requires_evidence,
        ceiling=ceiling,
        committed=taken,
        remaining=ceiling - taken,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        state=AgreementState(row.state),
        activated_on=row.activated_on,
        closed_on=row.closed_on,
        document_reference=row.document_reference,
        reporting_dates=row.reporting_dates,
        steps=[_step(step, row.currency) for step in row.steps or ()],
    )


def _step(step: dict[str, Any], currency: str) -> AgreementStepOut:
    before, after = step["ceiling_before"], step["ceiling_after"]
    return AgreementStepOut(
        step=step["step"],
        on_day=step["on_day"],
        reason=step["reason"],
        ceiling_before=None if before is None else money(before, currency),
        ceiling_after=None if after is None else money(after, currency),
        valid_to_before=step["valid_to_before"],
        valid_to_after=step["valid_to_after"],
    )


async def read_agreement(connection: AsyncConnection, actor: Actor, programme: str, agreement_id: UUID) -> AgreementOut:
    """Return one agreement; raises NotFound."""
    query = agreements(actor, programme).where(agreement.c.id == agreement_id)
    return present_agreement(await only(connection, query, "agreement", agreement_id))
