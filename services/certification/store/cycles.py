"""Trainings of enterprises as the evidence of candidates."""

from collections import defaultdict
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.certification import tables
from services.certification.domain.cycle import Cycle, CycleEnrollment, EnrollmentOutcome


async def load_cycles(connection: AsyncConnection, programme: str, trainer_id: UUID) -> list[Cycle]:
    """Return the trainings in which a trainer was lead or co-candidate, with their enrollments, oldest first."""
    training, candidate = tables.training.c, tables.training_candidate.c
    rows = (
        await connection.execute(
            select(tables.training)
            .join(tables.training_candidate, candidate.training_id == training.id)
            .where(training.programme == programme, candidate.trainer_id == trainer_id)
            .order_by(training.starts_on, training.id)
        )
    ).all()
    enrolled = await _enrollments(connection, programme, [row.id for row in rows])
    return [
        Cycle(
            training_id=row.id,
            module=row.module,
            expert_id=row.supervising_expert_id,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            enrollments=tuple(enrolled[row.id]),
            event_ids=(row.event_id,),
        )
        for row in rows
    ]


async def _enrollments(
    connection: AsyncConnection, programme: str, trainings: list[UUID]
) -> defaultdict[UUID, list[CycleEnrollment]]:
    found: defaultdict[UUID, list[CycleEnrollment]] = defaultdict(list)
    columns = tables.enrollment.c
    rows = await connection.execute(
        select(tables.enrollment)
        .where(columns.programme == programme, columns.training_id.in_(trainings))
        .order_by(columns.id)
    )
    for row in rows:
        found[row.training_id].append(
            CycleEnrollment(
                enrollment_id=row.id,
                enterprise_id=row.enterprise_id,
                enrolled_on=row.enrolled_on,
                outcome=None if row.outcome is None else EnrollmentOutcome(row.outcome),
                closed_on=row.closed_on,
                event_ids=(row.enrolled_event_id, *(() if row.closed_event_id is None else (row.closed_event_id,))),
            )
        )
    return found
