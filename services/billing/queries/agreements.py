"""Reading subsidy agreements."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.queries.scope import AnyRow, money, only
from services.billing.schemas.agreements import AgreementOut, AgreementShare
from services.billing.schemas.fields import percent_text
from services.billing.tables import agreement, agreement_share
from shared.auth.actor import Actor
from shared.events.vocabulary import PayerClass


def agreements(actor: Actor, programme: str) -> Select[Any]:
    """Return the agreements that pay for a caller's trainings: its partner's own and those of all partners."""
    shares = (
        select(func.jsonb_object_agg(agreement_share.c.size_class, agreement_share.c.share_bp, type_=JSONB))
        .where(agreement_share.c.agreement_id == agreement.c.id)
        .correlate(agreement)
        .scalar_subquery()
    )
    query = select(agreement, shares.label("shares")).where(agreement.c.programme == programme)
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
        shares=[
            AgreementShare(size_class=size_class, share_pct=percent_text(points))
            for size_class, points in sorted(row.shares.items())
        ],
        ceiling=ceiling,
        committed=taken,
        remaining=ceiling - taken,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        state=row.state,
        closed_on=row.closed_on,
    )


async def read_agreement(connection: AsyncConnection, actor: Actor, programme: str, agreement_id: UUID) -> AgreementOut:
    """Return one agreement; raises NotFound."""
    query = agreements(actor, programme).where(agreement.c.id == agreement_id)
    return present_agreement(await only(connection, query, "agreement", agreement_id))
