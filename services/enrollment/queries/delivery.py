"""Sessions and visits."""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection

from services.enrollment.domain.classroom import Classroom, Person
from services.enrollment.domain.enrollment import Enrollment, EnrollmentStatus
from services.enrollment.domain.training import Training
from services.enrollment.domain.visiting import VisitOutcome
from services.enrollment.schemas.delivery import PlannedVisitOut, SessionOut, VisitOut, VisitPlanOut
from services.enrollment.schemas.training import EnrollmentOut
from services.enrollment.tables import attendance, baseline, enrollment, participant, session, visit
from shared.events.vocabulary import Level, Sex
from shared.money import Money


def sessions(training_id: UUID) -> Select[Any]:
    """Return the query of a training's classroom days, each with everybody present."""
    person = func.jsonb_build_object(
        "enterprise_id",
        attendance.c.enterprise_id,
        "participant",
        attendance.c.participant,
        "sex",
        participant.c.sex,
        "level",
        participant.c.level,
    )
    present = (
        select(func.jsonb_agg(aggregate_order_by(person, attendance.c.position)))
        .join(
            participant,
            (participant.c.enterprise_id == attendance.c.enterprise_id)
            & (participant.c.code == attendance.c.participant),
        )
        .where(attendance.c.session_id == session.c.id)
    )
    return select(session, present.scalar_subquery().label("attendances")).where(session.c.training_id == training_id)


def present_session(row: Any) -> SessionOut:  # noqa: ANN401 - a driver row
    """Return a row as it is shown."""
    return SessionOut.model_validate(dict(row._mapping))  # noqa: SLF001 - SQLAlchemy's public name


def visits(*, training_id: UUID | None = None, enrollment_id: UUID | None = None) -> Select[Any]:
    """Return the query of the visits of a training or of an enrollment."""
    query = select(visit, enrollment.c.training_id, enrollment.c.enterprise_id).join(
        enrollment, enrollment.c.id == visit.c.enrollment_id
    )
    if training_id is not None:
        query = query.where(enrollment.c.training_id == training_id)
    if enrollment_id is not None:
        query = query.where(visit.c.enrollment_id == enrollment_id)
    return query


def present_visit(row: Any) -> VisitOut:  # noqa: ANN401 - a driver row
    """Return a row as it is shown."""
    cost = None if row.cost_minor is None else Money(row.cost_minor, row.cost_currency)
    return VisitOut(
        id=row.id,
        programme=row.programme,
        enrollment_id=row.enrollment_id,
        training_id=row.training_id,
        enterprise_id=row.enterprise_id,
        number=row.number,
        outcome=VisitOutcome(row.outcome),
        visited_on=row.visited_on,
        trainer_id=row.trainer_id,
        reason=row.reason,
        cost=cost,
    )


async def load_classroom(
    connection: AsyncConnection, training: Training, enrolled: Collection[Enrollment], enterprises: Collection[UUID]
) -> Classroom:
    """Return what is recorded of a training's classroom and of the participants of `enterprises`.

    The caller holds the locks of the training and of `enrolled`.
    """
    held: dict[int, date] = {
        row.day: row.held_on
        for row in await connection.execute(
            select(session.c.day, session.c.held_on).where(session.c.training_id == training.id)
        )
    }
    baselines: dict[UUID, date] = {
        row.enterprise_id: row.first
        for row in await connection.execute(
            select(baseline.c.enterprise_id, func.min(baseline.c.assessed_on).label("first"))
            .where(baseline.c.enterprise_id.in_(enterprises))
            .group_by(baseline.c.enterprise_id)
        )
    }
    seated = {
        (row.enterprise_id, row.participant)
        for row in await connection.execute(
            select(attendance.c.enterprise_id, attendance.c.participant).where(attendance.c.training_id == training.id)
        )
    }
    return Classroom(
        training=training,
        held=held,
        enrolled={one.enterprise_id for one in enrolled if one.status is EnrollmentStatus.ACTIVE},
        baselines=baselines,
        known=await load_participants(connection, enterprises),
        seated=seated,
    )


async def load_participants(
    connection: AsyncConnection, enterprises: Collection[UUID]
) -> dict[tuple[UUID, str], Person]:
    """Return the participants of `enterprises` as first recorded."""
    rows = await connection.execute(select(participant).where(participant.c.enterprise_id.in_(enterprises)))
    people = (Person(row.enterprise_id, row.code, Sex(row.sex), Level(row.level)) for row in rows)
    return {person.identity: person for person in people}


async def show_plan(connection: AsyncConnection, enrolled: EnrollmentOut) -> VisitPlanOut:
    """Return the plan of an enrollment with what is recorded of each number."""
    query = visits(enrollment_id=enrolled.id).order_by(visit.c.id)
    shown = [present_visit(row) for row in await connection.execute(query)]
    return VisitPlanOut(
        id=enrolled.id,
        programme=enrolled.programme,
        training_id=enrolled.training_id,
        enterprise_id=enrolled.enterprise_id,
        visits=tuple(
            PlannedVisitOut(
                number=number,
                done=next((v for v in shown if v.number == number and v.outcome is VisitOutcome.DONE), None),
                aborted=tuple(v for v in shown if v.number == number and v.outcome is VisitOutcome.ABORTED),
            )
            for number in range(1, enrolled.planned_visits + 1)
        ),
    )
