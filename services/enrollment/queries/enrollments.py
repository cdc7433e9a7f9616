"""Enrollments, what an enterprise has behind it, and how far an enrollment has come."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.enrollment.domain.enrollment import Enrollment, EnrollmentStatus, Progress, Standing
from services.enrollment.domain.training import Training
from services.enrollment.domain.visiting import VisitOutcome
from services.enrollment.queries import in_scope, one
from services.enrollment.schemas.training import EnrollmentOut
from services.enrollment.tables import attendance, enrollment, session, training, visit
from shared.auth.actor import Actor
from shared.events.vocabulary import Code


@dataclass(frozen=True, slots=True)
class EnrollmentFilter:
    """What a list of enrollments is narrowed to."""

    status: Annotated[EnrollmentStatus | None, Query()] = None
    module: Annotated[Code | None, Query()] = None
    enterprise: Annotated[UUID | None, Query()] = None
    training: Annotated[UUID | None, Query()] = None


def enrollments(code: str, actor: Actor, wanted: EnrollmentFilter | None = None) -> Select[Any]:
    """Return the query of a programme's enrollments that the caller sees."""
    done = select(func.count()).where(visit.c.enrollment_id == enrollment.c.id, visit.c.outcome == VisitOutcome.DONE)
    query = (
        select(enrollment, training.c.planned_visits, done.scalar_subquery().label("visits_done"))
        .join(training, training.c.id == enrollment.c.training_id)
        .where(enrollment.c.programme == code)
    )
    query = in_scope(query, enrollment.c.partner_id, actor)
    if wanted is None:
        return query
    for column, value in (
        (enrollment.c.status, wanted.status),
        (enrollment.c.module, wanted.module),
        (enrollment.c.enterprise_id, wanted.enterprise),
        (enrollment.c.training_id, wanted.training),
    ):
        if value is not None:
            query = query.where(column == value)
    return query


def present_enrollment(row: Any) -> EnrollmentOut:  # noqa: ANN401 - a driver row
    """Return a row as it is shown."""
    return EnrollmentOut.model_validate(dict(row._mapping))  # noqa: SLF001 - SQLAlchemy's public name


async def find_enrollment(
    connection: AsyncConnection, code: str, enrollment_id: UUID, actor: Actor, *, field: str | None = None
) -> Any:  # noqa: ANN401 - a driver row
    """Return the enrollment's row; raises NotFound naming `field`."""
    query = enrollments(code, actor).where(enrollment.c.id == enrollment_id)
    return await one(connection, query, "enrollment", enrollment_id, field)


async def lock_enrollment(connection: AsyncConnection, code: str, enrollment_id: UUID, actor: Actor) -> Enrollment:
    """Return the enrollment, locked against other changes of it; raises NotFound."""
    query = in_scope(
        select(enrollment).where(enrollment.c.programme == code, enrollment.c.id == enrollment_id),
        enrollment.c.partner_id,
        actor,
    )
    row = await one(connection, query.with_for_update(key_share=True), "enrollment", enrollment_id, None)
    return to_enrollment(row)


async def lock_enrollments_of(connection: AsyncConnection, training_id: UUID) -> list[Enrollment]:
    """Return the enrollments of a training, locked in order of their ids."""
    query = select(enrollment).where(enrollment.c.training_id == training_id).order_by(enrollment.c.id)
    return [to_enrollment(row) for row in await connection.execute(query.with_for_update(key_share=True))]


def to_enrollment(row: Any) -> Enrollment:  # noqa: ANN401 - a driver row
    """Return the enrollment of a row."""
    return Enrollment(
        id=row.id,
        programme=row.programme,
        training_id=row.training_id,
        enterprise_id=row.enterprise_id,
        partner_id=row.partner_id,
        module=row.module,
        enrolled_on=row.enrolled_on,
        status=EnrollmentStatus(row.status),
    )


async def load_standing(connection: AsyncConnection, training_: Training, enterprise: Any) -> Standing:  # noqa: ANN401 - a driver row
    """Return what the enterprise of a row has behind it; the caller holds the enterprise's lock."""
    query = (
        select(enrollment, training.c.is_first)
        .join(training, training.c.id == enrollment.c.training_id)
        .where(enrollment.c.enterprise_id == enterprise.id)
    )
    rows = (await connection.execute(query)).all()
    lasting = [row for row in rows if row.status != EnrollmentStatus.WITHDRAWN]
    return Standing(
        enterprise_id=enterprise.id,
        partner_id=enterprise.partner_id,
        registered_on=enterprise.registered_on,
        in_training=next((row.id for row in rows if row.training_id == training_.id), None),
        in_module=next((row.id for row in lasting if row.module == training_.module), None),
        first_completed_on=min(
            (row.completed_on for row in lasting if row.is_first and row.completed_on), default=None
        ),
    )


async def count_taken(connection: AsyncConnection, training_id: UUID) -> int:
    """Return how many places of a training are taken; the caller holds the training's lock."""
    query = select(func.count()).where(
        enrollment.c.training_id == training_id, enrollment.c.status != EnrollmentStatus.WITHDRAWN
    )
    return int((await connection.execute(query)).scalar_one())


async def load_progress(connection: AsyncConnection, one_: Enrollment) -> Progress:
    """Return how far an enrollment has come; the caller holds its lock."""
    present = (
        select(attendance.c.session_id)
        .where(attendance.c.session_id == session.c.id, attendance.c.enterprise_id == one_.enterprise_id)
        .exists()
    )
    days = (
        await connection.execute(
            select(session.c.day, session.c.held_on, present.label("present")).where(
                session.c.training_id == one_.training_id
            )
        )
    ).all()
    visits = (await connection.execute(select(visit).where(visit.c.enrollment_id == one_.id))).all()
    return Progress(
        held={row.day: row.held_on for row in days},
        attended={row.day: row.held_on for row in days if row.present},
        visits_done={row.number: row.visited_on for row in visits if row.outcome == VisitOutcome.DONE},
        last_attempt_on=max((row.visited_on for row in visits if row.outcome == VisitOutcome.ABORTED), default=None),
    )
