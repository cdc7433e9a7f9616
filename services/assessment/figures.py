"""Figures as they are answered: every one with definition, as-of day, filter, sums and reporting rate."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import Final
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from services.assessment.domain.comparison import BeforeAfter, Gap, Verdict, scaled
from services.assessment.domain.figures import KpiFigure, kpi_figures
from services.assessment.domain.kpi import KpiVersion, Measure, in_force
from services.assessment.domain.quantity import decimal_text
from services.assessment.queries import facts
from services.assessment.queries.figures import Scope, counts, coverage, pairs
from shared.events.vocabulary import Direction

_PLACES: Final = 4
_PAIRED: Final = (
    "Ratio of sums over the enterprises with a value before and after. Before: the baseline. After: of the endlines up "
    "to the as-of day, the last one that measured it."
)
_REPORTING: Final = "Enterprises with a value before and after, of those with a baseline and an endline."


class Sums(BaseModel):
    """A ratio of sums: both sums exact; `value` is numerator / denominator x scale rounded to 4 decimals, or null."""

    numerator: str
    denominator: str
    value: str | None


class Rate(BaseModel):
    """A part of a whole: counts, and the share rounded to 4 decimals (0 to 1), null of nothing."""

    definition: str
    with_data: int
    assessed: int
    rate: str | None


class KpiFigureOut(BaseModel):
    """One KPI before and after over many enterprises.

    `change` = after - before, in the KPI's unit, negative shown as negative; what it means depends on the direction and
    is said by `verdict`. improved + unchanged + worse = reporting.with_data; with_data + all gaps = assessed.
    """

    kpi: str
    kpi_version: int
    name: str
    unit: str
    direction: Direction
    scale: int
    definition: str
    before: Sums
    after: Sums
    change: str | None
    verdict: Verdict | None
    improved: int
    unchanged: int
    worse: int
    reporting: Rate
    gaps: dict[Gap, int] = Field(description="Why the other assessed enterprises have no value before and after.")


class SatisfactionFigure(BaseModel):
    """Share of respondents who were satisfied; reporting: trainings surveyed of trainings with a session held."""

    definition: str
    satisfied: int
    respondents: int
    share: str | None
    reporting: Rate


class CountFigure(BaseModel):
    """A plain count."""

    definition: str
    value: int


class Filters(BaseModel):
    """What the figures were narrowed to; null is everything."""

    partner: UUID | None
    region: str | None


class FiguresOut(BaseModel):
    """All figures of a programme as of a business day, as known at `computed_at`."""

    programme: str
    as_of: date
    computed_at: datetime
    filters: Filters
    baselines: Rate
    kpis: list[KpiFigureOut]
    satisfaction: SatisfactionFigure
    improvements_completed: CountFigure
    case_studies_published: CountFigure


async def programme_figures(connection: AsyncConnection, scope: Scope, computed_at: datetime) -> FiguresOut:
    """Compute the figures of `scope` from the rows, never from other figures."""
    catalogue = await facts.catalogue(connection, scope.programme)
    current = {code: version.measure for code, version in in_force(catalogue, scope.as_of).items()}
    covered = await coverage(connection, scope)
    found = [pair.compared for pair in await pairs(connection, scope, catalogue)]
    counted = await counts(connection, scope)
    return FiguresOut(
        programme=scope.programme,
        as_of=scope.as_of,
        computed_at=computed_at,
        filters=Filters(partner=scope.partner_id, region=scope.region),
        baselines=_rate(
            "Enterprises with a baseline, of those registered.", covered.with_baseline, covered.enterprises
        ),
        kpis=_present(found, current, catalogue, covered.with_both),
        satisfaction=SatisfactionFigure(
            definition="Satisfied respondents / respondents, summed over all surveys up to the as-of day.",
            satisfied=counted.satisfied,
            respondents=counted.respondents,
            share=_share(counted.satisfied, counted.respondents),
            reporting=_rate("Trainings surveyed, of those with a session held.", counted.surveyed, counted.held),
        ),
        improvements_completed=CountFigure(
            definition="Improvements completed up to the as-of day.", value=counted.improvements
        ),
        case_studies_published=CountFigure(
            definition="Case studies published with consent up to the as-of day.", value=counted.case_studies
        ),
    )


def sums(measure: Measure, numerator: int, denominator: int) -> Sums:
    """Return two sums in ten-thousandths as they are answered."""
    return Sums(
        numerator=_exact(numerator),
        denominator=_exact(denominator),
        value=decimal_text(scaled(measure.scale, numerator, denominator), _PLACES) if denominator else None,
    )


def change(measure: Measure, before: tuple[int, int], after: tuple[int, int]) -> str:
    """Return after - before in the measure's unit, computed exactly and then rounded."""
    return decimal_text(scaled(measure.scale, *after) - scaled(measure.scale, *before), _PLACES)


def _present(
    found: Sequence[BeforeAfter], current: Mapping[str, Measure], catalogue: Sequence[KpiVersion], assessed: int
) -> list[KpiFigureOut]:
    latest = {version.measure: version for version in sorted(catalogue, key=lambda each: each.number)}
    return [_figure(figure, latest[figure.measure]) for figure in kpi_figures(found, current, assessed)]


def _figure(figure: KpiFigure, version: KpiVersion) -> KpiFigureOut:
    measure, terms = figure.measure, version.terms
    before = (figure.before_numerator, figure.before_denominator)
    after = (figure.after_numerator, figure.after_denominator)
    times = "" if measure.scale == 1 else f" x {measure.scale}"
    return KpiFigureOut(
        kpi=measure.code,
        kpi_version=version.number,
        name=terms.name,
        unit=measure.unit,
        direction=measure.direction,
        scale=measure.scale,
        definition=f"{terms.numerator_label} / {terms.denominator_label}{times}. {_PAIRED}",
        before=sums(measure, *before),
        after=sums(measure, *after),
        change=change(measure, before, after) if figure.with_data else None,
        verdict=figure.overall,
        improved=figure.verdicts[Verdict.IMPROVED],
        unchanged=figure.verdicts[Verdict.UNCHANGED],
        worse=figure.verdicts[Verdict.WORSE],
        reporting=_rate(_REPORTING, figure.with_data, figure.assessed),
        gaps=figure.gaps,
    )


def _rate(definition: str, part: int, whole: int) -> Rate:
    return Rate(definition=definition, with_data=part, assessed=whole, rate=_share(part, whole))


def _share(part: int, whole: int) -> str | None:
    return decimal_text(Fraction(part, whole), _PLACES) if whole else None


def _exact(units: int) -> str:
    # A sum may be beyond what one Quantity holds.
    return decimal_text(Fraction(units, 10**_PLACES), _PLACES)
