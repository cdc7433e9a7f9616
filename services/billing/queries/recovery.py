"""Cost recovery from the ledger: sums by component, and the entries behind each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Select, func, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.recovery import Component, Measured, measure
from services.billing.queries.journal import present_posting
from services.billing.queries.scope import AnyRow, money
from services.billing.schemas.recovery import ContributionOut, CostRecoveryOut, RatioOut, Scope, Window
from services.billing.tables import claim, credit_note, invoice, recovery_document, recovery_posting
from shared.events.vocabulary import Basis
from shared.money import Money


@dataclass(frozen=True, slots=True)
class Asked:
    """What cost recovery is asked of: programme, basis, window of effective days, scope."""

    programme: str
    basis: Basis
    window: Window
    scope: Scope

    @property
    def overhead_in_scope(self) -> bool:
        """Whether overhead can be told for this scope; it has no module, delivery or training."""
        return (self.scope.module, self.scope.delivery, self.scope.training) == (None, None, None)


def _narrow(query: Select[Any], asked: Asked, day: Column[date], columns: Mapping[str, Column[Any]]) -> Select[Any]:
    if asked.window.since is not None:
        query = query.where(day >= asked.window.since)
    if asked.window.until is not None:
        query = query.where(day <= asked.window.until)
    for name, column in columns.items():
        wanted = getattr(asked.scope, name)
        if wanted is not None:
            query = query.where(column == wanted)
    return query


def _of_ledger(query: Select[Any], asked: Asked) -> Select[Any]:
    view = recovery_posting.c
    columns: dict[str, Column[Any]] = {
        "partner": view.book_id,
        "module": view.module,
        "region": view.region,
        "delivery": view.delivery,
        "training": view.training_id,
        "phase": view.phase,
    }
    query = query.where(view.programme == asked.programme, view.basis == asked.basis.value)
    return _narrow(query, asked, view.effective_on, columns)


async def ledger_sums(connection: AsyncConnection, asked: Asked) -> dict[Component, int]:
    """Return every component in minor units, from postings."""
    view = recovery_posting.c
    query = select(view.component, func.sum(view.amount_minor).label("minor")).group_by(view.component)
    rows = await connection.execute(_of_ledger(query, asked))
    return {Component(row.component): int(row.minor) for row in rows}


async def document_sums(connection: AsyncConnection, asked: Asked) -> dict[Component, int]:
    """Return the same from invoices, allocations, claims and costs; knows nothing of the ledger, nor of phases."""
    view = recovery_document.c
    columns: dict[str, Column[Any]] = {
        "partner": view.partner_id,
        "module": view.module,
        "region": view.region,
        "delivery": view.delivery,
        "training": view.training_id,
    }
    query = (
        select(view.component, func.sum(view.amount_minor).label("minor"))
        .where(view.programme == asked.programme, view.basis == asked.basis.value)
        .group_by(view.component)
    )
    rows = await connection.execute(_narrow(query, asked, view.on_day, columns))
    return {Component(row.component): int(row.minor) for row in rows}


def present_recovery(asked: Asked, sums: Mapping[Component, int], currency: str) -> CostRecoveryOut:
    """Show all five formulas with their sums."""
    return CostRecoveryOut(
        programme=asked.programme,
        basis=asked.basis,
        window=asked.window,
        scope=asked.scope,
        currency=currency,
        components=present_components(sums, currency),
        ratios=present_ratios(measure(sums, currency, overhead_in_scope=asked.overhead_in_scope)),
    )


def present_components(sums: Mapping[Component, int], currency: str) -> dict[Component, Money]:
    """Show every component, also those of nothing."""
    return {component: Money(sums.get(component, 0), currency) for component in Component}


def present_ratios(measured: Iterable[Measured]) -> list[RatioOut]:
    """Show formulas with their sums and ratios."""
    return [
        RatioOut(
            formula=each.formula.code,
            text=each.formula.text,
            meaning=each.formula.meaning,
            numerator=each.numerator,
            denominator=each.denominator,
            ratio=None if each.ratio is None else format(each.ratio, "f"),
            percent=None if each.percent is None else format(each.percent, "f"),
            reason=each.reason,
        )
        for each in measured
    ]


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
            _number(invoice, view.source_id, "invoice_number"),
            _number(credit_note, view.source_id, "note_number"),
            _number(claim, view.source_id, "claim_number"),
        )
        .where(view.component == component.value)
        .group_by(*keys)
    )
    return _of_ledger(query, asked)


def _number(document: Any, source_id: Column[UUID], label: str) -> Any:  # noqa: ANN401 - a table, a scalar subquery
    return (
        select(document.c.number)
        .where(document.c.id == source_id)
        .correlate(recovery_posting)
        .scalar_subquery()
        .label(label)
    )


CONTRIBUTION_IDENTITY = recovery_posting.c.entry_uid


def present_contribution(row: AnyRow) -> ContributionOut:
    """Show one entry behind a component."""
    return ContributionOut(
        id=row.entry_uid,
        programme=row.programme,
        partner_id=row.book_id,
        component=row.component,
        basis=Basis(row.basis),
        amount=money(row.minor, row.currency),
        effective_on=row.effective_on,
        kind=row.kind,
        source_type=row.source_type,
        source_id=row.source_id,
        document_number=row.invoice_number or row.note_number or row.claim_number,
        postings=[present_posting(line) for line in row.postings],
    )
