"""A training: one module, delivered once to a few enterprises, by the template in force on its first day."""

from dataclasses import dataclass
from datetime import date
from typing import Self
from uuid import UUID

from services.enrollment.domain.dates import require_from
from services.enrollment.domain.leadership import Leadership
from services.enrollment.domain.policy import Module
from services.enrollment.errors.training import TrainingTooShort
from shared.auth.actor import Actor, Role
from shared.errors import NotAllowed
from shared.events.vocabulary import Delivery


@dataclass(frozen=True, slots=True)
class Template:
    """How a module is delivered: days, visits per enterprise, enterprises, seats per enterprise."""

    classroom_days: int
    planned_visits: int
    max_enterprises: int
    seats_managers: int
    seats_workers: int

    @classmethod
    def of(cls, module: Module) -> Self:
        """Return the template of a catalogue entry; a training keeps it when the policy changes later."""
        return cls(
            classroom_days=module.classroom_days,
            planned_visits=module.visits,
            max_enterprises=module.max_enterprises,
            seats_managers=module.seats_managers,
            seats_workers=module.seats_workers,
        )


@dataclass(frozen=True, slots=True)
class Training:
    """A scheduled training. `is_first`: its module was the first of the catalogue then."""

    id: UUID
    programme: str
    partner_id: UUID
    region: str
    module: str
    is_first: bool
    delivery: Delivery
    leadership: Leadership
    starts_on: date
    ends_on: date
    venue: str
    template: Template
    policy_version: int


def require_span(starts_on: date, ends_on: date, classroom_days: int) -> None:
    """Raise TooEarly when the training ends before it starts, TrainingTooShort when its days do not fit."""
    require_from("ends_on", ends_on, starts_on, "the first day")
    days = (ends_on - starts_on).days + 1
    if days < classroom_days:
        raise TrainingTooShort(days, classroom_days)


def require_own_training(actor: Actor, training: Training) -> None:
    """Raise NotAllowed when the caller is a trainer who is not of the training's team.

    A trainer's token carries the trainer's id as its subject. Who is partner-admin as well acts as such.
    """
    if actor.system or Role.TRAINER not in actor.roles or Role.PARTNER_ADMIN in actor.roles:
        return
    if actor.subject not in {str(person) for person in training.leadership.team}:
        raise NotAllowed(
            f"training {training.id} is not led by {actor.subject}", field="authorization", rule="own-training"
        )
