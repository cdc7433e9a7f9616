"""The evidence of claims, and claims as documents."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from services.billing.domain.agreements import Funds
from services.billing.domain.evidence import Evidence, Outcome
from shared.events.vocabulary import Level, PayerClass, Sex
from shared.money import Money
from shared.web.access import Resource


class PeopleOut(BaseModel):
    """How many people of one sex and level."""

    sex: Sex
    level: Level
    people: int


class SessionOut(BaseModel):
    """A classroom day, by the event that told of it."""

    event_id: UUID
    day: int
    held_on: date
    people: list[PeopleOut]


class VisitOut(BaseModel):
    """A visit, by the event that told of it."""

    event_id: UUID
    enterprise_id: UUID
    number: int
    on_day: date
    outcome: Outcome


class DocumentItem(BaseModel):
    """An item with its evidence: an invoice's share (`on_day` of issue), or a cost (`on_day` incurred)."""

    name: str
    share_id: UUID | None
    invoice_id: UUID | None
    invoice_number: str | None
    enterprise_id: UUID | None
    enterprise_name: str | None
    cost_id: UUID | None
    cost_kind: str | None
    cost_description: str | None
    training_id: UUID | None
    module: str | None
    on_day: date
    amount: Money
    sessions: list[SessionOut]
    visits: list[VisitOut]
    has: list[Evidence]
    lacking: list[Evidence]


class ClaimDocument(BaseModel):
    """A claim as it was submitted: what its manifest says, in this order of fields or any other."""

    format: Literal["scorebook.subsidy-claim.v1"]
    claim_id: UUID
    number: str
    revision: int
    submitted_on: date
    partner_id: UUID
    partner_name: str
    agreement_id: UUID
    agreement_code: str
    document_reference: str | None
    funds: Funds
    payer_class: PayerClass
    payer_name: str
    total: Money
    items: list[DocumentItem]


class ClaimDocumentOut(Resource):
    """The frozen claim; `sha256` is that of `manifest` in UTF-8, and `document` is `manifest` read."""

    sha256: str
    manifest: str
    document: ClaimDocument


class ClaimEvidenceOut(Resource):
    """What is known now of every item of a claim.

    `lacking` names attendance and visits an item does not have; only what is `required` keeps a claim from being
    submitted.
    """

    required: list[Evidence]
    is_complete: bool
    may_be_submitted: bool
    items: list[DocumentItem]
