"""Facts a command decides on; what may not change meanwhile is locked."""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.assessment.domain.assessment import Enrollment, EnrollmentState, Recorded
from services.assessment.domain.kpi import KpiTerms, KpiVersion, Measure, Origin
from services.assessment.domain.satisfaction import Classroom
from services.assessment.tables import (
    assessment,
    identified,
    known_enrollment,
    known_enterprise,
    known_module,
    known_participant,
    known_programme,
    known_session,
    known_trainer,
    known_training,
    kpi,
    kpi_version,
    reading,
)
from shared.errors import FactMissing
from shared.events.vocabulary import AssessmentKind, Direction

FactRow = Row[*tuple[Any, ...]]


async def require_programme(connection: AsyncConnection, programme: str) -> None:
    """Raise FactMissing until the programme's definition has arrived."""
    found = await connection.execute(select(known_programme.c.code).where(known_programme.c.code == programme))
    if found.first() is None:
        raise FactMissing("programme", programme, field="programme")


async def partner_of_enterprise(
    connection: AsyncConnection, programme: str, enterprise_id: UUID, field: str = "enterprise_id"
) -> UUID:
    """Lock an enterprise and return its partner; raises FactMissing naming `field` of the request."""
    query = select(known_enterprise.c.partner_id).where(identified(known_enterprise, programme, enterprise_id))
    row = await _fact(connection, query.with_for_update(), "enterprise", enterprise_id, field)
    partner_id: UUID = row.partner_id
    return partner_id


async def enrollment(connection: AsyncConnection, programme: str, enrollment_id: UUID) -> Enrollment:
    """Lock an enrollment and return it; raises FactMissing."""
    query = select(known_enrollment).where(identified(known_enrollment, programme, enrollment_id))
    return _enrollment(await _fact(connection, query.with_for_update(), "enrollment", enrollment_id, "enrollment_id"))


async def enrollment_in(
    connection: AsyncConnection, programme: str, training_id: UUID, enterprise_id: UUID
) -> Enrollment:
    """Return an enterprise's latest place in a training; raises FactMissing."""
    query = (
        select(known_enrollment)
        .where(
            known_enrollment.c.programme == programme,
            known_enrollment.c.training_id == training_id,
            known_enrollment.c.enterprise_id == enterprise_id,
        )
        .order_by(known_enrollment.c.withdrawn_on.is_(None).desc(), known_enrollment.c.id.desc())
        .limit(1)
    )
    what = f"enrollment of enterprise {enterprise_id} in training"
    return _enrollment(await _fact(connection, query, what, training_id, "training_id"))


async def training(
    connection: AsyncConnection, programme: str, training_id: UUID, field: str = "training_id"
) -> FactRow:
    """Return partner_id and starts_on of a training; raises FactMissing naming `field` of the request."""
    query = select(known_training.c.partner_id, known_training.c.starts_on).where(
        identified(known_training, programme, training_id)
    )
    return await _fact(connection, query, "training", training_id, field)


async def require_trainer(connection: AsyncConnection, programme: str, trainer_id: UUID | None) -> None:
    """Raise FactMissing until a named trainer's registration has arrived; nobody named is fine."""
    if trainer_id is not None:
        query = select(known_trainer.c.id).where(identified(known_trainer, programme, trainer_id))
        await _fact(connection, query, "trainer", trainer_id, "assessor_id")


