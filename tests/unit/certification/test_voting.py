"""Quorum and majority, whatever the order of votes, the recusals and the mandates."""

from dataclasses import replace
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.certification.domain.board import Member
from services.certification.domain.constituency import Constituency
from services.certification.domain.recusal import Parties, conflict
from services.certification.domain.scheme import DEFAULT, Scheme
from services.certification.domain.voting import Ballot, Choice, Outcome, call_roll, latest
from tests.unit.certification.boards import DAY, ballot, ballots, board, member, members

SCHEMES = st.builds(
    lambda percent, sides: replace(
        DEFAULT,
        quorum_more_than_percent=percent,
        constituencies=None if sides is None else tuple(sorted(sides)),
    ),
    st.sampled_from([0, 33, 50, 66, 99]),
    st.none() | st.frozensets(st.sampled_from(Constituency), min_size=1),
)


@st.composite
def meetings(draw: st.DrawFn) -> tuple[list[Member], frozenset[UUID], list[Ballot]]:
    """Draw a board, who is recused, and a history of votes."""
    seats = draw(members())
    recused = frozenset(draw(st.sets(st.sampled_from([one.id for one in seats]))))
    return seats, recused, draw(ballots(seats))


@given(SCHEMES, meetings())
def test_a_board_certifies_exactly_when_enough_sit_every_side_is_present_and_more_are_for_than_against(
    scheme: Scheme, meeting: tuple[list[Member], frozenset[UUID], list[Ballot]]
) -> None:
    seats, recused, history = meeting
    roll = call_roll(scheme, seats, recused, history, DAY)

    # Counted again, by hand: the last vote of everybody who sat and was not recused.
    last = {one.member_id: one for one in sorted(history, key=lambda one: one.position)}
    sitting = [one for one in seats if one.mandate_from <= DAY <= (one.mandate_to or DAY)]
    entitled = [one for one in sitting if one.id not in recused]
    voted = [(one, last[one.id].choice) for one in entitled if one.id in last]
    votes = [choice for _, choice in voted]
    present = {one.constituency for one, _ in voted}
    sides = {one.constituency for one in seats if one.mandate_from <= DAY}
    required = sides if scheme.constituencies is None else set(scheme.constituencies)
    enough = len(voted) * 100 > len(entitled) * scheme.quorum_more_than_percent

    assert roll.is_quorate is (enough and required <= present)
    balance = votes.count(Choice.FOR) - votes.count(Choice.AGAINST)
    assert roll.outcome is (Outcome.CERTIFIED if balance > 0 else Outcome.REFUSED if balance < 0 else Outcome.DEFERRED)


@given(SCHEMES, meetings(), st.randoms())
def test_the_order_in_which_votes_are_read_changes_nothing(
    scheme: Scheme, meeting: tuple[list[Member], frozenset[UUID], list[Ballot]], random: Random
) -> None:
    seats, recused, history = meeting
    shuffled = list(history)
    random.shuffle(shuffled)
    one = call_roll(scheme, seats, recused, history, DAY)
    other = call_roll(scheme, seats, recused, shuffled, DAY)
    assert (one.outcome, one.is_quorate, one.absent) == (other.outcome, other.is_quorate, other.absent)


@given(meetings(), st.data())
def test_whatever_the_recommender_votes_the_result_is_the_same(
    meeting: tuple[list[Member], frozenset[UUID], list[Ballot]], data: st.DataObject
) -> None:
    seats, recused, history = meeting
    expert = UUID(int=900)
    index = data.draw(st.integers(0, len(seats) - 1))
    tied = [
        replace(seats[index], trainer_id=expert),
        replace(seats[index], subject="expert"),
        replace(seats[index], subject="entered-it"),
    ]
    recommender = data.draw(st.sampled_from(tied))
    seats = [*seats[:index], recommender, *seats[index + 1 :]]
    parties = Parties(UUID(int=901), None, None, expert, frozenset({"expert", "entered-it"}))
    forced = recused | {one.id for one in seats if conflict(one, parties) is not None}
    assert recommender.id in forced
    without = [one for one in history if one.member_id != recommender.id]
    flooded = [*history, ballot(recommender, data.draw(st.sampled_from(Choice)), 500)]
    rolls = [call_roll(DEFAULT, seats, forced, votes, DAY) for votes in (without, history, flooded)]
    assert len({(roll.outcome, roll.is_quorate, len(roll.counted), roll.eligible) for roll in rolls}) == 1
    assert all(one.member_id != recommender.id for roll in rolls for one in roll.counted)


