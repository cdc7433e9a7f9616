"""Field types that several requests share."""

from decimal import Decimal
from typing import Annotated, Final

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from shared.money import Money
from shared.text import ONE_LINE

_LARGEST: Final = 10**13
"""So that the sums of many documents stay far from the limit of money itself."""


def _positive(money: Money) -> Money:
    if money.minor <= 0:
        raise PydanticCustomError("not-positive", "the amount is greater than zero")
    if money.minor > _LARGEST:
        raise PydanticCustomError("amount-too-large", "one document carries at most 10^13 minor units")
    return money


def _not_negative(money: Money) -> Money:
    if money.minor < 0:
        raise PydanticCustomError("negative", "the amount is not less than zero")
    return _positive(money) if money else money


def basis_points(percent: str) -> int:
    """Return hundredths of a per cent of a percentage written with at most two decimals."""
    return int(Decimal(percent).scaleb(2))


def percent_text(points: int) -> str:
    """Return the percentage of `points` hundredths of a per cent, with two decimals."""
    return format(Decimal(points).scaleb(-2), ".2f")


def _share(percent: str) -> str:
    if not 0 < basis_points(percent) <= 10_000:
        raise PydanticCustomError("percent-range", "a share is more than 0 and at most 100 per cent")
    return percent


PositiveMoney = Annotated[Money, AfterValidator(_positive)]
NonNegativeMoney = Annotated[Money, AfterValidator(_not_negative)]


def _rate(percent: str) -> str:
    if basis_points(percent) > 10_000:
        raise PydanticCustomError("percent-range", "a rate is at most 100 per cent")
    return percent


RatePercent = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{1,3}(\.[0-9]{1,2})?$"), AfterValidator(_rate), Field(examples=["2.50"])
]
SharePercent = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{1,3}(\.[0-9]{1,2})?$"), AfterValidator(_share), Field(examples=["12.50"])
]
Reference = Annotated[str, StringConstraints(max_length=140, strip_whitespace=True), ONE_LINE]
"""What a payer wrote; 140 characters as in ISO 20022 remittance information."""
