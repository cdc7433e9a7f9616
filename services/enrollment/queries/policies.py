"""Programmes and the versions of their policy."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.enrollment.domain.policy import Policy, PolicyVersion
from services.enrollment.errors.policy import NoPolicyInForce
from services.enrollment.schemas.programme import PolicyVersionOut, ProgrammeOut, ProgrammeRowOut
from services.enrollment.tables import policy_in_full, policy_version, programme
from shared.auth.actor import EVERY_PROGRAMME, Actor
from shared.errors import NotFound

# A version never changes, so what was read once stays true; its id is never used again, even if its writing failed.
_KNOWN: Final[dict[UUID, PolicyVersion]] = {}
_MOST_KNOWN: Final = 1_000


async def require_programme(connection: AsyncConnection, code: str, *, lock: bool = False) -> Any:  # noqa: ANN401 - a driver row
    """Return the programme's row, locked against other writers on demand; raises NotFound."""
    query = select(programme).where(programme.c.programme == code)
    row = (await connection.execute(query.with_for_update(key_share=True) if lock else query)).one_or_none()
    if row is None:
        raise NotFound("programme", code, field="programme")
    return row


async def policy_in_force(connection: AsyncConnection, code: str, day: date, *, field: str) -> PolicyVersion:
    """Return the version in force on `day`; raises NotFound, or NoPolicyInForce naming `field`."""
    found = await _version_id(connection, code, day)
    if found is None:
        await require_programme(connection, code)
        raise NoPolicyInForce(code, day, field)
    return await policy_by_id(connection, found)


async def policy_by_id(connection: AsyncConnection, version_id: UUID) -> PolicyVersion:
    """Return the version with that id, which must exist."""
    known = _KNOWN.get(version_id)
    if known is None:
        row = (await connection.execute(select(policy_in_full).where(policy_in_full.c.id == version_id))).one()
        terms = {name: getattr(row, name) for name in Policy.model_fields}
        known = PolicyVersion(row.programme, row.version, Policy.model_validate(terms))
        if len(_KNOWN) >= _MOST_KNOWN:
            _KNOWN.clear()
        _KNOWN[version_id] = known
    return known


async def _version_id(connection: AsyncConnection, code: str, day: date) -> UUID | None:
    query = (
        select(policy_version.c.id)
        .where(policy_version.c.programme == code, policy_version.c.valid_from <= day)
        .order_by(policy_version.c.valid_from.desc())
        .limit(1)
    )
    found: UUID | None = (await connection.execute(query)).scalar_one_or_none()
    return found


async def show_programme(connection: AsyncConnection, code: str, on: date) -> ProgrammeOut:
    """Return a programme with its policy in force on `on`; raises NotFound."""
    row = await require_programme(connection, code)
    found = await _version_id(connection, code, on)
    policy = None if found is None else present_version(found, await policy_by_id(connection, found))
    return ProgrammeOut(
        id=row.id, programme=code, name=row.name, country=row.country, currency=row.currency, on=on, policy=policy
    )


def list_programmes(actor: Actor) -> Select[Any]:
    """Return the programmes that `actor` may see."""
    query = select(programme)
    return query if actor.programme == EVERY_PROGRAMME else query.where(programme.c.programme == actor.programme)


def present_programme(row: Any) -> ProgrammeRowOut:  # noqa: ANN401 - a driver row
    """Return a programme as a list shows it."""
    return ProgrammeRowOut(
        id=row.id, programme=row.programme, name=row.name, country=row.country, currency=row.currency
    )


def present_version(version_id: UUID, version: PolicyVersion) -> PolicyVersionOut:
    """Return a version as it is shown."""
    return PolicyVersionOut(
        id=version_id, programme=version.programme, version=version.version, **_terms(version.policy)
    )


def _terms(policy: Policy) -> dict[str, Any]:
    return {name: getattr(policy, name) for name in Policy.model_fields}


def list_versions(code: str) -> Select[Any]:
    """Return the query of a programme's policy versions."""
    return select(policy_in_full).where(policy_in_full.c.programme == code)


def present_version_row(row: Any) -> PolicyVersionOut:  # noqa: ANN401 - a driver row
    """Return a row of `list_versions` as it is shown."""
    return PolicyVersionOut.model_validate(dict(row._mapping))  # noqa: SLF001 - SQLAlchemy's public name
