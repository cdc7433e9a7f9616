"""Defining a programme, and deciding its policy anew."""

from typing import Any
from uuid import UUID

from sqlalchemy import Table, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from services.enrollment.domain.policy import Policy, PolicyVersion, require_whole
from services.enrollment.errors.policy import PolicyNotLater, ProgrammeExists
from services.enrollment.queries.policies import present_version, require_programme
from services.enrollment.schemas.programme import AddPolicyVersion, DefineProgramme, PolicyVersionOut, ProgrammeOut
from services.enrollment.tables import (
    policy_module,
    policy_phase,
    policy_region,
    policy_sector,
    policy_size_class,
    policy_target,
    policy_version,
    programme,
)
from shared.database.transaction import Transaction
from shared.events.enrollment import ProgrammeDefined


async def define_programme(tx: Transaction, code: str, command: DefineProgramme) -> ProgrammeOut:
    """Define programme `code` with version 1 of its policy; raises PolicyNotWhole or ProgrammeExists."""
    tx.actor.require_programme(code)
    require_whole(command.policy)
    row = {
        "id": tx.ids(),
        "programme": code,
        "name": command.name,
        "country": command.country,
        "currency": command.currency,
        "recorded_at": tx.now,
    }
    added = await tx.connection.execute(
        upsert(programme).values(row).on_conflict_do_nothing(index_elements=["programme"]).returning(programme)
    )
    defined = added.one_or_none()
    if defined is None:
        raise ProgrammeExists(code)
    shown = await _save_version(tx, defined, PolicyVersion(code, 1, command.policy))
    return ProgrammeOut(
        id=defined.id,
        programme=code,
        name=defined.name,
        country=defined.country,
        currency=defined.currency,
        on=command.valid_from,
        policy=shown,
    )


async def add_policy_version(tx: Transaction, code: str, command: AddPolicyVersion) -> PolicyVersionOut:
    """Add the next version of the policy; raises NotFound, PolicyNotWhole or PolicyNotLater."""
    tx.actor.require_programme(code)
    require_whole(command.policy)
    defined = await require_programme(tx.connection, code, lock=True)
    last = (
        await tx.connection.execute(
            select(
                func.max(policy_version.c.version).label("version"), func.max(policy_version.c.valid_from).label("day")
            ).where(policy_version.c.programme == code)
        )
    ).one()
    # In order of both number and date, so that `in force on a day` has one answer.
    if command.valid_from <= last.day:
        raise PolicyNotLater(command.valid_from, last.day)
    return await _save_version(tx, defined, PolicyVersion(code, last.version + 1, command.policy))


async def _save_version(tx: Transaction, defined: Any, version: PolicyVersion) -> PolicyVersionOut:  # noqa: ANN401 - a driver row
    version_id = tx.ids()
    policy = version.policy
    key = {"programme": version.programme, "version": version.version}
    await tx.connection.execute(
        insert(policy_version).values(
            id=version_id,
            **key,
            recorded_at=tx.now,
            **policy.model_dump(include={"valid_from", "decision", "headcount_minimum", "headcount_maximum"}),
        )
    )
    for table, rows in _parts(policy):
        if rows:
            await tx.connection.execute(insert(table), [{**key, **row} for row in rows])
    tx.emit(_defined_event(defined, version), aggregate_id=defined.id, programme=version.programme)
    return present_version(version_id, version)


def _parts(policy: Policy) -> list[tuple[Table, list[dict[str, Any]]]]:
    def numbered(values: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{"position": position, **value} for position, value in enumerate(values)]

    return [
        (policy_size_class, numbered([band.model_dump() for band in policy.size_classes])),
        (policy_sector, numbered([{"code": code} for code in policy.sectors])),
        (policy_region, numbered([region.model_dump() for region in policy.regions])),
        (policy_module, numbered([module.model_dump() for module in policy.modules])),
        (policy_phase, numbered([phase.model_dump(exclude={"targets"}) for phase in policy.phases])),
        (
            policy_target,
            [
                {"phase": phase.code, **row}
                for phase in policy.phases
                for row in numbered([target.model_dump() for target in phase.targets])
            ],
        ),
    ]


def _defined_event(defined: Any, version: PolicyVersion) -> ProgrammeDefined:  # noqa: ANN401 - a driver row
    programme_id: UUID = defined.id
    return ProgrammeDefined.model_validate(
        {
            "programme_id": programme_id,
            "programme": defined.programme,
            "name": defined.name,
            "country": defined.country,
            "currency": defined.currency,
            "policy_version": version.version,
            **version.policy.model_dump(),
        }
    )
