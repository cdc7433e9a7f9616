"""Evidence, and who may recommend on it."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.certification.domain.certificate import Certificate, Series, Suspension
from services.certification.domain.cycle import Cycle, CycleEnrollment, EnrollmentOutcome, evidence, has_completed
from services.certification.domain.recommendation import Candidacy, recommend
from services.certification.domain.scheme import DEFAULT
from services.certification.errors.common import DateOrder
from services.certification.errors.path import EvidenceMissing, NotAnExpert, NotTheSupervisor, OwnRecommendation
from tests.unit.certification.boards import complete, cycle, enrollment

EXPERT, TRAINER = UUID(int=77), UUID(int=1)
TOT, ON = date(2014, 3, 21), date(2014, 7, 23)
COMPLETED, WITHDRAWN = EnrollmentOutcome.COMPLETED, EnrollmentOutcome.WITHDRAWN


def expert(of: UUID = EXPERT, module: str = "WPC", since: date = date(2014, 1, 15)) -> Certificate:
    """Return the certificate of a recognised expert."""
    return Certificate(UUID(int=3), "N", Series.RECOGNITION, of, module, since, None, since)


def candidacy(*cycles: Cycle, refused_on: date | None = None) -> Candidacy:
    """Return a candidate who passed the ToT."""
    return Candidacy(TRAINER, "WPC", TOT, cycles, refused_on)


def test_the_supervising_expert_recommends_on_a_complete_cycle() -> None:
    first = complete()
    assert recommend(candidacy(first), EXPERT, [expert()], DEFAULT, ON) == (first,)


def test_nobody_recommends_themselves() -> None:
    with pytest.raises(OwnRecommendation):
        recommend(candidacy(complete()), TRAINER, [expert(TRAINER)], DEFAULT, ON)


@pytest.mark.parametrize(
    "certificate",
    [
        expert(module="OSH"),
        expert(since=date(2014, 7, 24)),
        expert(of=UUID(int=78)),
        replace(expert(), expert_from=None),
        replace(expert(), expert_from=date(2014, 7, 24)),
        replace(expert(), valid_until=date(2014, 7, 22)),
        replace(expert(), withdrawn_on=ON),
        replace(expert(), suspensions=(Suspension(ON),)),
    ],
)
def test_only_an_active_expert_of_the_module_on_the_day_recommends(certificate: Certificate) -> None:
    with pytest.raises(NotAnExpert):
        recommend(candidacy(complete()), EXPERT, [certificate], DEFAULT, ON)


def test_the_recommender_supervised_a_cycle_that_is_evidence() -> None:
    by_another = complete(1, expert=UUID(int=78))
    with pytest.raises(NotTheSupervisor):
        recommend(candidacy(by_another), EXPERT, [expert()], DEFAULT, ON)
    unfinished = cycle(2, "WPC", EXPERT, date(2014, 5, 1), enrollment(2, None, None))
    with pytest.raises(NotTheSupervisor):
        recommend(candidacy(by_another, unfinished), EXPERT, [expert()], DEFAULT, ON)
    assert len(recommend(candidacy(by_another, complete(3)), EXPERT, [expert()], DEFAULT, ON)) == 2


def test_a_recommendation_does_not_precede_the_training_of_trainers() -> None:
    with pytest.raises(DateOrder):
        recommend(candidacy(complete()), EXPERT, [expert()], DEFAULT, date(2014, 3, 20))


@pytest.mark.parametrize(
    "cycles",
    [
        (),
        (cycle(1, "WPC", EXPERT, date(2014, 4, 23)),),
        (complete(starts_on=date(2014, 3, 20)),),
        (complete(done=date(2014, 7, 24)),),
        (cycle(1, "WPC", EXPERT, date(2014, 4, 23), enrollment(1, WITHDRAWN, date(2014, 4, 20))),),
        (
            cycle(
                1,
                "WPC",
                EXPERT,
                date(2014, 4, 23),
                enrollment(1, COMPLETED, date(2014, 7, 1)),
                enrollment(2, None, None),
            ),
        ),
    ],
    ids=["none", "empty", "before-tot", "after-the-day", "only-withdrawn", "one-open"],
)
def test_without_a_complete_cycle_there_is_no_evidence(cycles: tuple[Cycle, ...]) -> None:
    with pytest.raises(EvidenceMissing):
        recommend(candidacy(*cycles), EXPERT, [expert()], DEFAULT, ON)


def test_after_a_refusal_only_a_cycle_begun_since_counts() -> None:
    refused_on = date(2014, 6, 1)
    with pytest.raises(EvidenceMissing) as refusal:
        recommend(candidacy(complete(), refused_on=refused_on), EXPERT, [expert()], DEFAULT, ON)
    assert "2014-06-01" in refusal.value.detail
    fresh = complete(2, starts_on=date(2014, 6, 2))
    assert recommend(candidacy(complete(), fresh, refused_on=refused_on), EXPERT, [expert()], DEFAULT, ON) == (fresh,)


def test_a_cycle_is_complete_on_the_day_its_last_enrollment_ended() -> None:
    places = (
        enrollment(1, COMPLETED, date(2014, 7, 1)),
        enrollment(2, COMPLETED, date(2014, 7, 9)),
        enrollment(3, WITHDRAWN, date(2014, 7, 12)),
    )
    whole = cycle(1, "WPC", EXPERT, date(2014, 4, 23), *places)
    assert whole.completed_on(1) == date(2014, 7, 12)
    assert whole.completed_on(2) == date(2014, 7, 12)
    assert whole.completed_on(3) is None
    early = cycle(1, "WPC", EXPERT, date(2014, 4, 23), enrollment(1, COMPLETED, date(2014, 4, 1)))
    assert early.completed_on(1) == date(2014, 4, 24)


DATES = st.integers(0, 300).map(lambda days: date(2014, 3, 1) + timedelta(days=days))


@st.composite
def places(draw: st.DrawFn) -> CycleEnrollment:
    """Draw an enrollment in any state."""
    outcome = draw(st.none() | st.sampled_from(EnrollmentOutcome))
    return enrollment(draw(st.integers(1, 10**6)), outcome, None if outcome is None else draw(DATES))


CYCLES = st.builds(
    lambda number, starts, found: cycle(number, "WPC", EXPERT, starts, *found),
    st.integers(1, 10**6),
    DATES,
    st.lists(places(), max_size=4),
)


@given(st.lists(CYCLES, max_size=5), DATES, st.none() | DATES, DATES, st.integers(1, 3))
def test_evidence_is_complete_and_lies_between_its_bounds(
    cycles: list[Cycle], passed_on: date, refused_on: date | None, by: date, minimum: int
) -> None:
    found = evidence(cycles, passed_on=passed_on, refused_on=refused_on, by=by, minimum=minimum)
    for one in found:
        assert passed_on <= one.starts_on
        assert refused_on is None or refused_on < one.starts_on
        outcomes = [place.outcome for place in one.enrollments]
        assert None not in outcomes
        assert outcomes.count(COMPLETED) >= minimum
        assert all(place.closed_on is not None and place.closed_on <= by for place in one.enrollments)
    assert has_completed(found, ["WPC"], by=by, minimum=minimum) is bool(found)
