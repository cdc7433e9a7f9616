"""Who sends invoices and where enterprises want theirs."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from services.billing.domain.parts import Language
from services.billing.schemas.taxes import RatePercent
from shared.text import Line
from shared.web.access import Resource
from shared.web.body import RequestBody

CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$"), Field(examples=["BO"])]
"""ISO 3166-1 alpha-2."""
Email = Annotated[
    str,
    StringConstraints(pattern=r"^[^@\s]{1,64}@[^@\s]+\.[^@\s]+$", max_length=200),
    Field(examples=["a@example.org"]),
]


class Address(RequestBody):
    """Where somebody is; up to three lines before the city."""

    address: Annotated[tuple[Line, ...], Field(max_length=3)] = ()
    city: Line | None = None
    postal_code: Line | None = None
    country: CountryCode | None = None
    email: Email | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        # It replaces all that was there: an empty body would be a slip.
        if not self.model_fields_set:
            raise PydanticCustomError("nothing-said", "give at least one field; what is left out is emptied")
        return self


class SetBookProfile(Address):
    """Who sends the invoices of a book: all of it, replacing what was there.

    Either an IBAN, with its BIC, or an account as the country writes it. A tax number is checked by its country's
    rules, so it needs `country`; for Bolivia's NIT and where no rule is known, only by its format. `terms_days`: days
    until an invoice is due. `discount_limit_pct`: above it, discounts are granted by the programme manager.
    """

    legal_name: Line | None = None
    tax_id: Line | None = None
    bank_name: Line | None = None
    bank_account: Line | None = None
    iban: Line | None = None
    bic: Line | None = None
    language: Language = Language.ENGLISH
    terms_days: int = Field(default=30, ge=0, le=365)
    discount_limit_pct: RatePercent | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.tax_id is not None and self.country is None:
            raise PydanticCustomError(
                "country-of-tax-id", "a tax number is checked by its country's rules: give country"
            )
        if self.iban is not None and self.bank_account is not None:
            raise PydanticCustomError("one-account", "give either an IBAN or a plain account")
        if self.bic is not None and self.iban is None:
            raise PydanticCustomError("bic-with-iban", "a BIC goes with an IBAN")
        return self


class AddressOut(Resource):
    """Where somebody is."""

    address: list[str]
    city: str | None
    postal_code: str | None
    country: str | None
    email: str | None


class BookProfileOut(AddressOut):
    """Who sends the invoices of a book; its id is the partner's.

    `tax_id_verified`: the number's check digits were verified; false where only its format is known, null without one.
    """

    legal_name: str | None
    tax_id: str | None
    tax_id_verified: bool | None
    bank_name: str | None
    bank_account: str | None
    iban: str | None
    bic: str | None
    language: Language
    terms_days: int
    discount_limit_pct: str | None


class SetEnterpriseProfile(Address):
    """Where an enterprise wants its invoices: all of it, replacing what was there.

    Without `language` it is written to in the book's. `buyer_reference` is what it wants to read on its invoices.
    """

    language: Language | None = None
    buyer_reference: Line | None = None


class EnterpriseProfileOut(AddressOut):
    """Where an enterprise wants its invoices; its id is the enterprise's."""

    partner_id: UUID
    enterprise_name: str
    tax_id: str
    language: Language | None
    buyer_reference: str | None
