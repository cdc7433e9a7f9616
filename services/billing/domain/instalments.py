"""Instalments: in which parts a price is invoiced, and when each may be."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.billing.domain.agreements import WHOLE


class WaitsFor(StrEnum):
    """What must have happened before the invoice of an instalment may be issued."""

    ENROLLMENT = "enrollment"
    COMPLETION = "completion"


@dataclass(frozen=True, slots=True)
class Instalment:
    """One part of the price: `share` in hundredths of a per cent."""

    share: int
    waits_for: WaitsFor


AT_ONCE: Final = (Instalment(WHOLE, WaitsFor.ENROLLMENT),)
"""The plan of a price that names none: all at enrollment."""


def is_whole(plan: Sequence[Instalment]) -> bool:
    """Tell whether the parts make the whole price, each of them something."""
    return sum(part.share for part in plan) == WHOLE and all(part.share > 0 for part in plan)
