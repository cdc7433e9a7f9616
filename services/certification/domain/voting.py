"""Votes, the quorum they make, and the outcome they give: nobody else decides.

Anchor: reference/certification_and_ui.md 1.5. Quorum counts members who sit on the day, are not recused and voted, and
needs every constituency; majority of the votes cast, a tie defers, no casting vote.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.certification.domain.board import Member
from services.certification.domain.constituency import Constituency
from services.certification.domain.scheme import Scheme


class Choice(StrEnum):
    """A vote; an abstention counts as present, not as cast."""

    FOR = "for"
    AGAINST = "against"
    ABSTAIN = "abstain"


class Outcome(StrEnum):
    """What the votes say."""

    CERTIFIED = "certified"
    REFUSED = "refused"
    DEFERRED = "deferred"


@dataclass(frozen=True, slots=True)
class Ballot:
    """One vote of the history of a round; the highest `position` of a member counts."""

    id: UUID
    member_id: UUID
    choice: Choice
    voted_on: date
    position: int


@dataclass(frozen=True, slots=True)
class Seat:
    """One line of the roll: a member who sat on the day, whether recused, and the vote that counted."""

    member: Member
    is_recused: bool
    ballot: Ballot | None


@dataclass(frozen=True, slots=True)
class Roll:
    """The meeting: who sat, who was present, which constituencies had to be."""

    seats: tuple[Seat, ...]
    required: tuple[Constituency, ...]
    more_than_percent: int

    @property
    def eligible(self) -> int:
        """Members who sat and were not recused."""
        return sum(1 for seat in self.seats if not seat.is_recused)

    @property
    def counted(self) -> tuple[Ballot, ...]:
        """The ballots that count; each is one member present."""
        return tuple(seat.ballot for seat in self.seats if seat.ballot is not None)

    @property
    def absent(self) -> tuple[Constituency, ...]:
        """The required constituencies of which nobody was present."""
        present = {seat.member.constituency for seat in self.seats if seat.ballot is not None}
        return tuple(one for one in self.required if one not in present)

    @property
    def is_quorate(self) -> bool:
        """Whether enough members were present, and every required constituency."""
        present = len(self.counted)
        return present > 0 and present * 100 > self.eligible * self.more_than_percent and not self.absent

    def count(self, choice: Choice) -> int:
        """Return how many counted ballots say `choice`."""
        return sum(1 for ballot in self.counted if ballot.choice is choice)

    @property
    def outcome(self) -> Outcome:
        """What the majority of the votes cast says; a tie defers."""
        balance = self.count(Choice.FOR) - self.count(Choice.AGAINST)
        if balance == 0:
            return Outcome.DEFERRED
        return Outcome.CERTIFIED if balance > 0 else Outcome.REFUSED


def latest(ballots: Iterable[Ballot]) -> Mapping[UUID, Ballot]:
    """Return the ballot of each member that counts: the last one."""
    found: dict[UUID, Ballot] = {}
    for ballot in ballots:
        before = found.get(ballot.member_id)
        if before is None or before.position < ballot.position:
            found[ballot.member_id] = ballot
    return found


def call_roll(
    scheme: Scheme, members: Sequence[Member], recused: Collection[UUID], ballots: Iterable[Ballot], on: date
) -> Roll:
    """Return the roll of a meeting on `on`.

    Required are the scheme's constituencies, or else every one that had a seat by that day: a side whose mandates have
    all run out is missed, not forgotten.
    """
    last = latest(ballots)
    required = (
        scheme.constituencies
        if scheme.constituencies is not None
        else tuple(sorted({member.constituency for member in members if member.mandate_from <= on}))
    )
    seats = tuple(
        Seat(member, member.id in recused, None if member.id in recused else last.get(member.id))
        for member in members
        if member.sits_on(on)
    )
    return Roll(seats, required, scheme.quorum_more_than_percent)
