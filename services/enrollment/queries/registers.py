"""Partners and enterprises."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.enrollment.domain.tax_id import bare_tax_id
from services.enrollment.queries import in_scope, one
from services.enrollment.schemas.register import EnterpriseOut, PartnerOut
from services.enrollment.tables import baseline, enterprise, partner
from shared.auth.actor import Actor
from shared.events.vocabulary import Code


def partners(code: str, actor: Actor) -> Select[Any]:
    """Return the query of a programme's partners that the caller sees."""
    return in_scope(select(partner).where(partner.c.programme == code), partner.c.id, actor)


def present_partner(row: Any) -> PartnerOut:  # noqa: ANN401 - a driver row
    """Return a row as it is shown."""
    return PartnerOut.model_validate(dict(row._mapping))  # noqa: SLF001 - SQLAlchemy's public name


async def find_partner(
    connection: AsyncConnection, code: str, partner_id: UUID, actor: Actor, *, field: str | None = None
) -> Any:  # noqa: ANN401 - a driver row
    """Return the partner's row; raises NotFound naming `field`."""
    return await one(connection, partners(code, actor).where(partner.c.id == partner_id), "partner", partner_id, field)


@dataclass(frozen=True, slots=True)
class EnterpriseFilter:
    """What a list of enterprises is narrowed to; `q` looks in names, cities and tax ids."""

    region: Annotated[Code | None, Query()] = None
    sector: Annotated[Code | None, Query()] = None
    size_class: Annotated[Code | None, Query()] = None
    partner: Annotated[UUID | None, Query()] = None
    q: Annotated[str | None, Query(min_length=1, max_length=100, description="Part of name, city or tax id.")] = None


def enterprises(code: str, actor: Actor, wanted: EnterpriseFilter | None = None) -> Select[Any]:
    """Return the query of a programme's enterprises that the caller sees, with their first baseline."""
    first = select(func.min(baseline.c.assessed_on)).where(baseline.c.enterprise_id == enterprise.c.id)
    query = select(enterprise, first.scalar_subquery().label("baseline_on")).where(enterprise.c.programme == code)
    query = in_scope(query, enterprise.c.partner_id, actor)
    if wanted is None:
        return query
    for column, value in (
        (enterprise.c.region, wanted.region),
        (enterprise.c.sector, wanted.sector),
        (enterprise.c.size_class, wanted.size_class),
        (enterprise.c.partner_id, wanted.partner),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.q is not None:
        text = wanted.q.strip()
        tax_id = bare_tax_id(text)
        matches = [
            enterprise.c.name.icontains(text, autoescape=True),
            enterprise.c.city.icontains(text, autoescape=True),
        ]
        if tax_id:
            matches.append(enterprise.c.tax_id.contains(tax_id, autoescape=True))
        query = query.where(or_(*matches))
    return query


def present_enterprise(row: Any) -> EnterpriseOut:  # noqa: ANN401 - a driver row
    """Return a row as it is shown."""
    return EnterpriseOut.model_validate(dict(row._mapping))  # noqa: SLF001 - SQLAlchemy's public name


async def find_enterprise(
    connection: AsyncConnection,
    code: str,
    enterprise_id: UUID,
    actor: Actor,
    *,
    field: str | None = None,
    lock: bool = False,
) -> Any:  # noqa: ANN401 - a driver row
    """Return the enterprise's row, locked against other enrollments on demand; raises NotFound naming `field`."""
    query = enterprises(code, actor).where(enterprise.c.id == enterprise_id)
    if lock:
        query = query.with_for_update(key_share=True, of=enterprise)
    return await one(connection, query, "enterprise", enterprise_id, field)
