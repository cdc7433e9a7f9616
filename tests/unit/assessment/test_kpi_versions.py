"""Definitions are versioned: a new one never changes what was read under the one before."""

from datetime import date

import pytest

from services.assessment.domain.default_kpis import DEFAULT_KPIS
from services.assessment.domain.kpi import in_force, next_number
from services.assessment.errors import KpiVersionOrder, KpiVersionRewrites
from shared.events.vocabulary import Direction
from tests.unit.assessment.builders import OUTPUT, version


def test_the_version_in_force_is_the_last_one_that_has_started() -> None:
    first, second = version(number=1), version(number=2, valid_from=date(2015, 1, 1))
    for catalogue in ([first, second], [second, first]):
        assert in_force(catalogue, date(2014, 12, 31)) == {"defect-rate": first}
        assert in_force(catalogue, date(2015, 1, 1)) == {"defect-rate": second}


def test_a_kpi_that_starts_later_is_not_in_force() -> None:
    assert in_force([version(), version(OUTPUT, valid_from=date(2016, 1, 1))], date(2014, 6, 1)).keys() == {
        "defect-rate"
    }
    assert in_force([version()], date(2013, 12, 31)) == {}


def test_versions_are_numbered_from_one() -> None:
    assert next_number("defect-rate", [], date(2014, 1, 1), None) == 1
    assert next_number("defect-rate", [version()], date(2014, 1, 2), None) == 2


def test_the_next_version_starts_after_the_one_before() -> None:
    with pytest.raises(KpiVersionOrder) as refusal:
        next_number("defect-rate", [version()], date(2014, 1, 1), None)
    assert refusal.value.errors[0].field == "valid_from"
    assert refusal.value.errors[0].rule == "after-the-last-version"


def test_the_next_version_starts_after_the_last_reading() -> None:
    with pytest.raises(KpiVersionRewrites) as refusal:
        next_number("defect-rate", [version()], date(2014, 4, 4), date(2014, 4, 4))
    assert refusal.value.errors[0].rule == "after-the-last-reading"
    assert next_number("defect-rate", [version()], date(2014, 4, 5), date(2014, 4, 4)) == 2


def test_the_default_catalogue_has_the_eight_kpis_each_with_its_meaning() -> None:
    measures = {terms.measure.code: terms.measure for terms in DEFAULT_KPIS}
    assert len(measures) == len(DEFAULT_KPIS) == 8
    assert {code for code, measure in measures.items() if measure.direction is Direction.HIGHER} == {
        "labour-productivity",
        "good-practices",
        "on-time-delivery",
    }
    assert {code for code, measure in measures.items() if measure.unit == "percent"} == {
        "defect-rate",
        "absenteeism-rate",
        "good-practices",
        "employee-turnover",
        "on-time-delivery",
    }
    for terms in DEFAULT_KPIS:
        assert terms.measure.scale == (100 if terms.measure.unit in ("percent", "per-100-workers") else 1)
        assert terms.means_of_verification
        assert terms.numerator_label != terms.denominator_label
