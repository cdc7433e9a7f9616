"""What the enrollment service says: programmes, partners, enterprises, trainings, visits."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from shared.events.base import EventData
from shared.events.vocabulary import (
    Code,
    Count,
    CurrencyCode,
    Delivery,
    LeadRole,
    Level,
    Name,
    PartnerKind,
    ProgrammeCode,
    Sex,
    Text,
    Value,
)
from shared.money import Money


class SizeClass(Value):
    """A band of head-counts, both ends included; subsidy tiers hang on it."""

    code: Code
    minimum: Count
    maximum: Count


class Region(Value):
    """A region of the programme."""

    code: Code
    name: Name


class ModuleOffer(Value):
    """A module of the catalogue with its delivery template; `number` is only a label, `code` is stable."""

    code: Code
    number: int
    name: Name
    is_first: bool
    classroom_days: int
    visits: int
    max_enterprises: int
    seats_managers: int
    seats_workers: int


class PhaseTarget(Value):
    """One target of a phase; `value` in the indicator's own unit (a count, or per cent)."""

    indicator: Code
    value: Decimal


class Phase(Value):
    """A phase of the programme with its targets."""

    code: Code
    name: Name
    starts_on: date
    ends_on: date | None
    targets: tuple[PhaseTarget, ...]


class ProgrammeDefined(EventData, type="enrollment.programme-defined.v1", aggregate="programme"):
    """A programme, or a new version of its policy, came into force by a committee's decision."""

    programme_id: UUID
    programme: ProgrammeCode
    name: Name
    country: str
    currency: CurrencyCode
    policy_version: int
    valid_from: date
    decision: Text
    headcount_minimum: Count
    headcount_maximum: Count
    size_classes: tuple[SizeClass, ...]
    sectors: tuple[Code, ...]
    regions: tuple[Region, ...]
    modules: tuple[ModuleOffer, ...]
    phases: tuple[Phase, ...]


class PartnerRegistered(EventData, type="enrollment.partner-registered.v1", aggregate="partner"):
    """An implementing partner joined: the national one, or a regional chamber under it."""

    partner_id: UUID
    name: Name
    kind: PartnerKind
    region: Code | None
    parent_id: UUID | None


class EnterpriseRegistered(EventData, type="enrollment.enterprise-registered.v1", aggregate="enterprise"):
    """An eligible enterprise was registered; head-count decides its size class."""

    enterprise_id: UUID
    partner_id: UUID
    name: Name
    tax_id: str
    region: Code
    sector: Code
    city: str | None = None
    women: Count
    men: Count
    size_class: Code
    registered_on: date


class TrainingScheduled(EventData, type="enrollment.training-scheduled.v1", aggregate="training"):
    """A training (cohort) of one module was planned under a trainer.

    `lead_role` candidate: `lead_trainer_id` and `co_candidate_ids` do their training-of-enterprises cycle under
    `supervising_expert_id`.
    """

    training_id: UUID
    module: Code
    partner_id: UUID
    region: Code
    delivery: Delivery
    lead_trainer_id: UUID
    lead_role: LeadRole
    supervising_expert_id: UUID | None
    co_candidate_ids: tuple[UUID, ...]
    starts_on: date
    ends_on: date
    planned_visits: int


class EnterpriseEnrolled(EventData, type="enrollment.enterprise-enrolled.v1", aggregate="enrollment"):
    """An enterprise took a place in a training; size class and head-count are those of that day."""

    enrollment_id: UUID
    training_id: UUID
    enterprise_id: UUID
    partner_id: UUID
    module: Code
    region: Code
    delivery: Delivery
    size_class: Code
    headcount: Count
    enrolled_on: date


class Attendance(Value):
    """One person present; `participant` is a code, never a name."""

    enterprise_id: UUID
    participant: Code
    sex: Sex
    level: Level


class SessionHeld(EventData, type="enrollment.session-held.v1", aggregate="training"):
    """A classroom day took place, with everybody present."""

    training_id: UUID
    module: Code
    partner_id: UUID
    day: int
    held_on: date
    attendances: tuple[Attendance, ...]


class VisitCompleted(EventData, type="enrollment.visit-completed.v1", aggregate="enrollment"):
    """A planned visit to the enterprise took place."""

    enrollment_id: UUID
    training_id: UUID
    enterprise_id: UUID
    partner_id: UUID
    number: int
    visited_on: date
    trainer_id: UUID


class VisitAborted(EventData, type="enrollment.visit-aborted.v1", aggregate="enrollment"):
    """A trainer went and could not work; the attempt still costs."""

    enrollment_id: UUID
    training_id: UUID
    enterprise_id: UUID
    partner_id: UUID
    number: int
    attempted_on: date
    trainer_id: UUID
    reason: Text
    cost: Money | None = None


class EnrollmentCompleted(EventData, type="enrollment.enrollment-completed.v1", aggregate="enrollment"):
    """The enterprise finished the module: classroom and all planned visits."""

    enrollment_id: UUID
    training_id: UUID
    enterprise_id: UUID
    partner_id: UUID
    module: Code
    completed_on: date


class EnrollmentWithdrawn(EventData, type="enrollment.enrollment-withdrawn.v1", aggregate="enrollment"):
    """The enterprise left before finishing."""

    enrollment_id: UUID
    training_id: UUID
    enterprise_id: UUID
    partner_id: UUID
    module: Code
    withdrawn_on: date
    reason: Text
