"""What figures are made of, as of a day: pairs of readings, surveys, counts."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CursorResult, Row, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import Date, Text, TypeEngine, Uuid

from services.assessment.domain.comparison import BeforeAfter, Reading
from services.assessment.domain.kpi import KpiVersion
from shared.events.vocabulary import KpiStatus


@dataclass(frozen=True, slots=True)
class Scope:
    """What a figure covers: a programme up to a day, narrowed to a partner, a region or one enterprise where given."""

    programme: str
    as_of: date
    partner_id: UUID | None = None
    region: str | None = None
    enterprise_id: UUID | None = None


# Before: the baseline. After: of the endlines up to the day, the last one that measured the KPI, else the last one that
# asked for it; so a firm that refuses at its second endline is still known by its first. Quantities in ten-thousandths:
# exact integers, and quick to read.
_PAIRS: Final = """
WITH baseline AS (
    SELECT a.id, a.enterprise_id
    FROM assessment a JOIN known_enterprise e ON e.id = a.enterprise_id
    WHERE a.programme = :programme AND a.kind = 'baseline' AND a.assessed_on <= :as_of
      AND (:partner_id IS NULL OR e.partner_id = :partner_id)
      AND (:region IS NULL OR e.region = :region)
      AND (:enterprise_id IS NULL OR e.id = :enterprise_id)
), endline AS (
    SELECT x.id, x.enterprise_id, x.assessed_on
    FROM assessment x JOIN baseline b USING (enterprise_id)
    WHERE x.kind = 'endline' AND x.assessed_on <= :as_of
), before AS (
    SELECT b.enterprise_id, r.kpi, v.version, r.status, r.numerator, r.denominator, b.id AS source
    FROM baseline b JOIN reading r ON r.assessment_id = b.id JOIN kpi_version v ON v.id = r.kpi_version_id
    WHERE :enterprise_id IS NOT NULL OR b.enterprise_id IN (SELECT enterprise_id FROM endline)
), after AS (
    SELECT DISTINCT ON (x.enterprise_id, r.kpi)
           x.enterprise_id, r.kpi, v.version, r.status, r.numerator, r.denominator, x.id AS source
    FROM endline x JOIN reading r ON r.assessment_id = x.id JOIN kpi_version v ON v.id = r.kpi_version_id
    ORDER BY x.enterprise_id, r.kpi, (r.status = 'measured') DESC, x.assessed_on DESC, x.id DESC
)
SELECT kpi,
       b.version, b.status, (b.numerator * 10000)::bigint, (b.denominator * 10000)::bigint,
       a.version, a.status, (a.numerator * 10000)::bigint, (a.denominator * 10000)::bigint,
       b.source AS before_source, a.source AS after_source
FROM before b FULL JOIN after a USING (enterprise_id, kpi)
"""
_COVERAGE: Final = """
SELECT count(*) AS enterprises,
       count(*) FILTER (WHERE with_baseline) AS with_baseline,
       count(*) FILTER (WHERE with_baseline AND with_endline) AS with_both
