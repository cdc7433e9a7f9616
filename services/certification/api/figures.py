"""Route of the programme's figures."""

from fastapi import APIRouter

from services.certification.api.dependencies import Programme, Read
from services.certification.queries.figures import figures
from services.certification.schemas.figures import FiguresOut
from shared.days import Day

router = APIRouter(prefix="/v1/programmes/{programme}/figures", tags=["figures"])


@router.get("")
async def get_figures(programme: Programme, read: Read, as_of: Day) -> FiguresOut:
    """Count trainers and certificates as of a day; every number carries its definition."""
    return await figures(read.connection, programme, read.actor, as_of, read.runtime.clock())
