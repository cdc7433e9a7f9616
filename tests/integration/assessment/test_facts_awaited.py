"""A fact of another service that has not arrived is waited for: 409 over HTTP, parked by the consumer, not guessed."""

from datetime import date
from uuid import UUID

import httpx
import pytest

from shared.ids import new_id
from tests.integration.assessment.world import Enrolled, World
from tests.support.client import Client

pytestmark = pytest.mark.integration


def waits(answer: httpx.Response, field: str) -> bool:
    problem = answer.json()
    assert answer.status_code == 409, answer.text
    assert problem["type"] == "urn:scorebook:problem:fact-missing"
    return [error["field"] for error in problem["errors"]] == [field]


async def test_a_baseline_waits_for_programme_enterprise_and_trainer(client: Client) -> None:
    world = World(client)
    enterprise, trainer = new_id(), new_id()
    assert waits(await world.baseline(enterprise), "programme")
    await world.define_programme()
    assert waits(await world.baseline(enterprise), "enterprise_id")
    known = await world.register_enterprise()
    body = {
        "enterprise_id": str(known),
        "assessed_on": "2014-04-04",
        "assessor_id": str(trainer),
        "readings": [{"kpi": "accidents", "status": "refused"}],
    }
    assert waits(await world.post("/assessments/baseline", body), "assessor_id")
    assert (await world.stored())["outbox"] == 0
    body["assessor_id"] = str(await world.register_trainer())
    assert (await world.post("/assessments/baseline", body)).status_code == 201


async def test_an_endline_waits_for_its_enrollment_and_training_and_the_same_request_then_succeeds(
    world: World,
) -> None:
    enterprise = await world.register_enterprise()
    assert (await world.baseline(enterprise)).status_code == 201
    place = Enrolled(new_id(), enterprise, new_id(), world.partner)

    assert waits(await world.endline(place, key="endline-0001"), "enrollment_id")
    await world.tell(world.enrollment_event(place.enrollment, enterprise, place.training), place.enrollment)
    assert waits(await world.endline(place, key="endline-0001"), "enrollment_id")
    await world.tell(world.training_event(place.training), place.training)
    assert (await world.endline(place, key="endline-0001")).status_code == 201
    assert len(await world.client.events()) == 2


async def test_a_survey_waits_for_the_training_for_a_session_and_for_every_planned_day(world: World) -> None:
    enterprise = await world.register_enterprise()

    async def survey(training: UUID, respondents: int) -> httpx.Response:
        body = {
            "training_id": str(training),
            "recorded_on": "2014-04-24",
            "respondents": respondents,
            "satisfied": respondents,
        }
        return await world.post("/satisfaction", body)

    assert waits(await survey(new_id(), 4), "training_id")
    training = await world.schedule_training()
    assert waits(await survey(training, 4), "training_id")
    await world.hold_session(training, enterprise, 3, day=1)
    assert waits(await survey(training, 4), "respondents")
    await world.hold_session(training, enterprise, 3, day=2, first=2)
    refused = await survey(training, 5)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["rule"] == "at-most-participants"
    assert (await survey(training, 4)).json()["participants"] == 4


async def test_a_survey_of_an_early_day_counts_who_had_been_there_by_then(world: World) -> None:
    place = await world.enrolled_enterprise()
    await world.hold_session(place.training, place.enterprise, 3, day=1)
    await world.hold_session(place.training, place.enterprise, 9, day=2)
    body = {"training_id": str(place.training), "recorded_on": "2014-04-23", "respondents": 4, "satisfied": 4}

    assert (await world.post("/satisfaction", body)).json()["errors"][0]["rule"] == "at-most-participants"
    answer = await world.post("/satisfaction", body | {"respondents": 3, "satisfied": 3})
    assert answer.json()["participants"] == 3


async def test_an_improvement_waits_for_the_enrollment_in_the_training_it_names(world: World) -> None:
    enterprise = await world.register_enterprise()
    training = await world.schedule_training()
    body = {
        "enterprise_id": str(enterprise),
        "training_id": str(training),
        "title": "Walkways",
        "completed_on": "2014-06-01",
    }
    assert waits(await world.post("/improvements", body), "training_id")
    await world.enroll(enterprise, training)
    assert (await world.post("/improvements", body)).status_code == 201


async def test_a_case_study_and_a_kpi_wait_too(client: Client) -> None:
    world = World(client)
    draft = {"enterprise_id": str(new_id()), "title": "Title", "summary": "Summary"}
    assert waits(await world.post("/case-studies", draft), "enterprise_id")
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
    assert waits(await world.post("/kpis", kpi), "programme")


async def test_facts_of_different_aggregates_may_arrive_in_any_order(client: Client) -> None:
    world = World(client)
    enterprise, training, enrollment = new_id(), new_id(), new_id()
    await world.tell(world.enrollment_event(enrollment, enterprise, training), enrollment)
    await world.tell(world.training_event(training), training)
    await world.tell(world.session_event(training, enterprise, 4), training)
    await world.define_programme()
    assert await client.parked() == []


async def test_the_end_of_an_unknown_enrollment_waits_and_others_flow_on(world: World) -> None:
    place = Enrolled(new_id(), new_id(), new_id(), world.partner)
    await world.tell(world.completion_event(place), place.enrollment)
    assert await world.client.parked() == [("waiting", "fact-missing")]
    assert (await world.baseline(await world.register_enterprise())).status_code == 201


async def test_a_session_delivered_twice_counts_its_people_once(world: World) -> None:
    place = await world.enrolled_enterprise()
    record = await world.tell(world.session_event(place.training, place.enterprise, 4), place.training)
    await world.client.deliver_records(record, record)
    await world.hold_session(place.training, place.enterprise, 4, day=2, first=3)
    # Another enterprise may use the same codes for its own people.
    other = await world.register_enterprise()
    await world.hold_session(place.training, other, 2, day=3)
    async with world.client.connection() as connection:
        rows = await connection.exec_driver_sql(
            "SELECT enterprise_id, count(*) AS people, min(first_seen_on) AS first FROM known_participant GROUP BY 1"
        )
        assert {row.enterprise_id: (row.people, row.first) for row in rows} == {
            place.enterprise: (6, date(2014, 4, 23)),
            other: (2, date(2014, 4, 25)),
        }
