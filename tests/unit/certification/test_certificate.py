"""Validity, effect on a day, and numbers."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.certification.api.dependencies import unguessable_suffix
from services.certification.domain.certificate import Certificate, Series, Suspension, is_expert, valid_until
from services.certification.domain.dates import add_months
from services.certification.domain.number import SUFFIX_ALPHABET, SUFFIX_LENGTH, certificate_number

TRAINER = UUID(int=1)


@pytest.mark.parametrize(
    ("since", "months", "last"),
    [
        (date(2014, 9, 25), 36, date(2017, 9, 24)),
        (date(2014, 1, 1), 12, date(2014, 12, 31)),
        (date(2014, 8, 31), 6, date(2015, 2, 27)),
        (date(2016, 2, 29), 12, date(2017, 2, 27)),
        (date(2014, 12, 15), 1, date(2015, 1, 14)),
    ],
)
def test_a_certificate_is_valid_for_its_months_less_a_day(since: date, months: int, last: date) -> None:
    assert valid_until(since, months) == last


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(1, 240))
def test_adding_months_keeps_the_day_or_takes_the_months_last(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)


def held(**changed: object) -> Certificate:
    """Return a certificate over 2015."""
    fields: dict[str, object] = {
        "id": UUID(int=9),
        "number": "N",
        "series": Series.BOARD,
        "trainer_id": TRAINER,
        "module": "WPC",
        "valid_from": date(2015, 1, 1),
        "valid_until": date(2015, 12, 31),
        **changed,
    }
    return Certificate(**fields)  # type: ignore[arg-type]


def test_both_ends_of_the_validity_are_included() -> None:
    assert [held().active_on(date(2015, 1, 1) + timedelta(days=days)) for days in (-1, 0, 364, 365)] == [
        False,
        True,
        True,
        False,
    ]
    assert held(valid_until=None).active_on(date(2099, 1, 1))


def test_a_suspension_takes_effect_away_until_the_day_of_reinstatement() -> None:
    one = held(suspensions=(Suspension(date(2015, 2, 1), date(2015, 3, 1)), Suspension(date(2015, 6, 1))))
    effect = {day: one.active_on(day) for day in (date(2015, month, 1) for month in (1, 2, 3, 5, 6, 12))}
    assert list(effect.values()) == [True, False, True, True, False, False]


def test_a_withdrawal_ends_it_from_its_day_on() -> None:
    one = held(withdrawn_on=date(2015, 7, 1))
    assert one.active_on(date(2015, 6, 30))
    assert not one.active_on(date(2015, 7, 1))
    assert one.granted_by(date(2015, 6, 30))
    assert not one.granted_by(date(2015, 7, 1))


def test_an_expert_is_one_from_the_appointment_on_and_while_the_certificate_has_effect() -> None:
    one = held(expert_from=date(2015, 5, 1))
    assert [is_expert([one], TRAINER, "WPC", date(2015, month, 1)) for month in (4, 5, 12)] == [False, True, True]
    assert not is_expert([one], TRAINER, "WPC", date(2016, 1, 1))
    assert not is_expert([one], TRAINER, "OSH", date(2015, 6, 1))
    assert not is_expert([one], UUID(int=2), "WPC", date(2015, 6, 1))
    assert not is_expert([held()], TRAINER, "WPC", date(2015, 6, 1))


def test_a_number_names_programme_year_and_ordinal_and_each_series_differs() -> None:
    assert certificate_number("bolivia", Series.BOARD, 2014, 7, "K3QX9M") == "BOLIVIA-2014-0007-K3QX9M"
    assert certificate_number("bolivia", Series.RECOGNITION, 2014, 7, "K3QX9M") == "BOLIVIA-R-2014-0007-K3QX9M"
    assert certificate_number("peru", Series.BOARD, 2014, 12345, "222222") == "PERU-2014-12345-222222"


@pytest.mark.parametrize(
    ("ordinal", "suffix"), [(0, "K3QX9M"), (1, "K3QX9"), (1, "K3QX9MM"), (1, "k3qx9m"), (1, "O0I1LU")]
)
def test_a_bad_ordinal_or_suffix_makes_no_number(ordinal: int, suffix: str) -> None:
    with pytest.raises(ValueError, match=r"ordinal|suffix"):
        certificate_number("bolivia", Series.BOARD, 2014, ordinal, suffix)


def test_suffixes_fit_the_alphabet_and_do_not_repeat() -> None:
    drawn = {unguessable_suffix() for _ in range(2000)}
    assert all(len(one) == SUFFIX_LENGTH and set(one) <= set(SUFFIX_ALPHABET) for one in drawn)
    assert len(drawn) > 1990
    assert len(SUFFIX_ALPHABET) == len(set(SUFFIX_ALPHABET)) == 30
