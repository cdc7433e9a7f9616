"""Trainers, as the certification service's events tell of them."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, func, select
from sqlalchemy.dialects.postgresql import ARRAY, Range
from sqlalchemy.ext.asyncio import AsyncConnection

from services.enrollment.domain.certification import Certificate, TrainerFacts
from services.enrollment.domain.days import Days, Period
from services.enrollment.queries import one
from services.enrollment.schemas.register import ActivePeriod, CertificateOut, PassedTot, TrainerFactsOut, TrainerOut
from services.enrollment.tables import trainer, trainer_certificate, trainer_tot


def to_days(stored: Sequence[Range[date]]) -> Days:
    """Return the days of a stored multirange; PostgreSQL keeps the day after the last."""
    return Days.of(
        Period(part.lower, None if part.upper is None else part.upper - timedelta(days=1))
        for part in stored
        if part.lower is not None  # we write none that is open downwards
    )


def from_days(days: Days) -> list[Range[date]]:
    """Return `days` as a multirange."""
    return [
        Range(period.starts_on, None if period.ends_on is None else period.ends_on + timedelta(days=1))
        for period in days.periods
    ]


def to_certificate(row: Any) -> Certificate:  # noqa: ANN401 - a driver row
    """Return a stored certificate."""
    return Certificate(row.module, row.number, row.is_expert, to_days(row.valid), to_days(row.suspended))


async def load_facts(
    connection: AsyncConnection, code: str, module: str, trainers: Collection[UUID]
) -> dict[UUID, TrainerFacts]:
    """Return what is known of `trainers` as far as `module` goes; a trainer not known here is left out."""
    query = (
        select(trainer.c.id, trainer_tot.c.passed_on)
        .outerjoin(trainer_tot, (trainer_tot.c.trainer_id == trainer.c.id) & (trainer_tot.c.module == module))
        .where(trainer.c.programme == code, trainer.c.id.in_(trainers))
    )
    people = {row.id: row.passed_on for row in await connection.execute(query)}
    held = await connection.execute(
        select(trainer_certificate).where(
            trainer_certificate.c.trainer_id.in_(people), trainer_certificate.c.module == module
        )
    )
    certificates: dict[UUID, list[Certificate]] = {}
    for row in held:
        certificates.setdefault(row.trainer_id, []).append(to_certificate(row))
    return {
        person: TrainerFacts(person, module, passed_on, tuple(certificates.get(person, ())))
        for person, passed_on in people.items()
    }


def trainers(code: str, on: date) -> Select[Any]:
    """Return the query of the trainers known in a programme, with the modules each may lead or supervise on a day."""
    held = trainer_certificate.c
    active = select(held.module).distinct().where(held.trainer_id == trainer.c.id, held.active.contains(on))
    passed = select(trainer_tot.c.module).where(trainer_tot.c.trainer_id == trainer.c.id, trainer_tot.c.passed_on <= on)
    return select(
        trainer,
        func.array(active.order_by(held.module).scalar_subquery(), type_=ARRAY(Text)).label("leads"),
        func.array(active.where(held.is_expert).order_by(held.module).scalar_subquery(), type_=ARRAY(Text)).label(
            "supervises"
        ),
        func.array(passed.order_by(trainer_tot.c.module).scalar_subquery(), type_=ARRAY(Text)).label("passed_tot"),
    ).where(trainer.c.programme == code)


def present_trainer(row: Any) -> TrainerOut:  # noqa: ANN401 - a driver row
    """Return a row as it is shown."""
    return TrainerOut.model_validate(dict(row._mapping))  # noqa: SLF001 - SQLAlchemy's public name


async def show_trainer(connection: AsyncConnection, code: str, trainer_id: UUID, on: date) -> TrainerFactsOut:
    """Return a trainer with everything known; raises NotFound."""
    query = trainers(code, on).where(trainer.c.id == trainer_id)
    row = await one(connection, query, "trainer", trainer_id, None)
    passed = await connection.execute(
        select(trainer_tot).where(trainer_tot.c.trainer_id == trainer_id).order_by(trainer_tot.c.module)
    )
    held = await connection.execute(
        select(trainer_certificate)
        .where(trainer_certificate.c.trainer_id == trainer_id)
        .order_by(trainer_certificate.c.module, trainer_certificate.c.number)
    )
    return TrainerFactsOut(
        **present_trainer(row).model_dump(),
        training_of_trainers=tuple(PassedTot(module=row.module, passed_on=row.passed_on) for row in passed),
        certificates=tuple(
            CertificateOut(
                module=row.module,
                number=row.number,
                is_expert=row.is_expert,
                active=tuple(ActivePeriod(since=p.starts_on, until=p.ends_on) for p in to_days(row.active).periods),
            )
            for row in held
        ),
    )
