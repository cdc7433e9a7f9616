"""Routes of a candidate's path: application, selection, training of trainers, recommendation."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.certification.api.dependencies import Programme, RecommenderWrite, RegistrarWrite, TrainingWrite
from services.certification.commands.recommendation import recommend_trainer
from services.certification.commands.trainers import apply_for_module, record_tot_result, select_candidate
from services.certification.schemas.board import CaseOut
from services.certification.schemas.path import Apply, Recommend, Select, TotResult
from services.certification.schemas.trainers import StandingOut

router = APIRouter(prefix="/v1/programmes/{programme}/trainers/{trainer_id}", tags=["path"])


@router.post("/applications", status_code=201, response_model=StandingOut)
async def post_application(programme: Programme, trainer_id: UUID, body: Apply, write: RegistrarWrite) -> Response:
    """Take an application for a module."""
    return await write.run(apply_for_module, programme, trainer_id, body)


@router.post("/selections", status_code=201, response_model=StandingOut)
async def post_selection(programme: Programme, trainer_id: UUID, body: Select, write: TrainingWrite) -> Response:
    """Select an applicant as a candidate."""
    return await write.run(select_candidate, programme, trainer_id, body)


@router.post("/tot-results", status_code=201, response_model=StandingOut)
async def post_tot_result(programme: Programme, trainer_id: UUID, body: TotResult, write: TrainingWrite) -> Response:
    """Record the result of a training of trainers."""
    return await write.run(record_tot_result, programme, trainer_id, body)


@router.post("/recommendations", status_code=201, response_model=CaseOut)
async def post_recommendation(
    programme: Programme, trainer_id: UUID, body: Recommend, write: RecommenderWrite
) -> Response:
    """Recommend a candidate to the board: freezes the dossier and opens the case."""
    return await write.run(recommend_trainer, programme, trainer_id, body)
