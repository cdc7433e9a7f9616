"""Payments as commands need them: locked, with what is left of them and the entries that stand for them."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select

from services.billing.commands.loading import one
from services.billing.domain.payments import ALLOWED, Payer, PaymentState
from services.billing.domain.posting import EntryKind
from services.billing.queries.payments import allocated, payment_state, refunded
from services.billing.queries.scope import AnyRow, money
from services.billing.tables import payment
from shared.database.transaction import Transaction
from shared.errors import NotFound, RefusedTransition
from shared.events.vocabulary import PayerClass
from shared.money import Money


@dataclass(frozen=True, slots=True)
class Receipt:
    """A locked payment: whose it is (None: nobody knows), what was taken from it, and what is left."""

    row: AnyRow
    payer: Payer | None
    state: PaymentState
    allocated: Money
    refunded: Money

    @property
    def amount(self) -> Money:
        """What came in."""
        return money(self.row.amount_minor, self.row.currency)

    @property
    def left(self) -> Money:
        """What is neither allocated nor given back."""
        return self.amount - self.allocated - self.refunded

    def known_payer(self, action: str) -> Payer:
        """Return whose it is; raises RefusedTransition where nobody knows, or where it was reversed."""
        if self.payer is None or self.state is not PaymentState.IDENTIFIED:
            raise RefusedTransition("payment", self.row.id, self.state.value, action, ALLOWED[self.state])
        return self.payer


async def lock_payment(tx: Transaction, programme: str, payment_id: UUID, field: str = "id") -> Receipt:
    """Lock a payment and return it with what is left of it; raises NotFound."""
    row = await one(
        tx,
        select(payment).where(payment.c.id == payment_id, payment.c.programme == programme).with_for_update(),
    )
    if row is None or not tx.actor.sees_partner(row.partner_id):
        raise NotFound("payment", payment_id, field=field)
    # Counted after the lock is held, so that what another command took meanwhile is seen.
    counted = (
        await tx.connection.execute(
            select(
                payment, allocated().label("allocated"), refunded().label("refunded"), payment_state().label("state")
            ).where(payment.c.id == row.id)
        )
    ).one()
    payer = None
    if counted.payer_class is not None:
        payer = Payer(PayerClass(counted.payer_class), counted.enterprise_id, counted.agreement_id)
    return Receipt(
        counted,
        payer,
        PaymentState(counted.state),
        money(counted.allocated, row.currency),
        money(counted.refunded, row.currency),
    )


_STANDING: Final = """
SELECT e.uid, e.effective_on, e.source_version FROM ledger.entry e
WHERE e.book_id = $1 AND e.source_type = $2 AND e.source_id = $3 AND e.kind = $4
ORDER BY e.source_version DESC LIMIT 1
"""


async def newest_entry(
    tx: Transaction, book: UUID, source_type: str, source_id: UUID, kind: EntryKind
) -> AnyRow | None:
    """Return the newest entry of a kind from a source, with its version, or None."""
    row: AnyRow | None = (
        await tx.connection.exec_driver_sql(_STANDING, (book, source_type, source_id, kind.value))
    ).one_or_none()
    return row
