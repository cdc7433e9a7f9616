"""How old a debt is: days after the day it fell due, in the bands that finance officers report."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from shared.money import Money


class Age(StrEnum):
    """Days past the due day, both ends included."""

    NOT_DUE = "not-due"
    DAYS_1_30 = "1-30"
    DAYS_31_60 = "31-60"
    DAYS_61_90 = "61-90"
    OVER_90 = "over-90"


_LAST_DAY: Final = ((0, Age.NOT_DUE), (30, Age.DAYS_1_30), (60, Age.DAYS_31_60), (90, Age.DAYS_61_90))


def age_of(due_on: date | None, as_of: date) -> Age:
    """Return the age of a debt as of a day; without a due day it is not due yet."""
    if due_on is None:
        return Age.NOT_DUE
    days = (as_of - due_on).days
    return next((age for last, age in _LAST_DAY if days <= last), Age.OVER_90)


@dataclass(frozen=True, slots=True)
class Debt:
    """Something open with the day it falls or fell due; none: nobody has set one yet."""

    due_on: date | None
    open: Money


def by_age(debts: Iterable[Debt], as_of: date, currency: str) -> Mapping[Age, Money]:
    """Return what is open by age; every age is there."""
    sums = dict.fromkeys(Age, Money.zero(currency))
    for debt in debts:
        age = age_of(debt.due_on, as_of)
        sums[age] = sums[age] + debt.open
    return sums
