"""Trainers, as known from the certification service."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.enrollment.api.access import PREFIX, Asked, Programme, Read
from services.enrollment.queries.trainers import present_trainer, show_trainer, trainers
from services.enrollment.schemas.register import TrainerFactsOut, TrainerOut
from services.enrollment.tables import trainer
from shared.days import Day
from shared.web.listing import Page, answer_list

router = APIRouter(prefix=f"{PREFIX}/trainers", tags=["trainers"])

OnDay = Annotated[Day | None, Query(description="Day of the question; today if left out.")]


@router.get("", response_model=Page[TrainerOut])
async def list_trainers(programme: Programme, read: Read, asked: Asked, on: OnDay = None) -> Response:
    """List the trainers with the modules each may lead or supervise on a day."""
    query = trainers(programme, on or read.runtime.clock().date())
    return await answer_list(read.connection, query, trainer.c.id, asked, present_trainer)


@router.get("/{trainer_id}")
async def show(programme: Programme, trainer_id: UUID, read: Read, on: OnDay = None) -> TrainerFactsOut:
    """Show what is known here of a trainer: what scheduling goes by."""
    return await show_trainer(read.connection, programme, trainer_id, on or read.runtime.clock().date())
