"""The decision follows from the roll; who recommended does not record it."""

from datetime import date
from uuid import UUID

import pytest

from services.certification.domain.decision import decide
from services.certification.domain.scheme import DEFAULT
from services.certification.domain.voting import Choice, Outcome, Roll, call_roll
from services.certification.errors.board import QuorumMissing, ReasonMissing, RecommenderDecides, VoteAfterMeeting
from services.certification.errors.common import DateOrder
from tests.unit.certification.boards import DAY, ballot, board

CASE = UUID(int=5)


def roll(votes: str, voted_on: date = DAY) -> Roll:
    """Return the roll of the six-seat board by letters: f for, a against, - abstain, . absent."""
    choices = {"f": Choice.FOR, "a": Choice.AGAINST, "-": Choice.ABSTAIN}
    seats = board()
    history = [
        ballot(seats[place], choices[letter], place, voted_on) for place, letter in enumerate(votes) if letter != "."
    ]
    return call_roll(DEFAULT, seats, frozenset(), history, DAY)


def decided(meeting: Roll, **changed: object) -> Outcome:
    """Decide with ordinary circumstances unless changed."""
    ordinary: dict[str, object] = {
        "case_id": CASE,
        "recommended_on": date(2014, 7, 23),
        "decided_on": DAY,
        "reason": None,
        "decided_by": "secretary",
        "recommender_subjects": frozenset({"manager", "expert"}),
    }
    return decide(meeting, **{**ordinary, **changed})  # type: ignore[arg-type]


def test_the_votes_certify_without_a_reason() -> None:
    assert decided(roll("ffff-a")) is Outcome.CERTIFIED


@pytest.mark.parametrize(("votes", "outcome"), [("aaaaff", Outcome.REFUSED), ("fffaaa", Outcome.DEFERRED)])
def test_refusing_and_deferring_need_a_reason(votes: str, outcome: Outcome) -> None:
    with pytest.raises(ReasonMissing) as refusal:
        decided(roll(votes))
    assert refusal.value.errors[0].field == "reason"
    assert decided(roll(votes), reason="Because.") is outcome


@pytest.mark.parametrize("officer", ["manager", "expert"])
def test_the_recommender_does_not_record_the_decision(officer: str) -> None:
    with pytest.raises(RecommenderDecides):
        decided(roll("ffffff"), decided_by=officer)


def test_a_decision_does_not_precede_recommendation_or_votes() -> None:
    with pytest.raises(DateOrder):
        decided(roll("ffffff"), recommended_on=date(2014, 9, 26))
    assert decided(roll("ffffff"), recommended_on=DAY) is Outcome.CERTIFIED
    with pytest.raises(VoteAfterMeeting):
        decided(roll("ffffff", date(2014, 9, 26)))


@pytest.mark.parametrize(
    ("votes", "absent", "words"),
    [
        ("ffff..", ("government",), "nobody present of: government"),
        ("f.f.f.", (), "3 of 6 eligible members voted, more than 50 % are needed"),
        ("ff....", ("workers", "government"), "2 of 6"),
        ("......", ("employers", "workers", "government"), "0 of 6"),
    ],
)
def test_without_quorum_the_refusal_names_what_is_missing(votes: str, absent: tuple[str, ...], words: str) -> None:
    with pytest.raises(QuorumMissing) as refusal:
        decided(roll(votes), reason="Because.")
    assert set(refusal.value.absent) == set(absent)
    assert words in refusal.value.detail
