"""Exchange rates."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from services.billing.domain.fx_rates import RateSource
from shared.days import Day
from shared.money import MoneyError, minor_digits
from shared.text import Line
from shared.web.access import Resource
from shared.web.body import RequestBody


def _known(code: str) -> str:
    try:
        minor_digits(code)
    except MoneyError as error:
        raise PydanticCustomError(error.rule, "{sentence}", {"sentence": str(error)}) from None
    return code


def _positive(rate: str) -> str:
    if Decimal(rate) <= 0:
        raise PydanticCustomError("not-positive", "a rate is greater than zero")
    return rate


Currency = Annotated[str, StringConstraints(pattern="^[A-Z]{3}$"), AfterValidator(_known), Field(examples=["USD"])]
RateText = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{1,10}(\.[0-9]{1,10})?$"),
    AfterValidator(_positive),
    Field(examples=["6.9100"]),
]


class RecordRate(RequestBody):
    """What one unit of `base` was worth in `quote` on a day, and who says so; of two of a day the later holds."""

    base: Currency
    quote: Currency
    rate: RateText
    on_date: Day
    source: RateSource
    source_note: Line = Field(examples=["UN operational rates of exchange, circular of January 2016"])

    @model_validator(mode="after")
    def _two_currencies(self) -> Self:
        if self.base == self.quote:
            raise PydanticCustomError("two-currencies", "base and quote are two currencies")
        return self


class RateOut(Resource):
    """A recorded rate; `holds` unless one recorded later corrects it."""

    base: str
    quote: str
    rate: str
    on_date: date
    source: RateSource
    source_note: str
    captured_at: datetime
    holds: bool


class ImportRates(RequestBody):
    """Rates as CSV text: a heading with base, quote, rate, on_date, source and source_note in any order, then rows."""

    csv: Annotated[str, StringConstraints(min_length=1, max_length=1_000_000)] = Field(
        examples=["base,quote,rate,on_date,source,source_note\nUSD,BOB,6.91,2016-01-31,un-operational,January 2016\n"]
    )


class RowOut(BaseModel):
    """What became of one row: recorded, unchanged (the same rate holds already), or refused with field and rule."""

    line: int
    outcome: Literal["recorded", "unchanged", "refused"]
    rate_id: UUID | None = None
    field: str | None = None
    rule: str | None = None
    message: str | None = None


class ImportOut(Resource):
    """What became of every row of an import; refused rows stop no others."""

    recorded: int
    unchanged: int
    refused: int
    rows: list[RowOut]
