"""Keeping cost recovery as it was measured on a day."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import insert, select

from services.billing.commands.loading import happened, need_partner, need_programme, one
from services.billing.domain.programme import Programme
from services.billing.domain.recovery import SELF_SUFFICIENCY, Component, Measured, measure
from services.billing.domain.windows import WindowKind
from services.billing.queries.asked import Asked, WindowAsked, first_modules, window_of
from services.billing.queries.measurements import Seen, sums_seen
from services.billing.queries.recovery import Sums, present_recovery
from services.billing.schemas.measurements import MeasurementOut, TakeMeasurement
from services.billing.schemas.recovery import CostRecoveryOut, Scope
from services.billing.tables import measurement, self_sufficiency
from services.billing.tables import programme as programme_table
from shared.database.transaction import Transaction
from shared.events.billing import (
    CostRecoveryCutMeasured,
    CostRecoveryMeasured,
    Ratio,
    RecoveryScope,
    SelfSufficiencyReached,
)
from shared.events.vocabulary import Basis

_EVERYTHING = Scope()


async def take_measurement(tx: Transaction, programme: str, command: TakeMeasurement) -> MeasurementOut:
    """Measure on every basis up to `as_of`, store it with what the ledger held, and say so.

    The first time that CR-5 on received money is 1 or more from the beginning and over everything, the programme pays
    for itself, which is said once. Raises FactMissing, FutureDate, WindowMismatch, UnknownCode or DateOrder.
    """
    policy = await need_programme(tx, programme)
    happened(tx, "as_of", command.as_of)
    asked = await _asked(tx, policy, command)
    # One measurement at a time: the first to reach self-sufficiency is only one.
    await tx.connection.execute(
        select(programme_table.c.programme)
        .where(programme_table.c.programme == programme)
        .with_for_update(key_share=True)
    )
    measurement_id = tx.ids()
    seen = await sums_seen(tx.connection, asked)
    results: list[CostRecoveryOut] = []
    reached = False
    for basis in Basis:
        on_basis = replace(asked, basis=basis)
        sums = seen.sums[basis]
        await tx.connection.execute(
            insert(measurement).values(_row(tx, on_basis, command, sums, seen, policy, measurement_id))
        )
        measured = measure(sums, policy.currency, overhead_in_scope=asked.overhead_in_scope)
        _say(tx, policy, command, on_basis, measured, measurement_id)
        if basis is Basis.RECEIVED and _is_whole(asked):
            reached = await _reached_now(tx, policy, command, measured, measurement_id)
        results.append(present_recovery(on_basis, sums, policy.currency))
    return MeasurementOut(
        id=measurement_id,
        programme=programme,
        as_of=command.as_of,
        window=asked.window.text,
        results=results,
        last_entry_id=seen.last_entry_id,
        self_sufficiency_reached=reached,
    )


async def _asked(tx: Transaction, policy: Programme, command: TakeMeasurement) -> Asked:
    window, scope = command.window, command.scope
    if scope.partner is not None:
        await need_partner(tx, policy.code, scope.partner)
    until = command.as_of
    named = WindowAsked(window.kind, window.since, until, window.phase, window.year, window.months)
    return Asked(
        policy.code,
        Basis.RECEIVED,
        window_of(named.days(policy, until)),
        Scope.model_validate(scope.model_dump()),
        first_modules(policy),
    )


def _is_whole(asked: Asked) -> bool:
    return asked.window.kind is WindowKind.CUMULATIVE and asked.scope == _EVERYTHING


def _row(
    tx: Transaction,
    asked: Asked,
    command: TakeMeasurement,
    sums: Sums,
    seen: Seen,
    policy: Programme,
    measurement_id: UUID,
) -> dict[str, object]:
    return {
        "id": tx.ids(),
        "measurement_id": measurement_id,
        "basis": asked.basis.value,
        "programme": policy.code,
        "as_of": command.as_of,
        "measured_at": tx.now,
        "currency": policy.currency,
        "components": {component.value: sums.get(component, 0) for component in Component},
        "window_kind": asked.window.kind.value,
        "window_text": asked.window.text,
        "since": asked.window.since,
        "until": asked.window.until,
        "scope": asked.scope.model_dump(mode="json", exclude_none=True),
        "first_modules": list(asked.first_modules),
        "last_entry_id": seen.last_entry_id,
        "snapshot": seen.snapshot,
    }


def _say(
    tx: Transaction,
    policy: Programme,
    command: TakeMeasurement,
    asked: Asked,
    measured: tuple[Measured, ...],
    measurement_id: UUID,
) -> None:
    ratios = tuple(_ratio(each) for each in measured)
    said: CostRecoveryMeasured | CostRecoveryCutMeasured
    if _is_whole(asked):
        said = CostRecoveryMeasured(
            measurement_id=measurement_id,
            as_of=command.as_of,
            basis=asked.basis,
            window=asked.window.text,
            ratios=ratios,
        )
    else:
        said = CostRecoveryCutMeasured(
            measurement_id=measurement_id,
            as_of=command.as_of,
            basis=asked.basis,
            window=asked.window.text,
            since=asked.window.since,
            until=asked.window.until or command.as_of,
            scope=RecoveryScope.model_validate(asked.scope.model_dump()),
            ratios=ratios,
        )
    tx.emit(said, aggregate_id=policy.id, programme=policy.code)


async def _reached_now(
    tx: Transaction,
    policy: Programme,
    command: TakeMeasurement,
    measured: tuple[Measured, ...],
    measurement_id: UUID,
) -> bool:
    [full_cost] = [each for each in measured if each.formula.code == SELF_SUFFICIENCY]
    known = await one(tx, select(self_sufficiency).where(self_sufficiency.c.programme == policy.code))
    if known is not None or not full_cost.reaches(1):
        return False
    await tx.connection.execute(
        insert(self_sufficiency).values(programme=policy.code, measurement_id=measurement_id, as_of=command.as_of)
    )
    tx.emit(
        SelfSufficiencyReached(
            measurement_id=measurement_id,
            as_of=command.as_of,
            basis=Basis.RECEIVED,
            formula=SELF_SUFFICIENCY,
            ratio=_ratio(full_cost),
        ),
        aggregate_id=policy.id,
        programme=policy.code,
    )
    return True


def _ratio(measured: Measured) -> Ratio:
    return Ratio(formula=measured.formula.code, numerator=measured.numerator, denominator=measured.denominator)
