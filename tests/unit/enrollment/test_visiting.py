"""Visits follow the classroom, in order; attempts in vain may repeat and cost."""

from datetime import date, timedelta

import pytest

from services.enrollment.domain.certification import Certificate, TrainerFacts
from services.enrollment.domain.enrollment import EnrollmentStatus
from services.enrollment.domain.visiting import require_attempt, require_cost, require_visitor
from services.enrollment.errors.dates import DateInFuture, TooEarly
from services.enrollment.errors.delivery import CostNotPossible, VisitAlreadyDone, VisitOutOfOrder, VisitOutsidePlan
from services.enrollment.errors.enrollment import ClassroomNotFinished
from services.enrollment.errors.training import TrainerNotCertified
from shared.errors import RefusedTransition, ScorebookError
from shared.money import Money
from tests.unit.enrollment.builders import EXPERT, LEAD, TODAY, broken, enrollment, progress, training

LAST_DAY = date(2014, 4, 24)
FIRST_VISIT = {1: date(2014, 5, 12)}


def attempt(
    number: int = 1,
    day: date = date(2014, 5, 12),
    *,
    status: EnrollmentStatus = EnrollmentStatus.ACTIVE,
    visits_done: dict[int, date] | None = None,
    **different: object,
) -> None:
    """Record an attempt at a visit."""
    require_attempt(
        enrollment(status),
        training(),
        progress(visits_done=visits_done or {}, **different),
        number=number,
        field="visited_on",
        day=day,
        today=TODAY,
    )


def refused(error: type[ScorebookError], **asked: object) -> list[tuple[str, str]]:
    """Return fields and rules that an attempt breaks."""
    with pytest.raises(error) as raised:
        attempt(**asked)  # type: ignore[arg-type]
    return broken(raised)


def test_the_first_visit_follows_the_last_classroom_day() -> None:
    attempt(day=LAST_DAY)
    assert refused(TooEarly, day=LAST_DAY - timedelta(days=1)) == [("visited_on", "too-early")]


def test_no_visit_before_all_classroom_days_are_held() -> None:
    assert refused(ClassroomNotFinished, held={1: date(2014, 4, 23)}) == [("enrollment_id", "classroom-not-finished")]


@pytest.mark.parametrize("number", [0, 4])
def test_a_visit_is_one_of_the_plan(number: int) -> None:
    assert refused(VisitOutsidePlan, number=number) == [("number", "visit-outside-plan")]


def test_a_visit_needs_the_one_before_done() -> None:
    attempt(2, date(2014, 6, 4), visits_done=FIRST_VISIT)
    assert refused(VisitOutOfOrder, number=2) == [("number", "visit-out-of-order")]
    assert refused(VisitOutOfOrder, number=3, visits_done=FIRST_VISIT) == [("number", "visit-out-of-order")]


def test_a_visit_is_done_once() -> None:
    assert refused(VisitAlreadyDone, visits_done=FIRST_VISIT) == [("number", "visit-already-done")]


def test_a_visit_is_not_before_the_one_before() -> None:
    attempt(2, FIRST_VISIT[1], visits_done=FIRST_VISIT)
    day = FIRST_VISIT[1] - timedelta(days=1)
    assert refused(TooEarly, number=2, day=day, visits_done=FIRST_VISIT) == [("visited_on", "too-early")]


def test_a_visit_is_not_before_the_last_attempt_in_vain() -> None:
    attempt(day=date(2014, 5, 12), last_attempt_on=date(2014, 5, 12))
    assert refused(TooEarly, last_attempt_on=date(2014, 5, 13)) == [("visited_on", "too-early")]


def test_a_visit_is_not_in_the_future() -> None:
    assert refused(DateInFuture, day=TODAY + timedelta(days=1)) == [("visited_on", "date-in-future")]


@pytest.mark.parametrize("status", [EnrollmentStatus.COMPLETED, EnrollmentStatus.WITHDRAWN])
def test_an_ended_enrollment_gets_no_visit(status: EnrollmentStatus) -> None:
    refused(RefusedTransition, status=status)


def test_everybody_of_the_team_may_visit() -> None:
    require_visitor(training(), TrainerFacts(LEAD, "WPC", None, ()), LAST_DAY)


def test_somebody_else_needs_a_certification_active_on_the_day() -> None:
    held = Certificate("WPC", "N-1", is_expert=False).granted(LAST_DAY, LAST_DAY)
    facts = TrainerFacts(EXPERT, "WPC", None, (held,))
    require_visitor(training(), facts, LAST_DAY)
    with pytest.raises(TrainerNotCertified) as error:
        require_visitor(training(), facts, LAST_DAY + timedelta(days=1))
    assert broken(error) == [("trainer_id", "trainer-not-certified")]


def test_an_attempt_in_vain_may_cost_nothing_or_something() -> None:
    for cost in (None, Money(0, "BOB"), Money(35000, "BOB")):
        require_cost(cost, "BOB")


def test_a_cost_is_not_negative() -> None:
    with pytest.raises(CostNotPossible) as error:
        require_cost(Money(-1, "BOB"), "BOB")
    assert broken(error) == [("cost.amount", "not-negative")]


def test_a_cost_is_in_the_programmes_currency() -> None:
    with pytest.raises(CostNotPossible) as error:
        require_cost(Money(100, "USD"), "BOB")
    assert broken(error) == [("cost.currency", "programme-currency")]
