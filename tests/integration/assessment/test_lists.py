"""Lists: filtered, paged, the same rows as CSV."""

import csv
import io
from uuid import UUID

import pytest

from tests.integration.assessment.world import World, absent, measured

pytestmark = pytest.mark.integration


async def ids(world: World, path: str, **filters: str | UUID | int) -> list[str]:
    answer = await world.get(path, **{name: str(value) for name, value in filters.items()})
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


async def test_assessments_are_filtered_by_enterprise_training_enrollment_and_kind(world: World) -> None:
    first, second = await world.enrolled_enterprise(), await world.enrolled_enterprise()
    made: dict[str, str] = {}
    for name, place in (("first", first), ("second", second)):
        made[f"{name} baseline"] = (await world.baseline(place.enterprise)).json()["id"]
        made[f"{name} endline"] = (await world.endline(place)).json()["id"]
    progress = {
        "enrollment_id": str(first.enrollment),
        "assessed_on": "2014-05-20",
        "readings": [absent("accidents", "refused")],
    }
    made["first progress"] = (await world.post("/assessments/progress", progress)).json()["id"]

    assert await ids(world, "/assessments") == list(made.values())
    assert await ids(world, "/assessments", enterprise=first.enterprise) == [
        made["first baseline"],
        made["first endline"],
        made["first progress"],
    ]
    assert await ids(world, "/assessments", training=second.training) == [made["second endline"]]
    assert await ids(world, "/assessments", enrollment=first.enrollment, kind="progress") == [made["first progress"]]
    assert await ids(world, "/assessments", kind="baseline") == [made["first baseline"], made["second baseline"]]
    item = (await world.get(f"/assessments/{made['first progress']}")).json()
    assert item["readings"] == [
        {
            "kpi": "accidents",
            "kpi_version": 1,
            "unit": "per-100-workers",
            "direction": "lower",
            "scale": 100,
            "status": "refused",
            "numerator": None,
            "denominator": None,
            "value": None,
        }
    ]


async def test_pages_follow_each_other_without_gap_or_repeat(world: World) -> None:
    made = [(await world.baseline(await world.register_enterprise())).json()["id"] for _ in range(5)]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    for expected in (2, 2, 1):
        page = (await world.get("/assessments", limit=2, **cursor)).json()
        assert len(page["items"]) == expected
        seen += [item["id"] for item in page["items"]]
        cursor = {"cursor": page["next"]}
    assert page["next"] is None
    assert seen == made


async def test_a_list_is_the_same_as_csv(world: World) -> None:
    enterprise = await world.register_enterprise()
    assert (await world.baseline(enterprise, measured("defect-rate", "126", "4260"))).status_code == 201
    body = {"enterprise_id": str(enterprise), "title": "=SUM(A1)", "completed_on": "2014-06-01"}
    assert (await world.post("/improvements", body)).status_code == 201

    for path in ("/assessments", "/improvements", "/kpis", "/satisfaction"):
        answer = await world.get(path, headers={"accept": "text/csv"})
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert [row["id"] for row in rows] == await ids(world, path)
    improvements = await world.get("/improvements", headers={"accept": "text/csv"})
    assert next(csv.DictReader(io.StringIO(improvements.text)))["title"] == "'=SUM(A1)"


async def test_surveys_improvements_and_case_studies_are_filtered(world: World) -> None:
    places = [await world.enrolled_enterprise() for _ in range(2)]
    made: dict[str, list[str]] = {"/satisfaction": [], "/improvements": [], "/case-studies": []}
    for place in places:
        await world.hold_session(place.training, place.enterprise, 4)
        enterprise, training = str(place.enterprise), str(place.training)
        for path, body in (
            ("/satisfaction", {"training_id": training, "recorded_on": "2014-04-23", "respondents": 2, "satisfied": 1}),
            (
                "/improvements",
                {
                    "enterprise_id": enterprise,
                    "training_id": training,
                    "title": "Walkways",
                    "completed_on": "2014-06-01",
                },
            ),
            ("/case-studies", {"enterprise_id": enterprise, "title": "Title", "summary": "Summary"}),
        ):
            answer = await world.post(path, body)
            assert answer.status_code == 201, answer.text
            made[path].append(answer.json()["id"])
            assert (await world.get(f"{path}/{answer.json()['id']}")).json() == answer.json()
    publication = {"consent_statement": "Yes.", "consent_given_on": "2014-08-01", "published_on": "2014-08-15"}
    published = made["/case-studies"][1]
    assert (await world.post(f"/case-studies/{published}/publish", publication)).status_code == 201

    second = places[1]
    assert await ids(world, "/satisfaction", training=second.training) == made["/satisfaction"][1:]
    assert await ids(world, "/improvements", training=second.training) == made["/improvements"][1:]
    assert await ids(world, "/improvements", enterprise=second.enterprise) == made["/improvements"][1:]
    assert await ids(world, "/case-studies", enterprise=places[0].enterprise) == made["/case-studies"][:1]
    assert await ids(world, "/case-studies", state="published") == [published]
    assert await ids(world, "/case-studies", state="draft") == made["/case-studies"][:1]
