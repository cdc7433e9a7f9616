"""Baselines, progress assessments and endlines."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.assessment.api.parts import PREFIX, Asked, ByEnterprise, ByTraining, Programme, Reader, Recording
from services.assessment.commands.assessments import (
    RecordBaseline,
    RecordFollowUp,
    record_baseline,
    record_endline,
    record_progress,
)
from services.assessment.domain.reading import GivenReading
from services.assessment.queries.lists import ASSESSMENTS
from services.assessment.schemas import AssessmentOut, BaselineIn, FollowUpIn, ReadingIn
from services.assessment.tables import assessment
from shared.events.vocabulary import AssessmentKind
from shared.web.listing import Page, answer_list

router = APIRouter(prefix=f"{PREFIX}/assessments", tags=["assessments"])

OfKind = Annotated[AssessmentKind | None, Query(description="Only of this kind.")]
ByEnrollment = Annotated[UUID | None, Query(description="Only of this enrollment.")]


@router.post("/baseline", status_code=201, response_model=AssessmentOut)
async def post_baseline(programme: Programme, body: BaselineIn, write: Recording) -> Response:
    """Record the one baseline of an enterprise."""
    command = RecordBaseline(programme, body.enterprise_id, body.assessed_on, body.assessor_id, _given(body.readings))
    return await write.run(record_baseline, command)


@router.post("/progress", status_code=201, response_model=AssessmentOut)
async def post_progress(programme: Programme, body: FollowUpIn, write: Recording) -> Response:
    """Record a progress assessment of an enrollment."""
    return await write.run(record_progress, _follow_up(programme, body))


@router.post("/endline", status_code=201, response_model=AssessmentOut)
async def post_endline(programme: Programme, body: FollowUpIn, write: Recording) -> Response:
    """Record the one endline of an enrollment."""
    return await write.run(record_endline, _follow_up(programme, body))


@router.get("", response_model=Page[AssessmentOut])
async def list_assessments(
    programme: Programme,
    read: Reader,
    asked: Asked,
    enterprise: ByEnterprise = None,
    training: ByTraining = None,
    enrollment: ByEnrollment = None,
    kind: OfKind = None,
) -> Response:
    """List assessments with their readings, oldest first."""
    query = ASSESSMENTS.rows(
        read.actor, programme, enterprise_id=enterprise, training_id=training, enrollment_id=enrollment, kind=kind
    )
    return await answer_list(read.connection, query, assessment.c.id, asked, ASSESSMENTS.present)


@router.get("/{assessment_id}")
async def get_assessment(programme: Programme, assessment_id: UUID, read: Reader) -> AssessmentOut:
    """Show one assessment."""
    return await ASSESSMENTS.one(read.connection, read.actor, programme, assessment_id)


def _follow_up(programme: str, body: FollowUpIn) -> RecordFollowUp:
    return RecordFollowUp(programme, body.enrollment_id, body.assessed_on, body.assessor_id, _given(body.readings))


def _given(readings: list[ReadingIn]) -> tuple[GivenReading, ...]:
    return tuple(
        GivenReading(
            kpi=reading.kpi,
            status=reading.status,
            numerator=reading.numerator,
            denominator=reading.denominator,
            unit=reading.unit,
            direction=reading.direction,
        )
        for reading in readings
    )
