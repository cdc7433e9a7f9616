"""Loading and locking what commands decide on.

Order of locks, the same everywhere: partner, enrollment, agreements by id, payment, invoices or costs by id, claim;
what is given back to an agreement comes last. Two transactions that still meet head-on are told apart by the database
and the loser is tried again.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Select, Uuid, any_, bindparam, select

from services.billing.domain.invoices import Billed
from services.billing.domain.posting import Dimensions
from services.billing.domain.programme import Phase, Programme
from services.billing.domain.shares import Share
from services.billing.errors import DateOrder, FutureDate, WrongCurrency
from services.billing.queries.scope import AnyRow, money
from services.billing.tables import book, enrollment, invoice, invoice_share, partner, programme
from shared.database.transaction import Transaction
from shared.errors import FactMissing, NotFound
from shared.events.vocabulary import Delivery, PayerClass
from shared.money import Money

BILLED_COLUMNS: Final = (
    invoice,
    enrollment.c.training_id,
    enrollment.c.module,
    enrollment.c.region,
    enrollment.c.delivery,
    enrollment.c.enrolled_on,
    enrollment.c.completed_on,
    enrollment.c.endline_on,
    enrollment.c.withdrawn_on,
)


async def one(tx: Transaction, query: Select[*tuple[Any, ...]]) -> AnyRow | None:
    """Return the row of `query`, or None."""
    row: AnyRow | None = (await tx.connection.execute(query)).one_or_none()
    return row


async def load_programme(tx: Transaction, code: str) -> Programme | None:
    """Return what is known of a programme, or None."""
    row = await one(tx, select(programme).where(programme.c.programme == code))
    return None if row is None else programme_of(row)


def programme_of(row: AnyRow) -> Programme:
    """Return the programme of a stored row."""
    return Programme(
        code=row.programme,
        id=row.id,
        currency=row.currency,
        modules={module["code"]: module["is_first"] for module in row.modules},
        size_classes=frozenset(row.size_classes),
        phases=phases_of(row.phases),
    )


def phases_of(stored: Iterable[Mapping[str, str | None]]) -> tuple[Phase, ...]:
    """Return phases from their stored form."""
    return tuple(
        Phase(
            str(phase["code"]),
            date.fromisoformat(str(phase["starts_on"])),
            None if phase["ends_on"] is None else date.fromisoformat(phase["ends_on"]),
        )
        for phase in stored
    )


async def need_fact(tx: Transaction, query: Select[*tuple[Any, ...]], noun: str, identifier: UUID) -> AnyRow:
    """Return what a request names of another service's facts; raises FactMissing until billing has heard of it."""
    row = await one(tx, query)
    if row is None:
        raise FactMissing(noun, identifier, field=f"{noun}_id")
    return row


async def need_programme(tx: Transaction, code: str) -> Programme:
    """Return a programme of the path; raises FactMissing until its definition has arrived."""
    found = await load_programme(tx, code)
    if found is None:
        raise FactMissing("programme", code, field="programme")
    return found


async def need_partner(tx: Transaction, code: str, partner_id: UUID) -> AnyRow:
    """Return a partner with its book's currency, by the request's `partner_id`.

    Raises NotAllowed for another partner than the token's, FactMissing for one this programme has not heard of.
    """
    tx.actor.require_partner(partner_id)
    query = (
        select(partner, book.c.currency)
        .join(book, book.c.id == partner.c.id)
        .where(partner.c.id == partner_id, partner.c.programme == code)
    )
    return await need_fact(tx, query, "partner", partner_id)


async def lock_invoice(tx: Transaction, code: str, invoice_id: UUID) -> AnyRow:
    """Lock an invoice behind its enrollment and return both; raises NotFound, also for another partner's."""
    found = await one(
        tx,
        select(invoice.c.enrollment_id, invoice.c.partner_id).where(
            invoice.c.id == invoice_id, invoice.c.programme == code
        ),
    )
    if found is None or not tx.actor.sees_partner(found.partner_id):
        raise NotFound("invoice", invoice_id, field="id")
    await tx.connection.execute(select(enrollment.c.id).where(enrollment.c.id == found.enrollment_id).with_for_update())
    return await locked_invoice(tx, invoice_id)


async def locked_invoice(tx: Transaction, invoice_id: UUID) -> AnyRow:
    """Lock an invoice whose enrollment is locked already, and return both."""
    [row] = await locked_invoices(tx, invoice.c.id == invoice_id)
    return row


async def locked_invoices(tx: Transaction, condition: ColumnElement[bool]) -> list[AnyRow]:
    """Lock invoices whose enrollments are locked already, in id order, and return each with its enrollment."""
    query = (
        select(*BILLED_COLUMNS)
        .join(enrollment, enrollment.c.id == invoice.c.enrollment_id)
        .where(condition)
        .order_by(invoice.c.id)
        .with_for_update(of=invoice)
    )
    return list((await tx.connection.execute(query)).all())


async def load_shares_of(tx: Transaction, rows: Sequence[AnyRow]) -> dict[UUID, tuple[Share, ...]]:
    """Return the shares of many invoices, of each the enterprise's own first."""
    currencies = {row.id: row.currency for row in rows}
    found = await tx.connection.execute(
        select(invoice_share)
        .where(invoice_share.c.invoice_id == any_(bindparam("ids", list(currencies), ARRAY(Uuid))))
        .order_by(invoice_share.c.id)
    )
    shares: dict[UUID, list[Share]] = {invoice_id: [] for invoice_id in currencies}
    for share in found:
        amount = money(share.amount_minor, currencies[share.invoice_id])
        shares[share.invoice_id].append(
            Share(PayerClass(share.payer_class), share.agreement_id, amount, share.tax_minor)
        )
    return {invoice_id: own_first(each) for invoice_id, each in shares.items()}


async def load_shares(tx: Transaction, row: AnyRow) -> tuple[Share, ...]:
    """Return the shares of an invoice, the enterprise's own first."""
    return (await load_shares_of(tx, [row]))[row.id]


def own_first(shares: Iterable[Share]) -> tuple[Share, ...]:
    """Return shares with the enterprise's own before the others."""
    return tuple(sorted(shares, key=lambda share: share.payer_class is not PayerClass.ENTERPRISE))


def billed(row: AnyRow, shares: tuple[Share, ...], policy: Programme, day: date) -> Billed:
    """Return an invoice as its entries of `day` need it; `row` carries the enrollment's columns."""
    return Billed(row.id, row.enterprise_id, shares, dimensions_of(row, policy, day), row.discount_minor)


def dimensions_of(row: AnyRow, policy: Programme, day: date) -> Dimensions:
    """Return what an entry of `day` about an enrollment is cut by, or about a cost: overhead has no training."""
    return Dimensions(
        phase=policy.phase_on(day),
        training_id=row.training_id,
        module=row.module,
        region=row.region,
        delivery=None if row.delivery is None else Delivery(row.delivery),
    )


def happened(tx: Transaction, field: str, day: date) -> None:
    """Refuse a day after today for a fact that is said to have happened."""
    today = tx.now.date()
    if day > today:
        raise FutureDate(field, day, today)


def not_before(field: str, day: date, earliest: date, what: str) -> None:
    """Refuse a day before `earliest`; `what` names it in the sentence."""
    if day < earliest:
        raise DateOrder(field, day, earliest, what)


def in_currency(field: str, amount: Money, currency: str) -> None:
    """Refuse an amount in another currency than the book's."""
    if amount.currency != currency:
        raise WrongCurrency(field, amount.currency, currency)
