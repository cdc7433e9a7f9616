"""Sets of days made of periods: exact, also when they overlap, touch or never end."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """From `starts_on` to `ends_on`, both included; None means without end, and so does the last day there is."""

    starts_on: date
    ends_on: date | None

    def __post_init__(self) -> None:
        """Take the calendar's last day, which some registers write for `never`, as no end."""
        if self.ends_on == date.max:
            object.__setattr__(self, "ends_on", None)

    def __contains__(self, day: date) -> bool:
        """Tell whether `day` lies in the period."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


@dataclass(frozen=True, slots=True)
class Days:
    """A set of days: periods in order, none touching the next."""

    periods: tuple[Period, ...] = ()

    @classmethod
    def of(cls, periods: Iterable[Period]) -> Self:
        """Return the days of `periods`; one that ends before it starts holds no day."""
        merged: list[Period] = []
        for period in sorted(periods, key=lambda p: p.starts_on):
            if period.ends_on is not None and period.ends_on < period.starts_on:
                continue
            last = merged[-1] if merged else None
            if last is None or (last.ends_on is not None and period.starts_on > last.ends_on + _DAY):
                merged.append(period)
            elif last.ends_on is not None and (period.ends_on is None or period.ends_on > last.ends_on):
                merged[-1] = Period(last.starts_on, period.ends_on)
        return cls(tuple(merged))

    def plus(self, period: Period) -> "Days":
        """Return these days and those of `period`."""
        return Days.of((*self.periods, period))

    def before(self, day: date) -> "Days":
        """Return the days that come before `day`."""
        return Days.of(
            period if period.ends_on is not None and period.ends_on < day else Period(period.starts_on, day - _DAY)
            for period in self.periods
            if period.starts_on < day
        )

    def __contains__(self, day: date) -> bool:
        """Tell whether `day` is one of them."""
        return any(day in period for period in self.periods)

    @property
    def last(self) -> date | None:
        """The last day, or None when there is none or they never end."""
        return self.periods[-1].ends_on if self.periods else None
