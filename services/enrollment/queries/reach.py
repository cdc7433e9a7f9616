"""The rows that the reach figures are counted from."""

from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.enrollment.domain.enrollment import EnrollmentStatus
from services.enrollment.domain.figures import Figure, Seen, Workforce, reach
from services.enrollment.tables import attendance, enrollment, enterprise, participant, session, training
from shared.events.vocabulary import Delivery, Level, Sex


async def measure_reach(
    connection: AsyncConnection, code: str, as_of: date, partner_id: UUID | None
) -> tuple[Figure, ...]:
    """Return the reach figures of a programme, or of one partner's part, counting what happened up to `as_of`."""
    seen_query = (
        select(
            attendance.c.enterprise_id,
            attendance.c.participant,
            participant.c.sex,
            participant.c.level,
            training.c.id,
            training.c.module,
            training.c.delivery,
            func.count().label("days"),
        )
        .join(session, session.c.id == attendance.c.session_id)
        .join(training, training.c.id == attendance.c.training_id)
        .join(
            participant,
            (participant.c.enterprise_id == attendance.c.enterprise_id)
            & (participant.c.code == attendance.c.participant),
        )
        .where(session.c.programme == code, session.c.held_on <= as_of)
        .group_by(
            attendance.c.enterprise_id,
            attendance.c.participant,
            participant.c.sex,
            participant.c.level,
            training.c.id,
            training.c.module,
            training.c.delivery,
        )
    )
    enterprise_query = select(enterprise.c.id, enterprise.c.region, enterprise.c.women, enterprise.c.men).where(
        enterprise.c.programme == code
    )
    completed_query = select(enrollment.c.module).where(
        enrollment.c.programme == code,
        enrollment.c.status == EnrollmentStatus.COMPLETED,
        enrollment.c.completed_on <= as_of,
    )
    if partner_id is not None:
        seen_query = seen_query.where(training.c.partner_id == partner_id)
        enterprise_query = enterprise_query.where(enterprise.c.partner_id == partner_id)
        completed_query = completed_query.where(enrollment.c.partner_id == partner_id)
    seen = [
        Seen(
            row.enterprise_id,
            row.participant,
            Sex(row.sex),
            Level(row.level),
            row.id,
            row.module,
            Delivery(row.delivery),
            row.days,
        )
        for row in await connection.execute(seen_query)
    ]
    enterprises = {
        row.id: Workforce(row.region, row.women, row.men) for row in await connection.execute(enterprise_query)
    }
    return reach(seen, enterprises, list((await connection.execute(completed_query)).scalars()))
