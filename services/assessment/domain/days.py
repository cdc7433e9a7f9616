"""Business dates: what has happened lies in the past, and things happen in order."""

from datetime import date

from services.assessment.errors import DateBefore, DateInFuture


def happened(field: str, day: date, today: date) -> None:
    """Refuse a fact dated after `today` (UTC); raises DateInFuture."""
    if day > today:
        raise DateInFuture(field, day, today)


def not_before(field: str, day: date, earliest: date, what: str) -> None:
    """Refuse a fact dated before what it follows; raises DateBefore."""
    if day < earliest:
        raise DateBefore(field, day, earliest, what)
