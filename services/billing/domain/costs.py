"""Costs: direct to a training or overhead of the partner, paid in money or given in kind, by whom.

No source says which lines are direct (domain/score.md 3.2); the split below is the programme's setting in code, and
`SPLIT_VERSION` its version.
"""

from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.billing.domain.accounts import Account, Code
from services.billing.domain.posting import Dimensions, Entry, EntryKind, Source, credit, debit, entry
from shared.events.vocabulary import PayerClass
from shared.money import Money


class CostKind(StrEnum):
    """What was bought or given."""

    TRAINER_DAYS = "trainer-days"
    VENUE = "venue"
    MATERIALS = "materials"
    TRAVEL = "travel"
    CATERING = "catering"
    INTERPRETATION = "interpretation"
    OTHER_DIRECT = "other-direct"
    COORDINATION = "coordination"
    QUALITY_ASSURANCE = "quality-assurance"
    CERTIFICATION = "certification"
    MARKETING = "marketing"
    MONITORING = "monitoring"


class Funding(StrEnum):
    """Whether somebody has to be paid, or who paid or gave it.

    The ILO's part is told apart because no formula counts it as recovery (domain/score.md 3.1).
    """

    CASH = "cash"
    IN_KIND = "in-kind"
    ILO_PAID = "ilo-paid"
    ILO_IN_KIND = "ilo-in-kind"

    @property
    def in_kind(self) -> bool:
        """Whether no money moved: a value was put on it."""
        return self in (Funding.IN_KIND, Funding.ILO_IN_KIND)

    @property
    def by_ilo(self) -> bool:
        """Whether the ILO paid or gave it."""
        return self in (Funding.ILO_PAID, Funding.ILO_IN_KIND)

    @property
    def payer_class(self) -> PayerClass | None:
        """Who contributed, for the figures of cost recovery; nobody where the partner has to pay."""
        if self.by_ilo:
            return PayerClass.ILO
        return PayerClass.IN_KIND if self.in_kind else None

    @classmethod
    def of(cls, *, in_kind: bool, by_ilo: bool) -> "Funding":
        """Return the funding of a stored cost."""
        if by_ilo:
            return cls.ILO_IN_KIND if in_kind else cls.ILO_PAID
        return cls.IN_KIND if in_kind else cls.CASH


class Valuation(StrEnum):
    """What the value of something given in kind rests on."""

    MARKET_PRICE = "market-price"
    RATE_CARD = "rate-card"
    AGREED = "agreed"


class CostState(StrEnum):
    """What is left to do about a cost; derived from payments and reversals, never stored."""

    OPEN = "open"
    PAID = "paid"
    GIVEN = "given"
    REVERSED = "reversed"


_DIRECT: Final[dict[CostKind, str]] = {
    CostKind.TRAINER_DAYS: "5010",
    CostKind.VENUE: "5020",
    CostKind.MATERIALS: "5030",
    CostKind.TRAVEL: "5040",
    CostKind.CATERING: "5050",
    CostKind.INTERPRETATION: "5070",
    CostKind.OTHER_DIRECT: "5090",
}
_OVERHEAD: Final[dict[CostKind, str]] = {
    CostKind.COORDINATION: "6010",
    CostKind.QUALITY_ASSURANCE: "6020",
    CostKind.CERTIFICATION: "6030",
    CostKind.MARKETING: "6040",
    CostKind.MONITORING: "6050",
}

DIRECT: Final = frozenset(_DIRECT)
OVERHEAD: Final = frozenset(_OVERHEAD)
SPLIT_VERSION: Final = 1


def account_of(kind: CostKind) -> str:
    """Return the account that a kind of cost is booked on: 50xx direct, 60xx overhead."""
    return _DIRECT.get(kind) or _OVERHEAD[kind]


def cost_entry(cost_id: UUID, kind: CostKind, amount: Money, posted_on: date, dimensions: Dimensions) -> Entry | None:
    """Return the entry of a cost: Dr 50xx or 60xx; Cr 2010, or 4130 given in kind, or 4190 paid or given by the ILO.

    `dimensions` carries `is_in_kind`, and the payer class I for the ILO. In kind and not from the ILO it counts as K on
    both sides and as neither C_dir nor C_ovh; what the ILO gives is a cost like any other, and income of class I.
    """
    lines = (
        debit(Account(account_of(kind)), amount, dimensions),
        credit(Account(_contra(dimensions)), amount, dimensions),
    )
    return entry(
        EntryKind.IN_KIND if dimensions.is_in_kind else EntryKind.COST, posted_on, Source("cost", cost_id), lines
    )


def _contra(dimensions: Dimensions) -> Code:
    if dimensions.payer_class is PayerClass.ILO:
        return Code.ILO_CONTRIBUTION
    return Code.IN_KIND if dimensions.is_in_kind else Code.PAYABLE
