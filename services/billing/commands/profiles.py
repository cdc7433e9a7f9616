"""Settings of who sends invoices and where enterprises want theirs; the audit trail keeps what they were."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from stdnum import bic, iban
from stdnum.exceptions import ValidationError

from services.billing.commands.loading import need_fact, need_partner, need_programme
from services.billing.domain.tax_ids import BadTaxId, tax_id
from services.billing.errors import BadNumber
from services.billing.queries.profiles import read_book_profile, read_enterprise_profile
from services.billing.schemas.fields import basis_points
from services.billing.schemas.profiles import (
    BookProfileOut,
    EnterpriseProfileOut,
    SetBookProfile,
    SetEnterpriseProfile,
)
from services.billing.tables import book_profile, enterprise, enterprise_profile
from shared.database.transaction import Transaction


async def set_book_profile(
    tx: Transaction, programme: str, partner_id: UUID, command: SetBookProfile
) -> BookProfileOut:
    """Set who sends the invoices of a book, from the next one on; raises FactMissing, NotAllowed or BadNumber."""
    await need_programme(tx, programme)
    keeper = await need_partner(tx, programme, partner_id)
    values = {
        "partner_id": keeper.id,
        "programme": programme,
        "legal_name": command.legal_name,
        "address": list(command.address),
        "city": command.city,
        "postal_code": command.postal_code,
        "country": command.country,
        "email": command.email,
        "tax_id": _tax_id(command),
        "bank_name": command.bank_name,
        "bank_account": command.bank_account,
        "iban": _iban(command.iban),
        "bic": _bic(command.bic),
        "language": command.language.value,
        "terms_days": command.terms_days,
        "discount_limit_bp": None if command.discount_limit_pct is None else basis_points(command.discount_limit_pct),
    }
    written = insert(book_profile).values(values)
    await tx.connection.execute(written.on_conflict_do_update(index_elements=["partner_id"], set_=values))
    return await read_book_profile(tx.connection, tx.actor, programme, keeper.id)


def _tax_id(command: SetBookProfile) -> str | None:
    if command.tax_id is None or command.country is None:
        return None
    try:
        return tax_id(command.country, command.tax_id).value
    except BadTaxId as error:
        raise BadNumber("tax_id", "tax-id-of-country", str(error)) from None


def _iban(written: str | None) -> str | None:
    try:
        return None if written is None else str(iban.validate(written))
    except ValidationError as error:
        raise BadNumber("iban", "iban", str(error)) from None


def _bic(written: str | None) -> str | None:
    try:
        return None if written is None else str(bic.validate(written))
    except ValidationError as error:
        raise BadNumber("bic", "bic", str(error)) from None


async def set_enterprise_profile(
    tx: Transaction, programme: str, enterprise_id: UUID, command: SetEnterpriseProfile
) -> EnterpriseProfileOut:
    """Set where an enterprise wants its invoices, from the next one on; raises FactMissing or NotAllowed."""
    await need_programme(tx, programme)
    query = select(enterprise).where(enterprise.c.id == enterprise_id, enterprise.c.programme == programme)
    firm = await need_fact(tx, query, "enterprise", enterprise_id)
    tx.actor.require_partner(firm.partner_id)
    values = {
        "enterprise_id": firm.id,
        "programme": programme,
        "partner_id": firm.partner_id,
        "address": list(command.address),
        "city": command.city,
        "postal_code": command.postal_code,
        "country": command.country,
        "email": command.email,
        "language": None if command.language is None else command.language.value,
        "buyer_reference": command.buyer_reference,
    }
    written = insert(enterprise_profile).values(values)
    await tx.connection.execute(written.on_conflict_do_update(index_elements=["enterprise_id"], set_=values))
    return await read_enterprise_profile(tx.connection, tx.actor, programme, firm.id)
