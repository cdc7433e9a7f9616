"""Keeping cost recovery as it was measured on a day."""

from uuid import UUID

from sqlalchemy import insert, select

from services.billing.commands.loading import happened, need_programme, one
from services.billing.domain.programme import Programme
from services.billing.domain.recovery import SELF_SUFFICIENCY, Component, Measured, measure
from services.billing.queries.recovery import Asked, ledger_sums, present_recovery
from services.billing.schemas.recovery import CostRecoveryOut, MeasurementOut, Scope, TakeMeasurement, Window
from services.billing.tables import measurement, self_sufficiency
from services.billing.tables import programme as programme_table
from shared.database.transaction import Transaction
from shared.events.billing import CostRecoveryMeasured, Ratio, SelfSufficiencyReached
from shared.events.vocabulary import Basis

_EVERYTHING = Scope(partner=None, module=None, region=None, delivery=None, training=None, phase=None)


async def take_measurement(tx: Transaction, programme: str, command: TakeMeasurement) -> MeasurementOut:
    """Measure the programme on every basis from its beginning up to `as_of`, store it and say so.

    The first time that CR-5 on received money is 1 or more, the programme pays for itself, which is said once.
    Raises FactMissing or FutureDate.
    """
    policy = await need_programme(tx, programme)
    happened(tx, "as_of", command.as_of)
    # One measurement at a time: the first to reach self-sufficiency is only one.
    await tx.connection.execute(
        select(programme_table.c.programme)
        .where(programme_table.c.programme == programme)
        .with_for_update(key_share=True)
    )
    measurement_id = tx.ids()
    window = f"cumulative to {command.as_of}"
    results: list[CostRecoveryOut] = []
    reached = False
    for basis in Basis:
        asked = Asked(programme, basis, Window(since=None, until=command.as_of), _EVERYTHING)
        sums = await ledger_sums(tx.connection, asked)
        await tx.connection.execute(
            insert(measurement).values(
                id=tx.ids(),
                measurement_id=measurement_id,
                basis=basis.value,
                programme=programme,
                as_of=command.as_of,
                measured_at=tx.now,
                currency=policy.currency,
                components={component.value: sums.get(component, 0) for component in Component},
            )
        )
        measured = measure(sums, policy.currency)
        tx.emit(
            CostRecoveryMeasured(
                measurement_id=measurement_id,
                as_of=command.as_of,
                basis=basis,
                window=window,
                ratios=tuple(_ratio(each) for each in measured),
            ),
            aggregate_id=policy.id,
            programme=programme,
        )
        if basis is Basis.RECEIVED:
            reached = await _reached_now(tx, policy, command, measured, measurement_id)
        results.append(present_recovery(asked, sums, policy.currency))
    return MeasurementOut(
        id=measurement_id,
        programme=programme,
        as_of=command.as_of,
        window=window,
        results=results,
        self_sufficiency_reached=reached,
    )


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
