"""Case studies."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.assessment.api.parts import PREFIX, Asked, ByEnterprise, Programme, Publishing, Reader, Recording
from services.assessment.commands.case_studies import (
    DraftCaseStudy,
    PublishCaseStudy,
    draft_case_study,
    publish_case_study,
)
from services.assessment.domain.case_study import CaseStudyState, Consent
from services.assessment.queries.lists import CASE_STUDIES
from services.assessment.schemas import CaseStudyIn, CaseStudyOut, PublicationIn
from services.assessment.tables import case_study
from shared.web.listing import Page, answer_list

router = APIRouter(prefix=f"{PREFIX}/case-studies", tags=["case studies"])

InState = Annotated[CaseStudyState | None, Query(description="Only in this state.")]


@router.post("", status_code=201, response_model=CaseStudyOut)
async def post_case_study(programme: Programme, body: CaseStudyIn, write: Recording) -> Response:
    """Keep a draft."""
    command = DraftCaseStudy(programme, body.enterprise_id, body.title, body.summary)
    return await write.run(draft_case_study, command)


@router.post("/{case_study_id}/publish", status_code=201, response_model=CaseStudyOut)
async def post_publication(
    programme: Programme, case_study_id: UUID, body: PublicationIn, write: Publishing
) -> Response:
    """Publish a draft with the enterprise's consent."""
    consent = Consent(body.consent_statement, body.consent_given_on)
    command = PublishCaseStudy(programme, case_study_id, consent, body.published_on)
    return await write.run(publish_case_study, command)


@router.get("", response_model=Page[CaseStudyOut])
async def list_case_studies(
    programme: Programme, read: Reader, asked: Asked, enterprise: ByEnterprise = None, state: InState = None
) -> Response:
    """List case studies, oldest first."""
    query = CASE_STUDIES.rows(read.actor, programme, enterprise_id=enterprise, state=state)
    return await answer_list(read.connection, query, case_study.c.id, asked, CASE_STUDIES.present)


@router.get("/{case_study_id}")
async def get_case_study(programme: Programme, case_study_id: UUID, read: Reader) -> CaseStudyOut:
    """Show one case study."""
    return await CASE_STUDIES.one(read.connection, read.actor, programme, case_study_id)
