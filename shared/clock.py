"""Time comes from here and nowhere else."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


class FixedClock:
    """A clock for tests: stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Return the moment the clock was set to."""
        return self.now

    def advance(self, by: timedelta) -> None:
        """Move the clock forward by `by`."""
        self.now += by


def today(clock: Clock) -> date:
    """Return the business date of `clock`, in UTC."""
    return clock().astimezone(UTC).date()
