"""Satisfaction surveys."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.assessment.api.parts import PREFIX, Asked, ByTraining, Programme, Reader, Recording
from services.assessment.commands.satisfaction import RecordSatisfaction, record_satisfaction
from services.assessment.queries.lists import SURVEYS
from services.assessment.schemas import SatisfactionIn, SatisfactionOut
from services.assessment.tables import satisfaction
from shared.web.listing import Page, answer_list

router = APIRouter(prefix=f"{PREFIX}/satisfaction", tags=["satisfaction"])


@router.post("", status_code=201, response_model=SatisfactionOut)
async def post_satisfaction(programme: Programme, body: SatisfactionIn, write: Recording) -> Response:
    """Record the survey of a training and day."""
    command = RecordSatisfaction(programme, body.training_id, body.recorded_on, body.respondents, body.satisfied)
    return await write.run(record_satisfaction, command)


@router.get("", response_model=Page[SatisfactionOut])
async def list_satisfaction(programme: Programme, read: Reader, asked: Asked, training: ByTraining = None) -> Response:
    """List surveys, oldest first."""
    query = SURVEYS.rows(read.actor, programme, training_id=training)
    return await answer_list(read.connection, query, satisfaction.c.id, asked, SURVEYS.present)


@router.get("/{satisfaction_id}")
async def get_satisfaction(programme: Programme, satisfaction_id: UUID, read: Reader) -> SatisfactionOut:
    """Show one survey."""
    return await SURVEYS.one(read.connection, read.actor, programme, satisfaction_id)
