"""A classroom day: its date, who was there, their seats."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from services.enrollment.domain.classroom import Classroom, Person, require_session, require_unchanged
from services.enrollment.errors.dates import DateInFuture, TooEarly, TooLate
from services.enrollment.errors.delivery import (
    BaselineMissing,
    DayOutsideTemplate,
    NotEnrolled,
    ParticipantContradicted,
    SeatsExceeded,
    SessionAlreadyHeld,
)
from services.enrollment.errors.training import SamePersonTwice
from shared.errors import ScorebookError
from shared.events.vocabulary import Level, Sex
from tests.unit.enrollment.builders import OTHER_ENTERPRISE, TODAY, broken, classroom, person, training

FIRST, SECOND = date(2014, 4, 23), date(2014, 4, 24)


def hold(
    made: Classroom | None = None, *, day: int = 1, held_on: date = FIRST, present: Sequence[Person] | None = None
) -> None:
    """Record a classroom day."""
    require_session(made or classroom(), day=day, held_on=held_on, present=present or [person("P-1")], today=TODAY)


def refused(error: type[ScorebookError], **asked: object) -> list[tuple[str, str]]:
    """Return fields and rules that a classroom day breaks."""
    with pytest.raises(error) as raised:
        hold(**asked)  # type: ignore[arg-type]
    return broken(raised)


def test_a_day_within_the_training_is_held() -> None:
    hold()
    hold(classroom(held={1: FIRST}), day=2, held_on=SECOND)


@pytest.mark.parametrize("day", [0, 3])
def test_a_day_is_one_of_the_template(day: int) -> None:
    assert refused(DayOutsideTemplate, day=day) == [("day", "day-outside-template")]


def test_a_day_is_held_once() -> None:
    assert refused(SessionAlreadyHeld, made=classroom(held={1: FIRST}), held_on=SECOND) == [
        ("day", "session-already-held")
    ]


def test_a_day_is_not_before_the_training() -> None:
    assert refused(TooEarly, held_on=FIRST - timedelta(days=1)) == [("held_on", "too-early")]


def test_a_day_is_not_after_the_training() -> None:
    assert refused(TooLate, held_on=date(2014, 4, 26)) == [("held_on", "too-late")]


def test_a_day_is_not_in_the_future() -> None:
    later = training(starts_on=TODAY, ends_on=TODAY + timedelta(days=2))
    assert refused(DateInFuture, made=classroom(training=later), held_on=TODAY + timedelta(days=1)) == [
        ("held_on", "date-in-future")
    ]


@pytest.mark.parametrize("held_on", [FIRST, SECOND])
def test_the_second_day_comes_after_the_first(held_on: date) -> None:
    assert refused(TooEarly, made=classroom(held={1: SECOND}), day=2, held_on=held_on) == [("held_on", "too-early")]


@pytest.mark.parametrize("held_on", [SECOND, date(2014, 4, 25)])
def test_the_first_day_comes_before_the_second_also_when_it_is_recorded_later(held_on: date) -> None:
    hold(classroom(held={2: SECOND}), day=1, held_on=FIRST)
    assert refused(TooLate, made=classroom(held={2: SECOND}), day=1, held_on=held_on) == [("held_on", "too-late")]


def test_only_enrolled_enterprises_are_present() -> None:
    present = [person("P-1"), person("P-1", enterprise=OTHER_ENTERPRISE)]
    assert refused(NotEnrolled, present=present) == [("attendances.1.enterprise_id", "not-enrolled")]


def test_a_person_is_present_once() -> None:
    assert refused(SamePersonTwice, present=[person("P-1"), person("P-1")]) == [
        ("attendances.1.participant", "same-person-twice")
    ]


@pytest.mark.parametrize("baselines", [{}, {person("x").enterprise_id: SECOND}])
def test_no_first_module_before_a_completed_baseline(baselines: dict[object, date]) -> None:
    assert refused(BaselineMissing, made=classroom(baselines=baselines)) == [
        ("attendances.0.enterprise_id", "baseline-missing")
    ]


def test_a_baseline_of_the_same_day_is_enough() -> None:
    hold(classroom(baselines={person("x").enterprise_id: FIRST}))


def test_a_later_module_needs_no_baseline_of_its_own() -> None:
    hold(classroom(training=training(module="OSH", is_first=False), baselines={}))


def test_a_participant_keeps_the_sex_first_recorded() -> None:
    made = classroom(before=(person("P-1", sex=Sex.MALE),), held={1: FIRST})
    assert refused(ParticipantContradicted, made=made, day=2, held_on=SECOND) == [
        ("attendances.0.sex", "participant-contradicted")
    ]


def test_a_participant_keeps_the_level_first_recorded() -> None:
    made = classroom(before=(person("P-1", Level.MANAGER),), held={1: FIRST})
    assert refused(ParticipantContradicted, made=made, day=2, held_on=SECOND) == [
        ("attendances.0.level", "participant-contradicted")
    ]


def test_the_same_code_in_another_enterprise_is_another_person() -> None:
    known = person("P-1", sex=Sex.MALE, enterprise=OTHER_ENTERPRISE)
    require_unchanged({known.identity: known}, [person("P-1", sex=Sex.FEMALE)])


def test_seats_of_a_level_are_respected_within_a_day() -> None:
    hold(present=[person("P-1"), person("P-2"), person("P-3", Level.MANAGER), person("P-4", Level.MANAGER)])
    assert refused(SeatsExceeded, present=[person("P-1"), person("P-2"), person("P-3")]) == [
        ("attendances", "seats-exceeded")
    ]
    managers = [person(code, Level.MANAGER) for code in ("P-1", "P-2", "P-3")]
    assert refused(SeatsExceeded, present=managers)


def test_seats_count_distinct_people_over_all_days() -> None:
    made = classroom(before=(person("P-1"), person("P-2")), held={1: FIRST})
    hold(made, day=2, held_on=SECOND, present=[person("P-2"), person("P-1")])
    assert refused(SeatsExceeded, made=made, day=2, held_on=SECOND, present=[person("P-3")]) == [
        ("attendances", "seats-exceeded")
    ]


def test_people_known_from_another_training_take_no_seat() -> None:
    known = {one.identity: one for one in (person("P-1"), person("P-2"))}
    hold(classroom(known=known, seated=set()), present=[person("P-3"), person("P-4")])


def test_each_enterprise_has_its_own_seats() -> None:
    enrolled = {person("x").enterprise_id, OTHER_ENTERPRISE}
    baselines = dict.fromkeys(enrolled, date(2014, 4, 1))
    present = [person(code, enterprise=one) for one in enrolled for code in ("P-1", "P-2")]
    hold(classroom(enrolled=enrolled, baselines=baselines), present=present)
