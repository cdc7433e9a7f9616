"""Subsidy agreements: who pays which part of the price, for which enterprises, up to which ceiling."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.billing.domain.prices import Validity
from shared.events.vocabulary import PayerClass

WHOLE: Final = 10_000
"""The whole price, in hundredths of a per cent."""


class AgreementState(StrEnum):
    """Where an agreement stands."""

    DRAFT = "draft"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class AgreementStep(StrEnum):
    """What happens to an agreement."""

    ACTIVATED = "activated"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    AMENDED = "amended"
    CLOSED = "closed"


class Funds(StrEnum):
    """What an agreement pays: a part of prices, or costs of the kinds it names."""

    PRICE = "price"
    COSTS = "costs"


ALLOWED: Final[dict[AgreementState, tuple[str, ...]]] = {
    AgreementState.DRAFT: ("activate", "amend", "close"),
    AgreementState.ACTIVE: ("suspend", "amend", "close"),
    AgreementState.SUSPENDED: ("resume", "amend", "close"),
    AgreementState.CLOSED: (),
}
"""Steps that a state allows."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What an agreement promises: `shares` in hundredths of a per cent of the price, by size class.

    Fixed amounts are not among them: they pay at most what is left to the enterprise (`split_price`), so they never
    promise more than the price.

    Without `partner_id` it holds for every partner of the programme.
    """

    payer_class: PayerClass
    partner_id: UUID | None
    validity: Validity
    shares: Mapping[str, int]

    def serves(self, partner_id: UUID) -> bool:
        """Tell whether the agreement pays for trainings of `partner_id`."""
        return self.partner_id is None or self.partner_id == partner_id


@dataclass(frozen=True, slots=True)
class Excess:
    """Where promises add up to more than the price: `total` in hundredths of a per cent."""

    size_class: str
    day: date
    total: int


def excess(existing: Iterable[Terms], new: Terms) -> Excess | None:
    """Return the first day and size class on which `new` and the others promise more than the whole price.

    Agreements for all partners add up with those of each partner. Sums change only on a first day of validity, so
    those days are looked at and no others.
    """
    others = [terms for terms in existing if terms.validity.overlaps(new.validity)]
    days = {new.validity.starts_on} | {
        terms.validity.starts_on for terms in others if new.validity.covers(terms.validity.starts_on)
    }
    if new.partner_id is not None:
        partners: set[UUID | None] = {new.partner_id}
    else:
        partners = {terms.partner_id for terms in others} | {None}
    for size_class in sorted(new.shares):
        for day in sorted(days):
            for partner in partners:
                total = new.shares[size_class] + sum(
                    terms.shares.get(size_class, 0)
                    for terms in others
                    if terms.validity.covers(day) and terms.partner_id in (None, partner)
                )
                if total > WHOLE:
                    return Excess(size_class, day, total)
    return None
