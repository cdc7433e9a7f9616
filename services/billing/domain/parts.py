"""Parts that every document is made of: parties, accounts, periods, and the head of a page."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from shared.money import Money


class Kind(StrEnum):
    """What sort of paper it is."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit-note"
    RECEIPT = "receipt"
    STATEMENT = "statement"
    REMINDER = "reminder"
    CLAIM = "claim"


class Language(StrEnum):
    """The recipient's."""

    ENGLISH = "en"
    SPANISH = "es"
    FRENCH = "fr"


class TaxCategory(StrEnum):
    """UNCL5305, the codes that EN 16931 allows and a training programme meets."""

    STANDARD = "S"
    ZERO_RATED = "Z"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    EXPORT = "G"
    NOT_SUBJECT = "O"


def _canonical(value: Decimal) -> Decimal:
    # 1, 1.0 and 1E0 are one quantity and must have one hash.
    if not value.is_finite():
        raise PydanticCustomError("not-finite", "a quantity or rate is a finite number")
    return Decimal(_written(value))


def _written(value: Decimal) -> str:
    text = format(value, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


Exact = Annotated[
    Decimal, Field(max_digits=18, decimal_places=6), AfterValidator(_canonical), PlainSerializer(_written, str, "json")
]
"""A quantity or a rate: exact, written without trailing zeros."""
Label = Annotated[str, StringConstraints(min_length=1, max_length=400)]
Prose = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
"""ISO 3166-1 alpha-2."""


class Part(BaseModel):
    """A piece of a document: frozen, and knowing all its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TaxId(Part):
    """A number a tax office gave; `scheme` is its name as printed: NIT, RUC, VAT.

    Only the scheme VAT stands for a VAT identifier with a country prefix (BT-31, BT-48); any other is a national
    registration (BT-32, BT-46), for which EN 16931 knows no format.
    """

    scheme: Annotated[str, StringConstraints(min_length=1, max_length=20)]
    value: Annotated[str, StringConstraints(min_length=1, max_length=60)]


class Party(Part):
    """Who sends or receives a document, as on the day of issue (BG-4, BG-7); `name` is the legal name."""

    name: Label
    tax_id: TaxId | None = None
    registration: Label | None = None
    """Number in the register of companies or associations (BT-30, BT-47)."""
    address: Annotated[tuple[Label, ...], Field(max_length=3)] = ()
    city: Label | None = None
    postal_code: Label | None = None
    region: Label | None = None
    country: Country | None = None
    email: Label | None = None
    phone: Label | None = None


class PaymentMeans(Part):
    """Where to pay (BG-16, BG-17): an IBAN, or an account as the country writes it."""

    holder: Label | None = None
    iban: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[0-9]{2}[A-Z0-9]{8,30}$")] | None = None
    bic: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$")] | None = None
    account: Label | None = None
    bank: Label | None = None

    @model_validator(mode="after")
    def _one_account(self) -> Self:
        if (self.iban is None) == (self.account is None):
            raise PydanticCustomError("one-account", "there is either an IBAN or a plain account")
        return self


class Period(Part):
    """A span of days, both included."""

    starts_on: date
    ends_on: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ends_on < self.starts_on:
            raise PydanticCustomError("BR-29", "BR-29: a period ends on or after its first day")
        return self


class Head(Part):
    """What every document has."""

    number: Label
    issued_on: date
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    language: Language
    seller: Party
    """Who sends it: the implementing partner."""
    buyer: Party
    """Who receives it: the enterprise, or the funder of a claim."""
    notes: tuple[Prose, ...] = ()

    @model_validator(mode="after")
    def _one_currency(self) -> Self:
        for path, money in _amounts(self, ""):
            if money.currency != self.currency:
                raise PydanticCustomError(
                    "one-currency",
                    "{path} is in {given}, the document in {currency}",
                    {"path": path, "given": money.currency, "currency": self.currency},
                )
        return self


def _amounts(part: BaseModel, path: str) -> list[tuple[str, Money]]:
    found: list[tuple[str, Money]] = []
    for name in type(part).model_fields:
        value = getattr(part, name)
        for index, each in enumerate(value if isinstance(value, tuple) else (value,)):
            here = f"{path}{name}.{index}" if isinstance(value, tuple) else f"{path}{name}"
            if isinstance(each, Money):
                found.append((here, each))
            elif isinstance(each, Part):
                found += _amounts(each, f"{here}.")
    return found
