"""Enrollments as billing needs them."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.billing.domain.posting import Dimensions
from shared.events.vocabulary import Delivery


@dataclass(frozen=True, slots=True)
class Enrolled:
    """An enrollment to be billed."""

    id: UUID
    programme: str
    partner_id: UUID
    enterprise_id: UUID
    training_id: UUID
    module: str
    region: str
    delivery: str
    size_class: str
    enrolled_on: date

    def dimensions(self, phase: str | None) -> Dimensions:
        """Return what entries about it are cut by."""
        return Dimensions(
            phase=phase,
            training_id=self.training_id,
            module=self.module,
            region=self.region,
            delivery=Delivery(self.delivery),
        )
