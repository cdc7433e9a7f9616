"""Measuring with what the ledger holds at that moment, and reading what was kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Text, cast, func, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.recovery import Component, measure
from services.billing.domain.windows import WindowKind
from services.billing.queries.asked import LEDGER_COLUMNS, Asked, within
from services.billing.queries.recovery import Sums, present_components, present_ratios
from services.billing.queries.scope import AnyRow
from services.billing.schemas.measurements import KeptMeasurementOut
from services.billing.schemas.recovery import Scope, Window
from services.billing.tables import entry, measurement, recovery_posting
from shared.auth.actor import Actor
from shared.events.vocabulary import Basis


@dataclass(frozen=True, slots=True)
class Seen:
    """Sums on every basis with the state of the ledger that they were read from."""

    sums: Mapping[Basis, Sums]
    last_entry_id: int
    snapshot: str


async def sums_seen(connection: AsyncConnection, asked: Asked) -> Seen:
    """Return the sums of a window and scope on every basis; one statement, so that one snapshot is that of all."""
    view = recovery_posting.c
    newest = select(func.coalesce(func.max(entry.c.id), 0)).scalar_subquery()
    state = select(newest.label("newest"), cast(func.pg_current_snapshot(), Text).label("snapshot")).cte("state")
    found = (
        select(view.basis, view.component, func.sum(view.amount_minor).label("minor"))
        .where(view.programme == asked.programme, within(asked, LEDGER_COLUMNS))
        .group_by(view.basis, view.component)
        .subquery()
    )
    query = select(state, found).select_from(state.outerjoin(found, literal_column("true")))
    rows = (await connection.execute(query)).all()
    sums: dict[Basis, dict[Component, int]] = {basis: {} for basis in Basis}
    for row in rows:
        if row.basis is not None:
            sums[Basis(row.basis)][Component(row.component)] = int(row.minor)
    return Seen(sums, rows[0].newest, rows[0].snapshot)


def measurements(actor: Actor, programme: str) -> Select[Any]:
    """Return the measurements of a programme, one row per basis; of a partner's book only to who may see it."""
    query = select(measurement).where(measurement.c.programme == programme)
    if actor.partner is None:
        return query
    of = measurement.c.scope["partner"].astext
    return query.where(or_(of.is_(None), of == str(actor.partner)))


def asked_again(row: AnyRow) -> Asked:
    """Return what a kept measurement had asked."""
    window = Window(kind=WindowKind(row.window_kind), since=row.since, until=row.until, text=row.window_text)
    return Asked(row.programme, Basis(row.basis), window, Scope.model_validate(row.scope), tuple(row.first_modules))


def kept_sums(row: AnyRow) -> dict[Component, int]:
    """Return the sums that were kept."""
    return {Component(name): int(minor) for name, minor in row.components.items()}


def present_measurement(row: AnyRow) -> KeptMeasurementOut:
    """Show one; the ratios follow from the sums that were kept."""
    asked, sums = asked_again(row), kept_sums(row)
    return KeptMeasurementOut(
        id=row.id,
        programme=row.programme,
        measurement_id=row.measurement_id,
        as_of=row.as_of,
        measured_at=row.measured_at,
        basis=asked.basis,
        window=asked.window,
        scope=asked.scope,
        last_entry_id=row.last_entry_id,
        components=present_components(sums, row.currency),
        ratios=present_ratios(measure(sums, row.currency, overhead_in_scope=asked.overhead_in_scope)),
    )
