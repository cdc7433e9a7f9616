"""Splitting a price among the enterprise and those who pay part of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.billing.domain.agreements import WHOLE
from shared.events.vocabulary import PayerClass
from shared.money import Money


@dataclass(frozen=True, slots=True)
class Offer:
    """What one agreement would pay, at most `remaining`: `share` hundredths of a per cent of the price, or `fixed`."""

    agreement_id: UUID
    payer_class: PayerClass
    share: int
    remaining: Money
    fixed: Money | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """What one payer owes, with the tax in it; the enterprise's own share has class F and no agreement.

    Only the enterprise bears tax: funders pay their part of the net price.
    """

    payer_class: PayerClass
    agreement_id: UUID | None
    amount: Money
    tax_minor: int = 0

    @property
    def tax(self) -> Money:
        """The tax in it."""
        return Money(self.tax_minor, self.amount.currency)

    @property
    def net(self) -> Money:
        """What is left of it for the training; all that cost recovery counts."""
        return self.amount - self.tax


def split_price(price: Money, offers: Sequence[Offer]) -> tuple[Share, ...]:
    """Split `price` so that the shares sum exactly to it; the enterprise's share comes first and is always there.

    Largest remainder first, the enterprise before the agreements on a tie. No agreement pays more than is left of its
    ceiling: the enterprise pays the rest. Fixed amounts come after the parts, in the order given, each at most what is
    left to the enterprise. Raises MoneyError when the offers are more than the whole price.
    """
    own = WHOLE - sum(offer.share for offer in offers)
    ideal = price.split([own, *(offer.share for offer in offers)])
    zero = Money.zero(price.currency)
    paid = [min(part, max(offer.remaining, zero)) for part, offer in zip(ideal[1:], offers, strict=True)]
    enterprise = price
    for amount in paid:
        enterprise = enterprise - amount
    for place, offer in enumerate(offers):
        if offer.fixed is not None:
            paid[place] = min(offer.fixed, max(offer.remaining, zero), enterprise)
            enterprise = enterprise - paid[place]
    subsidies = (
        Share(offer.payer_class, offer.agreement_id, amount)
        for offer, amount in zip(offers, paid, strict=True)
        if amount
    )
    return (Share(PayerClass.ENTERPRISE, None, enterprise), *subsidies)


def spread(shares: Sequence[Share], parts: Sequence[Money]) -> tuple[tuple[Share, ...], ...]:
    """Spread every share over `parts`, which sum to the shares: both the parts and the shares come out exact.

    Part by part in proportion to what is left of each share, largest remainder first. A share of nothing is kept for
    the enterprise and left out for others. Raises ValueError when the parts and the shares have different sums.
    """
    left = [share.amount for share in shares]
    spreads: list[tuple[Share, ...]] = []
    for part in parts:
        taken = part.split([amount.minor for amount in left]) if part else tuple(part for _ in left)
        left = [amount - some for amount, some in zip(left, taken, strict=True)]
        spreads.append(
            tuple(
                Share(share.payer_class, share.agreement_id, some)
                for share, some in zip(shares, taken, strict=True)
                if some or share.payer_class is PayerClass.ENTERPRISE
            )
        )
    if any(left):
        raise ValueError("the parts do not make the shares")
    return tuple(spreads)
