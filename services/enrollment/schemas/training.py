"""Trainings and enrollments."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from services.enrollment.domain.enrollment import EnrollmentStatus
from services.enrollment.domain.leadership import Leadership
from shared.days import Day
from shared.events.vocabulary import Code, Delivery, LeadRole
from shared.text import Line, Paragraph
from shared.web.access import Resource
from shared.web.body import RequestBody

_SOME_ID = "01890a5d-ac96-774b-bcce-b302099a8057"


class ScheduleTraining(RequestBody):
    """A training of one module; the policy in force on `starts_on` gives its template."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "partner_id": _SOME_ID,
                    "module": "WPC",
                    "region": "LP",
                    "delivery": "direct",
                    "lead_role": "candidate",
                    "lead_trainer_id": "01890a5d-ac96-774b-bcce-b302099a8058",
                    "supervising_expert_id": "01890a5d-ac96-774b-bcce-b302099a8059",
                    "co_candidate_ids": ["01890a5d-ac96-774b-bcce-b302099a805a"],
                    "starts_on": "2014-04-23",
                    "ends_on": "2014-04-24",
                    "venue": "Hotel meeting room La Paz",
                }
            ]
        }
    )

    partner_id: UUID
    module: Code
    region: Code
    delivery: Delivery
    lead_role: LeadRole
    lead_trainer_id: UUID
    supervising_expert_id: UUID | None = Field(default=None, description="Only under a candidate, and then needed.")
    co_candidate_ids: Annotated[tuple[UUID, ...], Field(max_length=10)] = Field(
        default=(), description="Candidates for whom the training counts as well; only under a candidate."
    )
    starts_on: Day
    ends_on: Day
    venue: Line

    @property
    def leadership(self) -> Leadership:
        """The people of the training."""
        return Leadership(self.lead_role, self.lead_trainer_id, self.supervising_expert_id, self.co_candidate_ids)


class TrainingOut(Resource):
    """A training with its template; `places_taken` counts enrollments not withdrawn."""

    partner_id: UUID
    module: str
    is_first: bool
    region: str
    delivery: Delivery
    lead_role: LeadRole
    lead_trainer_id: UUID
    supervising_expert_id: UUID | None
    co_candidate_ids: tuple[UUID, ...]
    starts_on: date
    ends_on: date
    venue: str
    classroom_days: int
    planned_visits: int
    max_enterprises: int
    seats_managers: int
    seats_workers: int
    policy_version: int
    places_taken: int
    sessions_held: int


class EnrollEnterprise(RequestBody):
    """A place in a training for an enterprise."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"training_id": _SOME_ID, "enterprise_id": _SOME_ID, "enrolled_on": "2014-04-07"}]
        }
    )

    training_id: UUID
    enterprise_id: UUID
    enrolled_on: Day


class CompleteEnrollment(RequestBody):
    """The enterprise finished the module."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"completed_on": "2014-07-07"}]})

    completed_on: Day


class WithdrawEnrollment(RequestBody):
    """The enterprise leaves before finishing."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"withdrawn_on": "2014-05-02", "reason": "change of owner"}]}
    )

    withdrawn_on: Day
    reason: Paragraph


class EnrollmentOut(Resource):
    """A place in a training; size class and head-count are those of `enrolled_on`."""

    training_id: UUID
    enterprise_id: UUID
    partner_id: UUID
    module: str
    size_class: str
    headcount: int
    policy_version: int
    enrolled_on: date
    status: EnrollmentStatus
    completed_on: date | None
    withdrawn_on: date | None
    withdrawal_reason: str | None
    planned_visits: int
    visits_done: int
