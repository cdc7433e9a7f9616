"""How far an invoice is settled: derived from its shares' positions, never stored; the same for one and for a list."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select

from services.billing.domain.invoices import InvoiceState
from services.billing.schemas.invoices import Settlement
from services.billing.tables import invoice, share_position
from shared.events.vocabulary import PayerClass


def _of_enterprise(expression: Any) -> Any:  # noqa: ANN401 - a scalar subquery
    return (
        select(expression)
        .where(
            share_position.c.invoice_id == invoice.c.id,
            share_position.c.payer_class == PayerClass.ENTERPRISE.value,
        )
        .correlate(invoice)
        .scalar_subquery()
    )


def enterprise_open() -> Any:  # noqa: ANN401 - a scalar subquery
    """Return the expression of what an enterprise still owes on an issued invoice, minor units."""
    return _of_enterprise(share_position.c.open_minor)


def settlement() -> ColumnElement[str]:
    """Return the expression of an invoice's settlement: a value of Settlement."""
    here = share_position.c
    issued = _of_enterprise(
        case(
            (here.open_minor < 0, Settlement.OVERCREDITED.value),
            (and_(here.open_minor == 0, here.written_off_minor > 0), Settlement.WRITTEN_OFF.value),
            (here.open_minor == 0, Settlement.SETTLED.value),
            (here.paid_minor > 0, Settlement.PARTIAL.value),
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
