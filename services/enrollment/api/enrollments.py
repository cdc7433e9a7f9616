"""Enrollments, their visits and their end."""

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
from services.enrollment.commands.enrollment import complete_enrollment, enroll_enterprise, withdraw_enrollment
from services.enrollment.commands.visit import abort_visit, record_visit
from services.enrollment.queries.delivery import show_plan
from services.enrollment.queries.enrollments import EnrollmentFilter, enrollments, find_enrollment, present_enrollment
from services.enrollment.schemas.delivery import AbortVisit, RecordVisit, VisitOut, VisitPlanOut
from services.enrollment.schemas.training import (
    CompleteEnrollment,
    EnrollEnterprise,
    EnrollmentOut,
    WithdrawEnrollment,
)
from services.enrollment.tables import enrollment
from shared.web.listing import Page, answer_list

router = APIRouter(prefix=f"{PREFIX}/enrollments", tags=["enrollments"])


@router.post("", status_code=201, response_model=EnrollmentOut)
async def enroll(programme: Programme, body: EnrollEnterprise, write: ByPartnerAdmin) -> Response:
    """Give an enterprise a place in a training of its own partner."""
    return await write.run(enroll_enterprise, programme, body)


@router.get("", response_model=Page[EnrollmentOut])
async def list_enrollments(
    programme: Programme, read: Read, asked: Asked, wanted: Annotated[EnrollmentFilter, Depends()]
) -> Response:
    """List the enrollments in scope."""
    query = enrollments(programme, read.actor, wanted)
    return await answer_list(read.connection, query, enrollment.c.id, asked, present_enrollment)


@router.get("/{enrollment_id}")
async def show(programme: Programme, enrollment_id: UUID, read: Read) -> EnrollmentOut:
    """Show one enrollment."""
    return present_enrollment(await find_enrollment(read.connection, programme, enrollment_id, read.actor))


@router.get("/{enrollment_id}/visits")
async def plan(programme: Programme, enrollment_id: UUID, read: Read) -> VisitPlanOut:
    """Show the plan of visits: every number, done or still to do, and the attempts in vain."""
    row = await find_enrollment(read.connection, programme, enrollment_id, read.actor)
    return await show_plan(read.connection, present_enrollment(row))


@router.post("/{enrollment_id}/visits", status_code=201, response_model=VisitOut)
async def visit(
    programme: Programme, enrollment_id: UUID, body: RecordVisit, write: ByPartnerAdminOrTrainer
) -> Response:
    """Record that a planned visit took place; a trainer only in a training of their own."""
    return await write.run(record_visit, programme, enrollment_id, body)


@router.post("/{enrollment_id}/aborted-visits", status_code=201, response_model=VisitOut)
async def abort(
    programme: Programme, enrollment_id: UUID, body: AbortVisit, write: ByPartnerAdminOrTrainer
) -> Response:
    """Record that a trainer went in vain; the visit is still to do."""
    return await write.run(abort_visit, programme, enrollment_id, body)


@router.post("/{enrollment_id}/completion", status_code=201, response_model=EnrollmentOut)
async def complete(
    programme: Programme, enrollment_id: UUID, body: CompleteEnrollment, write: ByPartnerAdmin
) -> Response:
    """Record that the enterprise finished the module."""
    return await write.run(complete_enrollment, programme, enrollment_id, body)


@router.post("/{enrollment_id}/withdrawal", status_code=201, response_model=EnrollmentOut)
async def withdraw(
    programme: Programme, enrollment_id: UUID, body: WithdrawEnrollment, write: ByPartnerAdmin
) -> Response:
    """Record that the enterprise left before finishing."""
    return await write.run(withdraw_enrollment, programme, enrollment_id, body)
