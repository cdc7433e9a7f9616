"""Recording a satisfaction survey."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import insert, select

from services.assessment.commands.scope import authorise
from services.assessment.domain.days import happened
from services.assessment.domain.rights import RECORDERS
from services.assessment.domain.satisfaction import decide_survey
from services.assessment.errors import SurveyExists
from services.assessment.queries import facts
from services.assessment.queries.lists import SURVEYS
from services.assessment.schemas import SatisfactionOut
from services.assessment.tables import identified, known_training, satisfaction
from shared.database.transaction import Transaction
from shared.events.assessment import SatisfactionRecorded


@dataclass(frozen=True, slots=True)
class RecordSatisfaction:
    """Participants of a training were asked on one day."""

    programme: str
    training_id: UUID
    recorded_on: date
    respondents: int
    satisfied: int


async def record_satisfaction(tx: Transaction, command: RecordSatisfaction) -> SatisfactionOut:
    """Record the survey of a training and day.

    Raises SurveyExists, SatisfiedBeyondRespondents, RespondentsBeyondParticipants, DateBefore, DateInFuture,
    NotAllowed, or FactMissing while the training or its sessions are not known here.
    """
    happened("recorded_on", command.recorded_on, tx.now.date())
    training = await facts.training(tx.connection, command.programme, command.training_id)
    authorise(tx, RECORDERS, "recording satisfaction", command.programme, training.partner_id)
    await _lock(tx, command)
    classroom = await facts.classroom(tx.connection, command.programme, command.training_id, command.recorded_on)
    decide_survey(classroom, command.recorded_on, command.respondents, command.satisfied)
    satisfaction_id = tx.ids()
    await tx.connection.execute(
        insert(satisfaction).values(
            id=satisfaction_id,
            programme=command.programme,
            training_id=command.training_id,
            partner_id=training.partner_id,
            recorded_on=command.recorded_on,
            participants=classroom.participants,
            respondents=command.respondents,
            satisfied=command.satisfied,
            recorded_at=tx.now,
            recorded_by=tx.actor.subject,
        )
    )
    tx.emit(
        SatisfactionRecorded(
            satisfaction_id=satisfaction_id,
            training_id=command.training_id,
            partner_id=training.partner_id,
            recorded_on=command.recorded_on,
            respondents=command.respondents,
            satisfied=command.satisfied,
        ),
        aggregate_id=satisfaction_id,
        programme=command.programme,
    )
    return await SURVEYS.one(tx.connection, tx.actor, command.programme, satisfaction_id)


async def _lock(tx: Transaction, command: RecordSatisfaction) -> None:
    # One survey of a training at a time; the second sees the first.
    await tx.connection.execute(
        select(known_training.c.id)
        .where(identified(known_training, command.programme, command.training_id))
        .with_for_update()
    )
    found = await tx.connection.execute(
        select(satisfaction.c.id).where(
            satisfaction.c.training_id == command.training_id, satisfaction.c.recorded_on == command.recorded_on
        )
    )
    if found.first() is not None:
        raise SurveyExists(command.training_id, command.recorded_on)
