"""The KPI catalogue."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.assessment.api.parts import PREFIX, Asked, Cataloguing, Programme, Reader
from services.assessment.commands.kpis import DefineKpi, define_kpi
from services.assessment.domain.kpi import KpiTerms, Measure
from services.assessment.queries.lists import KPIS
from services.assessment.schemas import KpiIn, KpiOut
from services.assessment.tables import kpi_version
from shared.events.vocabulary import Code
from shared.web.listing import Page, answer_list

router = APIRouter(prefix=f"{PREFIX}/kpis", tags=["KPI catalogue"])


@router.post("", status_code=201, response_model=KpiOut)
async def post_kpi(programme: Programme, body: KpiIn, write: Cataloguing) -> Response:
    """Define a KPI; a code that is there already gets its next version."""
    terms = KpiTerms(
        measure=Measure(body.code, body.unit, body.direction, body.scale),
        name=body.name,
        means_of_verification=body.means_of_verification,
        numerator_label=body.numerator_label,
        denominator_label=body.denominator_label,
        whole_numbers=body.whole_numbers,
        is_share=body.is_share,
    )
    return await write.run(define_kpi, DefineKpi(programme, terms, body.valid_from, body.reason))


@router.get("", response_model=Page[KpiOut])
async def list_kpis(
    programme: Programme,
    read: Reader,
    asked: Asked,
    code: Annotated[Code | None, Query(description="Only versions of this KPI.")] = None,
) -> Response:
    """List every version of every definition, oldest first."""
    query = KPIS.rows(read.actor, programme, code=code)
    return await answer_list(read.connection, query, kpi_version.c.id, asked, KPIS.present)


@router.get("/{kpi_id}")
async def get_kpi(programme: Programme, kpi_id: UUID, read: Reader) -> KpiOut:
    """Show one version of a definition."""
    return await KPIS.one(read.connection, read.actor, programme, kpi_id)
