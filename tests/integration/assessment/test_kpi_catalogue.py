"""The catalogue: defaults come with the programme and are labelled ours; the programme writes versions of its own."""

from datetime import date
from typing import Any

import pytest

from tests.integration.assessment.world import World, measured
from tests.support.client import Client

pytestmark = pytest.mark.integration

DEFINITION = {
    "code": "defect-rate",
    "name": "Defect rate",
    "unit": "percent",
    "direction": "lower",
    "scale": 100,
    "means_of_verification": "Quality log.",
    "numerator_label": "units rejected",
    "denominator_label": "units produced",
    "whole_numbers": False,
    "valid_from": "2015-01-01",
    "reason": "rework no longer counts",
}


async def definitions(world: World, **params: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - query values
    return list((await world.get("/kpis", limit=100, **params)).json()["items"])


async def test_the_default_catalogue_comes_with_the_programme_and_says_that_it_is_ours(world: World) -> None:
    found = await definitions(world)
    assert {each["code"] for each in found} == {
        "defect-rate",
        "absenteeism-rate",
        "accidents",
        "labour-productivity",
        "good-practices",
        "employee-turnover",
        "energy-use",
        "on-time-delivery",
    }
    assert {(each["origin"], each["version"], each["valid_from"], each["recorded_by"]) for each in found} == {
        ("default", 1, "2014-03-01", "system:assessment")
    }
    assert {each["reason"] for each in found} == {
        "Scorebook's default catalogue, installed with the programme; not an official SCORE definition"
    }


async def test_a_new_policy_version_does_not_install_the_defaults_again(world: World) -> None:
    assert (await world.post("/kpis", DEFINITION)).status_code == 201
    await world.define_programme(valid_from=date(2016, 1, 1), version=2)
    assert len(await definitions(world)) == 9
    assert await world.client.findings() == []


async def test_a_programme_writes_the_next_version_and_readings_follow_their_day(world: World) -> None:
    answer = await world.post("/kpis", DEFINITION)
    assert answer.status_code == 201
    assert (answer.json()["version"], answer.json()["origin"]) == (2, "programme")
    assert (await world.get(f"/kpis/{answer.json()['id']}")).json() == answer.json()
    assert [each["version"] for each in await definitions(world, code="defect-rate")] == [1, 2]

    old = await world.baseline(await world.register_enterprise(), measured("defect-rate", "1", "2"), on="2014-12-31")
    half = measured("defect-rate", "0.5", "2")
    new = await world.baseline(await world.register_enterprise(), half, on="2015-01-01")
    wrong = await world.baseline(await world.register_enterprise(), half, on="2014-12-31")
    assert old.json()["readings"][0]["kpi_version"] == 1
    assert new.json()["readings"][0]["kpi_version"] == 2
    assert wrong.json()["errors"][0]["rule"] == "whole-number"
    assert await world.client.findings() == []


async def test_a_definition_does_not_change_under_readings_already_taken(world: World) -> None:
    enterprise = await world.register_enterprise()
    assert (await world.baseline(enterprise, measured("defect-rate", "1", "2"), on="2015-03-01")).status_code == 201
    refused = await world.post("/kpis", DEFINITION)
    assert refused.status_code == 409
    assert refused.json()["errors"][0]["rule"] == "after-the-last-reading"
    assert (await world.post("/kpis", DEFINITION | {"valid_from": "2015-03-02"})).status_code == 201


async def test_a_kpi_of_the_programmes_own_is_read_like_any_other(world: World) -> None:
    own = DEFINITION | {"code": "Water-Use.2", "unit": "litres-per-unit", "scale": 1, "valid_from": "2014-03-01"}
    assert (await world.post("/kpis", own)).json()["version"] == 1
    answer = await world.baseline(await world.register_enterprise(), measured("Water-Use.2", "10.25", "4"))
    assert answer.json()["readings"][0]["value"] == "2.5625"


async def test_two_programmes_get_a_catalogue_each(client: Client) -> None:
    for code in ("bolivia", "peru"):
        world = World(client, programme=code)
        await world.define_programme()
        assert len(await definitions(world)) == 8
    assert await client.events() == []
