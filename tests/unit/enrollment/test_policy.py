"""A policy is whole: its bands tile the window, one module is first, nothing is named twice."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.enrollment.domain.policy import Policy, SizeClass, require_whole
from services.enrollment.errors.policy import PolicyNotWhole, UnknownModule
from tests.unit.enrollment.builders import broken, policy, policy_terms, version


def bands(*limits: tuple[int, int]) -> list[dict[str, Any]]:
    """Return size classes with these limits."""
    return [{"code": f"c{index}", "minimum": low, "maximum": high} for index, (low, high) in enumerate(limits)]


def refusal(**different: Any) -> tuple[str, str]:  # noqa: ANN401 - any field of a policy
    """Return field and rule that a policy breaks."""
    with pytest.raises(PolicyNotWhole) as error:
        require_whole(policy(**different))
    return broken(error)[0]


def test_a_whole_policy_passes() -> None:
    require_whole(policy())


@pytest.mark.parametrize(
    ("limits", "field", "rule"),
    [
        (((30, 50), (52, 250)), "size_classes.1.minimum", "no-gap"),
        (((30, 50), (50, 250)), "size_classes.1.minimum", "no-overlap"),
        (((31, 250),), "size_classes.0.minimum", "no-gap"),
        (((29, 250),), "size_classes.0.minimum", "no-overlap"),
        (((30, 249),), "size_classes.0.maximum", "no-gap"),
        (((30, 251),), "size_classes.0.maximum", "no-overlap"),
        (((51, 250), (30, 49)), "size_classes.0.minimum", "no-gap"),
        (((30, 29), (30, 250)), "size_classes.0.maximum", "band-in-order"),
    ],
)
def test_size_classes_tile_the_window(limits: tuple[tuple[int, int], ...], field: str, rule: str) -> None:
    assert refusal(size_classes=bands(*limits)) == (field, rule)


def test_size_classes_may_come_in_any_order() -> None:
    require_whole(policy(size_classes=bands((51, 250), (30, 50))))


def test_the_window_does_not_end_before_it_starts() -> None:
    assert refusal(headcount_minimum=251) == ("headcount_maximum", "window-in-order")


@st.composite
def tilings(draw: st.DrawFn) -> tuple[int, int, list[tuple[int, int]]]:
    """Return a window and bands that tile it."""
    low = draw(st.integers(0, 500))
    high = draw(st.integers(low, 1000))
    cuts = draw(st.lists(st.integers(low, high), unique=True, max_size=5)) if high > low else []
    edges = sorted({low, *(cut for cut in cuts if cut > low)})
    return low, high, list(zip(edges, [edge - 1 for edge in edges[1:]] + [high], strict=True))


@given(tilings())
def test_every_headcount_of_a_tiled_window_has_exactly_one_size_class(
    tiling: tuple[int, int, list[tuple[int, int]]],
) -> None:
    low, high, limits = tiling
    made = version(headcount_minimum=low, headcount_maximum=high, size_classes=bands(*limits))
    require_whole(made.policy)
    for headcount in range(low, high + 1):
        matching = [band for band in made.policy.size_classes if band.minimum <= headcount <= band.maximum]
        assert matching == [made.size_class_of(headcount)]
    assert made.size_class_of(low - 1) is None
    assert made.size_class_of(high + 1) is None


@given(tilings(), st.data())
def test_a_band_moved_by_one_at_either_end_is_refused(
    tiling: tuple[int, int, list[tuple[int, int]]], data: st.DataObject
) -> None:
    low, high, limits = tiling
    index = data.draw(st.integers(0, len(limits) - 1))
    start, end = limits[index]
    moved = data.draw(st.sampled_from([(start + 1, end), (start, end + 1), (start, end - 1)]))
    if moved[1] < 0:
        return
    limits[index] = moved
    with pytest.raises(PolicyNotWhole):
        require_whole(policy(headcount_minimum=low, headcount_maximum=high, size_classes=bands(*limits)))


@pytest.mark.parametrize("firsts", [0, 2])
def test_exactly_one_module_is_first(firsts: int) -> None:
    modules = [
        {"code": code, "number": index, "name": code, "is_first": index < firsts}
        for index, code in enumerate(("WPC", "OSH"))
    ]
    assert refusal(modules=modules) == ("modules", "one-first-module")


def test_a_module_has_some_seat() -> None:
    module = {
        "code": "WPC",
        "number": 1,
        "name": "x",
        "is_first": True,
        "seats_managers": 0,
        "seats_workers": 0,
    }
    assert refusal(modules=[module]) == ("modules.0.seats_workers", "some-seat")


@pytest.mark.parametrize(
    ("different", "field"),
    [
        ({"sectors": ["food", "food"]}, "sectors.1"),
        ({"regions": [{"code": "LP", "name": "a"}, {"code": "LP", "name": "b"}]}, "regions.1.code"),
        (
            {
                "modules": [
                    {"code": "WPC", "number": 1, "name": "a", "is_first": True},
                    {"code": "WPC", "number": 2, "name": "b"},
                ]
            },
            "modules.1.code",
        ),
        (
            {
                "size_classes": [
                    {"code": "s", "minimum": 30, "maximum": 50},
                    {"code": "s", "minimum": 51, "maximum": 250},
                ]
            },
            "size_classes.1.code",
        ),
        ({"phases": [{"code": "II", "name": "a", "starts_on": "2014-01-01"}] * 2}, "phases.1.code"),
        (
            {
                "phases": [
                    {
                        "code": "II",
                        "name": "a",
                        "starts_on": "2014-01-01",
                        "targets": [{"indicator": "smes", "value": "1"}, {"indicator": "smes", "value": "2"}],
                    }
                ]
            },
            "phases.0.targets.1.indicator",
        ),
    ],
)
def test_nothing_is_named_twice(different: dict[str, Any], field: str) -> None:
    assert refusal(**different) == (field, "code-once")


def test_a_phase_does_not_end_before_it_starts() -> None:
    phase = {"code": "II", "name": "Phase II", "starts_on": "2014-03-01", "ends_on": "2014-02-28"}
    assert refusal(phases=[phase]) == ("phases.0.ends_on", "dates-in-order")


@pytest.mark.parametrize("visits", [0, 6])
def test_a_module_has_one_to_five_visits(visits: int) -> None:
    with pytest.raises(ValidationError):
        policy(modules=[{"code": "WPC", "number": 1, "name": "x", "is_first": True, "visits": visits}])


def test_the_delivery_template_defaults_are_those_of_the_programme() -> None:
    module = policy().modules[0]
    template = (module.classroom_days, module.visits, module.max_enterprises)
    assert (*template, module.seats_managers, module.seats_workers) == (2, 3, 5, 2, 2)


@pytest.mark.parametrize(("written", "kept"), [("99.95", "99.95"), ("100.00", "100"), ("1e2", "100"), ("0.50", "0.5")])
def test_a_target_is_exact_and_kept_in_one_way(written: str, kept: str) -> None:
    phase = {"code": "III", "name": "x", "starts_on": "2017-10-01", "targets": [{"indicator": "cr", "value": written}]}
    value = policy(phases=[phase]).phases[0].targets[0].value
    assert (value, str(value)) == (Decimal(written), kept)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-1", "1.005", "many"])
def test_a_target_is_a_number_with_two_decimals_at_most(value: str) -> None:
    phase = {"code": "III", "name": "x", "starts_on": "2017-10-01", "targets": [{"indicator": "cr", "value": value}]}
    with pytest.raises(ValidationError):
        policy(phases=[phase])


@pytest.mark.parametrize("field", ["headcount_minimum", "headcount_maximum"])
@pytest.mark.parametrize("value", [-1, "30", 30.0, True, 10**9])
def test_headcounts_are_whole_numbers(field: str, value: object) -> None:
    with pytest.raises(ValidationError):
        Policy.model_validate(policy_terms(**{field: value}))


@pytest.mark.parametrize("day", ["0214-03-01", "2514-03-01"])
def test_a_year_far_off_is_a_slip(day: str) -> None:
    with pytest.raises(ValidationError):
        policy(valid_from=day)


def test_an_unknown_module_is_named_with_the_version_that_lacks_it() -> None:
    with pytest.raises(UnknownModule, match="HOCO is not in the catalogue of policy version 1") as error:
        version().module("HOCO")
    assert broken(error) == [("module", "unknown-module")]


def test_a_policy_cannot_be_changed() -> None:
    made = policy()
    with pytest.raises(ValidationError):
        made.valid_from = date(2015, 1, 1)  # type: ignore[misc]
    assert isinstance(made.size_classes[0], SizeClass)
