"""The KPI catalogue: the default one of a new programme, and the programme's own definitions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as insert_or_ignore

from services.assessment.commands.scope import authorise
from services.assessment.domain.default_kpis import DEFAULT_KPIS
from services.assessment.domain.kpi import KpiTerms, Origin, next_number
from services.assessment.domain.rights import CATALOGUERS
from services.assessment.queries import facts
from services.assessment.queries.lists import KPIS
from services.assessment.schemas import KpiOut
from services.assessment.tables import kpi, kpi_version
from shared.database.transaction import Transaction

_DEFAULT_REASON: Final = "Scorebook's default catalogue, installed with the programme; not an official SCORE definition"


@dataclass(frozen=True, slots=True)
class DefineKpi:
    """A programme defines a KPI, or gives it a new version from a day on."""

    programme: str
    terms: KpiTerms
    valid_from: date
    reason: str


async def define_kpi(tx: Transaction, command: DefineKpi) -> KpiOut:
    """Write the first or next version of a definition.

    Raises KpiVersionOrder, KpiVersionRewrites, NotAllowed, or FactMissing while the programme is not known here.
    """
    authorise(tx, CATALOGUERS, "defining a KPI", command.programme)
    await facts.require_programme(tx.connection, command.programme)
    code = command.terms.measure.code
    kpi_id = (await _ensure(tx, command.programme, [code]))[code]
    existing = await facts.catalogue(tx.connection, command.programme, [code])
    last_reading = await facts.last_reading_on(tx.connection, command.programme, code)
    number = next_number(code, existing, command.valid_from, last_reading)
    version_id = tx.ids()
    await tx.connection.execute(
        insert(kpi_version).values(
            **_terms(tx, command.programme, command.terms, command.valid_from),
            id=version_id,
            kpi_id=kpi_id,
            version=number,
            origin=Origin.PROGRAMME,
            reason=command.reason,
        )
    )
    return await KPIS.one(tx.connection, tx.actor, command.programme, version_id)


async def install_default_catalogue(tx: Transaction, programme: str, valid_from: date) -> None:
    """Give a programme the default definitions of every KPI it has none of."""
    ids = await _ensure(tx, programme, [terms.measure.code for terms in DEFAULT_KPIS])
    present = {version.code for version in await facts.catalogue(tx.connection, programme)}
    missing = [terms for terms in DEFAULT_KPIS if terms.measure.code not in present]
    for terms in missing:
        await tx.connection.execute(
            insert(kpi_version).values(
                **_terms(tx, programme, terms, valid_from),
                id=tx.ids(),
                kpi_id=ids[terms.measure.code],
                version=1,
                origin=Origin.DEFAULT,
                reason=_DEFAULT_REASON,
            )
        )


async def _ensure(tx: Transaction, programme: str, codes: Sequence[str]) -> dict[str, UUID]:
    """Make the KPIs that are missing, lock them all in order of code, and return their ids."""
    await tx.connection.execute(
        insert_or_ignore(kpi)
        .values([{"id": tx.ids(), "programme": programme, "code": code} for code in sorted(codes)])
        .on_conflict_do_nothing(index_elements=["programme", "code"])
    )
    rows = await tx.connection.execute(
        select(kpi.c.code, kpi.c.id)
        .where(kpi.c.programme == programme, kpi.c.code.in_(sorted(codes)))
        .order_by(kpi.c.code)
        .with_for_update()
    )
    return {row.code: row.id for row in rows}


def _terms(tx: Transaction, programme: str, terms: KpiTerms, valid_from: date) -> dict[str, object]:
    return {
        "programme": programme,
        "code": terms.measure.code,
        "valid_from": valid_from,
        "name": terms.name,
        "unit": terms.measure.unit,
        "direction": terms.measure.direction,
        "scale": terms.measure.scale,
        "means_of_verification": terms.means_of_verification,
        "numerator_label": terms.numerator_label,
        "denominator_label": terms.denominator_label,
        "whole_numbers": terms.whole_numbers,
        "is_share": terms.is_share,
        "recorded_at": tx.now,
        "recorded_by": tx.actor.subject,
    }
