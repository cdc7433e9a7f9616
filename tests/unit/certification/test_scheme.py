"""Thresholds in versions: what was in force counts, nothing is changed backwards."""

from dataclasses import replace
from datetime import date

import pytest

from services.certification.domain.scheme import (
    DEFAULT,
    DEFAULT_DECISION,
    in_force,
    require_not_retroactive,
    require_score,
)
from services.certification.errors.path import SchemeRetroactive, ScoreContradictsOutcome, ScoreMissing

SECOND = replace(DEFAULT, version=2, valid_from=date(2016, 1, 1), validity_months=24, is_default=False)
THIRD = replace(SECOND, version=3, valid_from=date(2018, 1, 1), tot_score_required=True, minimum_tot_score=70)


def test_the_defaults_are_those_announced_and_labelled_as_ours() -> None:
    assert (DEFAULT.validity_months, DEFAULT.minimum_tot_score, DEFAULT.minimum_completed_enterprises) == (36, 60, 1)
    assert (DEFAULT.quorum_more_than_percent, DEFAULT.constituencies, DEFAULT.is_default) == (50, None, True)
    assert "no published source" in DEFAULT_DECISION


@pytest.mark.parametrize(
    ("on", "version"),
    [
        (date(1990, 1, 1), 1),
        (date(2015, 12, 31), 1),
        (date(2016, 1, 1), 2),
        (date(2017, 12, 31), 2),
        (date(2030, 1, 1), 3),
    ],
)
def test_the_version_in_force_on_the_day_counts(on: date, version: int) -> None:
    assert in_force([THIRD, DEFAULT, SECOND], on).version == version


def test_a_version_does_not_reach_back() -> None:
    require_not_retroactive(date(2016, 1, 2), SECOND, None)
    require_not_retroactive(date(1990, 1, 1), DEFAULT, None)
    require_not_retroactive(date(2017, 3, 2), SECOND, date(2017, 3, 1))
    for valid_from, governed in ((date(2016, 1, 1), None), (date(2017, 3, 1), date(2017, 3, 1))):
        with pytest.raises(SchemeRetroactive):
            require_not_retroactive(valid_from, SECOND, governed)


@pytest.mark.parametrize(("score", "passed"), [(60, True), (100, True), (59, False), (0, False)])
def test_score_and_outcome_agree(score: int, *, passed: bool) -> None:
    require_score(DEFAULT, passed=passed, score=score)
    with pytest.raises(ScoreContradictsOutcome):
        require_score(DEFAULT, passed=not passed, score=score)


def test_a_score_may_be_missing_unless_the_scheme_asks_for_it() -> None:
    require_score(DEFAULT, passed=True, score=None)
    with pytest.raises(ScoreMissing):
        require_score(THIRD, passed=True, score=None)
    with pytest.raises(ScoreContradictsOutcome):
        require_score(THIRD, passed=True, score=69)
