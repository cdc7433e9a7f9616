"""What arrives from enrollment: in any order across aggregates, twice, or broken."""

from datetime import date
from uuid import UUID

import pytest

from services.certification.app import SERVICE
from shared.events.enrollment import TrainingScheduled
from shared.events.vocabulary import Delivery, LeadRole
from shared.ids import new_id
from shared.messaging.record import Record
from tests.integration.certification.scene import Scene, ok, programme_defined
from tests.integration.conftest import ServiceClient

pytestmark = pytest.mark.integration


async def test_an_enrollment_waits_for_its_training(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        trainer = await scene.trainer("Trainer 1")
        await scene.pass_tot(trainer)
        training = await scene.schedule(trainer)
        later = new_id()
        enrollment = await scene.enroll(later)
        await scene.close(later, enrollment)
        assert await client.parked() == [("waiting", "fact-missing"), ("behind", None)]
        await client.deliver(
            TrainingScheduled(
                training_id=later,
                module="WPC",
                partner_id=scene.partner_id,
                region="LP",
                delivery=Delivery.DIRECT,
                lead_trainer_id=UUID(trainer),
                lead_role=LeadRole.CANDIDATE,
                supervising_expert_id=UUID(scene.expert_id),
                co_candidate_ids=(),
                starts_on=date(2014, 5, 1),
                ends_on=date(2014, 5, 2),
                planned_visits=3,
            ),
            aggregate_id=later,
        )
        assert await client.parked() == []
        cycles = {one["training_id"]: one for one in (await scene.state(trainer))["cycles"]}
        assert cycles[str(later)]["completed_on"] == "2014-07-16"
        assert cycles[str(training)]["completed_on"] is None


async def test_a_training_of_a_trainer_nobody_registered_waits_and_holds_nobody_else_up(
    service_client: ServiceClient,
) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        await scene.schedule(str(new_id()))
        assert await client.parked() == [("waiting", "fact-missing")]
        trainer = await scene.candidate()
        assert (await scene.state(trainer))["state"] == "toe-in-progress"
        assert ok(await scene.recommend(trainer))["state"] == "open"


async def test_every_event_delivered_twice_has_one_effect(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        trainer = await scene.trainer("Trainer 1")
        await scene.pass_tot(trainer)
        await scene.cycle(trainer)
        await client.deliver_records(*scene.records)
        await client.deliver_records(*reversed(scene.records))
        [cycle] = (await scene.state(trainer))["cycles"]
        assert (cycle["enrolled"], cycle["completed"], cycle["withdrawn"]) == (3, 2, 1)
        assert await client.parked() == []
        assert await client.findings() == []


async def test_lead_and_co_candidates_begin_their_cycle_and_certified_leads_do_not(
    service_client: ServiceClient,
) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        certified, _ = await scene.certified("Trainer 1")
        lead, second = await scene.trainer("Trainer 2"), await scene.trainer("Trainer 3")
        for trainer in (lead, second):
            await scene.pass_tot(trainer)
        await scene.cycle(lead, second, certified, on=date(2015, 3, 18), done=date(2015, 6, 1))
        states = [(await scene.state(trainer))["state"] for trainer in (lead, second, certified)]
        assert states == ["toe-in-progress", "toe-in-progress", "certified"]
        assert await client.findings() == []


async def test_a_new_policy_version_adds_modules_and_keeps_the_scheme(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        defined = programme_defined("bolivia", scene.programme_id, 2, ("WPC", "LEAN"))
        await client.deliver(defined, aggregate_id=scene.programme_id)
        trainer = await scene.trainer("Trainer 1")
        detail = ok(await scene.get(f"trainers/{trainer}"))
        assert [one["module"] for one in detail["modules"]] == ["LEAN", "OSH", "QM", "WPC"]
        [scheme] = ok(await scene.get("scheme-versions"))["items"]
        assert (scheme["version"], scheme["is_default"], scheme["valid_from"]) == (1, True, None)
        assert (scheme["validity_months"], scheme["minimum_tot_score"], scheme["minimum_completed_enterprises"]) == (
            36,
            60,
            1,
        )
        assert "no published source" in scheme["decision"]


async def test_a_malformed_event_is_parked_and_other_keys_flow_on(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        good = client.record(programme_defined("bolivia", scene.programme_id, 3), aggregate_id=scene.programme_id)
        broken = Record(good.topic, 0, 0, good.key, good.headers, b'{"programme": 7}')
        trainer = await scene.trainer("Trainer 1")
        await scene.pass_tot(trainer)
        await client.deliver_records(broken)
        assert await client.parked() == [("failed", "bad-data")]
        await scene.schedule(trainer)
        assert (await scene.state(trainer))["state"] == "toe-in-progress"
