"""Reading invoices and enrollments."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, select, true
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.invoices import InvoiceState
from services.billing.queries.scope import AnyRow, money, only, seen_by
from services.billing.schemas.invoices import (
    Billing,
    EnrollmentOut,
    InvoiceOut,
    InvoiceShareOut,
    Settlement,
)
from services.billing.tables import (
    enrollment,
    enterprise,
    invoice,
    invoice_share,
    share_position,
)
from shared.auth.actor import Actor
from shared.events.vocabulary import Delivery, PayerClass

LIVE = (InvoiceState.DRAFT.value, InvoiceState.ISSUED.value)
"""States in which an invoice binds its payers."""


def _shares() -> Any:  # noqa: ANN401 - a scalar subquery
    fields = func.jsonb_build_object(
        "id", invoice_share.c.id,
        "payer_class", invoice_share.c.payer_class,
        "agreement_id", invoice_share.c.agreement_id,
        "amount", invoice_share.c.amount_minor,
        "paid", func.coalesce(share_position.c.paid_minor, 0),
        "credited", func.coalesce(share_position.c.credited_minor, 0),
        "written_off", func.coalesce(share_position.c.written_off_minor, 0),
        "open", func.coalesce(share_position.c.open_minor, 0),
        "claim_id", share_position.c.claim_id,
    )  # fmt: skip
    own_first = case((invoice_share.c.payer_class == PayerClass.ENTERPRISE.value, 0), else_=1)
    return (
        select(func.jsonb_agg(aggregate_order_by(fields, own_first, invoice_share.c.id), type_=JSONB))
        .select_from(invoice_share)
        .outerjoin(share_position, share_position.c.share_id == invoice_share.c.id)
        .where(invoice_share.c.invoice_id == invoice.c.id)
        .correlate(invoice)
        .scalar_subquery()
    )


def enterprise_open() -> Any:  # noqa: ANN401 - a scalar subquery
    """Return the expression of what an enterprise still owes on an issued invoice, minor units."""
    return (
        select(share_position.c.open_minor)
        .where(
            share_position.c.invoice_id == invoice.c.id,
            share_position.c.payer_class == PayerClass.ENTERPRISE.value,
        )
        .correlate(invoice)
        .scalar_subquery()
    )


def invoices(actor: Actor, programme: str) -> Select[Any]:
    """Return the invoices and drafts that a caller may see."""
    query = (
        select(
            invoice,
            enrollment.c.training_id,
            enrollment.c.module,
            enrollment.c.region,
            enrollment.c.delivery,
            enrollment.c.size_class,
            enrollment.c.enrolled_on,
            func.coalesce(invoice.c.enterprise_name, enterprise.c.name).label("shown_name"),
            _shares().label("shares"),
        )
        .join(enrollment, enrollment.c.id == invoice.c.enrollment_id)
        .join(enterprise, enterprise.c.id == invoice.c.enterprise_id)
        .where(invoice.c.programme == programme)
    )
    return seen_by(actor, query, invoice.c.partner_id)


def present_invoice(row: AnyRow) -> InvoiceOut:
    """Show one invoice."""
    shares = [
        InvoiceShareOut(
            id=share["id"],
            payer_class=share["payer_class"],
            agreement_id=share["agreement_id"],
            amount=money(share["amount"], row.currency),
            paid=money(share["paid"], row.currency),
            credited=money(share["credited"], row.currency),
            written_off=money(share["written_off"], row.currency),
            open=money(share["open"], row.currency),
            claim_id=share["claim_id"],
        )
        for share in row.shares
    ]
    own = shares[0]
    return InvoiceOut(
        id=row.id,
        programme=row.programme,
        partner_id=row.partner_id,
        enterprise_id=row.enterprise_id,
        enterprise_name=row.shown_name,
        enrollment_id=row.enrollment_id,
        training_id=row.training_id,
        module=row.module,
        region=row.region,
        delivery=Delivery(row.delivery),
        size_class=row.size_class,
        state=InvoiceState(row.state),
        number=row.number,
        enrolled_on=row.enrolled_on,
        contracted_on=row.contracted_on,
        issued_on=row.issued_on,
        due_on=row.due_on,
        earned_on=row.earned_on,
        settled_on=row.settled_on,
        ended_on=row.contract_ended_on,
        end_reason=row.end_reason,
        total=money(row.total_minor, row.currency),
        shares=shares,
        enterprise_share=own.amount,
        enterprise_open=own.open,
        settlement=_settlement(InvoiceState(row.state), own),
    )


def _settlement(state: InvoiceState, own: InvoiceShareOut) -> Settlement:
    if state is InvoiceState.CREDITED:
        return Settlement.CREDITED
    if state is not InvoiceState.ISSUED:
        return Settlement.NOT_ISSUED
    if not own.open:
        return Settlement.WRITTEN_OFF if own.written_off else Settlement.SETTLED
    return Settlement.PARTIAL if own.paid else Settlement.UNPAID


async def read_invoice(connection: AsyncConnection, actor: Actor, programme: str, invoice_id: UUID) -> InvoiceOut:
    """Return one invoice; raises NotFound."""
    query = invoices(actor, programme).where(invoice.c.id == invoice_id)
    return present_invoice(await only(connection, query, "invoice", invoice_id))


_NEWEST = (
    select(invoice.c.id, invoice.c.state)
    .where(invoice.c.enrollment_id == enrollment.c.id)
    .order_by(invoice.c.id.desc())
    .limit(1)
    .lateral("newest")
)
BILLING = case(
    (_NEWEST.c.state.is_not(None), _NEWEST.c.state),
    (enrollment.c.withdrawn_on.is_not(None), Billing.NOT_DUE.value),
    else_=Billing.UNPRICED.value,
)
"""How far an enrollment is billed: the state of its newest invoice, or why it has none."""


def enrollments(actor: Actor, programme: str) -> Select[Any]:
    """Return the enrollments that a caller may see, with how far they are billed."""
    query = (
        select(enrollment, BILLING.label("billing"), _NEWEST.c.id.label("invoice_id"))
        .outerjoin(_NEWEST, true())
        .where(enrollment.c.programme == programme)
    )
    return seen_by(actor, query, enrollment.c.partner_id)


def present_enrollment(row: AnyRow) -> EnrollmentOut:
    """Show one enrollment."""
    return EnrollmentOut.model_validate(dict(row._mapping))  # noqa: SLF001 - SQLAlchemy's public name
