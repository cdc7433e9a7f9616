"""Members of the certification board and their mandates."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.certification.domain.constituency import Constituency


@dataclass(frozen=True, slots=True)
class Member:
    """A seat on the board; both ends of the mandate are included.

    `trainer_id`, `partner_id` and `employer` are the ties that conflicts are derived from. `subject` is the login that
    may vote as this member.
    """

    id: UUID
    name: str
    constituency: Constituency
    mandate_from: date
    mandate_to: date | None
    subject: str | None = None
    trainer_id: UUID | None = None
    partner_id: UUID | None = None
    employer: str | None = None

    def sits_on(self, day: date) -> bool:
        """Tell whether the member has a mandate on `day`."""
        return self.mandate_from <= day and (self.mandate_to is None or day <= self.mandate_to)
