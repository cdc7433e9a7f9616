"""A reading is of a known KPI, once, by the catalogue's unit and direction, with a value exactly when measured."""

from datetime import date

import pytest

from services.assessment.domain.reading import GivenReading, take_readings
from services.assessment.errors import ReadingRefused
from shared.events.vocabulary import Direction, KpiStatus
from tests.unit.assessment.builders import OUTPUT, given, version

DAY = date(2014, 4, 4)
CATALOGUE = (version(whole_numbers=True, is_share=True), version(OUTPUT))
ABSENCES = [status for status in KpiStatus if status is not KpiStatus.MEASURED]


def refusal(*readings: GivenReading, on: date = DAY) -> tuple[str, str]:
    with pytest.raises(ReadingRefused) as refused:
        take_readings(readings, CATALOGUE, on)
    error = refused.value.errors[0]
    return error.field, error.rule


def test_readings_come_back_in_order_under_the_definition_in_force() -> None:
    later = version(number=2, valid_from=date(2015, 1, 1))
    readings = (given("labour-productivity", "10.5", "2"), given("defect-rate", "1", "2"))

    old = take_readings(readings, (*CATALOGUE, later), date(2014, 12, 31))
    new = take_readings(readings, (*CATALOGUE, later), date(2015, 1, 1))

    assert [taken.version.code for taken in old] == ["labour-productivity", "defect-rate"]
    assert [taken.version.number for taken in old] == [1, 1]
    assert [taken.version.number for taken in new] == [1, 2]


def test_an_unknown_kpi_is_refused() -> None:
    assert refusal(given(), given("water-use")) == ("readings.1.kpi", "known-kpi")


def test_a_kpi_without_a_definition_on_that_day_is_refused() -> None:
    assert refusal(given(), on=date(2013, 12, 31)) == ("readings.0.kpi", "kpi-in-force")


def test_no_kpi_is_read_twice() -> None:
    assert refusal(given(), given("labour-productivity"), given()) == ("readings.2.kpi", "once-per-assessment")


def test_unit_and_direction_are_the_catalogues() -> None:
    assert refusal(given(unit="kg")) == ("readings.0.unit", "unit-of-catalogue")
    assert refusal(given(direction=Direction.HIGHER)) == ("readings.0.direction", "direction-of-catalogue")
    taken = take_readings([given(unit="percent", direction=Direction.LOWER)], CATALOGUE, DAY)
    assert taken[0].version.measure.unit == "percent"


def test_a_measured_reading_has_both_parts() -> None:
    assert refusal(given(numerator=None)) == ("readings.0.numerator", "measured-has-value")
    assert refusal(given(denominator=None)) == ("readings.0.denominator", "measured-has-value")


@pytest.mark.parametrize("status", ABSENCES)
def test_the_three_absences_stay_distinct_and_have_no_value(status: KpiStatus) -> None:
    assert refusal(given(status=status)) == ("readings.0.numerator", "absent-has-no-value")
    assert refusal(given(numerator=None, status=status)) == ("readings.0.denominator", "absent-has-no-value")
    taken = take_readings([given(numerator=None, denominator=None, status=status)], CATALOGUE, DAY)
    assert (taken[0].status, taken[0].numerator, taken[0].denominator) == (status, None, None)


def test_a_denominator_of_zero_is_refused_and_a_numerator_of_zero_is_a_value() -> None:
    assert refusal(given(denominator="0")) == ("readings.0.denominator", "greater-than-zero")
    assert take_readings([given(numerator="0")], CATALOGUE, DAY)[0].numerator is not None


def test_counts_are_whole_numbers() -> None:
    assert refusal(given(numerator="0.5")) == ("readings.0.numerator", "whole-number")
    assert refusal(given(denominator="2.5")) == ("readings.0.denominator", "whole-number")
    assert take_readings([given("labour-productivity", "0.5", "2.5")], CATALOGUE, DAY)


def test_a_share_is_not_above_the_whole() -> None:
    assert refusal(given(numerator="3")) == ("readings.0.numerator", "at-most-denominator")
    assert take_readings([given(numerator="2"), given("labour-productivity", "9", "2")], CATALOGUE, DAY)
