"""From a programme to completed enrollments, through HTTP, with every event said once."""

import pytest

from services.enrollment.app import SERVICE
from shared.ids import new_id
from tests.integration.conftest import ServiceClient
from tests.integration.enrollment.builders import FIRST_DAY, SECOND_DAY, Country, created, present, session

pytestmark = pytest.mark.integration


async def test_an_enterprise_goes_from_registration_to_completion(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        enterprise = await country.enterprise(women=20, men=31, tax_id="990.010-7a")
        training = await country.training(delivery="indirect")
        enrollment = await country.enroll(training, enterprise)
        people = [present(enterprise, "P-1"), present(enterprise, "P-2", "male", "manager")]
        await country.post(f"/trainings/{training}/sessions", session(1, FIRST_DAY, *people))
        await country.post(f"/trainings/{training}/sessions", session(2, SECOND_DAY, people[0]))
        aborted = {
            "number": 1,
            "attempted_on": "2014-05-10",
            "trainer_id": str(country.lead),
            "reason": "workers not released",
            "cost": {"amount": "350.00", "currency": "BOB"},
        }
        created(await country.post(f"/enrollments/{enrollment}/aborted-visits", aborted))
        created(await country.post(f"/enrollments/{enrollment}/aborted-visits", aborted | {"cost": None}))
        await country.visit(enrollment, 1, "2014-05-12")
        await country.visit(enrollment, 2, "2014-06-04")
        body = {"completed_on": "2014-06-10"}
        completed = created(await country.post(f"/enrollments/{enrollment}/completion", body))

        assert completed["status"] == "completed"
        assert (completed["size_class"], completed["headcount"]) == ("medium", 51)
        assert (completed["planned_visits"], completed["visits_done"]) == (2, 2)
        said = [event for event in await client.events() if event.type.startswith("enrollment.")]
        assert [event.type.split(".")[1] for event in said[4:]] == [
            "enterprise-registered",
            "training-scheduled",
            "enterprise-enrolled",
            "session-held",
            "session-held",
            "visit-aborted",
            "visit-aborted",
            "visit-completed",
            "visit-completed",
            "enrollment-completed",
        ]
        by_type = {event.type.split(".")[1]: event.data for event in said}
        assert by_type["enterprise-registered"] == {
            "enterprise_id": enterprise,
            "partner_id": country.partner,
            "name": "Enterprise 001",
            "tax_id": "9900107A",
            "region": "LP",
            "sector": "food",
            "city": "El Alto",
            "women": 20,
            "men": 31,
            "size_class": "medium",
            "registered_on": "2014-03-14",
        }
        assert by_type["enterprise-enrolled"] == {
            "enrollment_id": enrollment,
            "training_id": training,
            "enterprise_id": enterprise,
            "partner_id": country.partner,
            "module": "WPC",
            "region": "LP",
            "delivery": "indirect",
            "size_class": "medium",
            "headcount": 51,
            "enrolled_on": "2014-04-07",
        }
        assert by_type["session-held"]["attendances"] == [people[0]]
        first_aborted = next(event.data for event in said if event.type == "enrollment.visit-aborted.v1")
        assert first_aborted["cost"] == {"amount": "350.00", "currency": "BOB"}
        sequences = [event.sequence for event in said if str(event.aggregate_id) == enrollment]
        assert sequences == [1, 2, 3, 4, 5, 6]
        assert await client.findings() == []


async def test_a_candidate_leads_under_an_expert_and_the_team_is_told(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        expert, lead, other = new_id(), new_id(), new_id()
        for person in (expert, lead, other):
            await country.register_trainer(person)
        await country.certify(expert, "WPC", is_expert=True)
        await country.pass_tot(lead, "WPC")
        await country.pass_tot(other, "WPC")
        team = {
            "lead_role": "candidate",
            "lead_trainer_id": str(lead),
            "supervising_expert_id": str(expert),
            "co_candidate_ids": [str(other)],
        }
        made = created(await country.post("/trainings", country.training_body(**team)))
        assert {name: made[name] for name in team} == team
        told = (await client.events())[-1]
        assert {name: told.data[name] for name in team} == team
        assert told.data["planned_visits"] == 2


async def test_a_second_module_follows_the_first(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        enterprise = await country.enterprise()
        await country.complete(await country.training(), enterprise)
        osh = await country.training(module="OSH", starts_on="2014-06-10", ends_on="2014-06-11")
        enrollment = await country.enroll(osh, enterprise, "2014-06-10")
        # The same person comes again; no seat and no second participant of the figures is taken by that.
        created(await country.post(f"/trainings/{osh}/sessions", session(1, "2014-06-10", present(enterprise))))
        listed = await country.get("/enrollments", enterprise=enterprise, status="active")
        assert [one["id"] for one in listed["items"]] == [enrollment]
        figures = {one["code"]: one["value"] for one in (await country.get("/figures"))["figures"]}
        assert (figures["enterprises-trained"], figures["classroom-participants"]) == (1, 1)
        assert (figures["modules-delivered"], figures["enterprise-modules-completed"]) == (2, 1)
        assert await client.findings() == []


async def test_a_withdrawn_enterprise_frees_its_place_and_may_take_the_module_later(
    service_client: ServiceClient,
) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        leaving, staying, waiting = [await country.enterprise() for _ in range(3)]
        training = await country.training()
        enrollment = await country.enroll(training, leaving)
        await country.enroll(training, staying)
        body = {"withdrawn_on": "2014-04-10", "reason": "change of owner"}
        withdrawn = created(await country.post(f"/enrollments/{enrollment}/withdrawal", body))
        assert (withdrawn["status"], withdrawn["withdrawal_reason"]) == ("withdrawn", "change of owner")
        assert (await client.events())[-1].data["reason"] == "change of owner"
        await country.enroll(training, waiting)
        later = await country.training(starts_on="2014-09-01", ends_on="2014-09-02")
        await country.enroll(later, leaving)
        assert (await country.get(f"/trainings/{training}"))["places_taken"] == 2
        audit = (await country.get("/audit", role="programme-manager", limit=500))["items"]
        reasons = [one["reason"] for one in audit if one["action"] == "withdraw_enrollment"]
        assert reasons == ["change of owner"]
        assert await client.findings() == []


async def test_a_trainer_records_sessions_and_visits_of_their_own_training(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        enterprise = await country.enterprise()
        training = await country.training()
        enrollment = await country.enroll(training, enterprise)
        for day, held_on in ((1, FIRST_DAY), (2, SECOND_DAY)):
            answer = await client.post(
                f"{country.base}/trainings/{training}/sessions",
                session(day, held_on, present(enterprise)),
                role="trainer",
                subject=str(country.lead),
            )
            created(answer)
        body = {"number": 1, "visited_on": "2014-05-12", "trainer_id": str(country.lead)}
        path = f"{country.base}/enrollments/{enrollment}/visits"
        refused = await client.post(path, body, role="trainer", subject=str(new_id()))
        assert refused.status_code == 403
        assert refused.json()["errors"][0]["rule"] == "own-training"
        created(await client.post(path, body, role="trainer", subject=str(country.lead)))


async def test_the_same_request_with_the_same_key_is_carried_out_once(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        body = country.enterprise_body()
        first = await country.post("/enterprises", body, key="enterprise-0001")
        again = await country.post("/enterprises", body, key="enterprise-0001")
        assert (again.status_code, again.text) == (201, first.text)
        assert again.headers["idempotency-hit"] == "true"
        other = await country.post("/enterprises", body | {"women": 21}, key="enterprise-0001")
        assert other.status_code == 409
