"""What certification learns from enrollment. Further evidence (visits, satisfaction, improvements) joins here."""

from services.certification.commands.copies import (
    close_enrollment,
    keep_enrollment,
    keep_partner,
    keep_programme,
    keep_training,
)
from services.certification.domain.cycle import EnrollmentOutcome
from shared.database.transaction import Transaction
from shared.events.enrollment import (
    EnrollmentCompleted,
    EnrollmentWithdrawn,
    EnterpriseEnrolled,
    PartnerRegistered,
    ProgrammeDefined,
    TrainingScheduled,
)
from shared.messaging.handlers import Event, Handlers

handlers = Handlers("certification")


@handlers.on(ProgrammeDefined)
async def programme_defined(tx: Transaction, event: Event[ProgrammeDefined]) -> None:
    """Learn the catalogue and regions."""
    await keep_programme(tx, event.programme, event.data)


@handlers.on(PartnerRegistered)
async def partner_registered(tx: Transaction, event: Event[PartnerRegistered]) -> None:
    """Learn of a partner."""
    await keep_partner(tx, event.programme, event.data)


@handlers.on(TrainingScheduled)
async def training_scheduled(tx: Transaction, event: Event[TrainingScheduled]) -> None:
    """Learn of a training: a cycle of its candidates begins."""
    await keep_training(tx, event.programme, event.data, event.id)


@handlers.on(EnterpriseEnrolled)
async def enterprise_enrolled(tx: Transaction, event: Event[EnterpriseEnrolled]) -> None:
    """Learn of a place in a training."""
    await keep_enrollment(tx, event.programme, event.data, event.id)


@handlers.on(EnrollmentCompleted)
async def enrollment_completed(tx: Transaction, event: Event[EnrollmentCompleted]) -> None:
    """Learn that an enterprise finished."""
    data = event.data
    await close_enrollment(
        tx, event.programme, data.enrollment_id, EnrollmentOutcome.COMPLETED, data.completed_on, event.id
    )


@handlers.on(EnrollmentWithdrawn)
async def enrollment_withdrawn(tx: Transaction, event: Event[EnrollmentWithdrawn]) -> None:
    """Learn that an enterprise left."""
    data = event.data
    await close_enrollment(
        tx, event.programme, data.enrollment_id, EnrollmentOutcome.WITHDRAWN, data.withdrawn_on, event.id
    )
