"""Where a share of an issued invoice stands: what is left of it after everything that was set against it."""

from dataclasses import dataclass
from uuid import UUID

from services.billing.domain.payments import Payer
from services.billing.domain.tax import half_up
from shared.money import Money


@dataclass(frozen=True, slots=True)
class Cut:
    """What is credited of a share: `tax` and `released` are parts of `amount`, `discount` goes with it."""

    amount: Money
    tax: Money
    released: Money
    released_tax: Money
    discount: Money

    @property
    def net(self) -> Money:
        """What is credited for the training itself."""
        return self.amount - self.tax


def proportion(of: Money, part: Money, whole: Money) -> Money:
    """Return what of `of` goes with `part` of `whole`, half up; nothing of nothing."""
    return Money(half_up(of.minor * part.minor, whole.minor) if whole else 0, of.currency)


def _within(tax: Money, all_tax: Money, part: Money, whole: Money) -> Money:
    # So much of `part` may be tax that both it and what is left of `whole` are made of tax and the rest.
    lowest = max(all_tax - (whole - part), Money.zero(tax.currency))
    return max(lowest, min(tax, all_tax, part))


@dataclass(frozen=True, slots=True)
class Position:
    """One share. `open` is what its payer owes, `paid` what was paid on it and not given back, each with the tax in it.

    `claim_id`: the live claim that asks for it; `approved`: what its funder granted, None until it has decided.
    `uncredited`: the share without tax and without what was credited of it; `discount`: what was given up of the fee,
    less what credit notes took back with it.
    """

    share_id: UUID
    payer: Payer
    amount: Money
    open: Money
    paid: Money
    credited: Money
    written_off: Money
    claim_id: UUID | None
    approved: Money | None
    tax_open: Money
    tax_paid: Money
    uncredited: Money
    discount: Money

    @property
    def is_asked_for(self) -> bool:
        """Whether a funder has this share before it and has not decided."""
        return self.claim_id is not None and self.approved is None

    @property
    def creditable(self) -> Money:
        """What a credit note may still take off: what is open, and what was paid and would be given back."""
        return Money.zero(self.open.currency) if self.is_asked_for else self.open + self.paid

    def credit(self, amount: Money) -> "Cut":
        """Return what a credit of `amount` takes: what is open goes first, what was paid is given back.

        The tax in it is in proportion to what can still be credited, half up, and so is the discount; what is left
        keeps the rest, so that everything clears exactly when all is credited. Of what is open and of what is paid,
        neither the tax nor the rest goes below zero.
        """
        released = max(amount - self.open, Money.zero(amount.currency))
        tax = proportion(self.tax_open + self.tax_paid, amount, self.open + self.paid)
        if released:
            released_tax = _within(tax - self.tax_open, self.tax_paid, released, self.paid)
            tax = self.tax_open + released_tax
        else:
            released_tax = released
            tax = _within(tax, self.tax_open, amount, self.open)
        whole = amount - tax == self.uncredited
        discount = self.discount if whole else proportion(self.discount, amount - tax, self.uncredited)
        return Cut(amount, tax, released, released_tax, discount)
