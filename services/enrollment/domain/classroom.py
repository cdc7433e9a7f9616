"""A classroom day: when it was, and who was there."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.enrollment.domain.dates import require_from, require_happened, require_until
from services.enrollment.domain.training import Training
from services.enrollment.errors.delivery import (
    BaselineMissing,
    DayOutsideTemplate,
    NotEnrolled,
    ParticipantContradicted,
    SeatsExceeded,
    SessionAlreadyHeld,
)
from services.enrollment.errors.training import SamePersonTwice
from shared.events.vocabulary import Level, Sex


@dataclass(frozen=True, slots=True)
class Person:
    """A participant: a code within the enterprise, never a name."""

    enterprise_id: UUID
    participant: str
    sex: Sex
    level: Level

    @property
    def identity(self) -> tuple[UUID, str]:
        """What tells one person from another."""
        return self.enterprise_id, self.participant


@dataclass(frozen=True, slots=True)
class Classroom:
    """What is recorded when a classroom day is about to be.

    `held`: the other days. `enrolled`: enterprises with an active enrollment. `baselines`: the first completed baseline
    of each. `known`: participants as first recorded. `seated`: everybody present on the other days.
    """

    training: Training
    held: Mapping[int, date]
    enrolled: AbstractSet[UUID]
    baselines: Mapping[UUID, date]
    known: Mapping[tuple[UUID, str], Person]
    seated: AbstractSet[tuple[UUID, str]]


def require_session(classroom: Classroom, *, day: int, held_on: date, present: Sequence[Person], today: date) -> None:
    """Raise unless the day may be recorded as held on `held_on` with `present`.

    Raises DayOutsideTemplate, SessionAlreadyHeld, DateInFuture, TooEarly, TooLate, NotEnrolled, SamePersonTwice,
    BaselineMissing, ParticipantContradicted or SeatsExceeded. Source of the rules: architecture section 8, second item.
    """
    _require_day(classroom, day, held_on, today)
    _require_present(classroom, held_on, present)
    require_unchanged(classroom.known, present)
    _require_seats(classroom, present)


def _require_day(classroom: Classroom, day: int, held_on: date, today: date) -> None:
    training = classroom.training
    if not 1 <= day <= training.template.classroom_days:
        raise DayOutsideTemplate(day, training.template.classroom_days)
    if day in classroom.held:
        raise SessionAlreadyHeld(day, classroom.held[day])
    require_happened("held_on", held_on, today=today)
    require_from("held_on", held_on, training.starts_on, "the first day of the training")
    require_until("held_on", held_on, training.ends_on, "the last day of the training")
    # Strictly between the neighbours: two classroom days on one date would be one.
    for other, other_on in sorted(classroom.held.items()):
        if other < day and held_on <= other_on:
            require_from("held_on", held_on, date.fromordinal(other_on.toordinal() + 1), f"the day after day {other}")
        if other > day and held_on >= other_on:
            require_until("held_on", held_on, date.fromordinal(other_on.toordinal() - 1), f"the day before day {other}")


def _require_present(classroom: Classroom, held_on: date, present: Sequence[Person]) -> None:
    seen: set[tuple[UUID, str]] = set()
    for index, person in enumerate(present):
        field = f"attendances.{index}"
        if person.enterprise_id not in classroom.enrolled:
            raise NotEnrolled(person.enterprise_id, f"{field}.enterprise_id")
        if person.identity in seen:
            raise SamePersonTwice(person.participant, f"{field}.participant")
        seen.add(person.identity)
        baseline = classroom.baselines.get(person.enterprise_id)
        if classroom.training.is_first and (baseline is None or baseline > held_on):
            raise BaselineMissing(person.enterprise_id, held_on, f"{field}.enterprise_id")


def require_unchanged(known: Mapping[tuple[UUID, str], Person], present: Sequence[Person]) -> None:
    """Raise ParticipantContradicted when somebody's sex or level differs from what was first recorded."""
    for index, given in enumerate(present):
        recorded = known.get(given.identity)
        if recorded is None:
            continue
        if recorded.sex is not given.sex:
            raise ParticipantContradicted(given.participant, recorded.sex, given.sex, f"attendances.{index}.sex")
        if recorded.level is not given.level:
            raise ParticipantContradicted(given.participant, recorded.level, given.level, f"attendances.{index}.level")


def _require_seats(classroom: Classroom, present: Sequence[Person]) -> None:
    template = classroom.training.template
    seats = {Level.MANAGER: template.seats_managers, Level.WORKER: template.seats_workers}
    seated: dict[tuple[UUID, Level], set[str]] = {}
    before = (person for identity, person in classroom.known.items() if identity in classroom.seated)
    for person in (*before, *present):
        seated.setdefault((person.enterprise_id, person.level), set()).add(person.participant)
    for (enterprise, level), persons in seated.items():
        if len(persons) > seats[level]:
            raise SeatsExceeded(enterprise, level.value, len(persons), seats[level])
