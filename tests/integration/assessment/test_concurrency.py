"""Two at once: one wins, the other is told, and the database would refuse it anyway."""

import asyncio
import re

import pytest
from sqlalchemy.exc import DBAPIError

from tests.integration.assessment.world import World

pytestmark = pytest.mark.integration


async def test_of_many_baselines_at_once_one_is_recorded(world: World) -> None:
    enterprise = await world.register_enterprise()
    answers = await asyncio.gather(*(world.baseline(enterprise) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert {answer.json()["errors"][0]["rule"] for answer in answers if answer.status_code == 409} == {
        "one-baseline-per-enterprise"
    }
    assert len(await world.client.events()) == 1
    assert await world.client.findings() == []


async def test_of_many_endlines_surveys_and_publications_at_once_one_is_recorded(world: World) -> None:
    place = await world.enrolled_enterprise()
    assert (await world.baseline(place.enterprise)).status_code == 201
    await world.hold_session(place.training, place.enterprise, 4, day=1)
    await world.hold_session(place.training, place.enterprise, 4, day=2)
    survey = {"training_id": str(place.training), "recorded_on": "2014-04-24", "respondents": 4, "satisfied": 4}
    draft = await world.post(
        "/case-studies", {"enterprise_id": str(place.enterprise), "title": "Title", "summary": "Summary"}
    )
    publication = {"consent_statement": "Yes.", "consent_given_on": "2014-08-01", "published_on": "2014-08-15"}

    for attempts in (
        [world.endline(place) for _ in range(5)],
        [world.post("/satisfaction", survey) for _ in range(5)],
        [world.post(f"/case-studies/{draft.json()['id']}/publish", publication) for _ in range(5)],
    ):
        answers = await asyncio.gather(*attempts)
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    assert len(await world.client.events()) == 4
    assert await world.client.findings() == []


async def test_a_new_definition_and_readings_at_once_never_leave_a_reading_under_the_wrong_version(
    world: World,
) -> None:
    enterprises = [await world.register_enterprise() for _ in range(6)]
    kpi = {
        "code": "defect-rate",
        "name": "Defect rate",
        "unit": "percent",
        "direction": "lower",
        "scale": 100,
        "means_of_verification": "Log.",
        "numerator_label": "units rejected",
        "denominator_label": "units produced",
        "valid_from": "2014-04-01",
        "reason": "rework no longer counts",
    }
    baselines = [world.baseline(enterprise) for enterprise in enterprises]
    first, *others = await asyncio.gather(world.post("/kpis", kpi), *baselines)
    assert first.status_code in (201, 409), first.text
    assert {answer.status_code for answer in others} == {201}
    versions = {answer.json()["readings"][0]["kpi_version"] for answer in others}
    # The definition is taken only when no reading stands that it would rewrite.
    assert versions == {2 if first.status_code == 201 else 1}
    assert await world.client.findings() == []


_COPY = (
    "INSERT INTO assessment (id, programme, kind, enterprise_id, partner_id, training_id, enrollment_id, baseline_id, "
    "assessed_on, recorded_at, recorded_by) SELECT gen_random_uuid(), programme, {kind}, enterprise_id, partner_id, "
    "training_id, enrollment_id, {baseline}, assessed_on, recorded_at, 'x' FROM assessment WHERE kind = {source}"
)
_READ = (
    "INSERT INTO reading SELECT r.assessment_id, r.programme, v.code, {version}, 9, {value} "
    "FROM reading r, kpi_version v WHERE v.code = 'accidents'"
)
REFUSED = {
    "a second baseline": _COPY.format(kind="'baseline'", baseline="NULL", source="'baseline'"),
    "a second endline": _COPY.format(kind="'endline'", baseline="baseline_id", source="'endline'"),
    "an endline named as a baseline": _COPY.format(kind="'progress'", baseline="id", source="'endline'"),
    "a follow-up without a baseline": _COPY.format(kind="'progress'", baseline="NULL", source="'endline'"),
    "an assessment changed": "UPDATE assessment SET assessed_on = assessed_on + 1",
    "a reading deleted": "DELETE FROM reading",
    "a definition changed": "UPDATE kpi_version SET direction = 'higher'",
    "a survey changed": "UPDATE satisfaction SET satisfied = respondents",
    "an improvement emptied": "TRUNCATE improvement",
    "a published case study changed": "UPDATE case_study SET title = 'x'",
    "a case study deleted": "DELETE FROM case_study",
    "a reading measured without a value": _READ.format(version="v.id", value="'measured'"),
    "a refusal with a value": _READ.format(version="v.id", value="'refused', 1, 2"),
    "a denominator of zero": _READ.format(version="v.id", value="'measured', 1, 0"),
    "a reading under another KPI's definition": _READ.format(version="r.kpi_version_id", value="'refused'"),
    "more respondents than participants": "INSERT INTO satisfaction "
    "SELECT gen_random_uuid(), programme, id, partner_id, starts_on, 3, 4, 1, now(), 'x' FROM known_training",
    "an improvement of another programme's enterprise": "INSERT INTO improvement "
    "SELECT gen_random_uuid(), 'peru', id, partner_id, NULL, 'x', '2014-06-01', now(), 'x' FROM known_enterprise",
}


async def test_the_database_refuses_what_the_rules_refuse(world: World) -> None:
    place = await world.enrolled_enterprise()
    assert (await world.baseline(place.enterprise)).status_code == 201
    assert (await world.endline(place)).status_code == 201
    draft = {"enterprise_id": str(place.enterprise), "title": "Title", "summary": "Summary"}
    case = (await world.post("/case-studies", draft)).json()["id"]
    publication = {"consent_statement": "Yes.", "consent_given_on": "2014-08-01", "published_on": "2014-08-15"}
    assert (await world.post(f"/case-studies/{case}/publish", publication)).status_code == 201
    before = await world.stored()

    taken = [name for name, statement in REFUSED.items() if not await _refused(world, statement)]
    assert taken == []
    assert await world.stored() == before


async def _refused(world: World, statement: str) -> bool:
    try:
        async with world.client.connection() as connection:
            await connection.exec_driver_sql(statement)
    except DBAPIError as error:
        return re.search("violates|permission denied|DELETE refused|UPDATE refused", str(error)) is not None
    return False
