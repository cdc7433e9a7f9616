"""Reading credit notes and what became of their money."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.credit_notes import CreditKind, CreditNoteState, usage
from services.billing.domain.payments import Method
from services.billing.queries.scope import AnyRow, money, only, seen_by
from services.billing.schemas.credit_notes import CreditNoteOut, CreditNotePartOut, CreditUseOut
from services.billing.tables import credit_note, credit_note_part, credit_use, invoice, invoice_share
from shared.auth.actor import Actor
from shared.events.vocabulary import PayerClass


def _note_parts() -> Any:  # noqa: ANN401 - a scalar subquery
    fields = func.jsonb_build_object(
        "share_id", invoice_share.c.id,
        "payer_class", invoice_share.c.payer_class,
        "agreement_id", invoice_share.c.agreement_id,
        "amount", credit_note_part.c.amount_minor,
        "tax", credit_note_part.c.tax_minor,
        "released", credit_note_part.c.released_minor,
    )  # fmt: skip
    own_first = case((invoice_share.c.payer_class == PayerClass.ENTERPRISE.value, 0), else_=1)
    return (
        select(func.jsonb_agg(aggregate_order_by(fields, own_first, invoice_share.c.id), type_=JSONB))
        .select_from(credit_note_part)
        .join(invoice_share, invoice_share.c.id == credit_note_part.c.share_id)
        .where(credit_note_part.c.credit_note_id == credit_note.c.id)
        .correlate(credit_note)
        .scalar_subquery()
    )


def _used(kind: str) -> Any:  # noqa: ANN401 - a scalar subquery
    return (
        select(func.coalesce(func.sum(credit_use.c.amount_minor), 0))
        .where(credit_use.c.credit_note_id == credit_note.c.id, credit_use.c.kind == kind)
        .correlate(credit_note)
        .scalar_subquery()
    )


def credit_notes(actor: Actor, programme: str) -> Select[Any]:
    """Return the credit notes that a caller may see."""
    query = (
        select(
            credit_note,
            invoice.c.number.label("invoice_number"),
            invoice.c.enterprise_id,
            invoice.c.currency,
            _note_parts().label("parts"),
            _used("refund").label("refunded_minor"),
            _used("offset").label("offset_minor"),
        )
        .join(invoice, invoice.c.id == credit_note.c.invoice_id)
        .where(credit_note.c.programme == programme)
    )
    return seen_by(actor, query, credit_note.c.partner_id)


def present_credit_note(row: AnyRow) -> CreditNoteOut:
    """Show one credit note."""
    parts = [
        CreditNotePartOut(
            share_id=part["share_id"],
            payer_class=part["payer_class"],
            agreement_id=part["agreement_id"],
            amount=money(part["amount"], row.currency),
            tax=money(part["tax"], row.currency),
            released=money(part["released"], row.currency),
        )
        for part in row.parts or ()
    ]
    state = CreditNoteState(row.state)
    released = sum((part.released for part in parts), money(0, row.currency))
    refunded, offset = money(row.refunded_minor, row.currency), money(row.offset_minor, row.currency)
    return CreditNoteOut(
        id=row.id,
        programme=row.programme,
        number=row.number,
        invoice_id=row.invoice_id,
        invoice_number=row.invoice_number,
        partner_id=row.partner_id,
        enterprise_id=row.enterprise_id,
        issued_on=row.issued_on,
        total=money(row.total_minor, row.currency),
        reason=row.reason,
        kind=CreditKind(row.kind),
        state=state,
        ended_on=row.ended_on,
        end_reason=row.end_reason,
        parts=parts,
        released=released,
        refunded=refunded,
        offset=offset,
        open=released - refunded - offset if state is CreditNoteState.ISSUED else money(0, row.currency),
        usage=usage(released, refunded, offset) if state is CreditNoteState.ISSUED else None,
    )


async def read_credit_note(connection: AsyncConnection, actor: Actor, programme: str, note_id: UUID) -> CreditNoteOut:
    """Return one credit note; raises NotFound."""
    query = credit_notes(actor, programme).where(credit_note.c.id == note_id)
    return present_credit_note(await only(connection, query, "credit note", note_id))


def credit_uses(actor: Actor, programme: str) -> Select[Any]:
    """Return the refunds and offsets that a caller may see."""
    query = (
        select(credit_use, credit_note.c.partner_id, invoice.c.currency)
        .join(credit_note, credit_note.c.id == credit_use.c.credit_note_id)
        .join(invoice, invoice.c.id == credit_note.c.invoice_id)
        .where(credit_use.c.programme == programme)
    )
    return seen_by(actor, query, credit_note.c.partner_id)


def present_credit_use(row: AnyRow) -> CreditUseOut:
    """Show one refund or offset."""
    return CreditUseOut(
        id=row.id,
        programme=row.programme,
        partner_id=row.partner_id,
        credit_note_id=row.credit_note_id,
        kind=CreditKind(row.kind),
        used_on=row.used_on,
        amount=money(row.amount_minor, row.currency),
        agreement_id=row.agreement_id,
        method=None if row.method is None else Method(row.method),
        bank_account_id=row.bank_account_id,
        reference=row.reference,
        invoice_id=row.invoice_id,
        claim_id=row.claim_id,
    )
