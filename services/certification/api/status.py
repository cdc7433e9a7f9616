"""Routes of what becomes of a trainer's certification, all by the board's secretary."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.certification.api.dependencies import Programme, SecretaryWrite, Suffixes
from services.certification.commands.issue import recognise_expert
from services.certification.commands.status import appoint_expert, reinstate, suspend, withdraw
from services.certification.schemas.certificates import (
    AppointExpert,
    Recognise,
    RecognitionOut,
    Reinstate,
    Suspend,
    Withdraw,
)
from services.certification.schemas.trainers import StandingOut

router = APIRouter(prefix="/v1/programmes/{programme}/trainers/{trainer_id}", tags=["status"])


@router.post("/recognitions", status_code=201, response_model=RecognitionOut)
async def post_recognition(
    programme: Programme, trainer_id: UUID, body: Recognise, write: SecretaryWrite, suffix: Suffixes
) -> Response:
    """Recognise an expert certified elsewhere."""
    return await write.run(recognise_expert, programme, trainer_id, body, suffix)


@router.post("/expert-appointments", status_code=201, response_model=StandingOut)
async def post_expert_appointment(
    programme: Programme, trainer_id: UUID, body: AppointExpert, write: SecretaryWrite
) -> Response:
    """Make an expert of a certified trainer."""
    return await write.run(appoint_expert, programme, trainer_id, body)


@router.post("/suspensions", status_code=201, response_model=StandingOut)
async def post_suspension(programme: Programme, trainer_id: UUID, body: Suspend, write: SecretaryWrite) -> Response:
    """Suspend a certification."""
    return await write.run(suspend, programme, trainer_id, body)


@router.post("/reinstatements", status_code=201, response_model=StandingOut)
async def post_reinstatement(
    programme: Programme, trainer_id: UUID, body: Reinstate, write: SecretaryWrite
) -> Response:
    """End a suspension."""
    return await write.run(reinstate, programme, trainer_id, body)


@router.post("/withdrawals", status_code=201, response_model=StandingOut)
async def post_withdrawal(programme: Programme, trainer_id: UUID, body: Withdraw, write: SecretaryWrite) -> Response:
    """Withdraw a certification for good."""
    return await write.run(withdraw, programme, trainer_id, body)
