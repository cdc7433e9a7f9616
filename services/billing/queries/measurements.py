"""Reading measurements of cost recovery."""

from typing import Any

from sqlalchemy import Select, select

from services.billing.domain.recovery import Component, measure
from services.billing.queries.recovery import present_components, present_ratios
from services.billing.queries.scope import AnyRow
from services.billing.schemas.recovery import KeptMeasurementOut
from services.billing.tables import measurement
from shared.events.vocabulary import Basis


def measurements(programme: str) -> Select[Any]:
    """Return the measurements of a programme, one row per basis."""
    return select(measurement).where(measurement.c.programme == programme)


def present_measurement(row: AnyRow) -> KeptMeasurementOut:
    """Show one; the ratios follow from the sums that were kept."""
    sums = {Component(name): int(minor) for name, minor in row.components.items()}
    return KeptMeasurementOut(
        id=row.id,
        programme=row.programme,
        measurement_id=row.measurement_id,
        as_of=row.as_of,
        measured_at=row.measured_at,
        basis=Basis(row.basis),
        components=present_components(sums, row.currency),
        ratios=present_ratios(measure(sums, row.currency)),
    )
