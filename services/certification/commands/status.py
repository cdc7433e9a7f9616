"""What becomes of a certificate: expert appointment, suspension, reinstatement, withdrawal.

Each names a ground and the day it takes effect. Hearing steps, expiry and renewal join this when time passing becomes
an event.
"""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import insert, update

from services.certification import tables
from services.certification.commands.issue import say_certified
from services.certification.commands.trainers import standing_out
from services.certification.domain.certificate import Certificate
from services.certification.domain.dates import require_order, require_past
from services.certification.domain.standing import Step, advance
from services.certification.errors.path import AlreadyExpert, CertificationInactive
from services.certification.schemas.certificates import AppointExpert, Reinstate, StatusChange, Suspend, Withdraw
from services.certification.schemas.trainers import StandingOut
from services.certification.store.certificates import held, load_certificates, update_certificate
from services.certification.store.programmes import load_programme
from services.certification.store.trainers import StandingRecord, load_standing, lock_own_trainer, take_step
from shared.database.transaction import Transaction
from shared.events.base import EventData
from shared.events.certification import CertificationReinstated, CertificationSuspended, CertificationWithdrawn


async def appoint_expert(tx: Transaction, programme: str, trainer_id: UUID, body: AppointExpert) -> StandingOut:
    """Make an expert of a certified trainer; the certificate keeps its number."""
    standing, certificate = await _held(tx, programme, trainer_id, body.module, Step.APPOINT_EXPERT)
    require_past("appointed_on", body.appointed_on, tx.now.date())
    if certificate.expert_from is not None:
        raise AlreadyExpert(trainer_id, body.module, certificate.expert_from)
    if not certificate.active_on(body.appointed_on):
        raise CertificationInactive("appointed_on", trainer_id, body.module, body.appointed_on)
    after = await take_step(tx, standing, Step.APPOINT_EXPERT, on=body.appointed_on, reference=certificate.id)
    await update_certificate(tx, certificate.id, expert_from=body.appointed_on)
    say_certified(tx, programme, replace(certificate, expert_from=body.appointed_on))
    return standing_out(after)


async def suspend(tx: Transaction, programme: str, trainer_id: UUID, body: Suspend) -> StandingOut:
    """Take effect away from a certificate, for the time being."""
    standing, certificate = await _changing(tx, programme, trainer_id, body, Step.SUSPEND)
    after = await take_step(tx, standing, Step.SUSPEND, on=body.effective_on, reference=certificate.id)
    await tx.connection.execute(
        insert(tables.suspension).values(
            id=tx.ids(),
            programme=programme,
            certificate_id=certificate.id,
            suspended_on=body.effective_on,
            ground=body.ground,
            recorded_at=tx.now,
        )
    )
    _say(
        tx,
        programme,
        CertificationSuspended(
            trainer_id=trainer_id,
            module=body.module,
            certificate_number=certificate.number,
            effective_on=body.effective_on,
            ground=body.ground,
        ),
        trainer_id,
    )
    return standing_out(after)


async def reinstate(tx: Transaction, programme: str, trainer_id: UUID, body: Reinstate) -> StandingOut:
    """End a suspension."""
    standing, certificate = await _changing(tx, programme, trainer_id, body, Step.REINSTATE)
    after = await take_step(tx, standing, Step.REINSTATE, on=body.effective_on, reference=certificate.id)
    columns = tables.suspension.c
    await tx.connection.execute(
        update(tables.suspension)
        .where(columns.certificate_id == certificate.id, columns.reinstated_on.is_(None))
        .values(reinstated_on=body.effective_on, reinstatement_ground=body.ground)
    )
    _say(
        tx,
        programme,
        CertificationReinstated(
            trainer_id=trainer_id,
            module=body.module,
            certificate_number=certificate.number,
            effective_on=body.effective_on,
        ),
        trainer_id,
    )
    return standing_out(after)


async def withdraw(tx: Transaction, programme: str, trainer_id: UUID, body: Withdraw) -> StandingOut:
    """End a certificate for good."""
    standing, certificate = await _changing(tx, programme, trainer_id, body, Step.WITHDRAW)
    after = await take_step(tx, standing, Step.WITHDRAW, on=body.effective_on, reference=certificate.id)
    await update_certificate(tx, certificate.id, withdrawn_on=body.effective_on, withdrawal_ground=body.ground)
    _say(
        tx,
        programme,
        CertificationWithdrawn(
            trainer_id=trainer_id,
            module=body.module,
            certificate_number=certificate.number,
            effective_on=body.effective_on,
            ground=body.ground,
        ),
        trainer_id,
    )
    return standing_out(after)


async def _changing(
    tx: Transaction, programme: str, trainer_id: UUID, body: StatusChange, step: Step
) -> tuple[StandingRecord, Certificate]:
    standing, certificate = await _held(tx, programme, trainer_id, body.module, step)
    require_past("effective_on", body.effective_on, tx.now.date())
    require_order("effective_on", body.effective_on, "valid_from", certificate.valid_from)
    require_order("effective_on", body.effective_on, "the expert appointment on", certificate.expert_from)
    # Suspensions of one certificate follow each other: each change comes after the one before it.
    pauses = certificate.suspensions
    before = max((pause.reinstated_on or pause.suspended_on for pause in pauses), default=None)
    require_order("effective_on", body.effective_on, "the last change on", before)
    return standing, certificate


async def _held(
    tx: Transaction, programme: str, trainer_id: UUID, module: str, step: Step
) -> tuple[StandingRecord, Certificate]:
    tx.actor.require_programme(programme)
    known = await load_programme(tx.connection, programme)
    known.require_module(module)
    await lock_own_trainer(tx, programme, trainer_id)
    standing = await load_standing(tx, programme, trainer_id, module)
    advance(trainer_id, module, standing.state, step)
    certificate = held(await load_certificates(tx.connection, programme, [trainer_id]), trainer_id, module)
    if certificate is None:
        raise LookupError(f"standing {standing.id} is {standing.state} without a certificate")
    return standing, certificate


def _say(tx: Transaction, programme: str, data: EventData, trainer_id: UUID) -> None:
    tx.emit(data, aggregate_id=trainer_id, programme=programme)
