"""How far an invoice is settled: derived from allocations, never stored; the same for one invoice and for a list."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select

from services.billing.domain.invoices import InvoiceState
from services.billing.schemas.invoices import Settlement
from services.billing.tables import allocation_part, invoice, invoice_share
from shared.events.vocabulary import PayerClass


def paid() -> Any:  # noqa: ANN401 - a scalar subquery
    """Return the expression of what was paid on an invoice share, minor units."""
    return (
        select(func.coalesce(func.sum(allocation_part.c.amount_minor), 0))
        .where(allocation_part.c.share_id == invoice_share.c.id)
        .correlate(invoice_share)
        .scalar_subquery()
    )


def _of_enterprise(expression: Any) -> Any:  # noqa: ANN401 - a scalar subquery
    return (
        select(expression)
        .where(
            invoice_share.c.invoice_id == invoice.c.id,
            invoice_share.c.payer_class == PayerClass.ENTERPRISE.value,
        )
        .correlate(invoice)
        .scalar_subquery()
    )


def enterprise_open() -> Any:  # noqa: ANN401 - a scalar subquery
    """Return the expression of what an enterprise still owes on an issued invoice, minor units."""
    return _of_enterprise(invoice_share.c.amount_minor - paid())


def settlement() -> ColumnElement[str]:
    """Return the expression of an invoice's settlement: a value of Settlement."""
    issued = _of_enterprise(
        case(
            (invoice_share.c.amount_minor < paid(), Settlement.OVERCREDITED.value),
            (invoice_share.c.amount_minor == paid(), Settlement.SETTLED.value),
            (paid() > 0, Settlement.PARTIAL.value),
            else_=Settlement.UNPAID.value,
        )
    )
    return case(
        (invoice.c.state == InvoiceState.CREDITED.value, Settlement.CREDITED.value),
        (invoice.c.state == InvoiceState.ISSUED.value, issued),
        else_=Settlement.NOT_ISSUED.value,
    )


def overdue(today: date) -> ColumnElement[bool]:
    """Return the condition that an issued invoice was due before `today` and its enterprise still owes on it."""
    due = func.coalesce(invoice.c.due_on < today, False)
    return and_(invoice.c.state == InvoiceState.ISSUED.value, due, enterprise_open() > 0)
