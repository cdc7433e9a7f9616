"""Loading where the shares of an invoice stand."""

from sqlalchemy import select

from services.billing.domain.payments import Payer
from services.billing.domain.positions import Position
from services.billing.queries.scope import AnyRow, money
from services.billing.tables import share_position
from shared.database.transaction import Transaction
from shared.events.vocabulary import PayerClass


async def load_positions(tx: Transaction, row: AnyRow) -> tuple[Position, ...]:
    """Return the positions of an issued invoice that the caller has locked, the enterprise's own first."""
    found = await tx.connection.execute(
        select(share_position).where(share_position.c.invoice_id == row.id).order_by(share_position.c.share_id)
    )
    positions = [_position(each, row.currency) for each in found]
    return tuple(sorted(positions, key=lambda each: each.payer.agreement_id is not None))


def _position(row: AnyRow, currency: str) -> Position:
    enterprise_id = row.enterprise_id if row.agreement_id is None else None
    return Position(
        share_id=row.share_id,
        payer=Payer(PayerClass(row.payer_class), enterprise_id, row.agreement_id),
        amount=money(row.amount_minor, currency),
        open=money(row.open_minor, currency),
        paid=money(row.paid_minor, currency),
        credited=money(row.credited_minor, currency),
        written_off=money(row.written_off_minor, currency),
        claim_id=row.claim_id,
        approved=None if row.approved_minor is None else money(row.approved_minor, currency),
    )
