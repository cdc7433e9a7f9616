"""Readings: one KPI of one assessment, taken by the definition in force that day."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from services.assessment.domain.kpi import KpiVersion, in_force
from services.assessment.domain.quantity import Quantity
from services.assessment.errors import ReadingRefused
from shared.events.vocabulary import Direction, KpiStatus


@dataclass(frozen=True, slots=True)
class GivenReading:
    """A reading as it was handed in; `unit` and `direction` are what the sender believes, if they say."""

    kpi: str
    status: KpiStatus
    numerator: Quantity | None = None
    denominator: Quantity | None = None
    unit: str | None = None
    direction: Direction | None = None


@dataclass(frozen=True, slots=True)
class TakenReading:
    """A reading under its definition; both parts are there exactly when it was measured."""

    version: KpiVersion
    status: KpiStatus
    numerator: Quantity | None
    denominator: Quantity | None


def take_readings(
    given: Sequence[GivenReading], catalogue: Collection[KpiVersion], assessed_on: date
) -> tuple[TakenReading, ...]:
    """Return the readings under the definitions in force on `assessed_on`.

    Unit and direction come from the catalogue; what the sender says of them must agree. Raises ReadingRefused naming
    the first reading that breaks a rule.
    """
    known = {version.code for version in catalogue}
    current = in_force(catalogue, assessed_on)
    taken: dict[str, TakenReading] = {}
    for position, reading in enumerate(given):
        if reading.kpi not in known:
            raise ReadingRefused(position, "kpi", "known-kpi", f"the programme's catalogue has no KPI {reading.kpi}")
        if reading.kpi not in current:
            raise ReadingRefused(
                position, "kpi", "kpi-in-force", f"KPI {reading.kpi} has no definition in force on {assessed_on}"
            )
        if reading.kpi in taken:
            raise ReadingRefused(position, "kpi", "once-per-assessment", f"KPI {reading.kpi} is given twice")
        _refuse_other_meaning(position, reading, current[reading.kpi])
        _refuse_bad_value(position, reading, current[reading.kpi])
        taken[reading.kpi] = TakenReading(current[reading.kpi], reading.status, reading.numerator, reading.denominator)
    return tuple(taken.values())


def _refuse_other_meaning(position: int, reading: GivenReading, version: KpiVersion) -> None:
    measure = version.measure
    if reading.unit not in (None, measure.unit):
        raise ReadingRefused(
            position, "unit", "unit-of-catalogue", f"KPI {reading.kpi} is in {measure.unit}, not {reading.unit}"
        )
    if reading.direction not in (None, measure.direction):
        raise ReadingRefused(
            position,
            "direction",
            "direction-of-catalogue",
            f"of KPI {reading.kpi} {measure.direction} is better, not {reading.direction}",
        )


def _refuse_bad_value(position: int, reading: GivenReading, version: KpiVersion) -> None:
    parts = {"numerator": reading.numerator, "denominator": reading.denominator}
    for part, value in parts.items():
        if reading.status is KpiStatus.MEASURED and value is None:
            raise ReadingRefused(
                position, part, "measured-has-value", f"KPI {reading.kpi} is measured, so it has a {part}"
            )
        if reading.status is not KpiStatus.MEASURED and value is not None:
            raise ReadingRefused(
                position, part, "absent-has-no-value", f"KPI {reading.kpi} is {reading.status}, so it has no {part}"
            )
        if value is not None and version.terms.whole_numbers and not value.is_whole:
            raise ReadingRefused(
                position, part, "whole-number", f"the {part} of KPI {reading.kpi} is a whole number, not {value.text}"
            )
    if reading.numerator is None or reading.denominator is None:
        return
    if reading.denominator.units == 0:
        raise ReadingRefused(
            position, "denominator", "greater-than-zero", f"the denominator of KPI {reading.kpi} is zero"
        )
    if version.terms.is_share and reading.numerator > reading.denominator:
        raise ReadingRefused(
            position,
            "numerator",
            "at-most-denominator",
            f"KPI {reading.kpi} is a share: {reading.numerator.text} of {reading.denominator.text} is too much",
        )
