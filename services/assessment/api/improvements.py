"""Improvements carried out."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.assessment.api.parts import PREFIX, Asked, ByEnterprise, ByTraining, Programme, Reader, Recording
from services.assessment.commands.improvements import RecordImprovement, record_improvement
from services.assessment.queries.lists import IMPROVEMENTS
from services.assessment.schemas import ImprovementIn, ImprovementOut
from services.assessment.tables import improvement
from shared.web.listing import Page, answer_list

router = APIRouter(prefix=f"{PREFIX}/improvements", tags=["improvements"])


@router.post("", status_code=201, response_model=ImprovementOut)
async def post_improvement(programme: Programme, body: ImprovementIn, write: Recording) -> Response:
    """Record an improvement that was carried out."""
    command = RecordImprovement(programme, body.enterprise_id, body.training_id, body.title, body.completed_on)
    return await write.run(record_improvement, command)


@router.get("", response_model=Page[ImprovementOut])
async def list_improvements(
    programme: Programme,
    read: Reader,
    asked: Asked,
    enterprise: ByEnterprise = None,
    training: ByTraining = None,
) -> Response:
    """List improvements, oldest first."""
    query = IMPROVEMENTS.rows(read.actor, programme, enterprise_id=enterprise, training_id=training)
    return await answer_list(read.connection, query, improvement.c.id, asked, IMPROVEMENTS.present)


@router.get("/{improvement_id}")
async def get_improvement(programme: Programme, improvement_id: UUID, read: Reader) -> ImprovementOut:
    """Show one improvement."""
    return await IMPROVEMENTS.one(read.connection, read.actor, programme, improvement_id)
