"""One baseline per enterprise; progress and endline rest on it, on a live enrollment and on the training's dates."""

from dataclasses import replace
from datetime import date

import pytest

from services.assessment.domain.assessment import (
    Enrollment,
    EnrollmentState,
    Recorded,
    decide_baseline,
    decide_follow_up,
)
from services.assessment.domain.days import happened
from services.assessment.errors import (
    BaselineExists,
    BaselineMissing,
    DateBefore,
    DateInFuture,
    EndlineExists,
    EnrollmentLeft,
)
from shared.events.vocabulary import AssessmentKind
from tests.unit.assessment.builders import identifier

STARTS = date(2014, 4, 23)
BASELINE = Recorded(identifier(9), date(2014, 4, 4))
PLACE = Enrollment(identifier(1), identifier(2), identifier(3), identifier(4), EnrollmentState.ACTIVE, None)
ENDLINE = AssessmentKind.ENDLINE
FOLLOW_UPS = [AssessmentKind.PROGRESS, ENDLINE]


def test_an_enterprise_gets_a_first_baseline_and_no_second() -> None:
    decide_baseline(identifier(2), None)
    with pytest.raises(BaselineExists) as refusal:
        decide_baseline(identifier(2), BASELINE)
    assert refusal.value.status == 409
    assert str(BASELINE.id) in refusal.value.detail


@pytest.mark.parametrize("kind", FOLLOW_UPS)
def test_a_follow_up_is_compared_with_the_enterprises_baseline(kind: AssessmentKind) -> None:
    assert decide_follow_up(kind, PLACE, STARTS, BASELINE, None, STARTS) == BASELINE


@pytest.mark.parametrize("kind", FOLLOW_UPS)
def test_a_follow_up_without_a_baseline_is_refused(kind: AssessmentKind) -> None:
    with pytest.raises(BaselineMissing):
        decide_follow_up(kind, PLACE, STARTS, None, None, STARTS)


@pytest.mark.parametrize("kind", FOLLOW_UPS)
def test_a_follow_up_before_the_training_is_refused(kind: AssessmentKind) -> None:
    with pytest.raises(DateBefore, match="first day of the training"):
        decide_follow_up(kind, PLACE, STARTS, BASELINE, None, date(2014, 4, 22))


def test_a_follow_up_before_the_baseline_is_refused() -> None:
    late = replace(BASELINE, assessed_on=date(2014, 5, 1))
    with pytest.raises(DateBefore, match="the baseline"):
        decide_follow_up(ENDLINE, PLACE, STARTS, late, None, date(2014, 4, 30))
    assert decide_follow_up(ENDLINE, PLACE, STARTS, late, None, date(2014, 5, 1)) == late


@pytest.mark.parametrize("kind", FOLLOW_UPS)
def test_a_withdrawn_enrollment_gets_no_follow_up(kind: AssessmentKind) -> None:
    left = replace(PLACE, state=EnrollmentState.WITHDRAWN, withdrawn_on=date(2014, 5, 2))
    with pytest.raises(EnrollmentLeft) as refusal:
        decide_follow_up(kind, left, STARTS, BASELINE, None, date(2014, 6, 27))
    assert refusal.value.errors[0].field == "enrollment_id"


def test_a_completed_enrollment_still_gets_its_endline() -> None:
    done = replace(PLACE, state=EnrollmentState.COMPLETED)
    assert decide_follow_up(ENDLINE, done, STARTS, BASELINE, None, date(2014, 6, 27)) == BASELINE


def test_an_enrollment_has_one_endline_but_progress_goes_on() -> None:
    ended = Recorded(identifier(8), date(2014, 6, 27))
    with pytest.raises(EndlineExists):
        decide_follow_up(ENDLINE, PLACE, STARTS, BASELINE, ended, date(2014, 6, 28))
    assert decide_follow_up(AssessmentKind.PROGRESS, PLACE, STARTS, BASELINE, ended, date(2014, 6, 28)) == BASELINE


def test_what_has_happened_is_not_in_the_future() -> None:
    happened("assessed_on", STARTS, STARTS)
    with pytest.raises(DateInFuture) as refusal:
        happened("assessed_on", date(2014, 4, 24), STARTS)
    assert (refusal.value.errors[0].field, refusal.value.errors[0].rule) == ("assessed_on", "not-in-the-future")
