"""What enrollment hears from other services: who may lead which module, and which enterprises have a baseline."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from services.enrollment.commands.facts import (
    change_certificates,
    grant_certificate,
    keep_baseline,
    keep_tot,
    keep_trainer,
    require_trainer,
)
from services.enrollment.domain.certification import Certificate
from shared.database.transaction import Transaction
from shared.events.assessment import AssessmentCompleted
from shared.events.certification import (
    CertificationExpired,
    CertificationReinstated,
    CertificationRenewed,
    CertificationSuspended,
    CertificationWithdrawn,
    TrainerCertified,
    TrainerRegistered,
    TrainingOfTrainersPassed,
)
from shared.events.vocabulary import AssessmentKind
from shared.messaging.handlers import Event, Handlers

handlers: Final = Handlers("enrollment")


@handlers.on(TrainerRegistered)
async def trainer_registered(tx: Transaction, event: Event[TrainerRegistered]) -> None:
    """Know the trainer from now on."""
    await keep_trainer(tx, event.programme, event.data)


@handlers.on(TrainingOfTrainersPassed)
async def training_of_trainers_passed(tx: Transaction, event: Event[TrainingOfTrainersPassed]) -> None:
    """Keep the first day the trainer may lead a supervised cycle of the module."""
    data = event.data
    await require_trainer(tx, event.programme, data.trainer_id)
    await keep_tot(tx, event.programme, data)


@handlers.on(TrainerCertified)
async def trainer_certified(tx: Transaction, event: Event[TrainerCertified]) -> None:
    """Keep the certificate with its first validity."""
    data = event.data
    await require_trainer(tx, event.programme, data.trainer_id)
    granted = Certificate(data.module, data.certificate_number, data.is_expert)
    await grant_certificate(tx, event.programme, data.trainer_id, granted, data.valid_from, data.valid_until)


@handlers.on(CertificationRenewed)
async def certification_renewed(tx: Transaction, event: Event[CertificationRenewed]) -> None:
    """Add the new validity to what the certificate had."""
    data = event.data
    await _change(tx, event.programme, data, lambda one: one.granted(data.valid_from, data.valid_until))


@handlers.on(CertificationSuspended)
async def certification_suspended(tx: Transaction, event: Event[CertificationSuspended]) -> None:
    """The certificate may not be used from that day on."""
    data = event.data
    await _change(tx, event.programme, data, lambda one: one.suspended_from(data.effective_on))


@handlers.on(CertificationReinstated)
async def certification_reinstated(tx: Transaction, event: Event[CertificationReinstated]) -> None:
    """The certificate may be used again from that day on."""
    data = event.data
    await _change(tx, event.programme, data, lambda one: one.reinstated_on(data.effective_on))


@handlers.on(CertificationWithdrawn)
async def certification_withdrawn(tx: Transaction, event: Event[CertificationWithdrawn]) -> None:
    """The certificate is void from that day on."""
    data = event.data
    await _change(tx, event.programme, data, lambda one: one.withdrawn_on(data.effective_on))


@handlers.on(CertificationExpired)
async def certification_expired(tx: Transaction, event: Event[CertificationExpired]) -> None:
    """The certificate has run out."""
    data = event.data
    await _change(tx, event.programme, data, lambda one: one.expired_on(data.expired_on))


@handlers.on(AssessmentCompleted)
async def assessment_completed(tx: Transaction, event: Event[AssessmentCompleted]) -> None:
    """Keep a completed baseline: without it no first module. Other kinds of assessment change nothing here."""
    if event.data.kind is AssessmentKind.BASELINE:
        await keep_baseline(tx, event.programme, event.data)


Numbered = (
    CertificationRenewed
    | CertificationSuspended
    | CertificationReinstated
    | CertificationWithdrawn
    | CertificationExpired
)


async def _change(
    tx: Transaction, programme: str, data: Numbered, change: Callable[[Certificate], Certificate]
) -> None:
    trainer_id: UUID = data.trainer_id
    await require_trainer(tx, programme, trainer_id)
    await change_certificates(tx, programme, trainer_id, data.module, data.certificate_number, change)
