"""How what was found of the ledger is set beside its aims."""

import json
from uuid import UUID

import pytest

from deploy.bench.books.clients import STATEMENTS, Sides, arguments
from deploy.bench.books.figures import LedgerFigures
from deploy.bench.books.ground import BOOK, FIRST_DAY
from deploy.bench.books.issuing import IssuingFigures
from deploy.bench.books.life import BookFigures
from deploy.bench.books.posting import PostingFigures
from deploy.bench.measure import Rate, Ratio
from deploy.bench.scale import FULL

_RATE = Rate(rounds=[1.0], median=1.0, cpu_us_per_event=1.0)
_MET = {
    "of_bare": 0.55,
    "hot_of_cold": 0.9,
    "sealed_of_cold": 0.951,
    "issued": 1_000.0,
    "printed_per_core": 50.0,
    "balance_ms": 4.99,
    "slowest_day_ms": 9.99,
    "trial_balance_ms": 999.0,
    "trial_balance_from_postings_ms": 999.0,
    "all_checks_seconds": 29.9,
}
_MISSED = {
    "of_bare": 0.549,
    "hot_of_cold": 0.899,
    "sealed_of_cold": 0.95,
    "issued": 999.0,
    "printed_per_core": 49.9,
    "balance_ms": 5.0,
    "slowest_day_ms": 10.0,
    "trial_balance_ms": 1_000.0,
    "trial_balance_from_postings_ms": 1_000.0,
    "all_checks_seconds": 30.0,
}
_AIM_OF = {
    "of_bare": 0,
    "hot_of_cold": 1,
    "sealed_of_cold": 2,
    "issued": 3,
    "printed_per_core": 4,
    "balance_ms": 5,
    "slowest_day_ms": 6,
    "trial_balance_ms": 7,
    "trial_balance_from_postings_ms": 7,
    "all_checks_seconds": 8,
}


def _ratio(value: float) -> Ratio:
    return Ratio(rounds=[value], median=value)


def _rate(value: float) -> Rate:
    return Rate(rounds=[value], median=value, cpu_us_per_event=1.0)


def _figures(found: dict[str, float]) -> LedgerFigures:
    return LedgerFigures(
        posting=PostingFigures(
            clients=16,
            entries_before=1,
            driver=_RATE,
            bare=_RATE,
            cold=_RATE,
            sealed=_RATE,
            hot=_RATE,
            of_bare=_ratio(found["of_bare"]),
            hot_of_cold=_ratio(found["hot_of_cold"]),
            sealed_of_cold=_ratio(found["sealed_of_cold"]),
            seal_ms=[],
            unsealed=[],
        ),
        issuing=IssuingFigures(
            invoices=10_000,
            issued=_rate(found["issued"]),
            papers=1,
            facturx=1,
            cores=1,
            printed_per_core=_rate(found["printed_per_core"]),
            first_paper_ms=1.0,
        ),
        book=BookFigures(
            entries=1_000_000,
            postings=2_000_000,
            on_busiest_account=1_000_000,
            closed=1,
            building_seconds=1.0,
            balance_ms=found["balance_ms"],
            balance_on_a_day_ms=1.0,
            slowest_day_ms=found["slowest_day_ms"],
            trial_balance_ms=found["trial_balance_ms"],
            balance_from_postings_ms=1.0,
            trial_balance_from_postings_ms=found["trial_balance_from_postings_ms"],
            checks_seconds={"one": 1.0, "other": 2.0},
            all_checks_seconds=found["all_checks_seconds"],
        ),
    )


def test_what_just_meets_an_aim_holds() -> None:
    assert [aim.holds for aim in _figures(_MET).aims()] == [True] * 9


@pytest.mark.parametrize("figure", _MET)
def test_each_aim_is_missed_by_its_own_figure(figure: str) -> None:
    aims = _figures({**_MET, figure: _MISSED[figure]}).aims()

    assert [place for place, aim in enumerate(aims) if not aim.holds] == [_AIM_OF[figure]]


def test_the_full_run_is_of_the_size_that_the_aims_are_set_for() -> None:
    books = FULL.books

    assert (books.clients, books.rounds) == (16, 3)
    assert (books.invoices, books.entries) == (10_000, 1_000_000)
    assert books.warm_entries >= 200_000


def test_both_sides_of_a_ratio_say_the_same_about_an_entry() -> None:
    firm = UUID(int=1)
    sides = Sides(BOOK, "bench", UUID(int=2), FIRST_DAY, [(firm, 11, 12)])

    bare, cold, hot = (arguments(what, sides) for what in ("bare", "cold", "hot"))

    lines = json.loads(str(cold[-1]))
    assert [(line["enterprise"], line["amount"], line["currency"]) for line in lines] == [
        (str(firm), bare[-1], bare[10]),
        (str(firm), -int(str(bare[-1])), bare[10]),
    ]
    assert (cold[2], cold[3], cold[5], cold[10]) == (bare[4], bare[5], bare[6], bare[9])
    assert [line.get("enterprise") for line in json.loads(str(hot[-1]))] == [str(firm), None]


@pytest.mark.parametrize("what", STATEMENTS)
def test_every_kind_of_work_gets_as_many_arguments_as_its_statement_takes(what: str) -> None:
    sides = Sides(BOOK, "bench", UUID(int=2), FIRST_DAY, [(UUID(int=1), 11, 12)])
    given = len(arguments(what, sides))

    assert f"${given + 1}" not in STATEMENTS[what]
    assert not given or f"${given}" in STATEMENTS[what]
