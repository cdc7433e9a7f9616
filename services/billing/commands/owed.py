"""What a payer owes: the open enterprise share of its invoices, or what it approved of its claims."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from services.billing.commands.loading import dimensions_of, one
from services.billing.domain.allocations import OpenItem, OpenShare
from services.billing.domain.claims import ALLOWED as CLAIM_STEPS
from services.billing.domain.claims import ClaimState
from services.billing.domain.invoices import ALLOWED as INVOICE_STEPS
from services.billing.domain.invoices import InvoiceState
from services.billing.domain.programme import Programme
from services.billing.domain.references import payment_reference
from services.billing.domain.tax import TaxOwed
from services.billing.errors import WrongTarget
from services.billing.queries.scope import AnyRow, money
from services.billing.tables import (
    claim,
    claim_item,
    cost,
    cost_position,
    enrollment,
    invoice,
    invoice_share,
    partner,
    share_position,
    training,
)
from shared.database.transaction import Transaction
from shared.errors import NotFound, RefusedTransition
from shared.events.vocabulary import PayerClass
from shared.money import Money


@dataclass(frozen=True, slots=True)
class Owed:
    """An invoice or a claim as something to pay; `since`: the day from which it could be."""

    item: OpenItem
    since: date
    invoice_id: UUID | None
    claim_id: UUID | None
    rows: tuple[AnyRow, ...]
    currency: str

    @property
    def open(self) -> Money:
        """What is left to pay."""
        return self.item.open

    def shares(self, policy: Programme, day: date) -> list[OpenShare]:
        """Return the open shares in the order they are paid, with the dimensions of an entry of `day`."""
        return [
            OpenShare(
                row.share_id,
                money(row.left, self.currency),
                dimensions_of(row, policy, day),
                TaxOwed(row.left + row.paid, row.tax_left + row.tax_paid, row.paid, row.tax_paid),
                getattr(row, "cost_id", None),
            )
            for row in self.rows
        ]


_POSITION = (
    func.coalesce(share_position.c.payable_minor, 0).label("left"),
    func.coalesce(share_position.c.paid_minor, 0).label("paid"),
    func.coalesce(share_position.c.tax_open_minor, 0).label("tax_left"),
    func.coalesce(share_position.c.tax_paid_minor, 0).label("tax_paid"),
)
_DIMENSIONS = (enrollment.c.training_id, enrollment.c.module, enrollment.c.region, enrollment.c.delivery)


def _own_shares() -> Select[Any]:
    return (
        select(
            invoice,
            invoice_share.c.id.label("share_id"),
            invoice_share.c.amount_minor.label("owed"),
            *_POSITION,
            *_DIMENSIONS,
        )
        .join(enrollment, enrollment.c.id == invoice.c.enrollment_id)
        .join(invoice_share, invoice_share.c.invoice_id == invoice.c.id)
        # A draft has no position yet: it is found, and refused for its state.
        .outerjoin(share_position, share_position.c.share_id == invoice_share.c.id)
        .where(invoice_share.c.payer_class == PayerClass.ENTERPRISE.value)
    )


def _owed_invoice(row: AnyRow) -> Owed:
    left = money(row.left, row.currency)
    names = (row.number, payment_reference(row.partner_id, row.number), str(row.id), str(row.enrollment_id))
    return Owed(
        OpenItem(row.id, row.due_on, row.number, names, left), row.issued_on, row.id, None, (row,), row.currency
    )


async def _lock_invoices(tx: Transaction, condition: Any) -> None:  # noqa: ANN401 - a clause
    # The statement after this one sees what was committed while it waited; the locked rows alone would not show
    # allocations made meanwhile.
    await tx.connection.execute(select(invoice.c.id).where(condition).order_by(invoice.c.id).with_for_update())


async def owed_by_invoice(tx: Transaction, paid: AnyRow, invoice_id: UUID) -> Owed:
    """Lock an invoice and return what its enterprise owes; `paid` is the payment.

    Raises NotFound, RefusedTransition, or WrongTarget when the payer is not this invoice's enterprise.
    """
    await _lock_invoices(tx, invoice.c.id == invoice_id)
    row = await one(tx, _own_shares().where(invoice.c.id == invoice_id, invoice.c.programme == paid.programme))
    if row is None or not tx.actor.sees_partner(row.partner_id):
        raise NotFound("invoice", invoice_id, field="invoice_id")
    if (row.partner_id, row.enterprise_id) != (paid.partner_id, paid.enterprise_id):
        raise WrongTarget("invoice_id", f"invoice {row.number or row.id} is owed by another than who paid")
    state = InvoiceState(row.state)
    if state is not InvoiceState.ISSUED:
        raise RefusedTransition("invoice", invoice_id, state.value, "allocate", INVOICE_STEPS[state])
    return _owed_invoice(row)


async def owed_by_claim(tx: Transaction, paid: AnyRow, claim_id: UUID | None) -> Owed:
    """Lock a claim's invoices and return what its funder approved and has not paid.

    Raises NotFound, RefusedTransition, or WrongTarget when the payer is not this claim's funder.
    """
    row = await one(tx, select(claim).where(claim.c.id == claim_id, claim.c.programme == paid.programme))
    if row is None or not tx.actor.sees_partner(row.partner_id):
        raise NotFound("claim", str(claim_id), field="claim_id")
    if (row.partner_id, row.agreement_id) != (paid.partner_id, paid.agreement_id):
        raise WrongTarget("claim_id", f"claim {row.number or row.id} is owed by another than who paid")
    row = await _hold_claim(tx, row)
    state = ClaimState(row.state)
    if state is not ClaimState.APPROVED:
        raise RefusedTransition("claim", row.id, state.value, "allocate", CLAIM_STEPS[state])
    return await _owed_claim(tx, row, paid.currency)


async def require_open_claim(tx: Transaction, claim_id: UUID, action: str) -> None:
    """Lock a claim and refuse a step that would open it again after it was closed."""
    row = (await tx.connection.execute(select(claim).where(claim.c.id == claim_id).with_for_update())).one()
    state = ClaimState(row.state)
    if state is ClaimState.CLOSED:
        raise RefusedTransition("claim", claim_id, state.value, action, CLAIM_STEPS[state])


async def _hold_claim(tx: Transaction, row: AnyRow) -> AnyRow:
    # The invoices first, then the claim: what a reduction or a closing did meanwhile is seen in what is returned.
    members = (
        select(invoice_share.c.invoice_id)
        .join(claim_item, claim_item.c.share_id == invoice_share.c.id)
        .where(claim_item.c.claim_id == row.id, claim_item.c.is_live)
    )
    await _lock_invoices(tx, invoice.c.id.in_(members))
    return (await tx.connection.execute(select(claim).where(claim.c.id == row.id).with_for_update())).one()


async def _owed_claim(tx: Transaction, row: AnyRow, currency: str) -> Owed:
    shares = (
        await tx.connection.execute(
            select(
                claim_item.c.share_id,
                claim_item.c.cost_id,
                claim_item.c.approved_minor.label("owed"),
                func.coalesce(share_position.c.payable_minor, cost_position.c.open_minor, 0).label("left"),
                func.coalesce(share_position.c.paid_minor, cost_position.c.paid_minor, 0).label("paid"),
                func.coalesce(share_position.c.tax_open_minor, 0).label("tax_left"),
                func.coalesce(share_position.c.tax_paid_minor, 0).label("tax_paid"),
                func.coalesce(enrollment.c.training_id, cost.c.training_id).label("training_id"),
                func.coalesce(enrollment.c.module, training.c.module).label("module"),
                func.coalesce(enrollment.c.region, training.c.region, partner.c.region).label("region"),
                func.coalesce(enrollment.c.delivery, training.c.delivery).label("delivery"),
            )
            .select_from(claim_item)
            .outerjoin(share_position, share_position.c.share_id == claim_item.c.share_id)
            .outerjoin(invoice, invoice.c.id == share_position.c.invoice_id)
            .outerjoin(enrollment, enrollment.c.id == invoice.c.enrollment_id)
            .outerjoin(
                cost_position,
                (cost_position.c.cost_id == claim_item.c.cost_id) & (cost_position.c.claim_id == claim_item.c.claim_id),
            )
            .outerjoin(cost, cost.c.id == claim_item.c.cost_id)
            .outerjoin(partner, partner.c.id == cost.c.partner_id)
            .outerjoin(training, training.c.id == cost.c.training_id)
            .where(claim_item.c.claim_id == row.id, claim_item.c.is_live)
            .order_by(
                func.coalesce(invoice.c.issued_on, cost.c.incurred_on),
                invoice.c.fiscal_year,
                invoice.c.serial,
                claim_item.c.cost_id,
            )
        )
    ).all()
    left = money(sum(share.left for share in shares), currency)
    item = OpenItem(row.id, row.decided_on, row.number, (row.number, str(row.id)), left)
    return Owed(item, row.decided_on, None, row.id, tuple(shares), currency)


async def owed_to_payer(tx: Transaction, paid: AnyRow, until: date) -> list[Owed]:
    """Lock and return all that the payer of a payment owes to its book by the day `until`."""
    if paid.enterprise_id is not None:
        mine = (
            (invoice.c.partner_id == paid.partner_id)
            & (invoice.c.enterprise_id == paid.enterprise_id)
            & (invoice.c.state == InvoiceState.ISSUED.value)
            & (invoice.c.issued_on <= until)
        )
        await _lock_invoices(tx, mine)
        owed = [_owed_invoice(row) for row in await tx.connection.execute(_own_shares().where(mine))]
    else:
        approved = await tx.connection.execute(
            select(claim)
            .where(
                claim.c.partner_id == paid.partner_id,
                claim.c.agreement_id == paid.agreement_id,
                claim.c.state == ClaimState.APPROVED.value,
                claim.c.decided_on <= until,
            )
            .order_by(claim.c.id)
        )
        held = [await _hold_claim(tx, row) for row in approved.all()]
        owed = [await _owed_claim(tx, row, paid.currency) for row in held if row.state == ClaimState.APPROVED.value]
    return [target for target in owed if target.open]
