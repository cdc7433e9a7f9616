"""Rate cards: what one unit of a delivered day or visit costs, and which of several cards says so.

A classroom day takes a trainer and a venue, and for everybody present catering; whoever comes to a training for the
first time gets its material, and the first day takes the trainer's preparation. A visit takes a trainer and the way
there. An aborted visit has a card of its own, for all of the attempt (domain/score.md 3.2: plausible direct lines).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.billing.domain.costs import CostKind
from services.billing.domain.prices import Validity
from shared.events.vocabulary import Delivery
from shared.money import Money


class RateItem(StrEnum):
    """What a card puts a price on; the unit is in `UNITS`."""

    CLASSROOM_DAY = "classroom-day"
    PREPARATION = "preparation"
    VISIT = "visit"
    ABORTED_VISIT = "aborted-visit"
    TRAINER_TRAVEL = "trainer-travel"
    VENUE_DAY = "venue-day"
    MATERIAL = "material-participant"
    CATERING = "catering-participant-day"


UNITS: Final[dict[RateItem, str]] = {
    RateItem.CLASSROOM_DAY: "trainer, per classroom day",
    RateItem.PREPARATION: "trainer, once per training",
    RateItem.VISIT: "trainer, per completed visit",
    RateItem.ABORTED_VISIT: "all of an attempt, per aborted visit",
    RateItem.TRAINER_TRAVEL: "per completed visit",
    RateItem.VENUE_DAY: "per classroom day",
    RateItem.MATERIAL: "per participant of a training",
    RateItem.CATERING: "per participant and classroom day",
}
BOOKED_AS: Final[dict[RateItem, CostKind]] = {
    RateItem.CLASSROOM_DAY: CostKind.TRAINER_DAYS,
    RateItem.PREPARATION: CostKind.TRAINER_DAYS,
    RateItem.VISIT: CostKind.TRAINER_DAYS,
    RateItem.ABORTED_VISIT: CostKind.TRAINER_DAYS,
    RateItem.TRAINER_TRAVEL: CostKind.TRAVEL,
    RateItem.VENUE_DAY: CostKind.VENUE,
    RateItem.MATERIAL: CostKind.MATERIALS,
    RateItem.CATERING: CostKind.CATERING,
}
"""The kind of cost a card books unless it says another."""


class DeliveryKind(StrEnum):
    """What was delivered."""

    SESSION = "session"
    VISIT = "visit"
    ABORTED_VISIT = "aborted-visit"


class RatedBy(StrEnum):
    """What says what a delivery costs: a rate card, or the visit's own event."""

    CARD = "card"
    EVENT = "event"


def items_of_session(present: int, newcomers: int, *, is_first: bool) -> dict[RateItem, int]:
    """Return what a classroom day takes, with quantities; `newcomers` were at no earlier day of the training."""
    quantities = {
        RateItem.CLASSROOM_DAY: 1,
        RateItem.PREPARATION: int(is_first),
        RateItem.VENUE_DAY: 1,
        RateItem.MATERIAL: newcomers,
        RateItem.CATERING: present,
    }
    return {item: quantity for item, quantity in quantities.items() if quantity}


ITEMS_OF_VISIT: Final[dict[RateItem, int]] = {RateItem.VISIT: 1, RateItem.TRAINER_TRAVEL: 1}
ITEMS_OF_ABORTED_VISIT: Final[dict[RateItem, int]] = {RateItem.ABORTED_VISIT: 1}


@dataclass(frozen=True, slots=True)
class Card:
    """A rate card; None in `partner_id`, `trainer_id`, `module` or `delivery` means any."""

    id: UUID
    item: RateItem
    partner_id: UUID | None
    trainer_id: UUID | None
    module: str | None
    delivery: Delivery | None
    validity: Validity
    amount: Money
    cost_kind: CostKind

    @property
    def rank(self) -> tuple[bool, bool, bool, bool]:
        """How specific it is: the partner's own first, then one trainer's, one module's, one delivery's."""
        return (
            self.partner_id is not None,
            self.trainer_id is not None,
            self.module is not None,
            self.delivery is not None,
        )

    def fits(self, need: "Need") -> bool:
        """Tell whether it may rate `need`."""
        return (
            self.item is need.item
            and self.partner_id in (None, need.partner_id)
            and self.trainer_id in (None, need.trainer_id)
            and self.module in (None, need.module)
            and self.delivery in (None, need.delivery)
            and self.validity.covers(need.on)
        )

    def cost_of(self, quantity: int) -> Money:
        """Return what `quantity` units cost."""
        return Money(self.amount.minor * quantity, self.amount.currency)


@dataclass(frozen=True, slots=True)
class Need:
    """What a card is looked for: an item delivered by a partner in a training on a day, by a trainer if known."""

    item: RateItem
    partner_id: UUID
    trainer_id: UUID | None
    module: str
    delivery: Delivery
    on: date


def choose(cards: Iterable[Card], need: Need) -> Card | None:
    """Return the most specific card that fits, or None.

    No two that fit have one rank: they would have the same key on the same day, which the table forbids.
    """
    return max((card for card in cards if card.fits(need)), key=lambda card: card.rank, default=None)
