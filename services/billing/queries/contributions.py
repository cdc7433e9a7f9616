"""The ledger entries behind a component of cost recovery."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Select, func, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.fx_rates import apportion
from services.billing.domain.recovery import Component
from services.billing.domain.windows import Month
from services.billing.queries.asked import Asked, of_ledger
from services.billing.queries.journal import present_posting
from services.billing.queries.recovery import by_month, monthly_sums
from services.billing.queries.reporting import Translator
from services.billing.queries.scope import AnyRow, money
from services.billing.schemas.recovery import ContributionOut
from services.billing.tables import allocation, claim, credit_note, invoice, recovery_posting
from shared.events.vocabulary import Basis
from shared.money import Money


def contributions(asked: Asked, component: Component) -> Select[Any]:
    """Return the entries that make a component, oldest first, each with the lines that do."""
    view = recovery_posting.c
    line = func.jsonb_build_object(
        *("line", view.line, "account_code", view.account_code, "account_id", view.account_uid),
        *("enterprise_id", view.enterprise_id, "minor", view.posted_minor, "currency", view.currency),
        *("phase", view.phase, "training_id", view.training_id, "module", view.module, "region", view.region),
        *("delivery", view.delivery, "payer_class", view.payer_class, "agreement_id", view.agreement_id),
        *("cost_kind", view.cost_kind, "is_in_kind", view.is_in_kind),
    )
    keys = (
        view.entry_uid,
        view.programme,
        view.book_id,
        view.basis,
        view.component,
        view.currency,
        view.effective_on,
        view.kind,
        view.source_type,
        view.source_id,
    )
    query = (
        select(
            *keys,
            func.sum(view.amount_minor).label("minor"),
            func.jsonb_agg(aggregate_order_by(line, view.line), type_=JSONB).label("postings"),
            document_number(view.source_id),
        )
        .where(view.component == component.value)
        .group_by(*keys)
    )
    return of_ledger(query, asked)


def document_number(source_id: Column[UUID]) -> Any:  # noqa: ANN401 - a scalar expression
    """Return the number of the document behind an entry, if it has one; of an allocation that which it pays."""
    own = [select(document.c.number).where(document.c.id == source_id) for document in (invoice, credit_note, claim)]
    paid = (
        select(func.coalesce(invoice.c.number, claim.c.number))
        .select_from(allocation)
        .outerjoin(invoice, invoice.c.id == allocation.c.invoice_id)
        .outerjoin(claim, claim.c.id == allocation.c.claim_id)
        .where(allocation.c.id == source_id)
    )
    found = [query.correlate(recovery_posting).scalar_subquery() for query in (*own, paid)]
    return func.coalesce(*found).label("document_number")


CONTRIBUTION_IDENTITY = recovery_posting.c.entry_uid


async def reported_parts(
    connection: AsyncConnection, asked: Asked, component: Component, into: Translator
) -> Mapping[UUID, int]:
    """Return what each entry of a component is in the reporting currency; together exactly the component as shown.

    The component is rounded with the others of its side first, and the entries then to what it shows, largest
    remainder first and older entries first on a tie. All entries are looked at, whatever page is asked for.
    """
    shown = into.sums(by_month(await monthly_sums(connection, asked)))[component]
    view = recovery_posting.c
    query = (
        select(view.entry_uid, view.effective_on, func.sum(view.amount_minor).label("minor"))
        .where(view.component == component.value)
        .group_by(view.entry_uid, view.effective_on)
        .order_by(view.entry_uid)
    )
    rows = await connection.execute(of_ledger(query, asked))
    exact = {row.entry_uid: into.of_month(Month.of(row.effective_on), int(row.minor)) for row in rows}
    return apportion(exact, shown) if exact else {}


def presenter(parts: Mapping[UUID, int] | None, currency: str | None) -> Callable[[AnyRow], ContributionOut]:
    """Return what shows one entry behind a component, with its part in the reporting currency if there is one."""

    def present(row: AnyRow) -> ContributionOut:
        return ContributionOut(
            id=row.entry_uid,
            programme=row.programme,
            partner_id=row.book_id,
            component=row.component,
            basis=Basis(row.basis),
            amount=money(row.minor, row.currency),
            reported=None if parts is None or currency is None else Money(parts[row.entry_uid], currency),
            effective_on=row.effective_on,
            kind=row.kind,
            source_type=row.source_type,
            source_id=row.source_id,
            document_number=row.document_number,
            postings=[present_posting(line) for line in row.postings],
        )

    return present
