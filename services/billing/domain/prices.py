"""Prices per partner, module and day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Validity:
    """A span of days, both ends included; without an end it goes on."""

    starts_on: date
    ends_on: date | None = None

    def covers(self, day: date) -> bool:
        """Tell whether `day` lies in the span."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)

    def overlaps(self, other: "Validity") -> bool:
        """Tell whether the two spans share a day."""
        return (self.ends_on is None or other.starts_on <= self.ends_on) and (
            other.ends_on is None or self.starts_on <= other.ends_on
        )


@dataclass(frozen=True, slots=True)
class Succession:
    """What adding a price does to the others: `ended` gets its `last_day`, or `in_the_way` forbids it."""

    ended: UUID | None = None
    last_day: date | None = None
    in_the_way: UUID | None = None


def succeed(existing: Iterable[tuple[UUID, Validity]], new: Validity) -> Succession:
    """Decide how `new` joins the prices of the same partner and module.

    A price without an end runs until the next one begins; any other overlap is refused.
    """
    ended: UUID | None = None
    for price_id, validity in existing:
        if not validity.overlaps(new):
            continue
        if validity.ends_on is None and validity.starts_on < new.starts_on:
            ended = price_id
            continue
        return Succession(in_the_way=price_id)
    return Succession(ended, None if ended is None else new.starts_on - timedelta(days=1))
