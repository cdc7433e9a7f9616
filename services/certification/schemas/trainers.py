"""The register of trainers."""

from datetime import date
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.certification.domain.standing import Action, State
from shared.days import Day
from shared.events.vocabulary import Code, Sex
from shared.text import Line
from shared.web.access import Resource
from shared.web.body import RequestBody


class RegisterTrainer(RequestBody):
    """A candidate, or an expert to be recognised, enters the register."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Trainer 01",
                    "sex": "female",
                    "partner_id": "01890000-0000-7000-8000-000000000001",
                    "employer": "Technical institute E",
                    "region": "LP",
                    "registered_on": "2014-03-21",
                }
            ]
        }
    )

    name: Line
    sex: Sex
    partner_id: UUID | None = None
    employer: Line | None = Field(
        default=None, description="Leave out for the self-employed: board members of one employer are recused."
    )
    region: Code | None = None
    registered_on: Day
    subject: Line | None = Field(default=None, description="The login that may recommend in this trainer's name.")


class TrainerOut(Resource):
    """A trainer of the register."""

    name: str
    sex: Sex
    partner_id: UUID | None
    employer: str | None
    region: str | None
    registered_on: date


class TotResultOut(BaseModel):
    """One training of trainers, passed or failed."""

    id: UUID
    outcome: str
    score: int | None
    taken_on: date
    facilitator_id: UUID | None


class CycleOut(BaseModel):
    """One training-of-enterprises cycle of a candidate."""

    training_id: UUID
    expert_id: UUID | None
    starts_on: date
    ends_on: date
    enrolled: int
    completed: int
    withdrawn: int
    completed_on: date | None = Field(description="Day the cycle was complete, by the scheme in force when it began.")


class HeldCertificateOut(BaseModel):
    """The newest certificate of a trainer in a module."""

    number: str
    is_recognised: bool
    valid_from: date
    valid_until: date | None
    expert_from: date | None
    withdrawn_on: date | None
    is_active: bool = Field(description="On the day asked for (as_of, today by default).")
    is_expert: bool


class StandingOut(Resource):
    """Where a trainer stands in a module, and what may be done next."""

    trainer_id: UUID
    module: str
    state: State
    allowed_actions: list[Action]


class ModuleStandingOut(BaseModel):
    """A module of a trainer with everything behind its state."""

    module: str
    state: State
    allowed_actions: list[Action]
    open_case_id: UUID | None
    tot_results: list[TotResultOut]
    cycles: list[CycleOut]
    certificate: HeldCertificateOut | None


class TrainerDetailOut(TrainerOut):
    """A trainer with every module of the programme."""

    as_of: date
    modules: list[ModuleStandingOut]
