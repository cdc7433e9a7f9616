"""Windows of cost recovery: which effective days count. All ends are included."""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Self

from services.billing.domain.programme import Phase


class WindowKind(StrEnum):
    """How a window is named."""

    SPAN = "span"
    CUMULATIVE = "cumulative"
    PHASE = "phase"
    YEAR = "year"
    ROLLING = "rolling"


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Self:
        """Return the month of `day`."""
        return cls(day.year, day.month)

    @property
    def first(self) -> date:
        """The first day."""
        return date(self.year, self.number, 1)

    @property
    def last(self) -> date:
        """The last day: the 28th to the 31st."""
        return date(self.year, self.number, calendar.monthrange(self.year, self.number)[1])

    @property
    def index(self) -> int:
        """Months since the year 0, so that months can be counted."""
        return self.year * 12 + self.number - 1

    def plus(self, months: int) -> "Month":
        """Return the month so many months later, or earlier."""
        year, number = divmod(self.index + months, 12)
        return Month(year, number + 1)

    def __str__(self) -> str:
        """Write `2016-02`."""
        return f"{self.year:04d}-{self.number:02d}"


def months_of(first: Month, last: Month) -> Iterator[Month]:
    """Return the months from `first` to `last`, both included; none when `last` is earlier."""
    return (first.plus(offset) for offset in range(last.index - first.index + 1))


def last_whole_month(until: date) -> Month:
    """Return the last month that has ended by the evening of `until`.

    The month of `until` itself only where `until` is its last day: 29 February 2016 ends February, 28 February 2016
    does not, and then it is January.
    """
    month = Month.of(until)
    return month if until == month.last else month.plus(-1)


@dataclass(frozen=True, slots=True)
class Days:
    """A window: its days, what it is called, and whether it is over.

    No `since`: from the first entry; no `until`: to the last one. A window that still runs, such as the current phase,
    goes up to `until` and is not `complete`.
    """

    kind: WindowKind
    since: date | None
    until: date | None
    text: str
    complete: bool = True


def span(since: date | None, until: date | None) -> Days:
    """Return the days from `since` to `until`, as they were named."""
    if since is None:
        return Days(WindowKind.SPAN, None, until, "everything" if until is None else f"everything to {until}")
    return Days(WindowKind.SPAN, since, until, f"from {since}" if until is None else f"{since} to {until}")


def cumulative(until: date) -> Days:
    """Return everything up to `until`."""
    return Days(WindowKind.CUMULATIVE, None, until, f"cumulative to {until}")


def of_phase(phase: Phase, until: date) -> Days:
    """Return the days of a phase by the programme's policy, up to `until` while it runs."""
    last = until if phase.ends_on is None else min(phase.ends_on, until)
    complete = last == phase.ends_on
    text = f"phase {phase.code}, {phase.starts_on} to {last}" + ("" if complete else ", still running")
    return Days(WindowKind.PHASE, phase.starts_on, last, text, complete)


def of_year(year: int, until: date) -> Days:
    """Return a calendar year, up to `until` while it runs."""
    last = min(date(year, 12, 31), until)
    complete = last == date(year, 12, 31)
    text = f"calendar year {year}" if complete else f"calendar year {year} to {last}, still running"
    return Days(WindowKind.YEAR, date(year, 1, 1), last, text, complete)


def rolling(months: int, until: date) -> Days:
    """Return the last `months` whole calendar months that have ended by `until`.

    Days after the last whole month do not count: rolling 12 to 2016-02-28 is 2015-02-01 to 2016-01-31, and to
    2016-02-29 it is 2015-03-01 to 2016-02-29.
    """
    last = last_whole_month(until)
    first = last.plus(1 - months)
    return Days(WindowKind.ROLLING, first.first, last.last, f"the {months} whole months {first} to {last}")
