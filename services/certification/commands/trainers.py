"""The register of trainers and the path up to the training of trainers."""

from uuid import UUID

from sqlalchemy import insert, select

from services.certification import tables
from services.certification.domain.certificate import is_expert
from services.certification.domain.dates import require_order, require_past
from services.certification.domain.prerequisite import require_first_module
from services.certification.domain.programme import Programme
from services.certification.domain.scheme import require_score
from services.certification.domain.standing import Step, allowed_actions
from services.certification.errors.path import DuplicateSubject, NotAnExpert, PartnerNeeded
from services.certification.schemas.path import Apply, Select, TotOutcome, TotResult
from services.certification.schemas.trainers import RegisterTrainer, StandingOut, TrainerOut
from services.certification.store.certificates import load_certificates
from services.certification.store.cycles import load_cycles
from services.certification.store.programmes import load_programme, require_partner, scheme_on
from services.certification.store.trainers import (
    StandingRecord,
    last_step_on,
    load_standing,
    lock_own_trainer,
    lock_trainers,
    take_step,
    visible,
)
from shared.database.transaction import Transaction
from shared.errors import NotFound
from shared.events.certification import TrainerRegistered, TrainingOfTrainersPassed


async def register_trainer(tx: Transaction, programme: str, body: RegisterTrainer) -> TrainerOut:
    """Enter a trainer into the register."""
    tx.actor.require_programme(programme)
    if tx.actor.partner is not None:
        if body.partner_id is None:
            raise PartnerNeeded
        tx.actor.require_partner(body.partner_id)
    require_past("registered_on", body.registered_on, tx.now.date())
    known = await load_programme(tx.connection, programme, lock=body.subject is not None)
    known.require_region(body.region)
    await require_partner(tx.connection, programme, body.partner_id)
    if body.subject is not None:
        columns = tables.trainer.c
        taken = select(columns.id).where(columns.programme == programme, columns.subject == body.subject)
        if (await tx.connection.execute(taken)).first() is not None:
            raise DuplicateSubject(body.subject)
    trainer_id = tx.ids()
    await tx.connection.execute(
        insert(tables.trainer).values(id=trainer_id, programme=programme, recorded_at=tx.now, **body.model_dump())
    )
    tx.emit(
        TrainerRegistered(
            trainer_id=trainer_id,
            name=body.name,
            sex=body.sex,
            partner_id=body.partner_id,
            region=body.region,
            registered_on=body.registered_on,
        ),
        aggregate_id=trainer_id,
        programme=programme,
    )
    return TrainerOut(id=trainer_id, programme=programme, **body.model_dump(exclude={"subject"}))


async def apply_for_module(tx: Transaction, programme: str, trainer_id: UUID, body: Apply) -> StandingOut:
    """Take an application for a module."""
    _, standing = await _begin(tx, programme, trainer_id, body.module)
    require_past("applied_on", body.applied_on, tx.now.date())
    return standing_out(await take_step(tx, standing, Step.APPLY, on=body.applied_on, reference=None))


async def select_candidate(tx: Transaction, programme: str, trainer_id: UUID, body: Select) -> StandingOut:
    """Select an applicant as a candidate; no other module before the first."""
    known, standing = await _begin(tx, programme, trainer_id, body.module)
    require_past("selected_on", body.selected_on, tx.now.date())
    require_order(
        "selected_on", body.selected_on, "applied_on", await last_step_on(tx.connection, standing, Step.APPLY)
    )
    scheme = await scheme_on(tx.connection, programme, body.selected_on)
    require_first_module(
        known,
        trainer_id,
        body.module,
        body.selected_on,
        standing.state,
        await load_certificates(tx.connection, programme, [trainer_id]),
        await load_cycles(tx.connection, programme, trainer_id),
        scheme.minimum_completed_enterprises,
    )
    return standing_out(await take_step(tx, standing, Step.SELECT, on=body.selected_on, reference=None))


async def record_tot_result(tx: Transaction, programme: str, trainer_id: UUID, body: TotResult) -> StandingOut:
    """Record a training of trainers, passed or failed; only a pass is told to the other services."""
    known, standing = await _begin(tx, programme, trainer_id, body.module, also=body.facilitator_id)
    require_past("taken_on", body.taken_on, tx.now.date())
    before = await last_step_on(tx.connection, standing, Step.SELECT, Step.FAIL_TOT)
    require_order("taken_on", body.taken_on, "the step before it on", before)
    scheme = await scheme_on(tx.connection, programme, body.taken_on)
    require_score(scheme, passed=body.outcome is TotOutcome.PASSED, score=body.score)
    facilitators = [] if body.facilitator_id is None else [body.facilitator_id]
    certificates = await load_certificates(tx.connection, programme, [trainer_id, *facilitators])
    require_first_module(
        known,
        trainer_id,
        body.module,
        body.taken_on,
        standing.state,
        [one for one in certificates if one.trainer_id == trainer_id],
        await load_cycles(tx.connection, programme, trainer_id),
        scheme.minimum_completed_enterprises,
    )
    facilitator = body.facilitator_id
    if facilitator is not None and (
        facilitator == trainer_id or not is_expert(certificates, facilitator, body.module, body.taken_on)
    ):
        raise NotAnExpert("facilitator_id", facilitator, body.module, body.taken_on)
    result_id = tx.ids()
    step = Step.PASS_TOT if body.outcome is TotOutcome.PASSED else Step.FAIL_TOT
    after = await take_step(tx, standing, step, on=body.taken_on, reference=result_id)
    await tx.connection.execute(
        insert(tables.tot_result).values(
            id=result_id,
            programme=programme,
            trainer_id=trainer_id,
            scheme_version=scheme.version,
            recorded_at=tx.now,
            recorded_by=tx.actor.subject,
            **body.model_dump(),
        )
    )
    if step is Step.PASS_TOT:
        tx.emit(
            TrainingOfTrainersPassed(trainer_id=trainer_id, module=body.module, passed_on=body.taken_on),
            aggregate_id=trainer_id,
            programme=programme,
        )
    return standing_out(after)


def standing_out(standing: StandingRecord) -> StandingOut:
    """Return a standing as an answer."""
    return StandingOut(
        id=standing.id,
        programme=standing.programme,
        trainer_id=standing.trainer_id,
        module=standing.module,
        state=standing.state,
        allowed_actions=list(allowed_actions(standing.state)),
    )


async def _begin(
    tx: Transaction, programme: str, trainer_id: UUID, module: str, also: UUID | None = None
) -> tuple[Programme, StandingRecord]:
    tx.actor.require_programme(programme)
    known = await load_programme(tx.connection, programme)
    known.require_module(module)
    if also is None:
        await lock_own_trainer(tx, programme, trainer_id)
    else:
        locked = await lock_trainers(tx, programme, [trainer_id, also])
        visible(tx, locked.get(trainer_id), trainer_id)
        if also not in locked:
            raise NotFound("trainer", also, field="facilitator_id")
    return known, await load_standing(tx, programme, trainer_id, module)
