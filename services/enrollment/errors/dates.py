"""Dates that cannot be."""

from datetime import date

from services.enrollment.errors import RuleBroken


class DateInFuture(RuleBroken):
    """What has happened has a date up to today."""

    code = "date-in-future"

    def __init__(self, field: str, day: date, today: date) -> None:
        super().__init__(f"{field} {day} is after today, {today}", field=field)


class TooEarly(RuleBroken):
    """A date comes before one it has to follow."""

    code = "too-early"

    def __init__(self, field: str, day: date, earliest: date, because: str) -> None:
        super().__init__(f"{field} {day} is before {earliest}, {because}", field=field)


class TooLate(RuleBroken):
    """A date comes after one it has to precede."""

    code = "too-late"

    def __init__(self, field: str, day: date, latest: date, because: str) -> None:
        super().__init__(f"{field} {day} is after {latest}, {because}", field=field)