async def classroom(connection: AsyncConnection, programme: str, training_id: UUID, on: date) -> Classroom:
    """Return what is known of a training's sessions on a day; raises FactMissing for the training or its module."""
    planned = (
        select(known_module.c.classroom_days)
        .where(
            known_module.c.programme == programme,
            known_module.c.code == known_training.c.module,
            known_module.c.valid_from <= known_training.c.starts_on,
        )
        .order_by(known_module.c.valid_from.desc(), known_module.c.policy_version.desc())
        .limit(1)
        .scalar_subquery()
    )
    sessions = known_session.c.training_id == known_training.c.id
    query = select(
        known_training.c.starts_on,
        planned.label("planned_days"),
        select(func.count()).where(sessions).scalar_subquery().label("days_held"),
        select(func.max(known_session.c.held_on)).where(sessions).scalar_subquery().label("last_held_on"),
        select(func.count())
        .where(
            known_participant.c.training_id == known_training.c.id,
            known_participant.c.first_seen_on <= on,
        )
        .scalar_subquery()
        .label("participants"),
    ).where(identified(known_training, programme, training_id))
    row = await _fact(connection, query, "training", training_id, "training_id")
    if row.planned_days is None:
        raise FactMissing("module of training", training_id, field="training_id")
    return Classroom(training_id, row.starts_on, row.planned_days, row.days_held, row.last_held_on, row.participants)


async def baseline(connection: AsyncConnection, enterprise_id: UUID) -> Recorded | None:
    """Return an enterprise's baseline."""
    return await _recorded(connection, assessment.c.enterprise_id, enterprise_id, AssessmentKind.BASELINE)


async def endline(connection: AsyncConnection, enrollment_id: UUID) -> Recorded | None:
    """Return an enrollment's endline."""
    return await _recorded(connection, assessment.c.enrollment_id, enrollment_id, AssessmentKind.ENDLINE)


async def catalogue(
    connection: AsyncConnection, programme: str, codes: Collection[str] | None = None
) -> tuple[KpiVersion, ...]:
    """Return every version of the programme's KPIs, or of those with `codes`."""
    query = select(kpi_version).where(kpi_version.c.programme == programme)
    if codes is not None:
        query = query.where(kpi_version.c.code.in_(sorted(codes)))
    return tuple(version_of(row) for row in await connection.execute(query.order_by(kpi_version.c.id)))


async def catalogue_for_reading(
    connection: AsyncConnection, programme: str, codes: Collection[str]
) -> tuple[KpiVersion, ...]:
    """Return the versions of the KPIs with `codes` and keep new ones from being written until the transaction ends."""
    await connection.execute(
        select(kpi.c.id)
        .where(kpi.c.programme == programme, kpi.c.code.in_(sorted(codes)))
        .order_by(kpi.c.code)
        .with_for_update(read=True)
    )
    return await catalogue(connection, programme, codes)


async def last_reading_on(connection: AsyncConnection, programme: str, code: str) -> date | None:
    """Return the day of the latest assessment that read a KPI."""
    query = (
        select(func.max(assessment.c.assessed_on))
        .join_from(reading, assessment, reading.c.assessment_id == assessment.c.id)
        .where(reading.c.programme == programme, reading.c.kpi == code)
    )
    latest: date | None = (await connection.execute(query)).scalar_one()
    return latest


def version_of(row: FactRow) -> KpiVersion:
    """Return a row of `kpi_version` as the domain knows it."""
    return KpiVersion(
        id=row.id,
        number=row.version,
        terms=KpiTerms(
            measure=Measure(row.code, row.unit, Direction(row.direction), row.scale),
            name=row.name,
            means_of_verification=row.means_of_verification,
            numerator_label=row.numerator_label,
            denominator_label=row.denominator_label,
            whole_numbers=row.whole_numbers,
            is_share=row.is_share,
        ),
        origin=Origin(row.origin),
        valid_from=row.valid_from,
    )


def _enrollment(row: FactRow) -> Enrollment:
    return Enrollment(
        row.id, row.enterprise_id, row.partner_id, row.training_id, EnrollmentState(row.state), row.withdrawn_on
    )


async def _recorded(
    connection: AsyncConnection, column: ColumnElement[Any], owner: UUID, kind: AssessmentKind
) -> Recorded | None:
    query = select(assessment.c.id, assessment.c.assessed_on).where(column == owner, assessment.c.kind == kind)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else Recorded(row.id, row.assessed_on)


async def _fact(
    connection: AsyncConnection, query: Select[*tuple[Any, ...]], noun: str, identifier: UUID, field: str
) -> FactRow:
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise FactMissing(noun, identifier, field=field)
    return row
