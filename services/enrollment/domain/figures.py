"""Reach: how many enterprises, people and modules; each figure says what it counts and from which rows."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from shared.events.vocabulary import Delivery, Level, Sex

ATTENDANCE: Final = "enrollment.session-held.v1"
REGISTRATION: Final = "enrollment.enterprise-registered.v1"
COMPLETION: Final = "enrollment.enrollment-completed.v1"


@dataclass(frozen=True, slots=True)
class Seen:
    """One participant in one training, present on `days` of its classroom days up to the as-of day."""

    enterprise_id: UUID
    participant: str
    sex: Sex
    level: Level
    training_id: UUID
    module: str
    delivery: Delivery
    days: int


@dataclass(frozen=True, slots=True)
class Workforce:
    """An enterprise as registered."""

    region: str
    women: int
    men: int


@dataclass(frozen=True, slots=True)
class Part:
    """One cell of a breakdown; the cells of a figure add up to it unless its definition says otherwise."""

    group: Mapping[str, str]
    value: int


@dataclass(frozen=True, slots=True)
class Source:
    """Rows a figure was counted from, by the event that recorded them."""

    event: str
    rows: int


@dataclass(frozen=True, slots=True)
class Figure:
    """A published number."""

    code: str
    definition: str
    unit: str
    value: int
    breakdown: tuple[Part, ...]
    sources: tuple[Source, ...]


def reach(
    seen: Sequence[Seen], enterprises: Mapping[UUID, Workforce], completed_modules: Sequence[str]
) -> tuple[Figure, ...]:
    """Return the reach figures.

    `enterprises` holds at least every enterprise in `seen`; `completed_modules` the module of every completed
    enrollment. People in the classroom and the workforce that benefits are never added (score.md 1.1); unique
    enterprises and enterprise-modules are different figures.
    """
    trained = {one.enterprise_id for one in seen}
    attendance = Source(ATTENDANCE, sum(one.days for one in seen))
    registrations = Source(REGISTRATION, len(trained))
    return (
        _enterprises(trained, enterprises, attendance),
        _employees(trained, enterprises, (attendance, registrations)),
        _participants(seen, attendance),
        _regions(trained, enterprises, (attendance, registrations)),
        _modules(seen, attendance),
        Figure(
            "enterprise-modules-completed",
            "Enrollments completed: an enterprise that completed two modules counts twice.",
            "enterprise-modules",
            len(completed_modules),
            _by("module", completed_modules),
            (Source(COMPLETION, len(completed_modules)),),
        ),
        _trainings(seen, attendance),
        *_by_delivery(seen, attendance),
    )


def _by(name: str, values: Iterable[str]) -> tuple[Part, ...]:
    return tuple(Part({name: value}, count) for value, count in sorted(Counter(values).items()))


def _enterprises(trained: set[UUID], enterprises: Mapping[UUID, Workforce], source: Source) -> Figure:
    return Figure(
        "enterprises-trained",
        "Unique enterprises of which at least one person attended at least one session.",
        "enterprises",
        len(trained),
        _by("region", (enterprises[one].region for one in trained)),
        (source,),
    )


def _employees(trained: set[UUID], enterprises: Mapping[UUID, Workforce], sources: tuple[Source, ...]) -> Figure:
    women = sum(enterprises[one].women for one in trained)
    men = sum(enterprises[one].men for one in trained)
    return Figure(
        "employees-benefiting",
        "Women and men employed by the enterprises trained, each enterprise once, as registered; "
        "never to be added to the people in the classroom.",
        "employees",
        women + men,
        (Part({"sex": Sex.FEMALE.value}, women), Part({"sex": Sex.MALE.value}, men)),
        sources,
    )


def _participants(seen: Sequence[Seen], source: Source) -> Figure:
    persons = {(one.enterprise_id, one.participant): (one.sex, one.level) for one in seen}
    cells = Counter(persons.values())
    return Figure(
        "classroom-participants",
        "Distinct people with at least one attendance in any module.",
        "persons",
        len(persons),
        tuple(Part({"sex": sex.value, "level": level.value}, cells[sex, level]) for sex in Sex for level in Level),
        (source,),
    )


def _regions(trained: set[UUID], enterprises: Mapping[UUID, Workforce], sources: tuple[Source, ...]) -> Figure:
    regions = sorted({enterprises[one].region for one in trained})
    return Figure(
        "regions-reached",
        "Regions with at least one enterprise trained.",
        "regions",
        len(regions),
        tuple(Part({"region": region}, 1) for region in regions),
        sources,
    )


def _modules(seen: Sequence[Seen], source: Source) -> Figure:
    modules = sorted({one.module for one in seen})
    return Figure(
        "modules-delivered",
        "Modules with at least one session held.",
        "modules",
        len(modules),
        tuple(Part({"module": module}, 1) for module in modules),
        (source,),
    )


def _trainings(seen: Sequence[Seen], source: Source) -> Figure:
    held = {one.training_id: one.delivery for one in seen}
    return Figure(
        "trainings-held",
        "Trainings with at least one session held.",
        "trainings",
        len(held),
        tuple(Part({"delivery": kind.value}, Counter(held.values())[kind]) for kind in Delivery),
        (source,),
    )


def _by_delivery(seen: Sequence[Seen], source: Source) -> tuple[Figure, ...]:
    reached = {kind: {one.enterprise_id for one in seen if one.delivery is kind} for kind in Delivery}
    both = len(reached[Delivery.DIRECT] & reached[Delivery.INDIRECT])
    return tuple(
        Figure(
            f"enterprises-{kind.value}",
            f"Unique enterprises with somebody present in a training of {kind.value} delivery; those trained both ways "
            "count in both figures.",
            "enterprises",
            len(reached[kind]),
            (
                Part({"delivery": f"{kind.value}-only"}, len(reached[kind]) - both),
                Part({"delivery": "direct-and-indirect"}, both),
            ),
            (source,),
        )
        for kind in Delivery
    )
