"""Figures of a programme: people counted once, each number with its definition."""

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.certification import tables
from services.certification.domain.certificate import Series
from services.certification.queries.certificates import active_on
from services.certification.schemas.figures import FigureOut, FiguresOut
from shared.auth.actor import Actor
from shared.events.vocabulary import Sex

DEFINITIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "trainers-trained": (
            "People who passed a training of trainers of this programme in at least one module on or before the day; "
            "being recognised as an expert trained elsewhere does not count."
        ),
        "trainers-certified": (
            "People whom this programme's board certified in at least one module by a decision on or before the day, "
            "whatever became of the certificate since; a recognition does not count."
        ),
        "trainers-active": (
            "People certified by the board who hold at least one certificate that has effect on the day: valid, not "
            "suspended, not withdrawn."
        ),
        "experts-recognised": (
            "People certified elsewhere and recognised here as experts on or before the day, whatever became of the "
            "recognition since; counted neither as trained nor as certified."
        ),
        "experts-active": (
            "People who on the day hold a certificate with effect that makes them an expert of its module, recognised "
            "or certified by the board."
        ),
    }
)


async def figures(
    connection: AsyncConnection, programme: str, actor: Actor, as_of: date, computed_at: datetime
) -> FiguresOut:
    """Return the figures as of `as_of`; a partner's token gets those of its own trainers."""
    certificate, result = tables.certificate, tables.tot_result
    by_board = certificate.c.series == Series.BOARD
    recognised = certificate.c.series == Series.RECOGNITION
    granted = certificate.c.valid_from <= as_of
    active = active_on(as_of)
    sources: dict[str, tuple[Any, ColumnElement[bool]]] = {
        "trainers-trained": (result, (result.c.outcome == "passed") & (result.c.taken_on <= as_of)),
        "trainers-certified": (certificate, by_board & granted),
        "trainers-active": (certificate, by_board & active),
        "experts-recognised": (certificate, recognised & granted),
        "experts-active": (certificate, (certificate.c.expert_from <= as_of) & active),
    }
    found = []
    for code, (table, condition) in sources.items():
        by_sex = await _count(connection, tables.trainer.c.sex, table, condition, programme, actor)
        by_module = await _count(connection, table.c.module, table, condition, programme, actor)
        found.append(
            FigureOut(
                code=code,
                value=sum(by_sex.values()),
                definition=DEFINITIONS[code],
                by_sex={sex.value: by_sex.get(sex.value, 0) for sex in Sex},
                by_module=by_module,
            )
        )
    return FiguresOut(
        programme=programme, partner_id=actor.partner, as_of=as_of, computed_at=computed_at, figures=found
    )


async def _count(
    connection: AsyncConnection,
    by: ColumnElement[str],
    table: Any,  # noqa: ANN401 - one of two tables with trainer_id and programme
    condition: ColumnElement[bool],
    programme: str,
    actor: Actor,
) -> dict[str, int]:
    trainer = tables.trainer.c
    query = (
        select(by.label("part"), func.count(func.distinct(trainer.id)).label("people"))
        .select_from(table.join(tables.trainer, trainer.id == table.c.trainer_id))
        .where(table.c.programme == programme, condition)
        .group_by(by)
        .order_by(by)
    )
    if actor.partner is not None:
        query = query.where(trainer.partner_id == actor.partner)
    return {row.part: row.people for row in await connection.execute(query)}
