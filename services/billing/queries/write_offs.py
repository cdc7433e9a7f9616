"""Reading write-offs and tolerances."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.write_offs import Cause
from services.billing.queries.scope import AnyRow, money, only, seen_by
from services.billing.schemas.fields import percent_text
from services.billing.schemas.write_offs import ToleranceOut, WriteOffOut
from services.billing.tables import tolerance, write_off, write_off_reversal
from shared.auth.actor import Actor


def write_offs(actor: Actor, programme: str) -> Select[Any]:
    """Return the write-offs that a caller may see."""
    query = (
        select(
            write_off,
            write_off_reversal.c.reversed_on,
            write_off_reversal.c.reason.label("reversal_reason"),
            write_off_reversal.c.reversed_by,
        )
        .outerjoin(write_off_reversal, write_off_reversal.c.write_off_id == write_off.c.id)
        .where(write_off.c.programme == programme)
    )
    return seen_by(actor, query, write_off.c.partner_id)


def present_write_off(row: AnyRow) -> WriteOffOut:
    """Show one write-off."""
    return WriteOffOut(
        id=row.id,
        programme=row.programme,
        partner_id=row.partner_id,
        invoice_id=row.invoice_id,
        claim_id=row.claim_id,
        allocation_id=row.allocation_id,
        cause=Cause(row.cause),
        amount=money(row.amount_minor, row.currency),
        written_on=row.written_on,
        reason=row.reason,
        written_by=row.written_by,
        reversed_on=row.reversed_on,
        reversal_reason=row.reversal_reason,
        reversed_by=row.reversed_by,
    )


async def read_write_off(connection: AsyncConnection, actor: Actor, programme: str, write_off_id: UUID) -> WriteOffOut:
    """Return one write-off; raises NotFound."""
    query = write_offs(actor, programme).where(write_off.c.id == write_off_id)
    return present_write_off(await only(connection, query, "write-off", write_off_id))


def tolerances(actor: Actor, programme: str) -> Select[Any]:
    """Return the tolerances that a caller may see."""
    return seen_by(actor, select(tolerance).where(tolerance.c.programme == programme), tolerance.c.partner_id)


def present_tolerance(row: AnyRow) -> ToleranceOut:
    """Show one tolerance."""
    return ToleranceOut(
        id=row.id,
        programme=row.programme,
        partner_id=row.partner_id,
        amount=money(row.amount_minor, row.currency),
        share_pct=percent_text(row.share_bp),
        set_on=row.set_on,
        set_by=row.set_by,
    )
