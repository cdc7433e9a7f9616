"""Who may lead a training, and how long it is."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from services.enrollment.domain.certification import Certificate, TrainerFacts
from services.enrollment.domain.leadership import Leadership, require_qualified, require_sound
from services.enrollment.domain.training import require_own_training, require_span
from services.enrollment.errors.dates import TooEarly
from services.enrollment.errors.training import (
    CandidateWithoutTot,
    ExpertMissing,
    ExpertNotCertified,
    OnlyForCandidates,
    SamePersonTwice,
    TrainerNotCertified,
    TrainingTooShort,
)
from shared.auth.actor import Actor, Role
from shared.errors import FactMissing, NotAllowed, ScorebookError
from shared.events.vocabulary import LeadRole
from tests.unit.enrollment.builders import CANDIDATE, EXPERT, LEAD, broken, training

STARTS = date(2014, 4, 23)
CERTIFIED = Leadership(LeadRole.CERTIFIED, LEAD, None, ())
SUPERVISED = Leadership(LeadRole.CANDIDATE, LEAD, EXPERT, (CANDIDATE,))


def certified(
    person: UUID, *, since: date = date(2014, 1, 1), until: date | None = None, is_expert: bool = False
) -> TrainerFacts:
    """Return a trainer with a certificate for WPC."""
    held = Certificate("WPC", "N-1", is_expert).granted(since, until)
    return TrainerFacts(person, "WPC", None, (held,))


def passed_tot(person: UUID, on: date | None = date(2014, 3, 21)) -> TrainerFacts:
    """Return a candidate."""
    return TrainerFacts(person, "WPC", on, ())


def refused(error: type[ScorebookError], leadership: Leadership, *people: TrainerFacts) -> list[tuple[str, str]]:
    """Return fields and rules that the people of a training break."""
    with pytest.raises(error) as raised:
        require_qualified(leadership, module="WPC", starts_on=STARTS, facts={one.trainer_id: one for one in people})
    return broken(raised)


def test_a_certified_trainer_leads_on_the_first_and_on_the_last_valid_day() -> None:
    for facts in (certified(LEAD, since=STARTS), certified(LEAD, until=STARTS)):
        require_qualified(CERTIFIED, module="WPC", starts_on=STARTS, facts={LEAD: facts})


@pytest.mark.parametrize(
    "facts",
    [
        passed_tot(LEAD),
        certified(LEAD, since=STARTS + timedelta(days=1)),
        certified(LEAD, until=STARTS - timedelta(days=1)),
    ],
)
def test_a_lead_is_certified_and_active_on_the_first_day(facts: TrainerFacts) -> None:
    assert refused(TrainerNotCertified, CERTIFIED, facts) == [("lead_trainer_id", "trainer-not-certified")]


def test_a_suspended_lead_does_not_lead() -> None:
    held = Certificate("WPC", "N-1", is_expert=False).granted(date(2014, 1, 1), None).suspended_from(STARTS)
    assert refused(TrainerNotCertified, CERTIFIED, TrainerFacts(LEAD, "WPC", None, (held,)))


def test_an_expert_may_lead() -> None:
    require_qualified(CERTIFIED, module="WPC", starts_on=STARTS, facts={LEAD: certified(LEAD, is_expert=True)})


def test_candidates_lead_under_an_expert() -> None:
    people = (passed_tot(LEAD, STARTS), certified(EXPERT, is_expert=True), passed_tot(CANDIDATE))
    require_qualified(SUPERVISED, module="WPC", starts_on=STARTS, facts={one.trainer_id: one for one in people})


@pytest.mark.parametrize("passed_on", [None, STARTS + timedelta(days=1)])
def test_a_leading_candidate_has_passed_the_training_of_trainers(passed_on: date | None) -> None:
    people = (passed_tot(LEAD, passed_on), certified(EXPERT, is_expert=True), passed_tot(CANDIDATE))
    assert refused(CandidateWithoutTot, SUPERVISED, *people) == [("lead_trainer_id", "candidate-without-tot")]


def test_a_co_candidate_has_passed_the_training_of_trainers() -> None:
    people = (passed_tot(LEAD), certified(EXPERT, is_expert=True), passed_tot(CANDIDATE, None))
    assert refused(CandidateWithoutTot, SUPERVISED, *people) == [("co_candidate_ids.0", "candidate-without-tot")]


def test_the_expert_is_certified_as_expert() -> None:
    people = (passed_tot(LEAD), certified(EXPERT), passed_tot(CANDIDATE))
    assert refused(ExpertNotCertified, SUPERVISED, *people) == [("supervising_expert_id", "expert-not-certified")]


def test_the_experts_certification_is_active_on_the_first_day() -> None:
    expert = certified(EXPERT, is_expert=True, since=STARTS + timedelta(days=1))
    assert refused(ExpertNotCertified, SUPERVISED, passed_tot(LEAD), expert, passed_tot(CANDIDATE))


@pytest.mark.parametrize(
    ("known", "field"),
    [
        ((EXPERT, CANDIDATE), "lead_trainer_id"),
        ((LEAD, CANDIDATE), "supervising_expert_id"),
        ((LEAD, EXPERT), "co_candidate_ids.0"),
    ],
)
def test_an_unknown_trainer_is_a_fact_that_has_not_arrived(known: tuple[UUID, ...], field: str) -> None:
    people = [certified(person, is_expert=True) for person in known]
    assert refused(FactMissing, SUPERVISED, *people) == [(field, "fact-missing")]


@pytest.mark.parametrize(
    ("expert", "candidates", "field"),
    [(EXPERT, (), "supervising_expert_id"), (None, (CANDIDATE,), "co_candidate_ids")],
)
def test_supervision_is_only_for_candidates(expert: UUID | None, candidates: tuple[UUID, ...], field: str) -> None:
    with pytest.raises(OnlyForCandidates) as error:
        require_sound(Leadership(LeadRole.CERTIFIED, LEAD, expert, candidates))
    assert broken(error) == [(field, "only-for-candidates")]


def test_a_candidate_needs_an_expert() -> None:
    with pytest.raises(ExpertMissing) as error:
        require_sound(Leadership(LeadRole.CANDIDATE, LEAD, None, ()))
    assert broken(error) == [("supervising_expert_id", "expert-missing")]


@pytest.mark.parametrize(
    ("expert", "candidates", "field"),
    [
        (LEAD, (), "supervising_expert_id"),
        (EXPERT, (LEAD,), "co_candidate_ids.0"),
        (EXPERT, (EXPERT,), "co_candidate_ids.0"),
        (EXPERT, (CANDIDATE, CANDIDATE), "co_candidate_ids.1"),
    ],
)
def test_nobody_has_two_parts_in_a_training(expert: UUID, candidates: tuple[UUID, ...], field: str) -> None:
    with pytest.raises(SamePersonTwice) as error:
        require_sound(Leadership(LeadRole.CANDIDATE, LEAD, expert, candidates))
    assert broken(error) == [(field, "same-person-twice")]


def test_sound_leaderships_pass() -> None:
    require_sound(CERTIFIED)
    require_sound(SUPERVISED)


def test_a_training_does_not_end_before_it_starts() -> None:
    with pytest.raises(TooEarly) as error:
        require_span(STARTS, STARTS - timedelta(days=1), 1)
    assert broken(error) == [("ends_on", "too-early")]


def test_every_classroom_day_fits_into_the_training() -> None:
    require_span(STARTS, STARTS, 1)
    require_span(STARTS, STARTS + timedelta(days=1), 2)
    with pytest.raises(TrainingTooShort) as error:
        require_span(STARTS, STARTS, 2)
    assert broken(error) == [("ends_on", "training-too-short")]


@pytest.mark.parametrize("person", [LEAD, EXPERT, CANDIDATE])
def test_a_trainer_records_in_their_own_training(person: UUID) -> None:
    actor = Actor(str(person), frozenset({Role.TRAINER}), "bolivia")
    require_own_training(actor, training(leadership=SUPERVISED))


def test_a_trainer_records_nothing_in_anothers_training() -> None:
    actor = Actor(str(CANDIDATE), frozenset({Role.TRAINER}), "bolivia")
    with pytest.raises(NotAllowed) as error:
        require_own_training(actor, training(leadership=CERTIFIED))
    assert broken(error) == [("authorization", "own-training")]


def test_a_partner_admin_records_in_every_training_of_the_partner() -> None:
    actor = Actor("somebody", frozenset({Role.PARTNER_ADMIN, Role.TRAINER}), "bolivia")
    require_own_training(actor, training())
