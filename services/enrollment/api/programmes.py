"""Programmes and their policy."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.enrollment.api.access import PREFIX, Asked, ByProgrammeManager, Programme, Read
from services.enrollment.commands.programme import add_policy_version, define_programme
from services.enrollment.queries.policies import (
    list_programmes,
    list_versions,
    present_programme,
    present_version_row,
    show_programme,
)
from services.enrollment.schemas.programme import (
    AddPolicyVersion,
    DefineProgramme,
    PolicyVersionOut,
    ProgrammeOut,
    ProgrammeRowOut,
)
from services.enrollment.tables import policy_in_full, programme
from shared.days import Day
from shared.web.listing import Page, answer_list

router = APIRouter(prefix=PREFIX, tags=["programmes"])
overview = APIRouter(prefix="/v1/programmes", tags=["programmes"])


@overview.get("", response_model=Page[ProgrammeRowOut])
async def list_all(read: Read, asked: Asked) -> Response:
    """List the programmes in the caller's scope, oldest first."""
    return await answer_list(read.connection, list_programmes(read.actor), programme.c.id, asked, present_programme)


@router.post("", status_code=201, response_model=ProgrammeOut)
async def define(programme: Programme, body: DefineProgramme, write: ByProgrammeManager) -> Response:
    """Define the programme with version 1 of its policy."""
    return await write.run(define_programme, programme, body)


@router.get("")
async def show(
    programme: Programme,
    read: Read,
    on: Annotated[Day | None, Query(description="Day of the policy; today if left out.")] = None,
) -> ProgrammeOut:
    """Show the programme with the policy in force on a day."""
    return await show_programme(read.connection, programme, on or read.runtime.clock().date())


@router.post("/policy-versions", status_code=201, response_model=PolicyVersionOut)
async def add_version(programme: Programme, body: AddPolicyVersion, write: ByProgrammeManager) -> Response:
    """Add the next version of the policy, in force from its `valid_from`."""
    return await write.run(add_policy_version, programme, body)


@router.get("/policy-versions", response_model=Page[PolicyVersionOut])
async def versions(programme: Programme, read: Read, asked: Asked) -> Response:
    """List the versions of the policy, oldest first."""
    query = list_versions(programme)
    return await answer_list(read.connection, query, policy_in_full.c.id, asked, present_version_row)
