"""One bill over several trainings: who bears how much of it."""

from collections.abc import Sequence
from enum import StrEnum

from shared.money import Money


class SplitBy(StrEnum):
    """By what a bill is divided: the same for each, enterprises enrolled, calendar days, or weights given."""

    EQUALLY = "equally"
    ENTERPRISES = "enterprises"
    DAYS = "days"
    WEIGHTS = "weights"


class NothingBorne(ValueError):
    """A training would bear nothing of the bill; `place` is its place among them, from 0."""

    def __init__(self, place: int) -> None:
        super().__init__(f"number {place} would bear nothing")
        self.place = place


def divide(bill: Money, weights: Sequence[int]) -> tuple[Money, ...]:
    """Divide a bill so that the parts sum exactly to it, by largest remainder, the earlier first on a tie.

    Raises NothingBorne where a part would be nothing: a weight of 0, or a bill too small for so many.
    """
    for place, weight in enumerate(weights):
        if weight <= 0:
            raise NothingBorne(place)
    parts = bill.split(weights)
    for place, part in enumerate(parts):
        if not part:
            raise NothingBorne(place)
    return parts
