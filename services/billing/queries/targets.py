"""Reading targets, and setting them beside what was reached."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.programme import Phase, Programme
from services.billing.domain.recovery import measure
from services.billing.domain.targets import missing
from services.billing.domain.windows import of_phase
from services.billing.queries.asked import Asked, window_of
from services.billing.queries.reconciliation import movements, reconcile
from services.billing.queries.recovery import ledger_sums, present_ratio
from services.billing.queries.scope import AnyRow, only
from services.billing.schemas.recovery import Scope
from services.billing.schemas.targets import TargetGap, TargetGaps, TargetOut
from services.billing.tables import recovery_target
from shared.events.vocabulary import Basis
from shared.money import Money

_KEY = (
    recovery_target.c.source,
    recovery_target.c.phase,
    recovery_target.c.formula,
    recovery_target.c.basis,
    recovery_target.c.module_group,
    recovery_target.c.delivery,
)


def targets(programme: str) -> Select[Any]:
    """Return every version of every target; `newest` tells which one speaks."""
    newest = func.max(recovery_target.c.version).over(partition_by=_KEY) == recovery_target.c.version
    numbered = (
        select(recovery_target, newest.label("newest")).where(recovery_target.c.programme == programme).subquery()
    )
    return select(numbered)


def present_target(row: AnyRow) -> TargetOut:
    """Show one version."""
    return TargetOut(
        id=row.id,
        programme=row.programme,
        phase=row.phase,
        formula=row.formula,
        basis=Basis(row.basis),
        module_group=row.module_group,
        delivery=row.delivery,
        percent=None if row.percent is None else percent_text(row.percent),
        source=row.source,
        source_note=row.source_note,
        policy_version=row.policy_version,
        version=row.version,
        recorded_at=row.recorded_at,
        recorded_by=row.actor,
        holds=row.newest and row.percent is not None,
    )


def percent_text(percent: Decimal) -> str:
    """Write a percentage with at least two decimals."""
    return format(percent, "f") if -int(percent.as_tuple().exponent) > 2 else format(percent, ".2f")


async def read_target(connection: AsyncConnection, programme: str, target_id: UUID) -> TargetOut:
    """Return one version of a target; raises NotFound."""
    query = targets(programme)
    mine = query.where(query.selected_columns.id == target_id)
    return present_target(await only(connection, mine, "target", target_id))


async def read_gaps(
    connection: AsyncConnection, policy: Programme, scope: Scope, first_modules: tuple[str, ...], until: date
) -> TargetGaps:
    """Return every target that holds, beside what its phase reached up to `until`.

    `scope` narrows all of them, for a caller who sees one book only. A phase that has not begun by then is left out:
    there is nothing yet to compare.
    """
    query = targets(policy.code)
    columns = query.selected_columns
    held = query.where(columns.newest, columns.percent.is_not(None)).order_by(
        columns.phase, columns.formula, columns.basis, columns.id
    )
    phases = {phase.code: phase for phase in policy.phases}
    items = []
    for row in await connection.execute(held):
        phase = phases.get(row.phase)
        if phase is not None and phase.starts_on <= until:
            items.append(await _gap(connection, policy, scope, first_modules, (row, phase, until)))
    return TargetGaps(programme=policy.code, items=items)


async def _gap(
    connection: AsyncConnection,
    policy: Programme,
    scope: Scope,
    first_modules: tuple[str, ...],
    target: tuple[AnyRow, Phase, date],
) -> TargetGap:
    row, phase, until = target
    narrowed = scope.model_copy(update={"module_group": row.module_group, "delivery": row.delivery})
    asked = Asked(policy.code, Basis(row.basis), window_of(of_phase(phase, until)), narrowed, first_modules)
    sums = await ledger_sums(connection, asked)
    [measured] = [
        each
        for each in measure(sums, policy.currency, overhead_in_scope=asked.overhead_in_scope)
        if each.formula.code == row.formula
    ]
    lacks = missing(measured, row.percent)
    return TargetGap(
        target_id=row.id,
        phase=phase.code,
        phase_ends_on=phase.ends_on,
        source=row.source,
        source_note=row.source_note,
        basis=asked.basis,
        window=asked.window,
        scope=narrowed,
        target_percent=percent_text(row.percent),
        actual=present_ratio(measured),
        missing_points=None if lacks.points is None else format(lacks.points, "f"),
        missing_to_target=Money(lacks.to_target, policy.currency),
        missing_to_full=Money(lacks.to_full, policy.currency),
        reconciliation=reconcile(measured, sums, asked.basis, await movements(connection, asked)),
    )
