"""Evidence of a claim: what was kept of sessions and visits, what lacks, and the manifest frozen at submission.

Counts, days and numbers only: no person is in it.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from shared.events.vocabulary import Level, Sex


class Evidence(StrEnum):
    """What an agreement may require of every item that belongs to a training."""

    ATTENDANCE = "attendance"
    VISIT = "visit"


class Outcome(StrEnum):
    """How a visit ended."""

    COMPLETED = "completed"
    ABORTED = "aborted"


@dataclass(frozen=True, slots=True)
class People:
    """How many people of one sex and level were present."""

    sex: Sex
    level: Level
    people: int


@dataclass(frozen=True, slots=True)
class Session:
    """A classroom day with the people present: those of an item's enterprise, or all for an item of a training."""

    event_id: UUID
    day: int
    held_on: date
    people: tuple[People, ...]


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit; an aborted one shows the attempt and proves no visit."""

    event_id: UUID
    enterprise_id: UUID
    number: int
    on_day: date
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Shown:
    """The evidence of one item; `is_of_training` is false for overhead, which has none to show."""

    is_of_training: bool
    sessions: tuple[Session, ...]
    visits: tuple[Visit, ...]

    @property
    def has(self) -> frozenset[Evidence]:
        """What there is of it: somebody present in a session, a completed visit."""
        found = set()
        if any(session.people for session in self.sessions):
            found.add(Evidence.ATTENDANCE)
        if any(visit.outcome is Outcome.COMPLETED for visit in self.visits):
            found.add(Evidence.VISIT)
        return frozenset(found)

    def lacking(self, wanted: Collection[Evidence]) -> tuple[Evidence, ...]:
        """Return what is wanted and not there, in the order of the enum."""
        if not self.is_of_training:
            return ()
        return tuple(each for each in Evidence if each in wanted and each not in self.has)


def counted(present: Iterable[tuple[Sex, Level]]) -> tuple[People, ...]:
    """Count people by sex and level, in a fixed order."""
    return tuple(People(sex, level, number) for (sex, level), number in sorted(Counter(present).items()))


def added_up(groups: Iterable[People]) -> tuple[People, ...]:
    """Add up groups of several enterprises, in a fixed order."""
    sums: Counter[tuple[Sex, Level]] = Counter()
    for group in groups:
        sums[group.sex, group.level] += group.people
    return tuple(People(sex, level, number) for (sex, level), number in sorted(sums.items()))


def canonical(document: Any) -> str:  # noqa: ANN401 - any JSON
    """Return JSON of which there is one form only: keys sorted, no spaces, text as it is."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def fingerprint(manifest: str) -> str:
    """Return the SHA-256 of a manifest's UTF-8 bytes, in hexadecimal."""
    return hashlib.sha256(manifest.encode()).hexdigest()
