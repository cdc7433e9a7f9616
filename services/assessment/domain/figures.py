"""Figures over many enterprises: ratio of sums with the sums, verdicts counted, and the reporting rate beside them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from services.assessment.domain.comparison import BeforeAfter, Gap, Verdict, gap, values, verdict
from services.assessment.domain.kpi import Measure


@dataclass(slots=True)
class KpiFigure:
    """One KPI before and after, in one measure.

    Sums in ten-thousandths, over the enterprises with both values. Of `assessed` enterprises (baseline and endline),
    `with_data` have both; `gaps` says why the others have not. with_data + all gaps = assessed;
    improved + unchanged + worse = with_data.
    """

    measure: Measure
    assessed: int
    before_numerator: int = 0
    before_denominator: int = 0
    after_numerator: int = 0
    after_denominator: int = 0
    verdicts: dict[Verdict, int] = field(default_factory=lambda: dict.fromkeys(Verdict, 0))
    gaps: dict[Gap, int] = field(default_factory=lambda: dict.fromkeys(Gap, 0))

    @property
    def with_data(self) -> int:
        """Enterprises with a value before and after."""
        return sum(self.verdicts.values())

    @property
    def overall(self) -> Verdict | None:
        """What the change of the whole means; None without data."""
        if not self.with_data:
            return None
        return verdict(
            self.measure.direction,
            (self.before_numerator, self.before_denominator),
            (self.after_numerator, self.after_denominator),
        )

    def add(self, pair: BeforeAfter) -> None:
        """Count one enterprise."""
        missing = gap(pair, self.measure)
        if missing is not None:
            self.gaps[missing] += 1
            return
        before, after = values(pair)
        self.verdicts[verdict(self.measure.direction, before, after)] += 1
        self.before_numerator += before[0]
        self.before_denominator += before[1]
        self.after_numerator += after[0]
        self.after_denominator += after[1]


def kpi_figures(pairs: Iterable[BeforeAfter], catalogue: Mapping[str, Measure], assessed: int) -> tuple[KpiFigure, ...]:
    """Return a figure for every measure of `catalogue` (by code) and every other one that has a before and an after.

    `assessed`: enterprises with a baseline and an endline; each gives at most one pair per KPI, and one without a pair
    was not asked. Measures of one code never mix: a pair counts in its own and as a gap in the others. Sorted by code,
    the catalogue's measure first.
    """
    by_code: defaultdict[str, list[BeforeAfter]] = defaultdict(list)
    for pair in pairs:
        by_code[pair.kpi].append(pair)
    figures = []
    for code in sorted(by_code.keys() | catalogue.keys()):
        for measure in _measures(by_code[code], catalogue.get(code)):
            figure = KpiFigure(measure, assessed)
            for pair in by_code[code]:
                figure.add(pair)
            figure.gaps[Gap.NOT_ASKED] += assessed - len(by_code[code])
            figures.append(figure)
    return tuple(figures)


def _measures(pairs: Collection[BeforeAfter], current: Measure | None) -> list[Measure]:
    earlier = {
        pair.before.measure for pair in pairs if pair.before is not None and gap(pair, pair.before.measure) is None
    }
    others = sorted(earlier - {current}, key=lambda each: (each.unit, each.direction, each.scale))
    return others if current is None else [current, *others]
