"""Who may not judge a case: conflicts derived from facts.

Further grounds (trained the candidate, assessed evidence, within a window of years) join `GROUNDS`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.certification.domain.board import Member


class RecusalKind(StrEnum):
    """Said by the member, or derived from facts."""

    DECLARED = "declared"
    FORCED = "forced"


@dataclass(frozen=True, slots=True)
class Parties:
    """The people of a case: the candidate with their ties, and who recommended.

    `recommender_subjects`: the logins of the recommending expert and of whoever entered the recommendation.
    """

    trainer_id: UUID
    partner_id: UUID | None
    employer: str | None
    expert_id: UUID
    recommender_subjects: frozenset[str]


def _is_recommender(member: Member, parties: Parties) -> bool:
    return member.trainer_id == parties.expert_id or member.subject in parties.recommender_subjects


def _is_candidate(member: Member, parties: Parties) -> bool:
    return member.trainer_id == parties.trainer_id


def _same_partner(member: Member, parties: Parties) -> bool:
    return member.partner_id is not None and member.partner_id == parties.partner_id


def _same_employer(member: Member, parties: Parties) -> bool:
    if member.employer is None or parties.employer is None:
        return False
    return " ".join(member.employer.split()).casefold() == " ".join(parties.employer.split()).casefold()


GROUNDS: Final[Sequence[tuple[str, Callable[[Member, Parties], bool]]]] = (
    ("recommender", _is_recommender),
    ("candidate", _is_candidate),
    ("same-partner", _same_partner),
    ("same-employer", _same_employer),
)


def conflict(member: Member, parties: Parties) -> str | None:
    """Return the first ground on which `member` may not judge the case, or None."""
    return next((ground for ground, applies in GROUNDS if applies(member, parties)), None)
