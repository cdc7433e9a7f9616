"""Targets of cost recovery: versions by hand, and those that the programme's policy names."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from sqlalchemy import func, insert, select

from services.billing.commands.loading import need_programme
from services.billing.domain.targets import TargetKey, read_indicator
from services.billing.errors import TargetNotMeasurable, TargetUnchanged, UnknownCode
from services.billing.queries.targets import read_target
from services.billing.schemas.targets import SetTarget, TargetOut
from services.billing.tables import programme as programme_table
from services.billing.tables import recovery_target
from shared.database.transaction import Transaction
from shared.events.enrollment import ProgrammeDefined
from shared.events.vocabulary import Basis, Delivery

Versioned = tuple[str, TargetKey]
"""A phase and what the target is of."""


async def set_target(tx: Transaction, programme: str, command: SetTarget) -> TargetOut:
    """Add a version of a target by hand; without a percentage it says that the target holds no more.

    Raises FactMissing, UnknownCode, TargetNotMeasurable or TargetUnchanged.
    """
    policy = await need_programme(tx, programme)
    if command.phase not in {phase.code for phase in policy.phases}:
        raise UnknownCode("phase", command.phase, "phase")
    delivery = None if command.delivery is None else Delivery(command.delivery)
    of = TargetKey(command.formula, command.basis, command.module_group, delivery)
    if not of.is_measurable:
        raise TargetNotMeasurable(command.formula)
    # One version at a time.
    await tx.connection.execute(
        select(programme_table.c.programme)
        .where(programme_table.c.programme == programme)
        .with_for_update(key_share=True)
    )
    key = (command.phase, of)
    version, percent = (await _newest(tx, programme, "hand")).get(key, (0, None))
    wanted = None if command.percent is None else Decimal(command.percent)
    if percent == wanted:
        raise TargetUnchanged(command.formula, command.phase)
    target_id = tx.ids()
    row = _row(programme, key, wanted, version + 1)
    await tx.connection.execute(
        insert(recovery_target).values(
            {
                **row,
                "id": target_id,
                "source": "hand",
                "source_note": command.source_note,
                "actor": tx.actor.subject,
                "recorded_at": tx.now,
            }
        )
    )
    return await read_target(tx.connection, programme, target_id)


def _row(programme: str, key: Versioned, percent: Decimal | None, version: int) -> dict[str, Any]:
    phase, of = key
    return {
        "programme": programme,
        "phase": phase,
        "formula": of.formula,
        "basis": of.basis.value,
        "module_group": of.module_group,
        "delivery": None if of.delivery is None else of.delivery.value,
        "percent": percent,
        "version": version,
    }


async def _newest(tx: Transaction, programme: str, source: str) -> dict[Versioned, tuple[int, Decimal | None]]:
    """Return version and percentage of the newest version of each target of a source."""
    last = func.max(recovery_target.c.version).over(
        partition_by=(
            recovery_target.c.phase,
            recovery_target.c.formula,
            recovery_target.c.basis,
            recovery_target.c.module_group,
            recovery_target.c.delivery,
        )
    )
    query = select(recovery_target, last.label("last")).where(
        recovery_target.c.programme == programme, recovery_target.c.source == source
    )
    return {
        (
            row.phase,
            TargetKey(
                row.formula,
                Basis(row.basis),
                row.module_group,
                None if row.delivery is None else Delivery(row.delivery),
            ),
        ): (row.version, row.percent)
        for row in await tx.connection.execute(query)
        if row.version == row.last
    }


async def keep_policy_targets(tx: Transaction, data: ProgrammeDefined) -> None:
    """Keep the targets that a policy names by formula; one that it names no more holds no more.

    Indicators that name no formula, such as counts of enterprises, are not billing's.
    """
    named = dict(_named(data))
    before = await _newest(tx, data.programme, "policy")
    rows = []
    for key in {**before, **named}:
        version, percent = before.get(key, (0, None))
        wanted = named.get(key)
        if percent != wanted:
            rows.append(
                {
                    **_row(data.programme, key, wanted, version + 1),
                    "id": tx.ids(),
                    "source": "policy",
                    "source_note": data.decision,
                    "policy_version": data.policy_version,
                    "actor": tx.actor.subject,
                    "recorded_at": tx.now,
                }
            )
    if rows:
        await tx.connection.execute(insert(recovery_target), rows)


def _named(data: ProgrammeDefined) -> Iterable[tuple[Versioned, Decimal]]:
    for phase in data.phases:
        for target in phase.targets:
            key = read_indicator(target.indicator)
            if key is not None and target.value >= 0:
                yield (phase.code, key), target.value
