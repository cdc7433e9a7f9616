"""Freezing what a document says, in the transaction that gives it its number."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import insert, select

from services.billing.domain.credited import credit_document
from services.billing.domain.document import Bill, Document, fingerprint, frozen, thaw
from services.billing.domain.invoicing import missing
from services.billing.domain.shares import Share
from services.billing.errors import CreditUnsayable
from services.billing.queries.scope import AnyRow
from services.billing.tables import agreement, frozen_document
from shared.database.transaction import Transaction


async def freeze(tx: Transaction, programme: str, partner_id: UUID, document_id: UUID, document: Document) -> None:
    """Keep a document; it is never changed again."""
    await tx.connection.execute(
        insert(frozen_document).values(
            id=document_id,
            programme=programme,
            partner_id=partner_id,
            kind=document.kind.value,
            body=frozen(document),
            sha256=fingerprint(document),
            missing=list(missing(document)) if isinstance(document, Bill) else [],
        )
    )


async def freeze_credit_note(
    tx: Transaction, row: AnyRow, note_id: UUID, number: str, issued_on: date, reason: str, shares: Sequence[Share]
) -> None:
    """Freeze the credit note that takes `shares` off the invoice of `row`.

    Nothing is frozen for an invoice from before documents were: there is nothing it could be made of. Raises
    CreditUnsayable for a part that would not carry its tax.
    """
    stored = await tx.connection.execute(select(frozen_document.c.body).where(frozen_document.c.id == row.id))
    body = stored.scalar_one_or_none()
    if body is None:
        return
    invoice = thaw(body)
    if not isinstance(invoice, Bill):
        raise TypeError(f"{row.id} was frozen as {invoice.kind}, not as an invoice")
    funders = [share.agreement_id for share in shares if share.agreement_id is not None]
    named = await tx.connection.execute(select(agreement.c.id, agreement.c.code).where(agreement.c.id.in_(funders)))
    codes = {each.id: each.code for each in named}
    try:
        document = credit_document(invoice, number, issued_on, reason, shares, codes)
    except ValueError:
        raise CreditUnsayable(invoice.number) from None
    await freeze(tx, row.programme, row.partner_id, note_id, document)
