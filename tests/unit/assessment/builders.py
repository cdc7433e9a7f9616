"""Builders for the rules' inputs."""

from datetime import date
from uuid import UUID

from services.assessment.domain.comparison import BeforeAfter, Reading
from services.assessment.domain.kpi import KpiTerms, KpiVersion, Measure, Origin
from services.assessment.domain.quantity import Quantity
from services.assessment.domain.reading import GivenReading
from shared.events.vocabulary import Direction, KpiStatus

DEFECTS = Measure("defect-rate", "percent", Direction.LOWER, 100)
OUTPUT = Measure("labour-productivity", "units-per-person-day", Direction.HIGHER, 1)


def identifier(number: int) -> UUID:
    """Return the id numbered `number`."""
    return UUID(int=number)


def version(
    measure: Measure = DEFECTS,
    number: int = 1,
    valid_from: date = date(2014, 1, 1),
    *,
    whole_numbers: bool = False,
    is_share: bool = False,
) -> KpiVersion:
    """Return a definition."""
    terms = KpiTerms(measure, measure.code, "records", "part", "whole", whole_numbers, is_share)
    return KpiVersion(identifier(number), number, terms, Origin.PROGRAMME, valid_from)


def given(
    kpi: str = "defect-rate",
    numerator: str | None = "1",
    denominator: str | None = "2",
    status: KpiStatus = KpiStatus.MEASURED,
    unit: str | None = None,
    direction: Direction | None = None,
) -> GivenReading:
    """Return a reading as handed in."""
    return GivenReading(
        kpi,
        status,
        None if numerator is None else Quantity.parse(numerator),
        None if denominator is None else Quantity.parse(denominator),
        unit,
        direction,
    )


def reading(measure: Measure, numerator: int, denominator: int) -> Reading:
    """Return a measured reading, in ten-thousandths."""
    return Reading(measure, KpiStatus.MEASURED, numerator, denominator)


def missing(measure: Measure, status: KpiStatus) -> Reading:
    """Return a reading without a value."""
    return Reading(measure, status, None, None)


def pair(measure: Measure, before: tuple[int, int], after: tuple[int, int]) -> BeforeAfter:
    """Return a KPI of an enterprise measured before and after."""
    return BeforeAfter(measure.code, reading(measure, *before), reading(measure, *after))
