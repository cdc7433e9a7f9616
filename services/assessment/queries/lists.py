"""Lists and items: one query per noun, narrowed to what the caller may see."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Row, Select, Table, Text, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection

from services.assessment.domain.comparison import scaled
from services.assessment.domain.quantity import Quantity, decimal_text
from services.assessment.schemas import (
    AssessmentOut,
    CaseStudyOut,
    ImprovementOut,
    KpiOut,
    ReadingOut,
    SatisfactionOut,
)
from services.assessment.tables import assessment, case_study, improvement, kpi_version, reading, satisfaction
from shared.auth.actor import Actor
from shared.errors import NotFound
from shared.web.access import Resource

AnyRow = Row[*tuple[Any, ...]]
OutT = TypeVar("OutT", bound=Resource)


@dataclass(frozen=True, slots=True)
class Shown(Generic[OutT]):
    """A noun as it is answered: its table and its model."""

    noun: str
    table: Table
    model: type[OutT]

    def rows(self, actor: Actor, programme: str, **filters: object) -> Select[Any]:
        """Return the rows of a programme that `actor` may see; filters (column=value) that are None do not count."""
        query = select(self.table).where(self.table.c.programme == programme)
        if actor.partner is not None and "partner_id" in self.table.c:
            query = query.where(self.table.c.partner_id == actor.partner)
        for column, value in filters.items():
            if value is not None:
                query = query.where(self.table.c[column] == value)
        return query

    def present(self, row: AnyRow) -> OutT:
        """Return a row as its model; columns the model does not have are not shown."""
        return self.model.model_validate(row._asdict())

    async def one(self, connection: AsyncConnection, actor: Actor, programme: str, identifier: UUID) -> OutT:
        """Return one item; raises NotFound, also for what another partner's token may not see."""
        row = (await connection.execute(self.rows(actor, programme, id=identifier))).one_or_none()
        if row is None:
            raise NotFound(self.noun, identifier)
        return self.present(row)


class ShownAssessments(Shown[AssessmentOut]):
    """Assessments carry their readings, in the order given."""

    __slots__ = ()

    def rows(self, actor: Actor, programme: str, **filters: object) -> Select[Any]:
        """Return assessments with their readings as JSON; decimals as text, never as floats."""
        return Shown.rows(self, actor, programme, **filters).add_columns(_readings().label("readings"))

    def present(self, row: AnyRow) -> AssessmentOut:
        """Return an assessment with its readings and their values."""
        return AssessmentOut.model_validate(
            {**row._asdict(), "readings": [_present_reading(each) for each in row.readings]}
        )


ASSESSMENTS = ShownAssessments("assessment", assessment, AssessmentOut)
SURVEYS = Shown("survey", satisfaction, SatisfactionOut)
IMPROVEMENTS = Shown("improvement", improvement, ImprovementOut)
CASE_STUDIES = Shown("case study", case_study, CaseStudyOut)
KPIS = Shown("KPI definition", kpi_version, KpiOut)


def _readings() -> Any:  # noqa: ANN401 - a scalar subquery
    shown = {
        "kpi": reading.c.kpi,
        "kpi_version": kpi_version.c.version,
        "unit": kpi_version.c.unit,
        "direction": kpi_version.c.direction,
        "scale": kpi_version.c.scale,
        "status": reading.c.status,
        "numerator": cast(func.trim_scale(reading.c.numerator), Text),
        "denominator": cast(func.trim_scale(reading.c.denominator), Text),
    }
    entry = func.jsonb_build_object(*(part for pair in shown.items() for part in pair))
    return (
        select(func.jsonb_agg(aggregate_order_by(entry, reading.c.position), type_=JSONB))
        .join_from(reading, kpi_version, reading.c.kpi_version_id == kpi_version.c.id)
        .where(reading.c.assessment_id == assessment.c.id)
        .scalar_subquery()
    )


def _present_reading(stored: dict[str, Any]) -> ReadingOut:
    value = None
    if stored["numerator"] is not None:
        numerator, denominator = Quantity.parse(stored["numerator"]), Quantity.parse(stored["denominator"])
        value = decimal_text(scaled(stored["scale"], numerator.units, denominator.units), 4)
    return ReadingOut(**stored, value=value)
