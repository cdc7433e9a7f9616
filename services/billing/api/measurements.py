"""Measurements of cost recovery that are kept, and what moved since."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from services.billing.api.access import Asked, ManagerWrites, Programme, Reads
from services.billing.commands.measurements import take_measurement
from services.billing.queries.measurements import measurements, present_measurement
from services.billing.queries.moved import moved_since
from services.billing.schemas.measurements import KeptMeasurementOut, MeasurementOut, MovedSince, TakeMeasurement
from services.billing.tables import measurement
from shared.auth.actor import Role
from shared.errors import NotFound
from shared.events.vocabulary import Basis
from shared.web.access import ReadAccess, Reading
from shared.web.listing import Page, answer_list

router = APIRouter(prefix="/v1/programmes/{programme}/cost-recovery/measurements", tags=["cost recovery"])

# It names documents of every book, so it is for those who see every book.
ReadsAll = Annotated[Reading, Depends(ReadAccess(Role.PROGRAMME_MANAGER, Role.AUDITOR, Role.OPS))]


@router.post("", status_code=201, response_model=MeasurementOut)
async def post_measurement(programme: Programme, body: TakeMeasurement, write: ManagerWrites) -> Response:
    """Measure the programme, or a part of it, on every basis as of a day, keep it and publish it."""
    return await write.run(take_measurement, programme, body)


@router.get("", response_model=Page[KeptMeasurementOut])
async def get_measurements(programme: Programme, read: Reads, page: Asked, basis: Basis | None = None) -> Response:
    """List measurements as they were kept, one row per basis."""
    query = measurements(read.actor, programme)
    if basis is not None:
        query = query.where(measurement.c.basis == basis.value)
    return await answer_list(read.connection, query, measurement.c.id, page, present_measurement)


@router.get("/{measurement_id}/moved-since")
async def get_moved_since(
    programme: Programme,
    measurement_id: UUID,
    read: ReadsAll,
    basis: Basis,
    later: Annotated[UUID | None, Query(description="Another measurement; without, the ledger as it stands.")] = None,
) -> MovedSince:
    """Explain why a figure reads otherwise now: the documents with the largest effect on each component."""
    if read.actor.partner is not None:
        raise NotFound("measurement", measurement_id, field="measurement_id")
    return await moved_since(read.connection, programme, measurement_id, later, basis)
