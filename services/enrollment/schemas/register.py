"""Partners, enterprises and trainers."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.enrollment.domain.policy import Headcount
from shared.days import Day
from shared.events.vocabulary import Code, PartnerKind
from shared.text import Line
from shared.web.access import Resource
from shared.web.body import RequestBody


class RegisterPartner(RequestBody):
    """The national partner, or a regional chamber under it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "National Confederation", "kind": "national", "registered_on": "2014-03-01"},
                {
                    "name": "Chamber of La Paz",
                    "kind": "regional-chamber",
                    "region": "LP",
                    "parent_id": "01890a5d-ac96-774b-bcce-b302099a8057",
                    "registered_on": "2014-03-01",
                },
            ]
        }
    )

    name: Line
    kind: PartnerKind
    region: Code | None = Field(default=None, description="Of the policy in force; only for a regional chamber.")
    parent_id: UUID | None = Field(default=None, description="The national partner; only for a regional chamber.")
    registered_on: Day


class PartnerOut(Resource):
    """An implementing partner."""

    name: str
    kind: PartnerKind
    region: str | None
    parent_id: UUID | None
    registered_on: date


class RegisterEnterprise(RequestBody):
    """An enterprise as it is on the day; whether it may take part is judged by the policy in force then."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "partner_id": "01890a5d-ac96-774b-bcce-b302099a8057",
                    "name": "Example Furniture",
                    "tax_id": "990.010-7",
                    "region": "LP",
                    "sector": "wood-furniture",
                    "city": "El Alto",
                    "women": 35,
                    "men": 187,
                    "registered_on": "2014-03-14",
                }
            ]
        }
    )

    partner_id: UUID
    name: Line
    tax_id: Annotated[str, StringConstraints(min_length=1, max_length=64)] = Field(
        description="Spaces, dots and dashes do not count, nor does upper or lower case."
    )
    region: Code
    sector: Code
    city: Line | None = None
    women: Headcount
    men: Headcount
    registered_on: Day


class EnterpriseOut(Resource):
    """A registered enterprise; `baseline_on` is its first completed baseline, once that is known here."""

    partner_id: UUID
    name: str
    tax_id: str
    region: str
    sector: str
    city: str | None
    women: int
    men: int
    headcount: int
    size_class: str
    registered_on: date
    policy_version: int
    baseline_on: date | None


class PassedTot(RequestBody):
    """When a trainer passed the training of trainers of a module."""

    module: str
    passed_on: Day


class ActivePeriod(RequestBody):
    """Days on which a certificate may be used; no `until` means without end."""

    since: Day
    until: Day | None


class CertificateOut(BaseModel):
    """A certificate for a module, with the days it may be used."""

    module: str
    number: str
    is_expert: bool
    active: tuple[ActivePeriod, ...]


class TrainerOut(Resource):
    """A trainer as known here from the certification service's events, and the modules open to them on a day."""

    name: str
    partner_id: UUID | None
    leads: tuple[str, ...] = Field(description="Modules with an active certification.")
    supervises: tuple[str, ...] = Field(description="Modules with an active expert certification.")
    passed_tot: tuple[str, ...] = Field(description="Modules whose training of trainers is passed.")


class TrainerFactsOut(TrainerOut):
    """A trainer with everything that scheduling goes by."""

    training_of_trainers: tuple[PassedTot, ...]
    certificates: tuple[CertificateOut, ...]
