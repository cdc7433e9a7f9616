"""From a price to the invoices of an enrollment: discount, instalments, funders, tax, all summing exactly."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.billing.domain.discounts import Discount, DiscountKind
from services.billing.domain.instalments import AT_ONCE, Instalment
from services.billing.domain.shares import Offer, Share, split_price, spread
from services.billing.domain.tax import UNTAXED, TaxRule, net_of, tax_on
from shared.money import Money


@dataclass(frozen=True, slots=True)
class Terms:
    """What a draft is made of: the price in force, its plan and tax, and what was granted off it."""

    price: Money
    plan: tuple[Instalment, ...] = AT_ONCE
    tax: TaxRule = UNTAXED
    discount: Discount | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """One invoice to be.

    `price` is its part of the list price in the price's own terms; `discount` what it gives up of the net price. The
    shares are what is owed, the enterprise's with the tax.
    """

    number: int
    instalment: Instalment
    price: Money
    discount: Money
    shares: tuple[Share, ...]

    @property
    def total(self) -> Money:
        """What is asked for, with tax."""
        return Money(sum(share.amount.minor for share in self.shares), self.price.currency)

    @property
    def tax(self) -> Money:
        """The tax in it."""
        return Money(sum(share.tax_minor for share in self.shares), self.price.currency)


def drafts(terms: Terms, offers: Sequence[Offer]) -> tuple[Draft, ...]:
    """Return the invoices of an enrollment, in the order of its plan.

    The parts of the list price sum to it, the net amounts of each payer over the instalments to its share of the net
    price, and the shares of each invoice to its total. A discount lowers the net price before it is split and taxed. A
    waiver leaves the funders' shares as they are and gives up the enterprise's; the tax on what funders pay stays the
    enterprise's, because it is not the partner's to waive.
    """
    prices = terms.price.split([part.share for part in terms.plan])
    waived = terms.discount is not None and terms.discount.kind is DiscountKind.WAIVER
    off = Money.zero(terms.price.currency) if terms.discount is None else terms.discount.off(terms.price)
    offs = off.split([price.minor for price in prices])
    asked = [price - cut for price, cut in zip(prices, offs, strict=True)]
    full, nets = [_net(price, terms.tax) for price in prices], [_net(price, terms.tax) for price in asked]
    whole = Money(sum(net.minor for net in nets), terms.price.currency)
    made: list[Draft] = []
    for place, shares in enumerate(spread(split_price(whole, offers), nets)):
        own, net, discount = shares[0], nets[place], full[place] - nets[place]
        if waived:
            net, discount = net - own.amount, discount + own.amount
            own = replace(own, amount=Money.zero(net.currency))
        # A waiver promises no price with tax in it any more: its tax comes on the net amount.
        tax = asked[place] - net if terms.tax.included and not waived else tax_on(net, terms.tax.rate)
        own = taxed(own, tax)
        made.append(Draft(place + 1, terms.plan[place], prices[place], discount, (own, *shares[1:])))
    return tuple(made)


def _net(price: Money, rule: TaxRule) -> Money:
    return net_of(price, rule.rate) if rule.included else price


def taxed(own: Share, tax: Money) -> Share:
    """Return the enterprise's share with `tax` in it instead of what was; its net amount stays."""
    return replace(own, amount=own.net + tax, tax_minor=tax.minor)
