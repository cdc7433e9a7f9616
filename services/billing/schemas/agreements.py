"""Subsidy agreements."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from services.billing.schemas.fields import PositiveMoney, SharePercent
from shared.days import Day
from shared.events.vocabulary import Code, PayerClass
from shared.money import Money
from shared.text import Line, Reason
from shared.web.access import Resource
from shared.web.body import RequestBody


class AgreementShare(RequestBody):
    """The part of the price that is paid for enterprises of one size class."""

    size_class: Code
    share_pct: SharePercent


def _once_each(shares: list[AgreementShare]) -> list[AgreementShare]:
    if len({share.size_class for share in shares}) != len(shares):
        raise PydanticCustomError("size-class-twice", "each size class is named once")
    return shares


class SignAgreement(RequestBody):
    """An agreement with a payer of class P, G, B, D or I; without `partner_id` it is for all partners."""

    code: Code = Field(examples=["G-S-14"])
    payer_class: Literal["P", "G", "B", "D", "I"]
    payer_name: Line
    partner_id: UUID | None = None
    shares: Annotated[list[AgreementShare], Field(min_length=1, max_length=20), AfterValidator(_once_each)]
    ceiling: PositiveMoney = Field(description="Most it pays over all partners and its whole validity.")
    valid_from: Day
    valid_to: Day | None = None


class CloseAgreement(RequestBody):
    """The last day on which enrollments are supported."""

    closed_on: Day
    reason: Reason


class AgreementOut(Resource):
    """An agreement; `committed` is what drafts and invoices have taken of its ceiling."""

    code: str
    payer_class: PayerClass
    payer_name: str
    partner_id: UUID | None
    shares: list[AgreementShare]
    ceiling: Money
    committed: Money
    remaining: Money
    valid_from: date
    valid_to: date | None
    state: str
    closed_on: date | None
