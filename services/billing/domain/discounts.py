"""Discounts and fee waivers, granted before an invoice is issued."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from services.billing.domain.agreements import WHOLE
from services.billing.domain.tax import half_up
from shared.money import Money


class DiscountKind(StrEnum):
    """How much is given up: a part of the price, an amount of it, or all of the enterprise's share."""

    PERCENTAGE = "percentage"
    AMOUNT = "amount"
    WAIVER = "waiver"


@dataclass(frozen=True, slots=True)
class Discount:
    """What was granted; `rate` in hundredths of a per cent for a percentage, `amount` for an amount."""

    id: UUID
    kind: DiscountKind
    rate: int = 0
    amount: Money | None = None

    def off(self, price: Money) -> Money:
        """Return what comes off `price`, in the price's own terms (with tax where the price includes it).

        A percentage is rounded half up; an amount is never more than the price. A waiver takes nothing off here: it is
        the enterprise's share, whatever the price was split into.
        """
        if self.kind is DiscountKind.PERCENTAGE:
            return Money(half_up(price.minor * self.rate, WHOLE), price.currency)
        if self.kind is DiscountKind.AMOUNT and self.amount is not None:
            return min(self.amount, price)
        return Money.zero(price.currency)

    def share_of(self, price: Money | None) -> int:
        """Return how much of `price` it gives up at most, in hundredths of a per cent, rounded up.

        An amount that meets no price yet could be all of one that comes.
        """
        if self.kind is DiscountKind.PERCENTAGE:
            return self.rate
        if self.kind is DiscountKind.WAIVER or price is None:
            return WHOLE
        return -(-self.off(price).minor * WHOLE // price.minor)
