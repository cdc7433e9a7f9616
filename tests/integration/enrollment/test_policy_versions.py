"""Policy is effective-dated: what counts is the version in force on the business date."""

import pytest

from services.enrollment.app import SERVICE
from tests.integration.conftest import ServiceClient
from tests.integration.enrollment.builders import Country, created, policy, refusal

pytestmark = pytest.mark.integration

LARGER = {
    "valid_from": "2018-01-01",
    "decision": "Committee decision 4/2017",
    "headcount_minimum": 10,
    "size_classes": [
        {"code": "small", "minimum": 10, "maximum": 40},
        {"code": "medium", "minimum": 41, "maximum": 250},
    ],
    "sectors": ["food", "leather", "tourism"],
    "regions": [
        {"code": "LP", "name": "La Paz"},
        {"code": "SC", "name": "Santa Cruz"},
        {"code": "PT", "name": "Potosi"},
    ],
}


async def test_the_policy_in_force_on_a_day_is_shown(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = Country(client)
        defined = await country.define()
        assert defined["policy"]["version"] == 1
        added = created(await client.post(f"{country.base}/policy-versions", policy(**LARGER)))
        assert (added["version"], added["headcount_minimum"]) == (2, 10)
        for day, version in (("2014-03-01", 1), ("2017-12-31", 1), ("2018-01-01", 2)):
            assert (await country.get("", on=day))["policy"]["version"] == version
        assert (await country.get(""))["policy"]["version"] == 2
        assert (await country.get("", on="2014-02-28"))["policy"] is None
        listed = await country.get("/policy-versions")
        assert [one["version"] for one in listed["items"]] == [1, 2]
        assert listed["items"][0]["phases"][0]["targets"] == [{"indicator": "cost_recovery_pct", "value": "100"}]
        told = [event for event in await client.events() if event.type == "enrollment.programme-defined.v1"]
        assert [(event.data["policy_version"], event.sequence) for event in told] == [(1, 1), (2, 2)]
        assert told[1].data["regions"] == LARGER["regions"]
        assert {event.aggregate_id for event in told} == {told[0].aggregate_id}
        assert await client.findings() == []


async def test_the_window_and_the_size_class_are_those_of_the_business_date(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        created(await client.post(f"{country.base}/policy-versions", policy(**LARGER)))
        small = {"women": 5, "men": 6, "sector": "tourism"}
        before = await country.post("/enterprises", country.enterprise_body(**small, registered_on="2017-12-31"))
        assert refusal(before)[1] == "sector-not-eligible"
        after = created(
            await country.post("/enterprises", country.enterprise_body(**small, registered_on="2018-01-01"))
        )
        assert (after["size_class"], after["policy_version"]) == ("small", 2)
        # 45 people are small by the first version and medium by the second: the tier is that of the enrollment's day.
        enterprise = await country.enterprise(women=20, men=25)
        training = await country.training(starts_on="2018-02-01", ends_on="2018-02-02")
        body = {"training_id": training, "enterprise_id": enterprise, "enrolled_on": "2018-01-15"}
        assert created(await country.post("/enrollments", body))["size_class"] == "medium"
        assert (await country.get(f"/enterprises/{enterprise}"))["size_class"] == "small"
        assert await client.findings() == []


async def test_regions_and_chambers_grow_with_the_policy(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        chamber = {
            "name": "Chamber of Potosi",
            "kind": "regional-chamber",
            "region": "PT",
            "parent_id": (await country.get("/partners"))["items"][0]["id"],
            "registered_on": "2018-01-02",
        }
        path = f"{country.base}/partners"
        assert refusal(await client.post(path, chamber))[1] == "region-not-eligible"
        created(await client.post(f"{country.base}/policy-versions", policy(**LARGER)))
        assert created(await client.post(path, chamber))["region"] == "PT"


@pytest.mark.parametrize("valid_from", ["2014-03-01", "2014-02-28"])
async def test_a_version_comes_into_force_after_the_one_before(service_client: ServiceClient, valid_from: str) -> None:
    async with service_client(SERVICE) as client:
        country = Country(client)
        await country.define()
        answer = await client.post(f"{country.base}/policy-versions", policy(valid_from=valid_from))
        assert refusal(answer) == (422, "policy-not-later", [("valid_from", "policy-not-later")])
        assert len(await client.events()) == 1


async def test_a_training_keeps_the_template_it_was_scheduled_with(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        training = await country.training()
        modules = policy()["modules"]
        modules[0] |= {"visits": 5, "max_enterprises": 6}
        created(await client.post(f"{country.base}/policy-versions", policy(valid_from="2014-04-01", modules=modules)))
        kept = await country.get(f"/trainings/{training}")
        assert (kept["planned_visits"], kept["max_enterprises"], kept["policy_version"]) == (2, 2, 1)
        newer = await country.get(f"/trainings/{await country.training()}")
        assert (newer["planned_visits"], newer["max_enterprises"], newer["policy_version"]) == (5, 6, 2)
