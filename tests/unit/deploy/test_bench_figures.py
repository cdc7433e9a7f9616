"""How measured times become figures."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from deploy.bench import sample
from deploy.bench.latency import Spread
from deploy.bench.measure import Measured, Rate, Ratio
from deploy.bench.results import Results
from deploy.bench.scale import FULL, QUICK
from shared.events.billing import CostRecorded
from shared.events.enrollment import VisitCompleted
from shared.ids import new_id
from shared.messaging.envelope import Envelope
from shared.messaging.record import Record, parse


def _round(seconds: float, events: int = 1000, cpu: float = 0.1) -> Measured:
    return Measured(events, seconds, cpu)


def test_a_rate_is_the_median_of_its_rounds() -> None:
    rate = Rate.of([_round(1.0), _round(4.0), _round(2.0, cpu=0.3)])

    assert rate.rounds == [1000.0, 250.0, 500.0]
    assert rate.median == 500.0
    assert rate.cpu_us_per_event == 100.0


def test_a_ratio_compares_rounds_taken_next_to_each_other() -> None:
    # The machine became half as fast on the way: each pair still says the same.
    ratio = Ratio.of(ours=[_round(2.0), _round(4.0), _round(4.0)], bare=[_round(1.0), _round(2.0), _round(2.0)])

    assert ratio.rounds == [0.5, 0.5, 0.5]
    assert ratio.median == 0.5


def test_loops_with_different_numbers_of_rounds_are_not_compared() -> None:
    with pytest.raises(ValueError, match="zip"):
        Ratio.of(ours=[_round(1.0)], bare=[_round(1.0), _round(1.0)])


def test_percentiles_are_values_that_were_measured() -> None:
    spread = Spread.of([number / 1000 for number in range(100, 0, -1)])

    assert (spread.p50, spread.p90, spread.p99, spread.maximum) == (50.0, 90.0, 99.0, 100.0)


def test_one_slow_request_in_fifty_shows_in_p99() -> None:
    assert Spread.of([0.01] * 49 + [5.0]).p99 == 5000.0


def test_a_run_reserves_a_place_for_every_request_it_may_send() -> None:
    assert QUICK.places == int(10 * (2 + 0.5)) + 40
    assert FULL.target_rate == 200
    assert FULL.places >= 200 * 22 + 3_000


def test_both_loops_say_the_same_about_an_event() -> None:
    ours = CostRecorded(
        cost_id=new_id(),
        partner_id=new_id(),
        training_id=new_id(),
        module=None,
        kind=sample.COST_KIND,
        is_direct=True,
        is_in_kind=False,
        incurred_on=datetime(2026, 3, 2, tzinfo=UTC).date(),
        amount=sample.COST,
        description=sample.DESCRIPTION,
    )

    bare = sample.cost_payload(ours.cost_id, str(ours.partner_id), str(ours.training_id), "2026-03-02")

    assert bare == ours.model_dump_json().encode()


def test_the_sample_is_an_event_that_every_service_would_accept() -> None:
    key, value, headers = sample.visit_event()
    record = Record("bench.enrollment", 0, 0, key, tuple(headers), value)

    envelope = record.envelope
    assert isinstance(envelope, Envelope)
    data = parse({VisitCompleted.type: VisitCompleted}, envelope.type, record.value)
    assert str(data.model_dump()["enrollment_id"]) == envelope.key
    assert json.loads(value)["number"] == 1


def test_every_sample_is_an_aggregate_of_its_own() -> None:
    assert len({sample.visit_event()[0] for _ in range(100)}) == 100


def test_the_document_is_named_by_the_time_in_utc(tmp_path: Path) -> None:
    taken_at = datetime(2026, 3, 2, 1, 30, tzinfo=timezone(timedelta(hours=-4)))
    fields: dict[str, Any] = {"taken_at": taken_at, "quick": True}
    results = Results.model_construct(**fields)

    path = results.write(tmp_path / "out")

    assert path == tmp_path / "out" / "20260302T053000Z.json"
    assert json.loads(path.read_text())["quick"] is True
