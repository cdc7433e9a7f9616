"""Pledges."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.billing.domain.pledges import PledgeState
from services.billing.schemas.fields import PositiveMoney
from shared.days import Day
from shared.events.vocabulary import PayerClass, ProgrammeCode
from shared.money import Money
from shared.text import Line, Reason
from shared.web.access import Resource
from shared.web.body import RequestBody


class RecordPledge(RequestBody):
    """What a funder of class P, G, B, D or I said it would give, in its own currency; booked nowhere."""

    funder: Line
    payer_class: Literal["P", "G", "B", "D", "I"]
    partner_id: UUID | None = None
    amount: PositiveMoney
    pledged_on: Day
    source_document: Line = Field(examples=["Minutes of the ministry, 2014-06-12"])
    expected_by: Day | None = None


class ContractPledge(RequestBody):
    """The agreement that takes up the pledge, or a part of it; the amount is in the pledge's currency."""

    agreement_id: UUID
    amount: PositiveMoney
    contracted_on: Day


class LapsePledge(RequestBody):
    """What is left of it will not come."""

    lapsed_on: Day
    reason: Reason


class WithdrawPledge(RequestBody):
    """The funder took back what is left of it."""

    withdrawn_on: Day
    reason: Reason


class PledgeContractOut(BaseModel):
    """A part that an agreement took up."""

    agreement_id: UUID
    amount: Money
    contracted_on: date


class PledgeOut(Resource):
    """A pledge; `open` is what no agreement took up and did not lapse."""

    funder: str
    payer_class: PayerClass
    partner_id: UUID | None
    amount: Money
    contracted: Money
    open: Money
    state: PledgeState
    pledged_on: date
    source_document: str
    expected_by: date | None
    ended_on: date | None
    end_reason: str | None
    contracts: list[PledgeContractOut]


class AgedPledge(BaseModel):
    """A pledge of which something has not come: `pledged` under no agreement, `contracted` and not received."""

    pledge_id: UUID
    funder: str
    payer_class: PayerClass
    partner_id: UUID | None
    amount: Money
    pledged: Money
    contracted: Money
    outstanding: Money
    pledged_on: date
    expected_by: date | None
    days: int
    overdue_days: int
    band: str
    source_document: str


class AgeBand(BaseModel):
    """What is outstanding of one age, in one currency."""

    band: str
    pledges: int
    outstanding: Money


class PledgeAgeing(BaseModel):
    """Pledges of which something has not come by a day, oldest first."""

    programme: ProgrammeCode
    as_of: date
    bands: list[AgeBand]
    pledges: list[AgedPledge]


class FunderStages(BaseModel):
    """Where a funder's money stands now, in one currency; each amount is in one column only."""

    payer_class: PayerClass
    funder: str
    pledged: Money
    contracted: Money
    invoiced: Money
    received: Money
    total: Money
    pledge_ids: list[UUID]
    agreement_ids: list[UUID]


class Pipeline(BaseModel):
    """All funders."""

    programme: ProgrammeCode
    funders: list[FunderStages]
