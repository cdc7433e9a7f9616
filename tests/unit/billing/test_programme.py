"""Phases, first modules and document numbers."""

from datetime import date
from uuid import UUID

import pytest

from services.billing.domain.numbers import Series, document_number, fiscal_year
from services.billing.domain.programme import Phase, Programme

PROGRAMME = Programme(
    code="bolivia",
    id=UUID(int=1),
    currency="BOB",
    modules={"WPC": True, "OSH": False},
    size_classes=frozenset({"small"}),
    phases=(
        Phase("II", date(2014, 3, 1), date(2017, 9, 30)),
        Phase("III", date(2017, 9, 1), None),
    ),
)


@pytest.mark.parametrize(
    ("day", "phase"),
    [
        (date(2014, 2, 28), None),
        (date(2014, 3, 1), "II"),
        (date(2017, 8, 31), "II"),
        (date(2017, 9, 15), "III"),
        (date(2030, 1, 1), "III"),
    ],
)
def test_a_day_belongs_to_the_phase_that_began_last(day: date, phase: str | None) -> None:
    assert PROGRAMME.phase_on(day) == phase


def test_only_the_policys_first_module_is_first() -> None:
    assert PROGRAMME.is_first_module("WPC")
    assert not PROGRAMME.is_first_module("OSH")
    assert not PROGRAMME.is_first_module("UNKNOWN")


def test_numbers_carry_kind_year_and_place() -> None:
    assert fiscal_year(date(2016, 12, 31)) == 2016
    assert document_number(Series.INVOICE, 2016, 12) == "INV-2016-00012"
    assert document_number(Series.CREDIT_NOTE, 2016, 1) == "CN-2016-00001"
    assert document_number(Series.CLAIM, 2017, 100_000) == "CL-2017-100000"
