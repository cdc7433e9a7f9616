"""Reading vouchers with what they posted."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.vouchers import VoucherKind
from services.billing.queries.journal import lines_of_entry, present_posting
from services.billing.queries.scope import AnyRow, only, seen_by
from services.billing.schemas.vouchers import VoucherOut
from services.billing.tables import entry, voucher
from shared.auth.actor import Actor


def vouchers(actor: Actor, programme: str) -> Select[Any]:
    """Return the vouchers that a caller may see."""
    query = (
        select(voucher, entry.c.uid.label("entry_uid"), lines_of_entry().label("postings"))
        .join(
            entry,
            (entry.c.book_id == voucher.c.partner_id)
            & (entry.c.source_type == "voucher")
            & (entry.c.source_id == voucher.c.id),
        )
        .where(voucher.c.programme == programme)
    )
    return seen_by(actor, query, voucher.c.partner_id)


def present_voucher(row: AnyRow) -> VoucherOut:
    """Show one voucher."""
    return VoucherOut(
        id=row.id,
        programme=row.programme,
        partner_id=row.partner_id,
        kind=VoucherKind(row.kind),
        effective_on=row.effective_on,
        fiscal_year=row.fiscal_year,
        reason=row.reason,
        written_by=row.written_by,
        reversed_on=row.reversed_on,
        reverse_reason=row.reverse_reason,
        entry_id=row.entry_uid,
        postings=[present_posting(line) for line in row.postings],
    )


async def read_voucher(connection: AsyncConnection, actor: Actor, programme: str, voucher_id: UUID) -> VoucherOut:
    """Return one voucher; raises NotFound."""
    query = vouchers(actor, programme).where(voucher.c.id == voucher_id)
    return present_voucher(await only(connection, query, "voucher", voucher_id))
