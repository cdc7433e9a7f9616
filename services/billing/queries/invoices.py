"""Reading invoices and enrollments."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, select, true
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.instalments import WaitsFor
from services.billing.domain.invoices import InvoiceState
from services.billing.domain.parts import TaxCategory
from services.billing.queries.scope import AnyRow, money, only, seen_by
from services.billing.queries.settlement import overdue, settlement
from services.billing.schemas.fields import percent_text
from services.billing.schemas.invoices import (
    Billing,
    EnrollmentOut,
    InvoiceOut,
    InvoiceShareOut,
    InvoiceTaxOut,
    Settlement,
)
from services.billing.tables import (
    enrollment,
    enterprise,
    frozen_document,
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
        "tax", invoice_share.c.tax_minor,
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


def invoices(actor: Actor, programme: str, today: date) -> Select[Any]:
    """Return the invoices and drafts that a caller may see; `today` decides what is overdue."""
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
            settlement().label("settlement"),
            overdue(today).label("overdue"),
            frozen_document.c.missing,
        )
        .join(enrollment, enrollment.c.id == invoice.c.enrollment_id)
        .join(enterprise, enterprise.c.id == invoice.c.enterprise_id)
        .outerjoin(frozen_document, frozen_document.c.id == invoice.c.id)
        .where(invoice.c.programme == programme)
    )
    return seen_by(actor, query, invoice.c.partner_id)


def present_invoice(row: AnyRow) -> InvoiceOut:
    """Show one invoice."""
    net = row.total_minor - row.tax_minor
    shares = [
        InvoiceShareOut(
            id=share["id"],
            payer_class=share["payer_class"],
            agreement_id=share["agreement_id"],
            amount=money(share["amount"], row.currency),
            tax=money(share["tax"], row.currency),
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
        voided_on=row.voided_on,
        end_reason=row.end_reason,
        instalment=row.instalment,
        instalments=row.instalments,
        due_at=WaitsFor(row.waits_for),
        list_price=money(net + row.discount_minor, row.currency),
        discount=money(row.discount_minor, row.currency),
        discount_id=row.discount_id,
        net=money(net, row.currency),
        tax=InvoiceTaxOut(
            code=row.tax_code,
            category=TaxCategory(row.tax_category),
            rate_pct=percent_text(row.tax_rate_bp),
            reason=row.tax_reason,
            amount=money(row.tax_minor, row.currency),
        ),
        total=money(row.total_minor, row.currency),
        shares=shares,
        enterprise_share=own.amount,
        enterprise_open=own.open,
        settlement=Settlement(row.settlement),
        overdue=row.overdue,
        document_sha256=row.document_sha256,
        e_invoice_ready=None if row.missing is None else not row.missing,
        missing_fields=row.missing,
    )


async def read_invoice(
    connection: AsyncConnection, actor: Actor, programme: str, invoice_id: UUID, today: date
) -> InvoiceOut:
    """Return one invoice; raises NotFound."""
    query = invoices(actor, programme, today).where(invoice.c.id == invoice_id)
    return present_invoice(await only(connection, query, "invoice", invoice_id))


_IS_LIVE = invoice.c.state.in_(LIVE)
_HELD = (
    select(invoice.c.id, invoice.c.state)
    .where(invoice.c.enrollment_id == enrollment.c.id)
    .order_by(_IS_LIVE.desc(), case((_IS_LIVE, invoice.c.instalment), else_=0), invoice.c.id.desc())
    .limit(1)
    .lateral("held")
)
_OTHER = invoice.alias("other")
_IS_PARTLY = (
    select(_OTHER.c.id)
    .where(_OTHER.c.enrollment_id == enrollment.c.id, _OTHER.c.state.in_(LIVE), _OTHER.c.state != _HELD.c.state)
    .exists()
)
BILLING = case(
    (_HELD.c.state.in_(LIVE) & _IS_PARTLY, Billing.PARTLY_ISSUED.value),
    (_HELD.c.state.is_not(None), _HELD.c.state),
    (enrollment.c.withdrawn_on.is_not(None), Billing.NOT_DUE.value),
    else_=Billing.UNPRICED.value,
)
"""How far an enrollment is billed: the state of its invoices, or why it has none."""


def enrollments(actor: Actor, programme: str) -> Select[Any]:
    """Return the enrollments that a caller may see, with how far they are billed."""
    query = (
        select(enrollment, BILLING.label("billing"), _HELD.c.id.label("invoice_id"))
        .outerjoin(_HELD, true())
        .where(enrollment.c.programme == programme)
    )
    return seen_by(actor, query, enrollment.c.partner_id)


def present_enrollment(row: AnyRow) -> EnrollmentOut:
    """Show one enrollment."""
    return EnrollmentOut.model_validate(dict(row._mapping))  # noqa: SLF001 - SQLAlchemy's public name
