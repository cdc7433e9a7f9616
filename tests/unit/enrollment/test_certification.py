"""Active on a day: exact with renewals, suspensions, withdrawal and expiry."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrollment.domain.certification import Certificate, TrainerFacts, change_numbered, grant
from services.enrollment.domain.days import Days, Period
from tests.unit.enrollment.builders import LEAD

START = date(2015, 1, 1)
DAY = timedelta(days=1)


def on(offset: int) -> date:
    """Return a day counted from START."""
    return START + timedelta(days=offset)


def certificate(valid_from: int = 10, valid_until: int | None = 20, *, is_expert: bool = False) -> Certificate:
    """Return a certificate valid from day to day."""
    return Certificate("WPC", "N-1", is_expert).granted(
        on(valid_from), None if valid_until is None else on(valid_until)
    )


def active(one: Certificate) -> set[int]:
    """Return the active days of the first forty."""
    return {offset for offset in range(40) if one.active_on(on(offset))}


def test_a_certificate_is_active_from_its_first_to_its_last_day() -> None:
    assert active(certificate(10, 20)) == set(range(10, 21))


def test_a_certificate_without_end_stays_active() -> None:
    assert certificate(10, None).active_on(date(2199, 12, 31))


def test_the_last_day_of_the_calendar_means_no_end() -> None:
    assert Certificate("WPC", "N-1", False).granted(START, date.max).valid == Days((Period(START, None),))  # noqa: FBT003


def test_a_suspension_counts_from_its_day_on() -> None:
    assert active(certificate(10, 20).suspended_from(on(15))) == set(range(10, 15))


def test_a_reinstatement_counts_from_its_day_on() -> None:
    assert active(certificate(10, 20).suspended_from(on(13)).reinstated_on(on(16))) == {10, 11, 12, *range(16, 21)}


def test_a_second_suspension_leaves_the_first_in_place() -> None:
    changed = certificate(10, 30).suspended_from(on(12)).reinstated_on(on(15)).suspended_from(on(20))
    assert active(changed.reinstated_on(on(25))) == {10, 11, *range(15, 20), *range(25, 31)}


def test_a_suspension_before_validity_holds_when_it_is_renewed() -> None:
    assert active(certificate(10, 20).suspended_from(on(18)).granted(on(21), on(30))) == set(range(10, 18))


def test_a_withdrawal_ends_validity_on_its_day() -> None:
    assert active(certificate(10, 20).withdrawn_on(on(15))) == set(range(10, 15))


def test_a_reinstatement_does_not_undo_a_withdrawal() -> None:
    assert active(certificate().suspended_from(on(12)).withdrawn_on(on(15)).reinstated_on(on(17))) == {10, 11}


def test_the_last_valid_day_stays_valid_when_the_expiry_is_dated_on_it() -> None:
    assert active(certificate(10, 20).expired_on(on(20))) == set(range(10, 21))


def test_an_expiry_after_the_last_day_changes_nothing() -> None:
    assert active(certificate(10, 20).expired_on(on(21))) == set(range(10, 21))


@pytest.mark.parametrize("valid_until", [None, 30])
def test_an_early_expiry_takes_its_day_away(valid_until: int | None) -> None:
    assert active(certificate(10, valid_until).expired_on(on(15))) == set(range(10, 15))


def test_a_renewal_adds_days_and_may_leave_a_gap() -> None:
    assert active(certificate(10, 20).granted(on(25), on(30))) == {*range(10, 21), *range(25, 31)}


def test_touching_and_overlapping_periods_are_one() -> None:
    days = Days().plus(Period(on(1), on(5))).plus(Period(on(6), on(8))).plus(Period(on(7), on(12)))
    assert days == Days((Period(on(1), on(12)),))


def test_a_period_that_ends_before_it_starts_holds_no_day() -> None:
    assert Days().plus(Period(on(5), on(4))) == Days()


def test_a_change_finds_every_certificate_of_its_number_and_no_other() -> None:
    plain, expert = certificate(), certificate(is_expert=True)
    other = Certificate("WPC", "N-2", is_expert=False).granted(on(10), None)
    changed = change_numbered((plain, expert, other), "N-1", lambda one: one.withdrawn_on(on(10)))
    assert changed is not None
    assert [active(one) for one in changed] == [set(), set(), set(range(10, 40))]
    assert change_numbered((other,), "N-1", lambda one: one) is None


def test_an_expert_certification_under_the_same_number_stands_beside_the_plain_one() -> None:
    held = grant((), Certificate("WPC", "N-1", is_expert=False), on(10), None)
    held = grant(held, Certificate("WPC", "N-1", is_expert=True), on(20), None)
    facts = TrainerFacts(LEAD, "WPC", None, held)
    assert facts.may_lead(on(10))
    assert not facts.may_supervise(on(19))
    assert facts.may_supervise(on(20))


def test_a_second_grant_of_a_known_certificate_adds_to_it() -> None:
    held = grant((certificate(10, 20),), Certificate("WPC", "N-1", is_expert=False), on(30), on(35))
    assert [active(one) for one in held] == [{*range(10, 21), *range(30, 36)}]


def test_one_active_certificate_of_several_is_enough() -> None:
    withdrawn = certificate().withdrawn_on(on(10))
    facts = TrainerFacts(LEAD, "WPC", None, (withdrawn, certificate(12, 14)))
    assert [offset for offset in range(40) if facts.may_lead(on(offset))] == [12, 13, 14]


def test_the_training_of_trainers_counts_from_its_day_on() -> None:
    facts = TrainerFacts(LEAD, "WPC", on(10), ())
    assert not facts.passed_tot_by(on(9))
    assert facts.passed_tot_by(on(10))
    assert not TrainerFacts(LEAD, "WPC", None, ()).passed_tot_by(on(39))


@dataclass(frozen=True)
class Step:
    """One event, for the certificate and for a plain set of day numbers."""

    name: str
    change: Callable[[Certificate], Certificate]
    valid: Callable[[set[int]], set[int]] = lambda days: days
    suspended: Callable[[set[int]], set[int]] = lambda days: days


def _from(first: int, last: int | None) -> set[int]:
    return set(range(first, 40 if last is None else last + 1))


def granting(first: int, last: int | None) -> Step:
    """Add validity."""
    until = None if last is None else on(last)
    return Step("grant", lambda one: one.granted(on(first), until), valid=lambda days: days | _from(first, last))


STEPS = st.one_of(
    st.builds(granting, st.integers(0, 39), st.none() | st.integers(0, 39)),
    st.integers(0, 39).map(
        lambda day: Step("suspend", lambda one: one.suspended_from(on(day)), suspended=lambda d: d | _from(day, None))
    ),
    st.integers(0, 39).map(
        lambda day: Step("reinstate", lambda one: one.reinstated_on(on(day)), suspended=lambda d: d - _from(day, None))
    ),
    st.integers(0, 39).map(
        lambda day: Step("withdraw", lambda one: one.withdrawn_on(on(day)), valid=lambda d: d - _from(day, None))
    ),
)


@given(st.lists(STEPS, max_size=12))
def test_active_on_a_day_is_exact_whatever_happened(steps: list[Step]) -> None:
    one = Certificate("WPC", "N-1", is_expert=False)
    valid: set[int] = set()
    suspended: set[int] = set()
    for step in steps:
        one = step.change(one)
        valid, suspended = step.valid(valid), step.suspended(suspended)
    assert active(one) == valid - suspended
    for days in (one.valid, one.suspended):
        for earlier, later in zip(days.periods, days.periods[1:], strict=False):
            assert earlier.ends_on is not None
            assert later.starts_on > earlier.ends_on + DAY
