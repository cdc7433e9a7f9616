"""The board: members, cases, votes, decisions."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.certification.domain.constituency import Constituency
from services.certification.domain.recusal import RecusalKind
from services.certification.domain.voting import Choice, Outcome
from services.certification.schemas.certificates import CertificateOut
from shared.days import Day
from shared.text import Line, Paragraph
from shared.web.access import Resource
from shared.web.body import RequestBody

DossierHash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class RegisterMember(RequestBody):
    """A member takes a seat; the ties named here recuse the member where they touch a case."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Board member W1",
                    "constituency": "workers",
                    "mandate_from": "2014-02-01",
                    "mandate_to": "2018-01-31",
                    "subject": "w1",
                }
            ]
        }
    )

    name: Line
    constituency: Constituency
    mandate_from: Day
    mandate_to: Day | None = None
    subject: Line | None = Field(default=None, description="The login that votes as this member.")
    trainer_id: UUID | None = None
    partner_id: UUID | None = None
    employer: Line | None = None


class ChangeMandateEnd(RequestBody):
    """A mandate ends earlier or later than planned."""

    mandate_to: Day | None
    reason: Paragraph


class MemberOut(Resource):
    """A member of the board."""

    name: str
    constituency: Constituency
    mandate_from: date
    mandate_to: date | None
    subject: str | None
    trainer_id: UUID | None
    partner_id: UUID | None
    employer: str | None


class CastVote(RequestBody):
    """A vote on the dossier cited: the member's own, or recorded by the secretary from signed minutes."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "choice": "for",
                    "voted_on": "2014-09-25",
                    "dossier_hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                    "recorded_for": "01890000-0000-7000-8000-000000000003",
                }
            ]
        }
    )

    choice: Choice
    voted_on: Day
    dossier_hash: DossierHash
    recorded_for: UUID | None = Field(default=None, description="The member; only by the board secretary.")


class VoteOut(Resource):
    """One vote; a later one of the same member in the same round takes its place."""

    case_id: UUID
    round: int
    member_id: UUID
    choice: Choice
    voted_on: date
    dossier_hash: str
    is_recorded: bool
    cast_by: str
    cast_at: datetime


class DeclareRecusal(RequestBody):
    """A member declares a conflict; it cannot be taken back, and votes already given no longer count."""

    reason: Paragraph
    recorded_for: UUID | None = Field(default=None, description="The member; only by the board secretary.")


class RecusalOut(Resource):
    """A member who does not judge the case."""

    case_id: UUID
    member_id: UUID
    kind: RecusalKind
    ground: str


class Decide(RequestBody):
    """The meeting's day, and the reason where the votes refuse or defer; the outcome comes from the votes."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"decided_on": "2014-09-25"}]})

    decided_on: Day
    reason: Paragraph | None = None


class DecisionOut(Resource):
    """What the votes said, with the certificate where they certified."""

    case_id: UUID
    round: int
    outcome: Outcome
    decided_on: date
    reason: str | None
    votes_for: int
    votes_against: int
    abstentions: int
    eligible: int
    required_constituencies: list[Constituency]
    dossier_hash: str
    scheme_version: int
    certificate: CertificateOut | None


class CaseOut(Resource):
    """A case of the board; `scheme_version` was in force when the recommendation opened it."""

    trainer_id: UUID
    module: str
    expert_id: UUID
    recommended_on: date
    state: Annotated[str, StringConstraints(pattern="^(open|certified|refused)$")]
    round: int
    dossier_id: UUID
    dossier_hash: str
    scheme_version: int
    opened_at: datetime
    closed_at: datetime | None


class CaseDetailOut(CaseOut):
    """A case with its dossier, recusals and decisions; votes stay with the secretary until it is closed."""

    dossier: dict[str, Any]
    recusals: list[RecusalOut]
    decisions: list[DecisionOut]
    members_voted: int = Field(description="Members who voted in the present round.")
    allowed_actions: list[str]


class VotesOut(BaseModel):
    """The votes of a case, every round, in the order they were given."""

    items: list[VoteOut]
