"""What other services say, kept as local copies; a new programme gets its KPI catalogue."""

from typing import Final
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert

from services.assessment.commands.kpis import install_default_catalogue
from services.assessment.domain.assessment import EnrollmentState
from services.assessment.tables import (
    identified,
    known_enrollment,
    known_enterprise,
    known_module,
    known_participant,
    known_partner,
    known_programme,
    known_session,
    known_trainer,
    known_training,
)
from shared.database.transaction import Transaction
from shared.errors import FactMissing
from shared.events.certification import TrainerRegistered
from shared.events.enrollment import (
    EnrollmentCompleted,
    EnrollmentWithdrawn,
    EnterpriseEnrolled,
    EnterpriseRegistered,
    PartnerRegistered,
    ProgrammeDefined,
    SessionHeld,
    TrainingScheduled,
)
from shared.messaging.handlers import Event, Handlers

handlers: Final = Handlers("assessment")

_PARTNER: Final = insert(known_partner)
_ENTERPRISE: Final = insert(known_enterprise)
_TRAINER: Final = insert(known_trainer)
_TRAINING: Final = insert(known_training)
_ENROLLMENT: Final = insert(known_enrollment)
_NEW_SESSION: Final = insert(known_session)
_SESSION: Final = _NEW_SESSION.on_conflict_do_update(
    index_elements=["training_id", "day"], set_={"held_on": _NEW_SESSION.excluded.held_on}
)
_NEW_PARTICIPANT: Final = insert(known_participant)
_PARTICIPANT: Final = _NEW_PARTICIPANT.on_conflict_do_update(
    index_elements=["training_id", "enterprise_id", "participant"],
    set_={"first_seen_on": func.least(known_participant.c.first_seen_on, _NEW_PARTICIPANT.excluded.first_seen_on)},
)


@handlers.on(ProgrammeDefined)
async def programme_defined(tx: Transaction, event: Event[ProgrammeDefined]) -> None:
    """Keep the programme and its modules; install the default KPI catalogue from the policy's first day on."""
    data = event.data
    shown = {"name": data.name, "currency": data.currency, "policy_version": data.policy_version}
    await tx.connection.execute(
        insert(known_programme)
        .values(code=data.programme, id=data.programme_id, **shown)
        .on_conflict_do_update(index_elements=["code"], set_=shown)
    )
    if data.modules:
        await tx.connection.execute(
            insert(known_module)
            .values(
                [
                    {
                        "programme": data.programme,
                        "policy_version": data.policy_version,
                        "valid_from": data.valid_from,
                        "code": module.code,
                        "name": module.name,
                        "classroom_days": module.classroom_days,
                    }
                    for module in data.modules
                ]
            )
            .on_conflict_do_nothing()
        )
    await install_default_catalogue(tx, data.programme, data.valid_from)


@handlers.on(PartnerRegistered, writes_only=True)
async def partner_registered(tx: Transaction, event: Event[PartnerRegistered]) -> None:
    """Keep the partner."""
    data = event.data
    tx.later.add(
        _PARTNER,
        {
            "id": data.partner_id,
            "programme": event.programme,
            "name": data.name,
            "kind": data.kind,
            "region": data.region,
        },
    )


@handlers.on(EnterpriseRegistered, writes_only=True)
async def enterprise_registered(tx: Transaction, event: Event[EnterpriseRegistered]) -> None:
    """Keep the enterprise: it may be assessed from now on."""
    data = event.data
    tx.later.add(
        _ENTERPRISE,
        {
            "id": data.enterprise_id,
            "programme": event.programme,
            "partner_id": data.partner_id,
            "name": data.name,
            "region": data.region,
            "sector": data.sector,
            "size_class": data.size_class,
            "registered_on": data.registered_on,
        },
    )


@handlers.on(TrainerRegistered, writes_only=True)
async def trainer_registered(tx: Transaction, event: Event[TrainerRegistered]) -> None:
    """Keep the trainer, who may be named as an assessor."""
    data = event.data
    tx.later.add(_TRAINER, {"id": data.trainer_id, "programme": event.programme, "name": data.name})


@handlers.on(TrainingScheduled, writes_only=True)
async def training_scheduled(tx: Transaction, event: Event[TrainingScheduled]) -> None:
    """Keep the training with its dates."""
    data = event.data
    tx.later.add(
        _TRAINING,
        {
            "id": data.training_id,
            "programme": event.programme,
            "module": data.module,
            "partner_id": data.partner_id,
            "region": data.region,
            "lead_trainer_id": data.lead_trainer_id,
            "starts_on": data.starts_on,
            "ends_on": data.ends_on,
        },
    )


@handlers.on(EnterpriseEnrolled, writes_only=True)
async def enterprise_enrolled(tx: Transaction, event: Event[EnterpriseEnrolled]) -> None:
    """Keep the enrollment; it may be heard of before its training and its enterprise."""
    data = event.data
    tx.later.add(
        _ENROLLMENT,
        {
            "id": data.enrollment_id,
            "programme": event.programme,
            "training_id": data.training_id,
            "enterprise_id": data.enterprise_id,
            "partner_id": data.partner_id,
            "enrolled_on": data.enrolled_on,
            "state": EnrollmentState.ACTIVE,
        },
    )


@handlers.on(SessionHeld, writes_only=True)
async def session_held(tx: Transaction, event: Event[SessionHeld]) -> None:
    """Keep the classroom day, and every participant once with the first day seen."""
    data = event.data
    where = {"training_id": data.training_id, "programme": event.programme}
    tx.later.add(_SESSION, {**where, "day": data.day, "held_on": data.held_on})
    # Sorted, so that two batches lock the same people in the same order.
    for enterprise_id, participant in sorted({(each.enterprise_id, each.participant) for each in data.attendances}):
        tx.later.add(
            _PARTICIPANT,
            {**where, "enterprise_id": enterprise_id, "participant": participant, "first_seen_on": data.held_on},
        )


@handlers.on(EnrollmentCompleted)
async def enrollment_completed(tx: Transaction, event: Event[EnrollmentCompleted]) -> None:
    """Mark the enrollment completed; raises FactMissing when its beginning was never heard of."""
    await _end_enrollment(
        tx,
        event.programme,
        event.data.enrollment_id,
        {"state": EnrollmentState.COMPLETED, "completed_on": event.data.completed_on},
    )


@handlers.on(EnrollmentWithdrawn)
async def enrollment_withdrawn(tx: Transaction, event: Event[EnrollmentWithdrawn]) -> None:
    """Mark the enrollment withdrawn; raises FactMissing when its beginning was never heard of."""
    await _end_enrollment(
        tx,
        event.programme,
        event.data.enrollment_id,
        {"state": EnrollmentState.WITHDRAWN, "completed_on": None, "withdrawn_on": event.data.withdrawn_on},
    )


async def _end_enrollment(tx: Transaction, programme: str, enrollment_id: UUID, change: dict[str, object]) -> None:
    done = await tx.connection.execute(
        update(known_enrollment).where(identified(known_enrollment, programme, enrollment_id)).values(change)
    )
    if done.rowcount != 1:
        raise FactMissing("enrollment", enrollment_id)
