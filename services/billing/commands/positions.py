"""Loading where the shares of invoices stand."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, select

from services.billing.domain.payments import Payer
from services.billing.domain.positions import Position
from services.billing.queries.scope import AnyRow, money
from services.billing.tables import invoice_share, share_position
from shared.database.transaction import Transaction
from shared.events.vocabulary import PayerClass


async def load_positions_of(tx: Transaction, rows: Sequence[AnyRow]) -> dict[UUID, tuple[Position, ...]]:
    """Return the positions of issued invoices that the caller has locked, of each the enterprise's own first."""
    of = {row.id: row for row in rows}
    found = await tx.connection.execute(
        select(share_position, invoice_share.c.tax_minor)
        .join(invoice_share, invoice_share.c.id == share_position.c.share_id)
        .where(share_position.c.invoice_id == any_(bindparam("ids", list(of), ARRAY(Uuid))))
        .order_by(share_position.c.agreement_id.is_not(None), share_position.c.share_id)
    )
    positions: dict[UUID, tuple[Position, ...]] = dict.fromkeys(of, ())
    for each in found:
        positions[each.invoice_id] += (_position(each, of[each.invoice_id]),)
    return positions


async def load_positions(tx: Transaction, row: AnyRow) -> tuple[Position, ...]:
    """Return the positions of one issued invoice that the caller has locked, the enterprise's own first."""
    return (await load_positions_of(tx, [row]))[row.id]


def _position(row: AnyRow, of: AnyRow) -> Position:
    own = row.agreement_id is None
    discount = of.discount_minor - row.credited_discount_minor if own else 0
    return Position(
        share_id=row.share_id,
        payer=Payer(PayerClass(row.payer_class), row.enterprise_id if own else None, row.agreement_id),
        amount=money(row.amount_minor, of.currency),
        open=money(row.open_minor, of.currency),
        paid=money(row.paid_minor, of.currency),
        credited=money(row.credited_minor, of.currency),
        written_off=money(row.written_off_minor, of.currency),
        claim_id=row.claim_id,
        approved=None if row.approved_minor is None else money(row.approved_minor, of.currency),
        tax_open=money(row.tax_open_minor, of.currency),
        tax_paid=money(row.tax_paid_minor, of.currency),
        uncredited=money(row.amount_minor - row.tax_minor - row.credited_net_minor, of.currency),
        discount=money(discount, of.currency),
    )
