"""Reading: what commands decide by, and what lists and items show."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.auth.actor import Actor
from shared.errors import NotFound


def in_scope(query: Select[Any], partner: ColumnElement[UUID], actor: Actor) -> Select[Any]:
    """Return `query` narrowed to the caller's partner: what belongs to another does not exist for them."""
    return query if actor.partner is None or actor.system else query.where(partner == actor.partner)


async def one(connection: AsyncConnection, query: Select[Any], noun: str, identifier: UUID, field: str | None) -> Any:  # noqa: ANN401 - a driver row
    """Return the only row of `query`; raises NotFound naming `field`."""
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise NotFound(noun, identifier, field=field)
    return row
