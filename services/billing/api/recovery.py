"""Cost recovery: the figures, the postings behind each, and measurements that are kept."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from sqlalchemy import select

from services.billing.api.access import Asked as PageAsked
from services.billing.api.access import ManagerWrites, Programme, Reads
from services.billing.commands.loading import not_before
from services.billing.commands.measurements import take_measurement
from services.billing.domain.recovery import Component
from services.billing.queries.measurements import measurements, present_measurement
from services.billing.queries.recovery import (
    CONTRIBUTION_IDENTITY,
    Asked,
    contributions,
    ledger_sums,
    present_contribution,
    present_recovery,
)
from services.billing.schemas.recovery import (
    ContributionOut,
    CostRecoveryOut,
    KeptMeasurementOut,
    MeasurementOut,
    Scope,
    TakeMeasurement,
    Window,
)
from services.billing.tables import measurement
from services.billing.tables import programme as programme_table
from shared.days import Day
from shared.errors import FactMissing, NotFound
from shared.events.vocabulary import Basis, Code
from shared.web.listing import Page, answer_list

router = APIRouter(prefix="/v1/programmes/{programme}/cost-recovery", tags=["cost recovery"])


async def asked_of(
    programme: Programme,
    read: Reads,
    basis: Annotated[Basis, Query(description="How far money has come: agreed, billed, or in the bank.")],
    since: Annotated[Day | None, Query(alias="from", description="First effective day that counts.")] = None,
    until: Annotated[Day | None, Query(alias="to", description="Last effective day that counts.")] = None,
    module: Code | None = None,
    region: Code | None = None,
    partner: UUID | None = None,
    delivery: Literal["direct", "indirect"] | None = None,
    training: UUID | None = None,
    phase: Code | None = None,
) -> Asked:
    """Return what is asked; a token bound to a partner asks of its own book, and of no other."""
    if partner is not None and not read.actor.sees_partner(partner):
        raise NotFound("partner", partner, field="partner")
    if since is not None and until is not None:
        not_before("to", until, since, "from")
    return Asked(
        programme,
        basis,
        Window(since=since, until=until),
        Scope(
            partner=read.actor.partner or partner,
            module=module,
            region=region,
            delivery=delivery,
            training=training,
            phase=phase,
        ),
    )


WhatIsAsked = Annotated[Asked, Depends(asked_of)]


@router.get("")
async def get_cost_recovery(read: Reads, what: WhatIsAsked) -> CostRecoveryOut:
    """Show CR-1 to CR-5 with formula, basis, window, scope and every sum they are made of; a ratio of sums."""
    query = select(programme_table.c.currency).where(programme_table.c.programme == what.programme)
    currency = (await read.connection.execute(query)).scalar_one_or_none()
    if currency is None:
        raise FactMissing("programme", what.programme, field="programme")
    return present_recovery(what, await ledger_sums(read.connection, what), currency)


@router.get("/postings", response_model=Page[ContributionOut])
async def get_postings(read: Reads, what: WhatIsAsked, page: PageAsked, component: Component) -> Response:
    """List the ledger entries that make one component, each with its postings and its document."""
    return await answer_list(
        read.connection, contributions(what, component), CONTRIBUTION_IDENTITY, page, present_contribution
    )


@router.post("/measurements", status_code=201, response_model=MeasurementOut)
async def post_measurement(programme: Programme, body: TakeMeasurement, write: ManagerWrites) -> Response:
    """Measure the programme on every basis as of a day, keep it and publish it."""
    return await write.run(take_measurement, programme, body)


@router.get("/measurements", response_model=Page[KeptMeasurementOut])
async def get_measurements(programme: Programme, read: Reads, page: PageAsked, basis: Basis | None = None) -> Response:
    """List measurements as they were kept, one row per basis."""
    query = measurements(programme)
    if basis is not None:
        query = query.where(measurement.c.basis == basis.value)
    return await answer_list(read.connection, query, measurement.c.id, page, present_measurement)
