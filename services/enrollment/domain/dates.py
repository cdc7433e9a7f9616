"""Business dates: what has happened lies in the past, and what follows comes after."""

from datetime import date

from services.enrollment.errors.dates import DateInFuture, TooEarly, TooLate


def require_happened(field: str, day: date, *, today: date) -> None:
    """Raise DateInFuture when `day` is after `today`; the past is open, since old programmes are entered too."""
    if day > today:
        raise DateInFuture(field, day, today)


def require_from(field: str, day: date, earliest: date | None, because: str) -> None:
    """Raise TooEarly when `day` is before `earliest`."""
    if earliest is not None and day < earliest:
        raise TooEarly(field, day, earliest, because)


def require_until(field: str, day: date, latest: date, because: str) -> None:
    """Raise TooLate when `day` is after `latest`."""
    if day > latest:
        raise TooLate(field, day, latest, because)
