"""A certificate and whether it is active on a day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from services.certification.domain.dates import add_months


class Series(StrEnum):
    """Where a certificate comes from; each series is numbered for itself."""

    BOARD = "board"
    RECOGNITION = "recognition"


@dataclass(frozen=True, slots=True)
class Suspension:
    """A time without effect: from `suspended_on` to the day before `reinstated_on`."""

    suspended_on: date
    reinstated_on: date | None = None


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the programme says a trainer may do in a module; both ends of the validity are included."""

    id: UUID
    number: str
    series: Series
    trainer_id: UUID
    module: str
    valid_from: date
    valid_until: date | None
    expert_from: date | None = None
    withdrawn_on: date | None = None
    suspensions: tuple[Suspension, ...] = ()
    case_id: UUID | None = None

    @property
    def is_recognised(self) -> bool:
        """Whether it was granted elsewhere and recognised here."""
        return self.series is Series.RECOGNITION

    def active_on(self, day: date) -> bool:
        """Tell whether it has effect on `day`: valid, not suspended, not withdrawn."""
        return (
            self.valid_from <= day
            and (self.valid_until is None or day <= self.valid_until)
            and (self.withdrawn_on is None or day < self.withdrawn_on)
            and not any(
                pause.suspended_on <= day and (pause.reinstated_on is None or day < pause.reinstated_on)
                for pause in self.suspensions
            )
        )

    def expert_on(self, day: date) -> bool:
        """Tell whether its holder is an active expert of the module on `day`."""
        return self.expert_from is not None and self.expert_from <= day and self.active_on(day)

    def granted_by(self, day: date) -> bool:
        """Tell whether it had been granted, and not withdrawn, by `day`; an expired certificate was granted."""
        return self.valid_from <= day and (self.withdrawn_on is None or day < self.withdrawn_on)


def valid_until(valid_from: date, months: int) -> date:
    """Return the last day of a validity of `months` that begins on `valid_from`."""
    return add_months(valid_from, months) - timedelta(days=1)


def is_expert(certificates: Iterable[Certificate], trainer: UUID, module: str, on: date) -> bool:
    """Tell whether `trainer` is an active expert of `module` on `on`."""
    return any(
        certificate.trainer_id == trainer and certificate.module == module and certificate.expert_on(on)
        for certificate in certificates
    )
