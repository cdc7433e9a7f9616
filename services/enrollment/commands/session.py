"""Recording a classroom day."""

from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.dialects.postgresql import insert as upsert

from services.enrollment.domain.classroom import Person, require_session, require_unchanged
from services.enrollment.domain.leadership import require_qualified
from services.enrollment.domain.training import Training, require_own_training
from services.enrollment.queries.delivery import load_classroom, load_participants
from services.enrollment.queries.enrollments import lock_enrollments_of
from services.enrollment.queries.trainers import load_facts
from services.enrollment.queries.trainings import load_training
from services.enrollment.schemas.delivery import HoldSession, SessionOut
from services.enrollment.tables import attendance, participant, session
from shared.database.transaction import Transaction
from shared.events.enrollment import Attendance, SessionHeld


async def hold_session(tx: Transaction, code: str, training_id: UUID, command: HoldSession) -> SessionOut:
    """Record a classroom day of a training with everybody present.

    Raises NotFound, NotAllowed (another's training), and what `require_qualified` and `require_session` raise.
    """
    tx.actor.require_programme(code)
    training = await load_training(tx.connection, code, training_id, tx.actor, lock=True)
    tx.actor.require_partner(training.partner_id)
    require_own_training(tx.actor, training)
    await _require_still_qualified(tx, training)
    enrolled = await lock_enrollments_of(tx.connection, training.id)
    present = [one.person for one in command.attendances]
    enterprises = {person.enterprise_id for person in present}
    classroom = await load_classroom(tx.connection, training, enrolled, enterprises)
    require_session(classroom, day=command.day, held_on=command.held_on, present=present, today=tx.now.date())
    await _save_participants(tx, code, present)
    # Another training may have recorded one of them for the first time meanwhile; now that is visible.
    require_unchanged(await load_participants(tx.connection, enterprises), present)
    session_id = tx.ids()
    await tx.connection.execute(
        insert(session).values(
            id=session_id,
            programme=code,
            training_id=training.id,
            day=command.day,
            held_on=command.held_on,
            recorded_at=tx.now,
        )
    )
    await tx.connection.execute(
        insert(attendance),
        [
            {
                "programme": code,
                "training_id": training.id,
                "session_id": session_id,
                "enterprise_id": person.enterprise_id,
                "participant": person.participant,
                "position": position,
            }
            for position, person in enumerate(present)
        ],
    )
    tx.emit(
        SessionHeld(
            training_id=training.id,
            module=training.module,
            partner_id=training.partner_id,
            day=command.day,
            held_on=command.held_on,
            attendances=tuple(
                Attendance(
                    enterprise_id=person.enterprise_id,
                    participant=person.participant,
                    sex=person.sex,
                    level=person.level,
                )
                for person in present
            ),
        ),
        aggregate_id=training.id,
        programme=code,
    )
    return SessionOut(
        id=session_id,
        programme=code,
        training_id=training.id,
        day=command.day,
        held_on=command.held_on,
        attendances=command.attendances,
    )


async def _require_still_qualified(tx: Transaction, training: Training) -> None:
    # A suspension may have become known after scheduling; what counts is the first day (architecture section 8).
    facts = await load_facts(tx.connection, training.programme, training.module, training.leadership.team)
    require_qualified(training.leadership, module=training.module, starts_on=training.starts_on, facts=facts)


async def _save_participants(tx: Transaction, code: str, present: list[Person]) -> None:
    rows = [
        {
            "programme": code,
            "enterprise_id": person.enterprise_id,
            "code": person.participant,
            "sex": person.sex,
            "level": person.level,
        }
        for person in sorted(present, key=lambda person: (person.enterprise_id, person.participant))
    ]
    await tx.connection.execute(upsert(participant).values(rows).on_conflict_do_nothing())
