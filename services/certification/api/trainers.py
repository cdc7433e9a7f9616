"""Routes of the register of trainers."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from services.certification import tables
from services.certification.api.dependencies import Programme, Read, RegistrarWrite
from services.certification.commands.trainers import register_trainer
from services.certification.domain.standing import State
from services.certification.queries.trainers import TrainerFilter, present_trainer, trainer_detail, trainers
from services.certification.schemas.trainers import RegisterTrainer, TrainerDetailOut, TrainerOut
from shared.clock import today
from shared.days import Day
from shared.events.vocabulary import Code, Sex
from shared.web.listing import Listing, Page, answer_list, listing

router = APIRouter(prefix="/v1/programmes/{programme}/trainers", tags=["trainers"])


@router.post("", status_code=201, response_model=TrainerOut)
async def post_trainer(programme: Programme, body: RegisterTrainer, write: RegistrarWrite) -> Response:
    """Enter a trainer into the register; a partner's own token names that partner."""
    return await write.run(register_trainer, programme, body)


def trainer_filter(
    partner_id: UUID | None = None,
    region: Code | None = None,
    sex: Sex | None = None,
    module: Annotated[Code | None, Query(description="Trainers with any standing in this module.")] = None,
    state: Annotated[State | None, Query(description="Trainers who stand so, in `module` or in any.")] = None,
) -> TrainerFilter:
    """Dependency: the filters of the list."""
    return TrainerFilter(partner_id, region, sex, module, state)


@router.get("", response_model=Page[TrainerOut])
async def list_trainers(
    programme: Programme,
    read: Read,
    asked: Annotated[Listing, Depends(listing)],
    wanted: Annotated[TrainerFilter, Depends(trainer_filter)],
) -> Response:
    """List trainers, in order of registration."""
    query = trainers(programme, read.actor, wanted)
    return await answer_list(read.connection, query, tables.trainer.c.id, asked, present_trainer)


@router.get("/{trainer_id}")
async def get_trainer(programme: Programme, trainer_id: UUID, read: Read, as_of: Day | None = None) -> TrainerDetailOut:
    """Show a trainer with every module: state, allowed actions, results, cycles, certificate on the day `as_of`."""
    day = as_of or today(read.runtime.clock)
    return await trainer_detail(read.connection, programme, read.actor, trainer_id, day)
