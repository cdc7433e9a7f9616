"""Order of dates: what has happened lies in the past, and effects follow causes."""

from datetime import date

from services.certification.errors.common import DateInFuture, DateOrder


def require_past(field: str, value: date, today: date) -> None:
    """Raise DateInFuture when `value` lies after `today`; today itself is fine."""
    if value > today:
        raise DateInFuture(field, value, today)


def require_order(field: str, value: date, other: str, bound: date | None) -> None:
    """Raise DateOrder when `value` lies before `bound`, which is called `other`; no bound, no rule."""
    if bound is not None and value < bound:
        raise DateOrder(field, value, other, bound)


def add_months(day: date, months: int) -> date:
    """Return the same day `months` later, or that month's last day where it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    last = (following - date.resolution).day
    return date(year, month + 1, min(day.day, last))
