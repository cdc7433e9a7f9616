"""Certificates and their numbers."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.certification import tables
from services.certification.domain.certificate import Certificate, Series, Suspension
from services.certification.domain.number import SuffixSource, certificate_number
from shared.database.transaction import Transaction


async def load_certificates(connection: AsyncConnection, programme: str, trainers: Iterable[UUID]) -> list[Certificate]:
    """Return every certificate of `trainers`, oldest first, with their suspensions."""
    columns = tables.certificate.c
    rows = (
        await connection.execute(
            select(tables.certificate)
            .where(columns.programme == programme, columns.trainer_id.in_(list(trainers)))
            .order_by(columns.issued_at, columns.id)
        )
    ).all()
    pauses: defaultdict[UUID, list[Suspension]] = defaultdict(list)
    suspended = await connection.execute(
        select(tables.suspension)
        .where(tables.suspension.c.certificate_id.in_([row.id for row in rows]))
        .order_by(tables.suspension.c.suspended_on)
    )
    for row in suspended:
        pauses[row.certificate_id].append(Suspension(row.suspended_on, row.reinstated_on))
    return [
        Certificate(
            id=row.id,
            number=row.number,
            series=Series(row.series),
            trainer_id=row.trainer_id,
            module=row.module,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            expert_from=row.expert_from,
            withdrawn_on=row.withdrawn_on,
            suspensions=tuple(pauses[row.id]),
            case_id=row.case_id,
        )
        for row in rows
    ]


async def next_number(
    tx: Transaction, programme: str, series: Series, year: int, suffix: SuffixSource
) -> tuple[str, int]:
    """Return the next certificate number of a series and its ordinal.

    The counter's row stays locked until the transaction ends, so a rollback gives the number back: no gap.
    """
    counter = upsert(tables.certificate_counter).values(programme=programme, series=series.value, year=year, last=1)
    ordinal: int = (
        await tx.connection.execute(
            counter.on_conflict_do_update(
                index_elements=["programme", "series", "year"], set_={"last": tables.certificate_counter.c.last + 1}
            ).returning(tables.certificate_counter.c.last)
        )
    ).scalar_one()
    return certificate_number(programme, series, year, ordinal, suffix()), ordinal


async def insert_certificate(
    tx: Transaction,
    programme: str,
    certificate: Certificate,
    *,
    year: int,
    ordinal: int,
    decision_id: UUID | None = None,
    dossier_hash: str | None = None,
    authority: str | None = None,
) -> None:
    """Write a new certificate."""
    await tx.connection.execute(
        insert(tables.certificate).values(
            id=certificate.id,
            programme=programme,
            number=certificate.number,
            series=certificate.series.value,
            year=year,
            ordinal=ordinal,
            trainer_id=certificate.trainer_id,
            module=certificate.module,
            case_id=certificate.case_id,
            decision_id=decision_id,
            dossier_hash=dossier_hash,
            authority=authority,
            valid_from=certificate.valid_from,
            valid_until=certificate.valid_until,
            expert_from=certificate.expert_from,
            issued_at=tx.now,
        )
    )


def held(certificates: Iterable[Certificate], trainer: UUID, module: str) -> Certificate | None:
    """Return the certificate a trainer holds in a module; a withdrawn one is held no more."""
    return next(
        (one for one in certificates if (one.trainer_id, one.module) == (trainer, module) and one.withdrawn_on is None),
        None,
    )


async def update_certificate(tx: Transaction, certificate_id: UUID, **values: date | str) -> None:
    """Write once what comes later: expert appointment or withdrawal."""
    await tx.connection.execute(
        tables.certificate.update().where(tables.certificate.c.id == certificate_id).values(**values)
    )
