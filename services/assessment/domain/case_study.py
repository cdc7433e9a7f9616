"""Case studies: written as a draft, published with the enterprise's consent, then final."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.assessment.domain.days import happened, not_before
from shared.errors import RefusedTransition


class CaseStudyState(StrEnum):
    """Draft, or published for good."""

    DRAFT = "draft"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class Consent:
    """What the enterprise agreed to, in its words, and when."""

    statement: str
    given_on: date


def decide_publication(
    case_study_id: UUID, state: CaseStudyState, consent: Consent, published_on: date, today: date
) -> None:
    """Allow a draft to be published under a consent that came first.

    Raises RefusedTransition, DateInFuture or DateBefore.
    """
    if state is not CaseStudyState.DRAFT:
        raise RefusedTransition("case study", case_study_id, state, "publish", allowed=())
    happened("published_on", published_on, today)
    not_before("published_on", published_on, consent.given_on, "the consent")
