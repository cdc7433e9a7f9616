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
    """What one payer owes; the enterprise's own share has class F and no agreement."""

    payer_class: PayerClass
    agreement_id: UUID | None
    amount: Money


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
