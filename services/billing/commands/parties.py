"""Who sends an invoice and who gets it, as documents name them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select

from services.billing.domain.invoicing import Parties
from services.billing.domain.parts import Language, Party, PaymentMeans
from services.billing.domain.tax_ids import as_written
from services.billing.queries.scope import AnyRow
from services.billing.tables import book_profile, enterprise, enterprise_profile, partner
from shared.database.transaction import Transaction

TERMS_DAYS: Final = 30
"""Days until an invoice is due, where the book says nothing."""


@dataclass(frozen=True, slots=True)
class Sender:
    """A book as its documents name it; `terms_days` from issue until an invoice is due."""

    party: Party
    payment: PaymentMeans | None
    language: Language
    terms_days: int


async def sender(tx: Transaction, partner_id: UUID) -> Sender:
    """Return the sender of a book's documents; without a profile, its partner's name."""
    row = (
        await tx.connection.execute(
            select(partner.c.name, book_profile)
            .outerjoin(book_profile, book_profile.c.partner_id == partner.c.id)
            .where(partner.c.id == partner_id)
        )
    ).one()
    if row.partner_id is None:
        return Sender(Party(name=row.name), None, Language.ENGLISH, TERMS_DAYS)
    name = row.legal_name or row.name
    payment = None
    if row.iban or row.bank_account:
        payment = PaymentMeans(
            holder=name, iban=row.iban, bic=row.bic, account=None if row.iban else row.bank_account, bank=row.bank_name
        )
    party = Party(
        name=name,
        tax_id=None if row.tax_id is None else as_written(row.country, row.tax_id),
        address=tuple(row.address),
        city=row.city,
        postal_code=row.postal_code,
        country=row.country,
        email=row.email,
    )
    return Sender(party, payment, Language(row.language), row.terms_days)


async def receivers(tx: Transaction, enterprises: Collection[UUID]) -> Mapping[UUID, AnyRow]:
    """Return enterprises with their profiles, by id."""
    found = await tx.connection.execute(
        select(enterprise.c.id, enterprise.c.name, enterprise.c.tax_id, enterprise_profile)
        .outerjoin(enterprise_profile, enterprise_profile.c.enterprise_id == enterprise.c.id)
        .where(enterprise.c.id.in_(enterprises))
    )
    return {row.id: row for row in found}


def parties(book: Sender, row: AnyRow) -> Parties:
    """Return both sides of an invoice; an enterprise without a profile is written to in the book's language.

    Its tax number is printed as enrollment has it; it is not for billing to doubt it.
    """
    country = row.country or (None if book.party.country is None else book.party.country)
    enterprise_party = Party(
        name=row.name,
        tax_id=as_written(country, row.tax_id) if row.tax_id else None,
        address=tuple(row.address or ()),
        city=row.city,
        postal_code=row.postal_code,
        country=row.country,
        email=row.email,
    )
    language = book.language if row.language is None else Language(row.language)
    return Parties(book.party, enterprise_party, book.payment, language, row.buyer_reference)
