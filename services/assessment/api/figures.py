"""Figures of a programme, and one enterprise before and after."""

from uuid import UUID

from fastapi import APIRouter

from services.assessment.api.parts import PREFIX, AsOf, ByPartner, ByRegion, Programme, Reader
from services.assessment.before_after import BeforeAfterOut, enterprise_before_after
from services.assessment.domain.days import happened
from services.assessment.figures import FiguresOut, programme_figures
from services.assessment.queries.figures import Scope

router = APIRouter(prefix=PREFIX, tags=["figures"])


@router.get("/figures")
async def get_figures(
    programme: Programme, read: Reader, as_of: AsOf, partner: ByPartner = None, region: ByRegion = None
) -> FiguresOut:
    """Show all figures as of a day; a token bound to a partner gets that partner's."""
    if partner is not None:
        read.actor.require_partner(partner)
    now = read.runtime.clock()
    happened("as_of", as_of, now.date())
    scope = Scope(programme, as_of, partner_id=partner or read.actor.partner, region=region)
    return await programme_figures(read.connection, scope, now)


@router.get("/enterprises/{enterprise_id}/before-after")
async def get_before_after(programme: Programme, enterprise_id: UUID, read: Reader, as_of: AsOf) -> BeforeAfterOut:
    """Show an enterprise's KPIs before and after, as of a day."""
    happened("as_of", as_of, read.runtime.clock().date())
    scope = Scope(programme, as_of, enterprise_id=enterprise_id)
    return await enterprise_before_after(read.connection, read.actor, scope)
