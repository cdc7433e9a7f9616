"""Tax rules of a programme."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from services.billing.domain.parts import TaxCategory
from services.billing.domain.tax import WITH_REASON
from services.billing.schemas.fields import basis_points
from shared.days import Day
from shared.events.vocabulary import Code
from shared.text import Line, Reason
from shared.web.access import Resource
from shared.web.body import RequestBody


def _rate(percent: str) -> str:
    if basis_points(percent) > 10_000:
        raise PydanticCustomError("percent-range", "a rate is at most 100 per cent")
    return percent


RatePercent = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{1,3}(\.[0-9]{1,2})?$"), AfterValidator(_rate), Field(examples=["13.00"])
]


class AddTaxRule(RequestBody):
    """A tax of the programme's country from a day on, as finance takes it from the law; ends the rule before it.

    `category` is UNCL5305 as EN 16931 uses it: S standard, Z zero rated, E exempt, O not subject, AE reverse charge.
    Only S has a rate; E, O and AE say why there is none.
    """

    code: Code = Field(examples=["IVA"])
    category: Literal["S", "Z", "E", "O", "AE"]
    rate_pct: RatePercent = "0"
    prices_include_tax: bool = False
    exemption_reason: Line | None = None
    valid_from: Day
    valid_to: Day | None = None
    source_note: Reason = Field(examples=["Law and article, or the tax office's letter, with its date"])

    @model_validator(mode="after")
    def _fits(self) -> Self:
        rate = basis_points(self.rate_pct)
        if (self.category == TaxCategory.STANDARD.value) != (rate > 0):
            raise PydanticCustomError("rate-of-category", "category S has a rate above 0, the others have 0")
        if (TaxCategory(self.category) in WITH_REASON) != (self.exemption_reason is not None):
            raise PydanticCustomError(
                "reason-of-category", "categories E, O and AE give exemption_reason, others do not"
            )
        if self.prices_include_tax and not rate:
            raise PydanticCustomError("nothing-included", "prices cannot include a tax of 0")
        return self


class TaxRuleOut(Resource):
    """A tax rule."""

    code: str
    category: str
    rate_pct: str
    prices_include_tax: bool
    exemption_reason: str | None
    valid_from: date
    valid_to: date | None
    source_note: str
