"""Certificates: lists, and one by its number."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.engine import Row

from services.certification import tables
from services.certification.domain.certificate import Series
from services.certification.schemas.certificates import CertificateOut
from shared.auth.actor import Actor


@dataclass(frozen=True, slots=True)
class CertificateFilter:
    """What a list of certificates is narrowed to; None: not."""

    number: str | None = None
    trainer_id: UUID | None = None
    module: str | None = None
    series: Series | None = None
    is_active: bool | None = None


def active_on(day: date) -> ColumnElement[bool]:
    """Return the condition that a certificate has effect on `day`: the same rule as Certificate.active_on."""
    columns, pause = tables.certificate.c, tables.suspension.c
    paused = select(pause.id).where(
        pause.certificate_id == columns.id,
        pause.suspended_on <= day,
        or_(pause.reinstated_on.is_(None), pause.reinstated_on > day),
    )
    return and_(
        columns.valid_from <= day,
        or_(columns.valid_until.is_(None), columns.valid_until >= day),
        or_(columns.withdrawn_on.is_(None), columns.withdrawn_on > day),
        ~paused.exists(),
    )


def certificates(programme: str, actor: Actor, wanted: CertificateFilter, as_of: date) -> Select[Any]:
    """Return the query of a programme's certificates, judged on the day `as_of`; a partner's token sees its own."""
    columns, trainer = tables.certificate.c, tables.trainer.c
    active = active_on(as_of)
    query = (
        select(
            tables.certificate,
            trainer.name.label("trainer_name"),
            active.label("is_active"),
            and_(active, columns.expert_from <= as_of).label("is_expert"),
        )
        .join(tables.trainer, trainer.id == columns.trainer_id)
        .where(columns.programme == programme)
    )
    if actor.partner is not None:
        query = query.where(trainer.partner_id == actor.partner)
    for column, value in (
        (columns.number, wanted.number),
        (columns.trainer_id, wanted.trainer_id),
        (columns.module, wanted.module),
        (columns.series, wanted.series),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.is_active is not None:
        query = query.where(active if wanted.is_active else ~active)
    return query


def present_certificate(row: Row[Any], as_of: date) -> CertificateOut:
    """Return a certificate's row as an answer."""
    return CertificateOut(
        id=row.id,
        programme=row.programme,
        number=row.number,
        series=Series(row.series),
        trainer_id=row.trainer_id,
        trainer_name=row.trainer_name,
        module=row.module,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        expert_from=row.expert_from,
        withdrawn_on=row.withdrawn_on,
        is_recognised=row.series == Series.RECOGNITION,
        is_active=row.is_active,
        is_expert=bool(row.is_expert),
        case_id=row.case_id,
        dossier_hash=row.dossier_hash,
        authority=row.authority,
        as_of=as_of,
    )
