"""Reading what was frozen."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.document import Kind
from services.billing.queries.scope import AnyRow, only, seen_by
from services.billing.schemas.documents import FrozenOut
from services.billing.tables import frozen_document
from shared.auth.actor import Actor


def documents(actor: Actor, programme: str) -> Select[Any]:
    """Return the frozen documents that a caller may see."""
    query = select(frozen_document).where(frozen_document.c.programme == programme)
    return seen_by(actor, query, frozen_document.c.partner_id)


async def read_frozen(
    connection: AsyncConnection, actor: Actor, programme: str, document_id: UUID, kind: Kind
) -> FrozenOut:
    """Return what a document of one kind was frozen as; raises NotFound, also for drafts and other kinds."""
    query = documents(actor, programme).where(frozen_document.c.id == document_id, frozen_document.c.kind == kind.value)
    return present_document(await only(connection, query, kind.value.replace("-", " "), document_id))


async def read_document(connection: AsyncConnection, actor: Actor, programme: str, document_id: UUID) -> FrozenOut:
    """Return what an invoice or another document was frozen as; raises NotFound, also for drafts."""
    query = documents(actor, programme).where(frozen_document.c.id == document_id)
    return present_document(await only(connection, query, "document", document_id))


def present_document(row: AnyRow) -> FrozenOut:
    """Show what was frozen."""
    return FrozenOut(
        id=row.id,
        programme=row.programme,
        partner_id=row.partner_id,
        kind=row.kind,
        body=row.body,
        sha256=row.sha256,
        missing_fields=row.missing,
    )
