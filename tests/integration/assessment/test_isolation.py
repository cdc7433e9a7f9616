"""Programmes and partners do not see each other."""

from typing import Any

import pytest

from tests.integration.assessment.world import World, measured
from tests.support.client import Client

pytestmark = pytest.mark.integration


async def two_programmes(client: Client) -> tuple[World, World]:
    bolivia, peru = World(client), World(client, programme="peru")
    for world in (bolivia, peru):
        await world.define_programme()
        await world.register_partners()
    return bolivia, peru


async def test_another_programmes_enterprise_training_and_enrollment_are_unknown_here(client: Client) -> None:
    bolivia, peru = await two_programmes(client)
    place = await bolivia.enrolled_enterprise()
    await bolivia.hold_session(place.training, place.enterprise, 4)
    trainer = await bolivia.register_trainer()
    own = await peru.register_enterprise()

    survey = {"training_id": str(place.training), "recorded_on": "2014-04-24", "respondents": 1, "satisfied": 1}
    improvement = {"enterprise_id": str(place.enterprise), "title": "Walkways", "completed_on": "2014-06-01"}
    baseline = {
        "enterprise_id": str(own),
        "assessed_on": "2014-04-04",
        "assessor_id": str(trainer),
        "readings": [{"kpi": "accidents", "status": "refused"}],
    }
    for answer in (
        await peru.baseline(place.enterprise),
        await peru.endline(place),
        await peru.post("/satisfaction", survey),
        await peru.post("/improvements", improvement),
        await peru.post("/assessments/baseline", baseline),
    ):
        assert answer.status_code == 409, answer.text
        assert answer.json()["type"] == "urn:scorebook:problem:fact-missing"
    assert await client.events() == []


async def test_what_one_programme_records_defines_or_counts_never_shows_in_another(client: Client) -> None:
    bolivia, peru = await two_programmes(client)
    for world, after in ((bolivia, "60"), (peru, "200")):
        place = await world.enrolled_enterprise()
        assert (await world.baseline(place.enterprise, measured("defect-rate", "126", "4260"))).status_code == 201
        assert (await world.endline(place, measured("defect-rate", after, "4260"))).status_code == 201
    kpi = {
        "code": "water-use",
        "name": "Water use",
        "unit": "litres-per-unit",
        "direction": "lower",
        "means_of_verification": "Bills.",
        "numerator_label": "litres",
        "denominator_label": "units",
        "valid_from": "2014-01-01",
        "reason": "asked for",
    }
    assert (await bolivia.post("/kpis", kpi)).status_code == 201

    seen = {}
    for world in (bolivia, peru):
        figures = (await world.get("/figures", as_of="2017-09-30")).json()
        defects = next(figure for figure in figures["kpis"] if figure["kpi"] == "defect-rate")
        seen[world.programme] = (defects["after"]["numerator"], defects["verdict"], defects["reporting"]["assessed"])
        listed = (await world.get("/assessments")).json()["items"]
        assert {item["programme"] for item in listed} == {world.programme}
        assert len(listed) == 2
    assert seen == {"bolivia": ("60", "improved", 1), "peru": ("200", "worse", 1)}

    assert len((await bolivia.get("/kpis", limit=500)).json()["items"]) == 9
    assert len((await peru.get("/kpis", limit=500)).json()["items"]) == 8
    foreign = (await bolivia.get("/assessments")).json()["items"][0]["id"]
    assert (await peru.get(f"/assessments/{foreign}")).status_code == 404
    assert (await client.get(f"/v1/programmes/peru/assessments/{foreign}", programme="bolivia")).status_code == 404
    water = {"kpi": "water-use", "status": "measured", "numerator": "1", "denominator": "2"}
    unknown = await peru.baseline(await peru.register_enterprise(), water)
    assert unknown.json()["errors"][0]["rule"] == "known-kpi"
    assert await client.findings() == []


async def test_a_partners_token_writes_and_sees_only_its_own(world: World) -> None:
    own = await world.enrolled_enterprise(world.partner)
    other = await world.enrolled_enterprise(world.other_partner)
    token: dict[str, Any] = {"role": "partner-admin", "partner": world.partner}

    refused = await world.baseline(other.enterprise, **token)
    assert refused.status_code == 403
    assert refused.json()["errors"][0] == {
        "field": "partner_id",
        "rule": "partner-scope",
        "message": f"the token is for another partner than {world.other_partner}",
    }
    assert (await world.baseline(own.enterprise, **token)).status_code == 201
    hidden = (await world.baseline(other.enterprise)).json()["id"]
    assert (await world.endline(other, **token)).status_code == 403
    survey = {"training_id": str(other.training), "recorded_on": "2014-04-24", "respondents": 1, "satisfied": 1}
    improvement = {"enterprise_id": str(other.enterprise), "title": "Walkways", "completed_on": "2014-06-01"}
    draft = {"enterprise_id": str(other.enterprise), "title": "Title", "summary": "Summary"}
    assert (await world.post("/satisfaction", survey, **token)).status_code == 403
    assert (await world.post("/improvements", improvement, **token)).status_code == 403
    assert (await world.post("/case-studies", draft, **token)).status_code == 403
    assert len(await world.client.events()) == 2

    listed = (await world.get("/assessments", **token)).json()["items"]
    assert [item["enterprise_id"] for item in listed] == [str(own.enterprise)]
    assert (await world.get(f"/assessments/{hidden}", **token)).status_code == 404
    table = f"/enterprises/{other.enterprise}/before-after"
    assert (await world.get(table, as_of="2017-09-30", **token)).status_code == 404
    assert (await world.get(table, as_of="2017-09-30")).status_code == 200
    figures = (await world.get("/figures", as_of="2017-09-30", **token)).json()
    assert figures["filters"]["partner"] == str(world.partner)
    assert (figures["baselines"]["with_data"], figures["baselines"]["assessed"]) == (1, 1)
    foreign = await world.get("/figures", as_of="2017-09-30", partner=world.other_partner, role="trainer")
    assert foreign.json()["filters"]["partner"] == str(world.other_partner)
