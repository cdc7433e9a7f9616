"""Where a share of an issued invoice stands: what is left of it after everything that was set against it."""

from dataclasses import dataclass
from uuid import UUID

from services.billing.domain.payments import Payer
from shared.money import Money


@dataclass(frozen=True, slots=True)
class Position:
    """One share. `open` is what its payer owes, `paid` what was paid on it and not given back.

    `claim_id`: the live claim that asks for it; `approved`: what its funder granted, None until it has decided.
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

    @property
    def is_asked_for(self) -> bool:
        """Whether a funder has this share before it and has not decided."""
        return self.claim_id is not None and self.approved is None

    @property
    def creditable(self) -> Money:
        """What a credit note may still take off: what is open, and what was paid and would be given back."""
        return Money.zero(self.open.currency) if self.is_asked_for else self.open + self.paid

    def released_by(self, amount: Money) -> Money:
        """Return how much of a credit of `amount` was paid already: what is open goes first."""
        return max(amount - self.open, Money.zero(amount.currency))
