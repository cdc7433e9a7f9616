"""Conflicts derived from facts."""

from dataclasses import replace
from uuid import UUID

import pytest

from services.certification.domain.constituency import Constituency
from services.certification.domain.recusal import Parties, conflict
from tests.unit.certification.boards import member

CANDIDATE, EXPERT, PARTNER = UUID(int=51), UUID(int=52), UUID(int=53)
PARTIES = Parties(CANDIDATE, PARTNER, "Technical  institute E", EXPERT, frozenset({"manager", "expert-1"}))
NEUTRAL = member(1, Constituency.WORKERS, subject="w1", partner_id=UUID(int=54), employer="Union house")


def test_a_member_without_ties_judges() -> None:
    assert conflict(NEUTRAL, PARTIES) is None
    assert conflict(member(2, Constituency.WORKERS), PARTIES) is None


@pytest.mark.parametrize(
    ("ties", "ground"),
    [
        ({"trainer_id": EXPERT}, "recommender"),
        ({"subject": "expert-1"}, "recommender"),
        ({"subject": "manager"}, "recommender"),
        ({"trainer_id": CANDIDATE}, "candidate"),
        ({"partner_id": PARTNER}, "same-partner"),
        ({"employer": "technical institute e"}, "same-employer"),
    ],
)
def test_each_tie_recuses_and_says_why(ties: dict[str, object], ground: str) -> None:
    assert conflict(replace(NEUTRAL, **ties), PARTIES) == ground  # type: ignore[arg-type]


def test_having_no_partner_or_employer_is_not_having_the_same() -> None:
    nobody = replace(PARTIES, partner_id=None, employer=None)
    assert conflict(replace(NEUTRAL, partner_id=None, employer=None), nobody) is None
    assert conflict(replace(NEUTRAL, partner_id=None, employer=None), PARTIES) is None
