"""The register of trainers, and one trainer with everything behind each module's state."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from services.certification import tables
from services.certification.domain.certificate import Certificate
from services.certification.domain.cycle import Cycle, EnrollmentOutcome
from services.certification.domain.prerequisite import first_module_done
from services.certification.domain.programme import Programme
from services.certification.domain.scheme import Scheme, in_force
from services.certification.domain.standing import Action, State, allowed_actions
from services.certification.schemas.trainers import (
    CycleOut,
    HeldCertificateOut,
    ModuleStandingOut,
    TotResultOut,
    TrainerDetailOut,
    TrainerOut,
)
from services.certification.store.certificates import load_certificates
from services.certification.store.cycles import load_cycles
from services.certification.store.programmes import load_programme, load_schemes
from shared.auth.actor import Actor
from shared.errors import NotFound
from shared.events.vocabulary import Sex


@dataclass(frozen=True, slots=True)
class TrainerFilter:
    """What a list of trainers is narrowed to; None: not."""

    partner_id: UUID | None = None
    region: str | None = None
    sex: Sex | None = None
    module: str | None = None
    state: State | None = None


def trainers(programme: str, actor: Actor, wanted: TrainerFilter) -> Select[Any]:
    """Return the query of a programme's trainers; a partner's token sees its own."""
    columns, standing = tables.trainer.c, tables.standing.c
    query = select(tables.trainer).where(columns.programme == programme)
    if actor.partner is not None:
        query = query.where(columns.partner_id == actor.partner)
    for column, value in (
        (columns.partner_id, wanted.partner_id),
        (columns.region, wanted.region),
        (columns.sex, wanted.sex),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.module is not None or wanted.state is not None:
        stands = select(standing.id).where(standing.trainer_id == columns.id)
        if wanted.module is not None:
            stands = stands.where(standing.module == wanted.module)
        if wanted.state is not None:
            stands = stands.where(standing.state == wanted.state)
        query = query.where(stands.exists())
    return query


def present_trainer(row: Row[Any]) -> TrainerOut:
    """Return a trainer's row as an answer; the login stays inside."""
    return TrainerOut(
        id=row.id,
        programme=row.programme,
        name=row.name,
        sex=Sex(row.sex),
        partner_id=row.partner_id,
        employer=row.employer,
        region=row.region,
        registered_on=row.registered_on,
    )


async def trainer_detail(
    connection: AsyncConnection, programme: str, actor: Actor, trainer_id: UUID, as_of: date
) -> TrainerDetailOut:
    """Return one trainer with every module of the programme; raises NotFound outside the actor's scope."""
    row = (
        await connection.execute(trainers(programme, actor, TrainerFilter()).where(tables.trainer.c.id == trainer_id))
    ).one_or_none()
    if row is None:
        raise NotFound("trainer", trainer_id)
    known = await load_programme(connection, programme)
    behind = _Behind(
        trainer_id=trainer_id,
        programme=known,
        schemes=await load_schemes(connection, programme),
        certificates=await load_certificates(connection, programme, [trainer_id]),
        cycles=await load_cycles(connection, programme, trainer_id),
        as_of=as_of,
    )
    states = await _states(connection, trainer_id)
    results = await _tot_results(connection, trainer_id)
    cases = await _open_cases(connection, trainer_id)
    return TrainerDetailOut(
        **present_trainer(row).model_dump(),
        as_of=as_of,
        modules=[
            behind.present(module, states.get(module, State.NONE), results.get(module, []), cases.get(module))
            for module in sorted(known.modules)
        ],
    )


@dataclass(frozen=True, slots=True)
class _Behind:
    trainer_id: UUID
    programme: Programme
    schemes: Sequence[Scheme]
    certificates: Sequence[Certificate]
    cycles: Sequence[Cycle]
    as_of: date

    def present(
        self, module: str, state: State, results: list[TotResultOut], open_case: UUID | None
    ) -> ModuleStandingOut:
        certificate = next((one for one in reversed(self.certificates) if one.module == module), None)
        return ModuleStandingOut(
            module=module,
            state=state,
            allowed_actions=self._actions(module, state, certificate),
            open_case_id=open_case,
            tot_results=results,
            cycles=[self._cycle(cycle) for cycle in self.cycles if cycle.module == module],
            certificate=None if certificate is None else self._held(certificate),
        )

    def _actions(self, module: str, state: State, certificate: Certificate | None) -> list[Action]:
        minimum = in_force(self.schemes, self.as_of).minimum_completed_enterprises
        done = first_module_done(self.programme, module, self.as_of, self.certificates, self.cycles, minimum)
        actions = allowed_actions(state, first_module_done=done)
        is_expert = certificate is not None and certificate.expert_from is not None
        return [action for action in actions if not (is_expert and action is Action.APPOINT_EXPERT)]

    def _cycle(self, cycle: Cycle) -> CycleOut:
        minimum = in_force(self.schemes, cycle.starts_on).minimum_completed_enterprises
        outcomes = [one.outcome for one in cycle.enrollments]
        return CycleOut(
            training_id=cycle.training_id,
            expert_id=cycle.expert_id,
            starts_on=cycle.starts_on,
            ends_on=cycle.ends_on,
            enrolled=len(outcomes),
            completed=outcomes.count(EnrollmentOutcome.COMPLETED),
            withdrawn=outcomes.count(EnrollmentOutcome.WITHDRAWN),
            completed_on=cycle.completed_on(minimum),
        )

    def _held(self, certificate: Certificate) -> HeldCertificateOut:
        return HeldCertificateOut(
            number=certificate.number,
            is_recognised=certificate.is_recognised,
            valid_from=certificate.valid_from,
            valid_until=certificate.valid_until,
            expert_from=certificate.expert_from,
            withdrawn_on=certificate.withdrawn_on,
            is_active=certificate.active_on(self.as_of),
            is_expert=certificate.expert_on(self.as_of),
        )


async def _states(connection: AsyncConnection, trainer_id: UUID) -> dict[str, State]:
    columns = tables.standing.c
    rows = await connection.execute(select(columns.module, columns.state).where(columns.trainer_id == trainer_id))
    return {row.module: State(row.state) for row in rows}


async def _tot_results(connection: AsyncConnection, trainer_id: UUID) -> dict[str, list[TotResultOut]]:
    columns = tables.tot_result.c
    found: dict[str, list[TotResultOut]] = {}
    rows = await connection.execute(
        select(tables.tot_result).where(columns.trainer_id == trainer_id).order_by(columns.taken_on, columns.id)
    )
    for row in rows:
        found.setdefault(row.module, []).append(
            TotResultOut(
                id=row.id,
                outcome=row.outcome,
                score=row.score,
                taken_on=row.taken_on,
                facilitator_id=row.facilitator_id,
            )
        )
    return found


async def _open_cases(connection: AsyncConnection, trainer_id: UUID) -> dict[str, UUID]:
    columns = tables.board_case.c
    rows = await connection.execute(
        select(columns.module, columns.id).where(columns.trainer_id == trainer_id, columns.state == "open")
    )
    return {row.module: row.id for row in rows}
