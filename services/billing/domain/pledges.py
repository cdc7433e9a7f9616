"""Pledges: what a funder said it would give, until an agreement takes it up, it lapses or is withdrawn.

A promise is not cash (domain/score.md 3.1: a ministry agreed to USD 250,000 and never paid), so a pledge is in no book.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from shared.money import Money


class PledgeState(StrEnum):
    """Where a pledge stands; derived from what agreements took up and from how it ended."""

    PLEDGED = "pledged"
    CONTRACTED = "contracted"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


ALLOWED: Final[dict[PledgeState, tuple[str, ...]]] = {
    PledgeState.PLEDGED: ("contract", "lapse", "withdraw"),
    PledgeState.CONTRACTED: (),
    PledgeState.LAPSED: (),
    PledgeState.WITHDRAWN: (),
}


def pledge_state(amount_minor: int, contracted_minor: int, ended: str | None) -> PledgeState:
    """Return the state of a pledge; `ended` is `lapsed` or `withdrawn` for what was left of it."""
    if ended is not None:
        return PledgeState(ended)
    return PledgeState.CONTRACTED if contracted_minor >= amount_minor else PledgeState.PLEDGED


AGES: Final = ((90, "0-90"), (180, "91-180"), (365, "181-365"), (730, "366-730"))
OLDER: Final = "over 730"


def age_band(days: int) -> str:
    """Return the band of an age in days, for example `91-180`."""
    return next((band for most, band in AGES if days <= most), OLDER)


@dataclass(frozen=True, slots=True)
class TakenUp:
    """A part of a pledge that an agreement took up; `in_pledge_currency`: the agreement is kept in the same one."""

    agreement_id: UUID
    amount: Money
    in_pledge_currency: bool


@dataclass(frozen=True, slots=True)
class Promise:
    """A pledge as the ageing report needs it; `has_ended`: what was left of it lapsed or was withdrawn."""

    id: UUID
    amount: Money
    pledged_on: date
    expected_by: date | None
    taken_up: tuple[TakenUp, ...]
    has_ended: bool


@dataclass(frozen=True, slots=True)
class Aged:
    """A promise with what has not come: `pledged` under no agreement, `contracted` under one and not received."""

    promise: Promise
    pledged: Money
    contracted: Money
    days: int
    overdue_days: int

    @property
    def outstanding(self) -> Money:
        """All of it that has not come."""
        return self.pledged + self.contracted

    @property
    def band(self) -> str:
        """The band of its age."""
        return age_band(self.days)


def aged(promises: Sequence[Promise], received: Iterable[tuple[UUID, int]], as_of: date) -> tuple[Aged, ...]:
    """Return the promises of which something has not come, oldest first.

    `received`: agreement and what it paid so far, minor units of its own currency. What an agreement paid is set
    against the promises it took up, the oldest first, and never against two. Where the agreement is kept in another
    currency than the pledge, its money cannot be compared and the contracted amount stays listed.
    """
    left = dict(received)
    found: list[Aged] = []
    for promise in sorted(promises, key=lambda each: (each.pledged_on, each.id)):
        zero = Money.zero(promise.amount.currency)
        pledged, contracted = promise.amount, zero
        for part in promise.taken_up:
            pledged = pledged - part.amount
            paid = min(left.get(part.agreement_id, 0), part.amount.minor) if part.in_pledge_currency else 0
            left[part.agreement_id] = left.get(part.agreement_id, 0) - paid
            contracted = contracted + part.amount - Money(paid, part.amount.currency)
        if promise.has_ended:
            pledged = zero
        if pledged or contracted:
            late = 0 if promise.expected_by is None else max(0, (as_of - promise.expected_by).days)
            found.append(Aged(promise, pledged, contracted, (as_of - promise.pledged_on).days, late))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Contracted:
    """An agreement as the pipeline needs it, minor units: what it may still pay is `bound` less what was invoiced.

    `bound`: the ceiling while it takes new enrollments or costs, else what is committed.
    """

    bound: int
    invoiced: int
    received: int


@dataclass(frozen=True, slots=True)
class Stages:
    """The four amounts of a funder, minor units; each unit of money is in one of them only."""

    pledged: int
    contracted: int
    invoiced: int
    received: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.pledged + self.contracted + self.invoiced + self.received


def stages(open_pledges: Iterable[int], agreements: Iterable[Contracted]) -> Stages:
    """Put every amount where it stands now: pledged, then contracted, then invoiced, then received.

    A pledge counts only with what no agreement took up; an agreement's ceiling only with what was not invoiced, and
    that only with what was not received.
    """
    deals = tuple(agreements)
    return Stages(
        pledged=sum(open_pledges),
        contracted=sum(max(0, deal.bound - deal.invoiced) for deal in deals),
        invoiced=sum(deal.invoiced - deal.received for deal in deals),
        received=sum(deal.received for deal in deals),
    )
