"""Recording a baseline, a progress assessment or an endline."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import insert

from services.assessment.commands.scope import authorise
from services.assessment.domain.assessment import decide_baseline, decide_follow_up
from services.assessment.domain.days import happened
from services.assessment.domain.reading import GivenReading, TakenReading, take_readings
from services.assessment.domain.rights import RECORDERS
from services.assessment.queries import facts
from services.assessment.queries.lists import ASSESSMENTS
from services.assessment.schemas import AssessmentOut
from services.assessment.tables import assessment, reading
from shared.database.transaction import Transaction
from shared.events.assessment import AssessmentCompleted, KpiReading
from shared.events.vocabulary import AssessmentKind


@dataclass(frozen=True, slots=True)
class RecordBaseline:
    """An enterprise was assessed before its first module."""

    programme: str
    enterprise_id: UUID
    assessed_on: date
    assessor_id: UUID | None
    readings: tuple[GivenReading, ...]


@dataclass(frozen=True, slots=True)
class RecordFollowUp:
    """An enterprise was assessed during (progress) or after (endline) a training it takes."""

    programme: str
    enrollment_id: UUID
    assessed_on: date
    assessor_id: UUID | None
    readings: tuple[GivenReading, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """Whom an assessment concerns, and where in the programme."""

    enterprise_id: UUID
    partner_id: UUID
    training_id: UUID | None = None
    enrollment_id: UUID | None = None
    baseline_id: UUID | None = None


async def record_baseline(tx: Transaction, command: RecordBaseline) -> AssessmentOut:
    """Record the one baseline of an enterprise.

    Raises BaselineExists, ReadingRefused, DateInFuture, NotAllowed, or FactMissing while programme, enterprise or
    trainer are not known here.
    """
    happened("assessed_on", command.assessed_on, tx.now.date())
    await facts.require_programme(tx.connection, command.programme)
    partner_id = await facts.partner_of_enterprise(tx.connection, command.programme, command.enterprise_id)
    authorise(tx, RECORDERS, "recording a baseline", command.programme, partner_id)
    decide_baseline(command.enterprise_id, await facts.baseline(tx.connection, command.enterprise_id))
    return await _record(tx, AssessmentKind.BASELINE, command, _Place(command.enterprise_id, partner_id))


async def record_progress(tx: Transaction, command: RecordFollowUp) -> AssessmentOut:
    """Record a progress assessment; an enrollment may have many. Raises what `record_endline` does."""
    return await _follow_up(tx, AssessmentKind.PROGRESS, command)


async def record_endline(tx: Transaction, command: RecordFollowUp) -> AssessmentOut:
    """Record the one endline of an enrollment.

    Raises BaselineMissing, EndlineExists, EnrollmentLeft, DateBefore, DateInFuture, ReadingRefused, NotAllowed, or
    FactMissing while enrollment, training, enterprise or trainer are not known here.
    """
    return await _follow_up(tx, AssessmentKind.ENDLINE, command)


async def _follow_up(tx: Transaction, kind: AssessmentKind, command: RecordFollowUp) -> AssessmentOut:
    happened("assessed_on", command.assessed_on, tx.now.date())
    await facts.require_programme(tx.connection, command.programme)
    place = await facts.enrollment(tx.connection, command.programme, command.enrollment_id)
    partner_id = await facts.partner_of_enterprise(
        tx.connection, command.programme, place.enterprise_id, "enrollment_id"
    )
    authorise(tx, RECORDERS, f"recording a {kind} assessment", command.programme, partner_id)
    training = await facts.training(tx.connection, command.programme, place.training_id, "enrollment_id")
    baseline = decide_follow_up(
        kind,
        place,
        training.starts_on,
        await facts.baseline(tx.connection, place.enterprise_id),
        await facts.endline(tx.connection, place.id),
        command.assessed_on,
    )
    where = _Place(place.enterprise_id, partner_id, place.training_id, place.id, baseline.id)
    return await _record(tx, kind, command, where)


async def _record(
    tx: Transaction, kind: AssessmentKind, command: RecordBaseline | RecordFollowUp, place: _Place
) -> AssessmentOut:
    await facts.require_trainer(tx.connection, command.programme, command.assessor_id)
    codes = {given.kpi for given in command.readings}
    catalogue = await facts.catalogue_for_reading(tx.connection, command.programme, codes)
    readings = take_readings(command.readings, catalogue, command.assessed_on)
    assessment_id = tx.ids()
    await tx.connection.execute(
        insert(assessment).values(
            id=assessment_id,
            programme=command.programme,
            kind=kind,
            enterprise_id=place.enterprise_id,
            partner_id=place.partner_id,
            training_id=place.training_id,
            enrollment_id=place.enrollment_id,
            baseline_id=place.baseline_id,
            assessed_on=command.assessed_on,
            assessor_id=command.assessor_id,
            recorded_at=tx.now,
            recorded_by=tx.actor.subject,
        )
    )
    await tx.connection.execute(insert(reading), _rows(assessment_id, command.programme, readings))
    tx.emit(
        AssessmentCompleted(
            assessment_id=assessment_id,
            kind=kind,
            enterprise_id=place.enterprise_id,
            partner_id=place.partner_id,
            training_id=place.training_id,
            enrollment_id=place.enrollment_id,
            assessed_on=command.assessed_on,
            assessor_id=command.assessor_id,
            readings=tuple(_published(taken) for taken in readings),
        ),
        aggregate_id=assessment_id,
        programme=command.programme,
    )
    return await ASSESSMENTS.one(tx.connection, tx.actor, command.programme, assessment_id)


def _rows(assessment_id: UUID, programme: str, readings: Sequence[TakenReading]) -> list[dict[str, object]]:
    return [
        {
            "assessment_id": assessment_id,
            "programme": programme,
            "kpi": taken.version.code,
            "kpi_version_id": taken.version.id,
            "position": position,
            "status": taken.status,
            "numerator": None if taken.numerator is None else taken.numerator.decimal,
            "denominator": None if taken.denominator is None else taken.denominator.decimal,
        }
        for position, taken in enumerate(readings)
    ]


def _published(taken: TakenReading) -> KpiReading:
    return KpiReading(
        kpi=taken.version.code,
        unit=taken.version.measure.unit,
        direction=taken.version.measure.direction,
        status=taken.status,
        numerator=None if taken.numerator is None else taken.numerator.decimal,
        denominator=None if taken.denominator is None else taken.denominator.decimal,
    )
