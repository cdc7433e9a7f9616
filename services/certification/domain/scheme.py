"""The certification scheme: thresholds as data, in versions, so that a case is judged by what was in force.

No source fixes these thresholds (domain/score.md sections 0 and 9); the defaults are ours and say so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.certification.domain.constituency import Constituency
from services.certification.errors.path import SchemeRetroactive, ScoreContradictsOutcome, ScoreMissing

DEFAULT_DECISION: Final = "Default of this software: no published source fixes these thresholds"


@dataclass(frozen=True, slots=True)
class Scheme:
    """One version of a programme's scheme.

    `valid_from` None: from the beginning. `constituencies` None: every constituency that has a seat. A quorum needs
    more than `quorum_more_than_percent` of the members who sit on the day and are not recused.
    """

    version: int
    valid_from: date | None
    validity_months: int
    minimum_tot_score: int
    tot_score_required: bool
    minimum_completed_enterprises: int
    quorum_more_than_percent: int
    constituencies: tuple[Constituency, ...] | None
    decision: str
    is_default: bool


DEFAULT: Final = Scheme(
    version=1,
    valid_from=None,
    validity_months=36,  # SIYB's licence, the nearest anchor [S31]
    minimum_tot_score=60,
    tot_score_required=False,
    minimum_completed_enterprises=1,
    quorum_more_than_percent=50,
    constituencies=None,
    decision=DEFAULT_DECISION,
    is_default=True,
)


def in_force(versions: Sequence[Scheme], on: date) -> Scheme:
    """Return the version in force on `on`; `versions` holds at least version 1, in force from the beginning."""
    begun = [scheme for scheme in versions if scheme.valid_from is None or scheme.valid_from <= on]
    return max(begun, key=lambda scheme: scheme.version)


def require_not_retroactive(valid_from: date, newest: Scheme, last_governed: date | None) -> None:
    """Raise SchemeRetroactive unless `valid_from` lies after the newest version's start and after `last_governed`."""
    bounds = [bound for bound in (newest.valid_from, last_governed) if bound is not None]
    if bounds and valid_from <= max(bounds):
        raise SchemeRetroactive(valid_from, max(bounds))


def require_score(scheme: Scheme, *, passed: bool, score: int | None) -> None:
    """Raise ScoreMissing or ScoreContradictsOutcome when score and outcome do not fit the scheme; score 0 to 100."""
    if score is None:
        if scheme.tot_score_required:
            raise ScoreMissing(scheme.version)
        return
    if passed != (score >= scheme.minimum_tot_score):
        outcome = "passed" if passed else "failed"
        raise ScoreContradictsOutcome(score, scheme.minimum_tot_score, outcome, scheme.version)
