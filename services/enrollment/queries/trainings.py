"""Trainings."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from sqlalchemy import Select, Uuid, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from services.enrollment.domain.enrollment import EnrollmentStatus
from services.enrollment.domain.leadership import Leadership
from services.enrollment.domain.training import Template, Training
from services.enrollment.queries import in_scope, one
from services.enrollment.schemas.training import TrainingOut
from services.enrollment.tables import enrollment, session, training, training_co_candidate
from shared.auth.actor import Actor
from shared.events.vocabulary import Code, Delivery, LeadRole


@dataclass(frozen=True, slots=True)
class TrainingFilter:
    """What a list of trainings is narrowed to."""

    module: Annotated[Code | None, Query()] = None
    partner: Annotated[UUID | None, Query()] = None
    region: Annotated[Code | None, Query()] = None
    delivery: Annotated[Delivery | None, Query()] = None


def trainings(code: str, actor: Actor, wanted: TrainingFilter | None = None) -> Select[Any]:
    """Return the query of a programme's trainings that the caller sees, each with its people and how full it is."""
    candidate = training_co_candidate.c
    people = select(candidate.trainer_id).where(candidate.training_id == training.c.id).order_by(candidate.position)
    taken = select(func.count()).where(
        enrollment.c.training_id == training.c.id, enrollment.c.status != EnrollmentStatus.WITHDRAWN
    )
    held = select(func.count()).where(session.c.training_id == training.c.id)
    query = select(
        training,
        func.array(people.scalar_subquery(), type_=ARRAY(Uuid)).label("co_candidate_ids"),
        taken.scalar_subquery().label("places_taken"),
        held.scalar_subquery().label("sessions_held"),
    ).where(training.c.programme == code)
    query = in_scope(query, training.c.partner_id, actor)
    if wanted is None:
        return query
    for column, value in (
        (training.c.module, wanted.module),
        (training.c.partner_id, wanted.partner),
        (training.c.region, wanted.region),
        (training.c.delivery, wanted.delivery),
    ):
        if value is not None:
            query = query.where(column == value)
    return query


def present_training(row: Any) -> TrainingOut:  # noqa: ANN401 - a driver row
    """Return a row as it is shown."""
    return TrainingOut.model_validate(dict(row._mapping))  # noqa: SLF001 - SQLAlchemy's public name


async def find_training(
    connection: AsyncConnection, code: str, training_id: UUID, actor: Actor, *, field: str | None = None
) -> Any:  # noqa: ANN401 - a driver row
    """Return the training's row; raises NotFound naming `field`."""
    query = trainings(code, actor).where(training.c.id == training_id)
    return await one(connection, query, "training", training_id, field)


async def load_training(
    connection: AsyncConnection,
    code: str,
    training_id: UUID,
    actor: Actor,
    *,
    field: str | None = None,
    lock: bool = False,
) -> Training:
    """Return the training, locked against other enrollments and sessions on demand; raises NotFound naming `field`."""
    if lock:
        # Locked by itself first: counts in the same statement would be those of before the wait.
        query = select(training.c.id).where(training.c.programme == code, training.c.id == training_id)
        await connection.execute(query.with_for_update(key_share=True))
    return to_training(await find_training(connection, code, training_id, actor, field=field))


def to_training(row: Any) -> Training:  # noqa: ANN401 - a driver row
    """Return the training of a row."""
    return Training(
        id=row.id,
        programme=row.programme,
        partner_id=row.partner_id,
        region=row.region,
        module=row.module,
        is_first=row.is_first,
        delivery=Delivery(row.delivery),
        leadership=Leadership(
            LeadRole(row.lead_role), row.lead_trainer_id, row.supervising_expert_id, tuple(row.co_candidate_ids)
        ),
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        venue=row.venue,
        template=Template(
            classroom_days=row.classroom_days,
            planned_visits=row.planned_visits,
            max_enterprises=row.max_enterprises,
            seats_managers=row.seats_managers,
            seats_workers=row.seats_workers,
        ),
        policy_version=row.policy_version,
    )
