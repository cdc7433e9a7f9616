"""Costs: direct to a training or overhead of the partner, paid in money or given in kind.

No source says which lines are direct (domain/score.md 3.2); the split below is the programme's setting in code.
"""

from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.billing.domain.accounts import Account, Code
from services.billing.domain.posting import Dimensions, Entry, EntryKind, Source, credit, debit, entry
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
    """Whether somebody has to be paid, or gave it."""

    CASH = "cash"
    IN_KIND = "in-kind"


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


def cost_entry(cost_id: UUID, kind: CostKind, amount: Money, posted_on: date, dimensions: Dimensions) -> Entry | None:
    """Return the entry of a cost: Dr 50xx or 60xx, Cr 2010; given in kind, Dr 50xx and Cr 4130 for the same value.

    `dimensions` carries `is_in_kind`; an in-kind posting counts as K on both sides and as neither C_dir nor C_ovh.
    """
    account = Account(_DIRECT.get(kind) or _OVERHEAD[kind])
    source = Source("cost", cost_id)
    if dimensions.is_in_kind:
        lines = (debit(account, amount, dimensions), credit(Account(Code.IN_KIND), amount, dimensions))
        return entry(EntryKind.IN_KIND, posted_on, source, lines)
    lines = (debit(account, amount, dimensions), credit(Account(Code.PAYABLE), amount, dimensions))
    return entry(EntryKind.COST, posted_on, source, lines)
