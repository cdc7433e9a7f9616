"""Tax by country rule: what the programme's finance entered, and the arithmetic on it.

No rate of any country is known here. Rules are data with a source note; a price without one is not subject to tax.

Rounding: half up to the minor unit, once per invoice and rate, on the sum of its lines (EN 16931 BR-CO-14 and BR-S-08).
Where prices include the tax, the price itself is what was promised: then the net amount is rounded and the tax is the
rest, so that the invoice asks for exactly the price.
"""

from dataclasses import dataclass
from typing import Final

from services.billing.domain.agreements import WHOLE
from services.billing.domain.parts import TaxCategory
from shared.money import Money

WITH_REASON: Final = frozenset({TaxCategory.EXEMPT, TaxCategory.NOT_SUBJECT, TaxCategory.REVERSE_CHARGE})
"""Categories whose invoices must say why there is no tax (BR-E-10, BR-O-10, BR-AE-10)."""


@dataclass(frozen=True, slots=True)
class TaxRule:
    """How an invoice is taxed: `rate` in hundredths of a per cent; `included`: prices have the tax in them."""

    code: str | None
    category: TaxCategory
    rate: int
    included: bool
    reason: str | None


UNTAXED: Final = TaxRule(None, TaxCategory.NOT_SUBJECT, 0, included=False, reason="Not subject to tax")
"""The rule of a price that names none."""


def half_up(numerator: int, denominator: int) -> int:
    """Return the quotient of two whole numbers rounded half up; none negative, the denominator positive."""
    return (2 * numerator + denominator) // (2 * denominator)


def tax_on(net: Money, rate: int) -> Money:
    """Return the tax that comes on top of `net`."""
    return Money(half_up(net.minor * rate, WHOLE), net.currency)


def net_of(gross: Money, rate: int) -> Money:
    """Return what is left of `gross` without the tax that it includes."""
    return Money(half_up(gross.minor * WHOLE, WHOLE + rate), gross.currency)


@dataclass(frozen=True, slots=True)
class TaxOwed:
    """An invoice share as payments meet it, in minor units: what is owed, the tax in it, and what was paid of both."""

    owed: int = 0
    tax: int = 0
    paid: int = 0
    tax_paid: int = 0

    def of_payment(self, amount: int) -> int:
        """Return how much of a payment of `amount` is tax.

        Cumulative: after each payment the tax paid is the share's proportion of what is paid in all, half up, so the
        last payment clears net and tax exactly. A payment taken back takes its own tax with it, which may leave the
        proportion off by a unit; neither side is ever paid beyond what is owed of it.
        """
        if not self.tax:
            return 0
        target = half_up(self.tax * (self.paid + amount), self.owed) - self.tax_paid
        net_open = (self.owed - self.tax) - (self.paid - self.tax_paid)
        return max(0, amount - net_open, min(target, self.tax - self.tax_paid, amount))


UNTAXED_SHARE: Final = TaxOwed()
"""A share without tax."""
