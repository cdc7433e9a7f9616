"""What is known here of trainers, from the certification service: who may lead a module on which day."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from services.enrollment.domain.days import Days, Period


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate of a trainer for a module: the days it is valid, less those it is suspended."""

    module: str
    number: str
    is_expert: bool
    valid: Days = field(default_factory=Days)
    suspended: Days = field(default_factory=Days)

    def active_on(self, day: date) -> bool:
        """Tell whether the trainer may use the certificate on `day`."""
        return day in self.valid and day not in self.suspended

    def granted(self, valid_from: date, valid_until: date | None) -> "Certificate":
        """Return it valid from `valid_from` to `valid_until` as well: first certification, or renewal."""
        return replace(self, valid=self.valid.plus(Period(valid_from, valid_until)))

    def suspended_from(self, effective_on: date) -> "Certificate":
        """Return it suspended from `effective_on` on, that day included."""
        return replace(self, suspended=self.suspended.plus(Period(effective_on, None)))

    def reinstated_on(self, effective_on: date) -> "Certificate":
        """Return it usable again from `effective_on` on, that day included."""
        return replace(self, suspended=self.suspended.before(effective_on))

    def withdrawn_on(self, effective_on: date) -> "Certificate":
        """Return it without validity from `effective_on` on, that day included."""
        return replace(self, valid=self.valid.before(effective_on))

    def expired_on(self, day: date) -> "Certificate":
        """Return it run out.

        Its own last day stays valid when the register dates the expiry on that day; an earlier expiry, or one of a
        certificate without an end, takes the day itself away.
        """
        return self if self.valid.last == day else self.withdrawn_on(day)


def change_numbered(
    certificates: Sequence[Certificate], number: str, change: Callable[[Certificate], Certificate]
) -> tuple[Certificate, ...] | None:
    """Return `certificates` with `change` made to those of `number`, or None when there is none of it."""
    if not any(certificate.number == number for certificate in certificates):
        return None
    return tuple(change(one) if one.number == number else one for one in certificates)


def grant(
    certificates: Sequence[Certificate], granted: Certificate, valid_from: date, valid_until: date | None
) -> tuple[Certificate, ...]:
    """Return `certificates` with `granted` valid for the period, added to the one of its number and kind if any.

    An expert certification under the number of a plain one stands beside it, so each is exact on its own days.
    """
    same = [one for one in certificates if (one.number, one.is_expert) == (granted.number, granted.is_expert)]
    known = same[0] if same else granted
    others = tuple(one for one in certificates if one is not known)
    return (*others, known.granted(valid_from, valid_until))


@dataclass(frozen=True, slots=True)
class TrainerFacts:
    """A trainer as far as one module goes."""

    trainer_id: UUID
    module: str
    tot_passed_on: date | None
    certificates: tuple[Certificate, ...]

    def may_lead(self, day: date) -> bool:
        """Tell whether a certification is active on `day`."""
        return any(certificate.active_on(day) for certificate in self.certificates)

    def may_supervise(self, day: date) -> bool:
        """Tell whether an expert certification is active on `day`."""
        return any(certificate.is_expert and certificate.active_on(day) for certificate in self.certificates)

    def passed_tot_by(self, day: date) -> bool:
        """Tell whether the training of trainers was passed on or before `day`."""
        return self.tot_passed_on is not None and self.tot_passed_on <= day
