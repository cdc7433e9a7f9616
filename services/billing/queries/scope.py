"""What a caller sees: a token bound to a partner sees that partner's book and no other."""

from typing import Any, TypeAlias, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.auth.actor import Actor
from shared.errors import NotFound
from shared.money import Money

AnyRow: TypeAlias = Row[*tuple[Any, ...]]
"""A row of any columns."""

QueryT = TypeVar("QueryT", bound=Select[Any])


def seen_by(actor: Actor, query: QueryT, partner_id: ColumnElement[UUID]) -> QueryT:
    """Return `query` with only the rows that `actor` may see."""
    return query if actor.partner is None else query.where(partner_id == actor.partner)


async def only(connection: AsyncConnection, query: Select[Any], noun: str, identifier: UUID | str) -> AnyRow:
    """Return the one row of `query`; raises NotFound, also for what the caller may not see."""
    row: AnyRow | None = (await connection.execute(query)).one_or_none()
    if row is None:
        raise NotFound(noun, identifier, field="id")
    return row


def money(minor: int | None, currency: str) -> Money:
    """Return an amount from its stored minor units; nothing stored is nothing."""
    return Money(int(minor or 0), currency)
