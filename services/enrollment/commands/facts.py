"""Keeping what other services said: trainers, their certificates, baselines."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from services.enrollment.domain.certification import Certificate, change_numbered, grant
from services.enrollment.errors.training import CertificateUnknown
from services.enrollment.queries.trainers import from_days, to_certificate
from services.enrollment.tables import baseline, enterprise, trainer, trainer_certificate, trainer_tot
from shared.database.transaction import Transaction
from shared.errors import FactMissing
from shared.events.assessment import AssessmentCompleted
from shared.events.certification import TrainerRegistered, TrainingOfTrainersPassed


async def keep_trainer(tx: Transaction, code: str, data: TrainerRegistered) -> None:
    """Keep a trainer of programme `code`."""
    await tx.connection.execute(
        insert(trainer).values(
            id=data.trainer_id,
            programme=code,
            name=data.name,
            partner_id=data.partner_id,
            registered_on=data.registered_on,
        )
    )


async def require_trainer(tx: Transaction, code: str, trainer_id: UUID) -> None:
    """Raise FactMissing when the trainer is not known in programme `code`."""
    query = select(trainer.c.id).where(trainer.c.programme == code, trainer.c.id == trainer_id)
    if (await tx.connection.execute(query)).first() is None:
        raise FactMissing("trainer", trainer_id)


async def keep_tot(tx: Transaction, code: str, data: TrainingOfTrainersPassed) -> None:
    """Keep when a trainer first passed the training of trainers of a module."""
    added = upsert(trainer_tot).values(
        programme=code, trainer_id=data.trainer_id, module=data.module, passed_on=data.passed_on
    )
    await tx.connection.execute(
        added.on_conflict_do_update(
            index_elements=["trainer_id", "module"],
            set_={"passed_on": func.least(trainer_tot.c.passed_on, added.excluded.passed_on)},
        )
    )


async def grant_certificate(
    tx: Transaction, code: str, trainer_id: UUID, granted: Certificate, valid_from: date, valid_until: date | None
) -> None:
    """Keep a certificate, or more validity of one that is known."""
    known = await _certificates(tx, trainer_id, granted.module)
    await _save(tx, code, trainer_id, grant(known, granted, valid_from, valid_until))


async def change_certificates(
    tx: Transaction,
    code: str,
    trainer_id: UUID,
    module: str,
    number: str,
    change: Callable[[Certificate], Certificate],
) -> None:
    """Make `change` to the certificate with that number; raises CertificateUnknown, which parks the message.

    Events of one trainer arrive in order, so a certificate that is not known was never said to be issued.
    """
    changed = change_numbered(await _certificates(tx, trainer_id, module), number, change)
    if changed is None:
        raise CertificateUnknown(trainer_id, module, number)
    await _save(tx, code, trainer_id, changed)


async def _certificates(tx: Transaction, trainer_id: UUID, module: str) -> tuple[Certificate, ...]:
    rows = await tx.connection.execute(
        select(trainer_certificate)
        .where(trainer_certificate.c.trainer_id == trainer_id, trainer_certificate.c.module == module)
        .with_for_update()
    )
    return tuple(to_certificate(row) for row in rows)


async def _save(tx: Transaction, code: str, trainer_id: UUID, certificates: tuple[Certificate, ...]) -> None:
    saved = upsert(trainer_certificate).values(
        [
            {
                "programme": code,
                "trainer_id": trainer_id,
                "module": one.module,
                "number": one.number,
                "is_expert": one.is_expert,
                "valid": from_days(one.valid),
                "suspended": from_days(one.suspended),
            }
            for one in certificates
        ]
    )
    await tx.connection.execute(
        saved.on_conflict_do_update(
            index_elements=["trainer_id", "module", "number", "is_expert"],
            set_={"valid": saved.excluded.valid, "suspended": saved.excluded.suspended},
        )
    )


async def keep_baseline(tx: Transaction, code: str, data: AssessmentCompleted) -> None:
    """Keep a completed baseline; raises FactMissing when the enterprise is not of programme `code`."""
    query = select(enterprise.c.id).where(enterprise.c.programme == code, enterprise.c.id == data.enterprise_id)
    if (await tx.connection.execute(query)).first() is None:
        raise FactMissing("enterprise", data.enterprise_id)
    await tx.connection.execute(
        insert(baseline).values(
            assessment_id=data.assessment_id,
            programme=code,
            enterprise_id=data.enterprise_id,
            assessed_on=data.assessed_on,
        )
    )
