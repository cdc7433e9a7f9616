"""Cost recovery month by month: of each month, since the beginning, or over the months up to it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from services.billing.domain.recovery import Component
from services.billing.domain.windows import Month, months_of

Months = Mapping[Month, Mapping[Component, int]]


@dataclass(frozen=True, slots=True)
class Point:
    """The months whose sums make one point; no `first`: everything up to its month."""

    month: Month
    first: Month | None
    until: date

    @property
    def complete(self) -> bool:
        """Whether the whole month is in it."""
        return self.until == self.month.last

    def parts(self, months: Months) -> dict[Month, Mapping[Component, int]]:
        """Return those of `months` that it is made of."""
        return {
            month: sums
            for month, sums in months.items()
            if month <= self.month and (self.first is None or self.first <= month)
        }


def points(first: Month, until: date, width: int | None) -> Iterator[Point]:
    """Return a point for every month from `first` to that of `until`.

    `width` is how many months each takes, 1 for the month alone; None: all since the beginning of the window.
    """
    for month in months_of(first, Month.of(until)):
        begin = None if width is None else month.plus(1 - width)
        yield Point(month, begin, min(month.last, until))


def add_up(months: Months) -> dict[Component, int]:
    """Return the sums of several months together."""
    sums: dict[Component, int] = {}
    for part in months.values():
        for component, minor in part.items():
            sums[component] = sums.get(component, 0) + minor
    return sums
