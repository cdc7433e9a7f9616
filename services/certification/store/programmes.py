"""Programmes, partners and schemes."""

from datetime import date
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.certification import tables
from services.certification.domain.constituency import Constituency
from services.certification.domain.programme import Programme
from services.certification.domain.scheme import Scheme, in_force
from shared.database.transaction import Transaction
from shared.errors import FactMissing


async def load_programme(connection: AsyncConnection, programme: str, *, lock: bool = False) -> Programme:
    """Return the catalogue of `programme`; raises FactMissing while enrollment's event has not arrived.

    `lock`: hold the programme's row, so that what must be unique within a programme is checked and written by one.
    """
    query = select(tables.programme.c.programme).where(tables.programme.c.programme == programme)
    found = (await connection.execute(query.with_for_update(key_share=True) if lock else query)).one_or_none()
    if found is None:
        raise FactMissing("programme", programme, field="programme")
    modules = await connection.execute(
        select(tables.module.c.code, tables.module.c.is_first).where(tables.module.c.programme == programme)
    )
    regions = await connection.execute(select(tables.region.c.code).where(tables.region.c.programme == programme))
    return Programme(programme, {row.code: row.is_first for row in modules}, frozenset(regions.scalars()))


async def require_partner(connection: AsyncConnection, programme: str, partner_id: UUID | None) -> None:
    """Raise FactMissing unless `partner_id` is none or a partner of `programme` that has arrived."""
    if partner_id is None:
        return
    known = await connection.execute(
        select(tables.partner.c.id).where(tables.partner.c.programme == programme, tables.partner.c.id == partner_id)
    )
    if known.one_or_none() is None:
        raise FactMissing("partner", partner_id, field="partner_id")


async def load_schemes(connection: AsyncConnection, programme: str) -> list[Scheme]:
    """Return the versions of the programme's scheme, oldest first; raises FactMissing while it has none."""
    columns = tables.scheme_version.c
    rows = (
        await connection.execute(
            select(tables.scheme_version).where(columns.programme == programme).order_by(columns.version)
        )
    ).all()
    if not rows:
        raise FactMissing("programme", programme, field="programme")
    return [
        Scheme(
            version=row.version,
            valid_from=row.valid_from,
            validity_months=row.validity_months,
            minimum_tot_score=row.minimum_tot_score,
            tot_score_required=row.tot_score_required,
            minimum_completed_enterprises=row.minimum_completed_enterprises,
            quorum_more_than_percent=row.quorum_more_than_percent,
            constituencies=None if row.constituencies is None else tuple(map(Constituency, row.constituencies)),
            decision=row.decision,
            is_default=row.is_default,
        )
        for row in rows
    ]


async def scheme_on(connection: AsyncConnection, programme: str, on: date) -> Scheme:
    """Return the version of the programme's scheme in force on `on`."""
    return in_force(await load_schemes(connection, programme), on)


async def scheme_of(connection: AsyncConnection, programme: str, version: int) -> Scheme:
    """Return one version of the programme's scheme."""
    return next(scheme for scheme in await load_schemes(connection, programme) if scheme.version == version)


async def insert_scheme(tx: Transaction, programme: str, scheme: Scheme) -> UUID:
    """Write a version and return its id."""
    scheme_id = tx.ids()
    await tx.connection.execute(
        insert(tables.scheme_version).values(
            id=scheme_id,
            programme=programme,
            version=scheme.version,
            valid_from=scheme.valid_from,
            validity_months=scheme.validity_months,
            minimum_tot_score=scheme.minimum_tot_score,
            tot_score_required=scheme.tot_score_required,
            minimum_completed_enterprises=scheme.minimum_completed_enterprises,
            quorum_more_than_percent=scheme.quorum_more_than_percent,
            constituencies=None if scheme.constituencies is None else [one.value for one in scheme.constituencies],
            decision=scheme.decision,
            is_default=scheme.is_default,
            recorded_at=tx.now,
            recorded_by=tx.actor.subject,
        )
    )
    return scheme_id


async def last_governed_day(connection: AsyncConnection, programme: str) -> date | None:
    """Return the latest day on which something was judged by a scheme: a recommendation or a training of trainers."""
    recommended = select(func.max(tables.board_case.c.recommended_on)).where(tables.board_case.c.programme == programme)
    taken = select(func.max(tables.tot_result.c.taken_on)).where(tables.tot_result.c.programme == programme)
    governed: date | None = (
        await connection.execute(select(func.greatest(recommended.scalar_subquery(), taken.scalar_subquery())))
    ).scalar_one()
    return governed


async def save_programme(
    connection: AsyncConnection,
    programme: str,
    programme_id: UUID,
    name: str,
    policy_version: int,
    modules: list[dict[str, object]],
    regions: list[dict[str, object]],
) -> None:
    """Write what a policy version says; modules it no longer offers stay known."""
    values = {"programme_id": programme_id, "name": name, "policy_version": policy_version}
    await connection.execute(
        upsert(tables.programme)
        .values(programme=programme, **values)
        .on_conflict_do_update(index_elements=["programme"], set_=values)
    )
    await connection.execute(
        tables.module.update().where(tables.module.c.programme == programme).values(is_offered=False)
    )
    for table, rows in ((tables.module, modules), (tables.region, regions)):
        if rows:
            statement = upsert(table).values([{"programme": programme, **row} for row in rows])
            changed = {name: statement.excluded[name] for name in rows[0] if name != "code"}
            await connection.execute(
                statement.on_conflict_do_update(index_elements=["programme", "code"], set_=changed)
            )