FROM (
    SELECT e.registered_on,
           EXISTS (SELECT FROM assessment a WHERE a.enterprise_id = e.id AND a.kind = 'baseline'
                   AND a.assessed_on <= :as_of) AS with_baseline,
           EXISTS (SELECT FROM assessment a WHERE a.enterprise_id = e.id AND a.kind = 'endline'
                   AND a.assessed_on <= :as_of) AS with_endline
    FROM known_enterprise e
    WHERE e.programme = :programme
      AND (:partner_id IS NULL OR e.partner_id = :partner_id) AND (:region IS NULL OR e.region = :region)
) AS each_enterprise
WHERE registered_on <= :as_of OR with_baseline
"""
_COUNTS: Final = """
SELECT coalesce(sum(s.respondents), 0)::bigint AS respondents, coalesce(sum(s.satisfied), 0)::bigint AS satisfied,
       count(DISTINCT s.training_id) AS surveyed,
       (SELECT count(DISTINCT h.training_id) FROM known_session h JOIN known_training t ON t.id = h.training_id
        WHERE t.programme = :programme AND h.held_on <= :as_of
          AND (:partner_id IS NULL OR t.partner_id = :partner_id) AND (:region IS NULL OR t.region = :region)) AS held,
       (SELECT count(*) FROM improvement i JOIN known_enterprise e ON e.id = i.enterprise_id
        WHERE i.programme = :programme AND i.completed_on <= :as_of
          AND (:partner_id IS NULL OR e.partner_id = :partner_id) AND (:region IS NULL OR e.region = :region)
       ) AS improvements,
       (SELECT count(*) FROM case_study c JOIN known_enterprise e ON e.id = c.enterprise_id
        WHERE c.programme = :programme AND c.published_on <= :as_of
          AND (:partner_id IS NULL OR e.partner_id = :partner_id) AND (:region IS NULL OR e.region = :region)
       ) AS case_studies
FROM satisfaction s JOIN known_training t ON t.id = s.training_id
WHERE s.programme = :programme AND s.recorded_on <= :as_of
  AND (:partner_id IS NULL OR t.partner_id = :partner_id) AND (:region IS NULL OR t.region = :region)
"""
_STATUS: Final = {status.value: status for status in KpiStatus}
_TYPES: Final[dict[str, TypeEngine[Any]]] = {
    "programme": Text(),
    "as_of": Date(),
    "partner_id": Uuid(),
    "region": Text(),
    "enterprise_id": Uuid(),
}


@dataclass(frozen=True, slots=True)
class Pair:
    """What stood before and after, by which definitions, and in which assessments."""

    compared: BeforeAfter
    before_version: KpiVersion | None
    after_version: KpiVersion | None
    before_source: UUID | None
    after_source: UUID | None


async def pairs(connection: AsyncConnection, scope: Scope, catalogue: Sequence[KpiVersion]) -> list[Pair]:
    """Return what stood before and after of every enterprise and KPI, in no order; readings by `catalogue`.

    Only enterprises with an endline; for a single enterprise also without one.
    """
    versions: dict[tuple[str, int | None], KpiVersion] = {(each.code, each.number): each for each in catalogue}
    found = []
    for row in await _execute(connection, _PAIRS, scope):
        kpi, number, status, top, bottom, number_2, status_2, top_2, bottom_2, source, source_2 = row
        before, after = versions.get((kpi, number)), versions.get((kpi, number_2))
        compared = BeforeAfter(kpi, _reading(before, status, top, bottom), _reading(after, status_2, top_2, bottom_2))
        found.append(Pair(compared, before, after, source, source_2))
    return found


async def coverage(connection: AsyncConnection, scope: Scope) -> Row[*tuple[Any, ...]]:
    """Return how many enterprises there are, have a baseline, and have a baseline and an endline."""
    return (await _execute(connection, _COVERAGE, scope)).one()


async def counts(connection: AsyncConnection, scope: Scope) -> Row[*tuple[Any, ...]]:
    """Return the sums of the surveys, trainings surveyed and held, improvements, and case studies published."""
    return (await _execute(connection, _COUNTS, scope)).one()


async def _execute(connection: AsyncConnection, sql: str, scope: Scope) -> CursorResult[*tuple[Any, ...]]:
    # Typed parameters: the server cannot tell what a null is that only stands beside IS NULL.
    names = [name for name in _TYPES if f":{name}" in sql]
    statement = text(sql).bindparams(*(bindparam(name, type_=_TYPES[name]) for name in names))
    values = asdict(scope)
    return await connection.execute(statement, {name: values[name] for name in names})


def _reading(
    version: KpiVersion | None, status: str | None, numerator: int | None, denominator: int | None
) -> Reading | None:
    if version is None or status is None:
        return None
    return Reading(version.measure, _STATUS[status], numerator, denominator)
