"""Time is UTC, and in tests it stands still."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from shared.clock import FixedClock, system_clock, today

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def test_the_system_clock_says_now_in_utc() -> None:
    before = datetime.now(UTC)
    said = system_clock()
    assert said.utcoffset() == timedelta(0)
    assert before <= said <= datetime.now(UTC)


def test_a_fixed_clock_stands_still_until_it_is_moved() -> None:
    clock = FixedClock(NOON)
    assert clock() == clock() == NOON
    clock.advance(timedelta(hours=13))
    assert clock() == datetime(2026, 3, 3, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (NOON, date(2026, 3, 2)),
        (datetime(2026, 3, 2, 23, 59, 59, 999_999, tzinfo=UTC), date(2026, 3, 2)),
        (datetime(2026, 3, 3, 0, 0, tzinfo=UTC), date(2026, 3, 3)),
        (datetime(2026, 3, 2, 22, 0, tzinfo=timezone(timedelta(hours=-4))), date(2026, 3, 3)),
        (datetime(2026, 3, 2, 1, 0, tzinfo=timezone(timedelta(hours=7))), date(2026, 3, 1)),
    ],
)
def test_the_business_date_is_that_of_utc_whatever_zone_the_clock_speaks(now: datetime, day: date) -> None:
    assert today(FixedClock(now)) == day
