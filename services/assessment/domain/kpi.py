"""KPI definitions: versioned, because a figure without its definition cannot be trusted (domain/score.md 7.6)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.assessment.errors import KpiVersionOrder, KpiVersionRewrites
from shared.events.vocabulary import Direction


class Origin(StrEnum):
    """Who wrote a definition: Scorebook's default catalogue, or the programme itself."""

    DEFAULT = "default"
    PROGRAMME = "programme"


@dataclass(frozen=True, slots=True)
class Measure:
    """What two values must share to be compared or added: code, unit, direction and scale."""

    code: str
    unit: str
    direction: Direction
    scale: int


@dataclass(frozen=True, slots=True)
class KpiTerms:
    """What a definition says: value = numerator / denominator x scale, in `unit`.

    `whole_numbers`: both parts are counts. `is_share`: the numerator is part of the denominator and never beyond it.
    """

    measure: Measure
    name: str
    means_of_verification: str
    numerator_label: str
    denominator_label: str
    whole_numbers: bool
    is_share: bool


@dataclass(frozen=True, slots=True)
class KpiVersion:
    """One version of a definition, in force from `valid_from` until the next one starts."""

    id: UUID
    number: int
    terms: KpiTerms
    origin: Origin
    valid_from: date

    @property
    def measure(self) -> Measure:
        """What its values can be compared with."""
        return self.terms.measure

    @property
    def code(self) -> str:
        """The KPI's stable code."""
        return self.terms.measure.code


def in_force(versions: Iterable[KpiVersion], on: date) -> dict[str, KpiVersion]:
    """Return by code the version in force on a day; a KPI whose first version starts later is left out."""
    found: dict[str, KpiVersion] = {}
    for version in sorted(versions, key=lambda each: each.valid_from):
        if version.valid_from <= on:
            found[version.code] = version
    return found


def next_number(code: str, existing: Sequence[KpiVersion], valid_from: date, last_reading: date | None) -> int:
    """Return the number of a new version of a KPI.

    Raises KpiVersionOrder when it would start on or before the version before it, KpiVersionRewrites when readings
    already taken would fall under it.
    """
    if not existing:
        return 1
    latest = max(existing, key=lambda version: version.number)
    if valid_from <= latest.valid_from:
        raise KpiVersionOrder(code, valid_from, latest.valid_from)
    if last_reading is not None and valid_from <= last_reading:
        raise KpiVersionRewrites(code, valid_from, last_reading)
    return latest.number + 1
