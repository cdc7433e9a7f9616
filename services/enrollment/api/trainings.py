"""Trainings, their sessions and the visits after them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from services.enrollment.api.access import (
    PREFIX,
    Asked,
    ByPartnerAdmin,
    ByPartnerAdminOrTrainer,
    Programme,
    Read,
)
from services.enrollment.commands.session import hold_session
from services.enrollment.commands.training import schedule_training
from services.enrollment.queries.delivery import present_session, present_visit, sessions, visits
from services.enrollment.queries.trainings import TrainingFilter, find_training, present_training, trainings
from services.enrollment.schemas.delivery import HoldSession, SessionOut, VisitOut
from services.enrollment.schemas.training import ScheduleTraining, TrainingOut
from services.enrollment.tables import session, training, visit
from shared.web.listing import Page, answer_list

router = APIRouter(prefix=f"{PREFIX}/trainings", tags=["trainings"])


@router.post("", status_code=201, response_model=TrainingOut)
async def schedule(programme: Programme, body: ScheduleTraining, write: ByPartnerAdmin) -> Response:
    """Schedule a training under people who may lead it."""
    return await write.run(schedule_training, programme, body)


@router.get("", response_model=Page[TrainingOut])
async def list_trainings(
    programme: Programme, read: Read, asked: Asked, wanted: Annotated[TrainingFilter, Depends()]
) -> Response:
    """List the trainings in scope."""
    query = trainings(programme, read.actor, wanted)
    return await answer_list(read.connection, query, training.c.id, asked, present_training)


@router.get("/{training_id}")
async def show(programme: Programme, training_id: UUID, read: Read) -> TrainingOut:
    """Show one training."""
    return present_training(await find_training(read.connection, programme, training_id, read.actor))


@router.post("/{training_id}/sessions", status_code=201, response_model=SessionOut)
async def hold(programme: Programme, training_id: UUID, body: HoldSession, write: ByPartnerAdminOrTrainer) -> Response:
    """Record a classroom day with everybody present; a trainer only in a training of their own."""
    return await write.run(hold_session, programme, training_id, body)


@router.get("/{training_id}/sessions", response_model=Page[SessionOut])
async def list_sessions(programme: Programme, training_id: UUID, read: Read, asked: Asked) -> Response:
    """List the classroom days held."""
    await find_training(read.connection, programme, training_id, read.actor)
    return await answer_list(read.connection, sessions(training_id), session.c.id, asked, present_session)


@router.get("/{training_id}/visits", response_model=Page[VisitOut])
async def list_visits(programme: Programme, training_id: UUID, read: Read, asked: Asked) -> Response:
    """List the visits of all enterprises of the training, done and aborted, as they were recorded."""
    await find_training(read.connection, programme, training_id, read.actor)
    query = visits(training_id=training_id)
    return await answer_list(read.connection, query, visit.c.id, asked, present_visit)
