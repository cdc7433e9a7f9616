"""Reading allowances for doubtful receivables."""

from typing import Any

from sqlalchemy import Select, select

from services.billing.domain.ageing import Age
from services.billing.queries.scope import AnyRow, money, seen_by
from services.billing.schemas.allowances import AllowanceOut, DoubtOut
from services.billing.schemas.fields import percent_text
from services.billing.tables import allowance
from shared.auth.actor import Actor


def allowances(actor: Actor, programme: str) -> Select[Any]:
    """Return the allowances that a caller may see."""
    return seen_by(actor, select(allowance).where(allowance.c.programme == programme), allowance.c.partner_id)


def present_allowance(row: AnyRow) -> AllowanceOut:
    """Show one allowance with what it was made of."""
    return AllowanceOut(
        id=row.id,
        programme=row.programme,
        partner_id=row.partner_id,
        as_of=row.as_of,
        allowance=money(row.target_minor, row.currency),
        booked=money(row.booked_minor, row.currency),
        ages=[
            DoubtOut(
                age=age,
                open=money(row.buckets[age]["minor"], row.currency),
                rate_pct=percent_text(row.buckets[age]["share_bp"]),
                doubted=money(row.buckets[age]["part"], row.currency),
            )
            for age in Age
        ],
        reason=row.reason,
        made_by=row.made_by,
    )
