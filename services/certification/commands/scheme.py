"""New versions of a programme's certification scheme."""

from dataclasses import replace
from uuid import UUID

from services.certification.domain.scheme import Scheme, require_not_retroactive
from services.certification.schemas.scheme import AddSchemeVersion, SchemeVersionOut
from services.certification.store.programmes import (
    insert_scheme,
    last_governed_day,
    load_programme,
    load_schemes,
)
from shared.database.transaction import Transaction


async def add_scheme_version(tx: Transaction, programme: str, body: AddSchemeVersion) -> SchemeVersionOut:
    """Add a version that governs from `valid_from` on; it may lie ahead, but never before what was judged already."""
    tx.actor.require_programme(programme)
    await load_programme(tx.connection, programme, lock=True)
    newest = (await load_schemes(tx.connection, programme))[-1]
    require_not_retroactive(body.valid_from, newest, await last_governed_day(tx.connection, programme))
    changed = body.model_dump(exclude_none=True, exclude={"constituencies"})
    if body.constituencies is not None:
        changed["constituencies"] = tuple(sorted(body.constituencies))
    scheme = replace(newest, **changed, version=newest.version + 1, is_default=False)
    return scheme_out(programme, await insert_scheme(tx, programme, scheme), scheme)


def scheme_out(programme: str, scheme_id: UUID, scheme: Scheme) -> SchemeVersionOut:
    """Return a version as an answer."""
    return SchemeVersionOut(
        id=scheme_id,
        programme=programme,
        version=scheme.version,
        valid_from=scheme.valid_from,
        validity_months=scheme.validity_months,
        minimum_tot_score=scheme.minimum_tot_score,
        tot_score_required=scheme.tot_score_required,
        minimum_completed_enterprises=scheme.minimum_completed_enterprises,
        quorum_more_than_percent=scheme.quorum_more_than_percent,
        constituencies=None if scheme.constituencies is None else list(scheme.constituencies),
        decision=scheme.decision,
        is_default=scheme.is_default,
    )
