"""Reading who sends invoices and where enterprises want theirs."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.parts import Language
from services.billing.domain.tax_ids import is_verified
from services.billing.queries.scope import only, seen_by
from services.billing.schemas.fields import percent_text
from services.billing.schemas.profiles import BookProfileOut, EnterpriseProfileOut
from services.billing.tables import book_profile, enterprise, enterprise_profile
from shared.auth.actor import Actor


async def read_book_profile(
    connection: AsyncConnection, actor: Actor, programme: str, partner_id: UUID
) -> BookProfileOut:
    """Return the profile of a book; raises NotFound where none was set."""
    query = select(book_profile).where(book_profile.c.programme == programme, book_profile.c.partner_id == partner_id)
    row = await only(connection, seen_by(actor, query, book_profile.c.partner_id), "book profile", partner_id)
    return BookProfileOut(
        id=row.partner_id,
        programme=row.programme,
        legal_name=row.legal_name,
        address=row.address,
        city=row.city,
        postal_code=row.postal_code,
        country=row.country,
        email=row.email,
        tax_id=row.tax_id,
        tax_id_verified=None if row.tax_id is None else is_verified(row.country),
        bank_name=row.bank_name,
        bank_account=row.bank_account,
        iban=row.iban,
        bic=row.bic,
        language=Language(row.language),
        terms_days=row.terms_days,
        discount_limit_pct=None if row.discount_limit_bp is None else percent_text(row.discount_limit_bp),
    )


async def read_enterprise_profile(
    connection: AsyncConnection, actor: Actor, programme: str, enterprise_id: UUID
) -> EnterpriseProfileOut:
    """Return the billing profile of an enterprise; raises NotFound where none was set."""
    query = (
        select(enterprise_profile, enterprise.c.name, enterprise.c.tax_id)
        .join(enterprise, enterprise.c.id == enterprise_profile.c.enterprise_id)
        .where(enterprise_profile.c.programme == programme, enterprise_profile.c.enterprise_id == enterprise_id)
    )
    scoped = seen_by(actor, query, enterprise_profile.c.partner_id)
    row = await only(connection, scoped, "billing profile", enterprise_id)
    return EnterpriseProfileOut(
        id=row.enterprise_id,
        programme=row.programme,
        partner_id=row.partner_id,
        enterprise_name=row.name,
        tax_id=row.tax_id,
        address=row.address,
        city=row.city,
        postal_code=row.postal_code,
        country=row.country,
        email=row.email,
        language=None if row.language is None else Language(row.language),
        buyer_reference=row.buyer_reference,
    )
