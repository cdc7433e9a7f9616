"""Recording an improvement that was carried out."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import insert

from services.assessment.commands.scope import authorise
from services.assessment.domain.days import happened, not_before
from services.assessment.domain.rights import RECORDERS
from services.assessment.queries import facts
from services.assessment.queries.lists import IMPROVEMENTS
from services.assessment.schemas import ImprovementOut
from services.assessment.tables import improvement
from shared.database.transaction import Transaction
from shared.events.assessment import ImprovementCompleted


@dataclass(frozen=True, slots=True)
class RecordImprovement:
    """An enterprise carried out an action of its improvement plan, perhaps out of a training it takes."""

    programme: str
    enterprise_id: UUID
    training_id: UUID | None
    title: str
    completed_on: date


async def record_improvement(tx: Transaction, command: RecordImprovement) -> ImprovementOut:
    """Record an improvement.

    Raises DateInFuture, DateBefore (training), EnrollmentLeft, NotAllowed, or FactMissing while the enterprise, the
    training or its enrollment are not known here.
    """
    happened("completed_on", command.completed_on, tx.now.date())
    partner_id = await facts.partner_of_enterprise(tx.connection, command.programme, command.enterprise_id)
    authorise(tx, RECORDERS, "recording an improvement", command.programme, partner_id)
    if command.training_id is not None:
        training = await facts.training(tx.connection, command.programme, command.training_id)
        place = await facts.enrollment_in(tx.connection, command.programme, command.training_id, command.enterprise_id)
        place.require_live("training_id")
        not_before("completed_on", command.completed_on, training.starts_on, "the first day of the training")
    improvement_id = tx.ids()
    await tx.connection.execute(
        insert(improvement).values(
            id=improvement_id,
            programme=command.programme,
            enterprise_id=command.enterprise_id,
            partner_id=partner_id,
            training_id=command.training_id,
            title=command.title,
            completed_on=command.completed_on,
            recorded_at=tx.now,
            recorded_by=tx.actor.subject,
        )
    )
    tx.emit(
        ImprovementCompleted(
            improvement_id=improvement_id,
            enterprise_id=command.enterprise_id,
            partner_id=partner_id,
            training_id=command.training_id,
            title=command.title,
            completed_on=command.completed_on,
        ),
        aggregate_id=improvement_id,
        programme=command.programme,
    )
    return await IMPROVEMENTS.one(tx.connection, tx.actor, command.programme, improvement_id)
