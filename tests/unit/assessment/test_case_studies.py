"""A case study is published once, after the enterprise's consent, never ahead of time."""

from datetime import date

import pytest

from services.assessment.domain.case_study import CaseStudyState, Consent, decide_publication
from services.assessment.errors import DateBefore, DateInFuture
from shared.errors import RefusedTransition
from tests.unit.assessment.builders import identifier

CONSENT = Consent("Published with our name.", date(2014, 8, 1))
TODAY = date(2014, 9, 1)


def test_a_draft_with_consent_is_published() -> None:
    decide_publication(identifier(1), CaseStudyState.DRAFT, CONSENT, date(2014, 8, 1), TODAY)


def test_what_is_published_stays_as_it_is() -> None:
    with pytest.raises(RefusedTransition) as refusal:
        decide_publication(identifier(1), CaseStudyState.PUBLISHED, CONSENT, date(2014, 8, 15), TODAY)
    assert refusal.value.allowed_actions == ()


def test_consent_comes_first() -> None:
    with pytest.raises(DateBefore, match="the consent"):
        decide_publication(identifier(1), CaseStudyState.DRAFT, CONSENT, date(2014, 7, 31), TODAY)


def test_nothing_is_published_ahead_of_time() -> None:
    with pytest.raises(DateInFuture):
        decide_publication(identifier(1), CaseStudyState.DRAFT, CONSENT, date(2014, 9, 2), TODAY)