@given(meetings())
def test_members_without_a_mandate_on_the_day_neither_count_nor_vote(
    meeting: tuple[list[Member], frozenset[UUID], list[Ballot]],
) -> None:
    seats, recused, history = meeting
    roll = call_roll(DEFAULT, seats, recused, history, DAY)
    assert all(seat.member.sits_on(DAY) for seat in roll.seats)
    sitting = {one.id for one in seats if one.sits_on(DAY)}
    assert {one.member_id for one in roll.counted} <= sitting - recused


def test_the_last_vote_of_a_member_counts_and_earlier_ones_are_kept() -> None:
    seats = board()
    history = [ballot(seats[0], Choice.AGAINST, 1), ballot(seats[0], Choice.FOR, 2)]
    assert latest(reversed(history))[seats[0].id].choice is Choice.FOR
    assert latest(history)[seats[0].id].choice is Choice.FOR


@pytest.mark.parametrize(
    ("votes", "outcome"),
    [
        ("ffffff", Outcome.CERTIFIED),
        ("fffaaa", Outcome.DEFERRED),
        ("ff-a--", Outcome.CERTIFIED),
        ("f-a---", Outcome.DEFERRED),
        ("------", Outcome.DEFERRED),
        ("faa---", Outcome.REFUSED),
    ],
)
def test_majority_is_of_the_votes_cast_and_a_tie_defers(votes: str, outcome: Outcome) -> None:
    choices = {"f": Choice.FOR, "a": Choice.AGAINST, "-": Choice.ABSTAIN}
    seats = board()
    history = [ballot(seats[place], choices[letter], place) for place, letter in enumerate(votes)]
    roll = call_roll(DEFAULT, seats, frozenset(), history, DAY)
    assert roll.is_quorate
    assert roll.outcome is outcome


@pytest.mark.parametrize(
    ("present", "quorate"),
    [((0, 2, 4), False), ((0, 1, 2, 4), True), ((0, 1, 2, 3), False), ((0, 1, 2, 3, 4, 5), True), ((), False)],
)
def test_a_quorum_is_more_than_half_and_one_of_each_side(present: tuple[int, ...], *, quorate: bool) -> None:
    seats = board()
    history = [ballot(seats[place], Choice.FOR, place) for place in present]
    assert call_roll(DEFAULT, seats, frozenset(), history, DAY).is_quorate is quorate


def test_recusals_shrink_the_half_but_not_the_sides_that_are_needed() -> None:
    seats = board()
    votes = [ballot(seats[place], Choice.FOR, place) for place in (0, 2, 4)]
    three_recused = frozenset(seats[place].id for place in (1, 3, 5))
    assert call_roll(DEFAULT, seats, three_recused, votes, DAY).is_quorate
    side_recused = frozenset(seats[place].id for place in (4, 5))
    roll = call_roll(DEFAULT, seats, side_recused, votes, DAY)
    assert not roll.is_quorate
    assert roll.absent == (Constituency.GOVERNMENT,)


def test_a_side_whose_mandates_have_run_out_is_missed_and_one_that_is_still_to_come_is_not() -> None:
    past = member(10, Constituency.INDEPENDENT, mandate_to=DAY.replace(month=8))
    votes = [ballot(one, Choice.FOR, place) for place, one in enumerate(board())]
    assert call_roll(DEFAULT, [*board(), past], frozenset(), votes, DAY).absent == (Constituency.INDEPENDENT,)
    future = member(10, Constituency.INDEPENDENT, mandate_from=DAY.replace(month=10))
    assert call_roll(DEFAULT, [*board(), future], frozenset(), votes, DAY).is_quorate
    named = replace(DEFAULT, constituencies=(Constituency.WORKERS,))
    assert call_roll(named, [*board(), past], frozenset(), votes, DAY).is_quorate


def test_both_ends_of_a_mandate_are_included() -> None:
    one_day = member(1, Constituency.WORKERS, DAY, DAY)
    assert one_day.sits_on(DAY)
    assert not one_day.sits_on(DAY.replace(day=24))
    assert not one_day.sits_on(DAY.replace(day=26))
    assert member(2, Constituency.WORKERS, DAY, None).sits_on(DAY.replace(year=2099))
