"""Writing a case study, and publishing it with consent."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import insert, select, update

from services.assessment.commands.scope import authorise
from services.assessment.domain.case_study import CaseStudyState, Consent, decide_publication
from services.assessment.domain.rights import PUBLISHERS, RECORDERS
from services.assessment.queries import facts
from services.assessment.queries.lists import CASE_STUDIES
from services.assessment.schemas import CaseStudyOut
from services.assessment.tables import case_study, identified
from shared.database.transaction import Transaction
from shared.errors import NotFound
from shared.events.assessment import CaseStudyPublished


@dataclass(frozen=True, slots=True)
class DraftCaseStudy:
    """Somebody wrote down an enterprise's story."""

    programme: str
    enterprise_id: UUID
    title: str
    summary: str


@dataclass(frozen=True, slots=True)
class PublishCaseStudy:
    """The enterprise agreed, and the story goes out."""

    programme: str
    case_study_id: UUID
    consent: Consent
    published_on: date


async def draft_case_study(tx: Transaction, command: DraftCaseStudy) -> CaseStudyOut:
    """Keep a draft; nothing is published yet. Raises NotAllowed, or FactMissing while the enterprise is not known."""
    partner_id = await facts.partner_of_enterprise(tx.connection, command.programme, command.enterprise_id)
    authorise(tx, RECORDERS, "drafting a case study", command.programme, partner_id)
    case_study_id = tx.ids()
    await tx.connection.execute(
        insert(case_study).values(
            id=case_study_id,
            programme=command.programme,
            enterprise_id=command.enterprise_id,
            partner_id=partner_id,
            title=command.title,
            summary=command.summary,
            state=CaseStudyState.DRAFT,
            recorded_at=tx.now,
            recorded_by=tx.actor.subject,
        )
    )
    return await CASE_STUDIES.one(tx.connection, tx.actor, command.programme, case_study_id)


async def publish_case_study(tx: Transaction, command: PublishCaseStudy) -> CaseStudyOut:
    """Publish a draft; raises NotFound, RefusedTransition, DateInFuture, DateBefore (consent) or NotAllowed."""
    authorise(tx, PUBLISHERS, "publishing a case study", command.programme)
    this = identified(case_study, command.programme, command.case_study_id)
    row = (await tx.connection.execute(select(case_study).where(this).with_for_update())).one_or_none()
    if row is None or not tx.actor.sees_partner(row.partner_id):
        raise NotFound("case study", command.case_study_id)
    decide_publication(
        command.case_study_id, CaseStudyState(row.state), command.consent, command.published_on, tx.now.date()
    )
    await tx.connection.execute(
        update(case_study)
        .where(this)
        .values(
            state=CaseStudyState.PUBLISHED,
            consent_statement=command.consent.statement,
            consent_given_on=command.consent.given_on,
            published_on=command.published_on,
        )
    )
    tx.emit(
        CaseStudyPublished(
            case_study_id=command.case_study_id,
            enterprise_id=row.enterprise_id,
            partner_id=row.partner_id,
            title=row.title,
            summary=row.summary,
            published_on=command.published_on,
        ),
        aggregate_id=command.case_study_id,
        programme=command.programme,
    )
    return await CASE_STUDIES.one(tx.connection, tx.actor, command.programme, command.case_study_id)
