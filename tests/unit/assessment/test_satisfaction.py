"""satisfied <= respondents <= different people in the classroom, as far as the sessions are known."""

from dataclasses import replace
from datetime import date

import pytest

from services.assessment.domain.satisfaction import Classroom, decide_survey
from services.assessment.errors import DateBefore, RespondentsBeyondParticipants, SatisfiedBeyondRespondents
from shared.errors import FactMissing
from tests.unit.assessment.builders import identifier

DAY_1, DAY_2 = date(2014, 4, 23), date(2014, 4, 24)
BOTH_DAYS = Classroom(identifier(3), DAY_1, planned_days=2, days_held=2, last_held_on=DAY_2, participants=21)
FIRST_DAY = replace(BOTH_DAYS, days_held=1, last_held_on=DAY_1, participants=15)
NO_DAY = replace(BOTH_DAYS, days_held=0, last_held_on=None, participants=0)


def test_everybody_may_answer_and_everybody_may_be_satisfied() -> None:
    decide_survey(BOTH_DAYS, DAY_2, respondents=21, satisfied=21)
    decide_survey(BOTH_DAYS, DAY_2, respondents=1, satisfied=0)


def test_more_satisfied_than_answered_is_refused_even_before_any_session_is_known() -> None:
    for classroom in (BOTH_DAYS, NO_DAY):
        with pytest.raises(SatisfiedBeyondRespondents):
            decide_survey(classroom, DAY_2, respondents=20, satisfied=21)


def test_without_a_session_the_fact_is_waited_for() -> None:
    with pytest.raises(FactMissing):
        decide_survey(NO_DAY, DAY_2, respondents=1, satisfied=1)


def test_more_respondents_than_people_in_the_classroom_is_refused() -> None:
    with pytest.raises(RespondentsBeyondParticipants) as refusal:
        decide_survey(BOTH_DAYS, DAY_2, respondents=22, satisfied=1)
    assert refusal.value.errors[0].field == "respondents"


def test_while_a_planned_day_up_to_the_survey_has_not_arrived_it_is_waited_for_and_not_guessed() -> None:
    with pytest.raises(FactMissing):
        decide_survey(FIRST_DAY, DAY_2, respondents=21, satisfied=19)
    decide_survey(FIRST_DAY, DAY_2, respondents=15, satisfied=15)


def test_a_survey_of_the_first_day_needs_no_second() -> None:
    with pytest.raises(RespondentsBeyondParticipants):
        decide_survey(FIRST_DAY, DAY_1, respondents=16, satisfied=1)


def test_no_survey_before_the_training() -> None:
    with pytest.raises(DateBefore):
        decide_survey(BOTH_DAYS, date(2014, 4, 22), respondents=1, satisfied=1)
