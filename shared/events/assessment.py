"""What the assessment service says: baselines, endlines, satisfaction, improvements, case studies."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from shared.events.base import EventData
from shared.events.vocabulary import AssessmentKind, Code, Count, Direction, KpiStatus, Name, Text, Value


class KpiReading(Value):
    """One KPI as measured: raw numerator and denominator, never only a percentage; both absent unless measured."""

    kpi: Code
    unit: str
    direction: Direction
    status: KpiStatus
    numerator: Decimal | None
    denominator: Decimal | None


class AssessmentCompleted(EventData, type="assessment.assessment-completed.v1", aggregate="assessment"):
    """An assessment of an enterprise was finished; a baseline has no training, an endline closes one enrollment."""

    assessment_id: UUID
    kind: AssessmentKind
    enterprise_id: UUID
    partner_id: UUID
    training_id: UUID | None
    enrollment_id: UUID | None
    assessed_on: date
    assessor_id: UUID | None
    readings: tuple[KpiReading, ...]


class SatisfactionRecorded(EventData, type="assessment.satisfaction-recorded.v1", aggregate="satisfaction"):
    """Participants of a training said whether they were satisfied."""

    satisfaction_id: UUID
    training_id: UUID
    partner_id: UUID
    recorded_on: date
    respondents: Count
    satisfied: Count


class ImprovementCompleted(EventData, type="assessment.improvement-completed.v1", aggregate="improvement"):
    """An action of an enterprise improvement plan was carried out."""

    improvement_id: UUID
    enterprise_id: UUID
    partner_id: UUID
    training_id: UUID | None
    title: Name
    completed_on: date


class CaseStudyPublished(EventData, type="assessment.case-study-published.v1", aggregate="case-study"):
    """A case study was published with the enterprise's consent."""

    case_study_id: UUID
    enterprise_id: UUID
    partner_id: UUID
    title: Name
    summary: Text
    published_on: date
