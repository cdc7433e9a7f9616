"""Versions of the scheme."""

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.engine import Row

from services.certification import tables
from services.certification.domain.constituency import Constituency
from services.certification.schemas.scheme import SchemeVersionOut


def scheme_versions(programme: str) -> Select[Any]:
    """Return the query of a programme's scheme versions."""
    return select(tables.scheme_version).where(tables.scheme_version.c.programme == programme)


def present_scheme(row: Row[Any]) -> SchemeVersionOut:
    """Return a version's row as an answer."""
    return SchemeVersionOut(
        id=row.id,
        programme=row.programme,
        version=row.version,
        valid_from=row.valid_from,
        validity_months=row.validity_months,
        minimum_tot_score=row.minimum_tot_score,
        tot_score_required=row.tot_score_required,
        minimum_completed_enterprises=row.minimum_completed_enterprises,
        quorum_more_than_percent=row.quorum_more_than_percent,
        constituencies=None if row.constituencies is None else [Constituency(one) for one in row.constituencies],
        decision=row.decision,
        is_default=row.is_default,
    )
