"""Two programmes in one database do not see each other."""

import pytest

from services.certification.app import SERVICE
from tests.integration.certification.scene import MANAGER, Scene, ok, refused
from tests.integration.conftest import ServiceClient

pytestmark = pytest.mark.integration


async def test_nothing_of_one_programme_shows_or_works_in_another(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        bolivia = await Scene(client).begin()
        peru = await Scene(client, programme="peru").begin()
        trainer, decision = await bolivia.certified()
        number, case = decision["certificate"]["number"], decision["case_id"]
        for path in (
            f"trainers/{trainer}",
            f"certificates/{number}",
            f"cases/{case}",
            f"cases/{case}/votes",
            f"board-members/{bolivia.members['E1']}",
        ):
            refused(await peru.get(path), 404, "not-found")
        assert [one["id"] for one in ok(await peru.get("trainers"))["items"]] == [peru.expert_id]
        assert len(ok(await peru.get("board-members"))["items"]) == 6
        figures = ok(await peru.get("figures", as_of="2014-12-31"))["figures"]
        assert {one["code"]: one["value"] for one in figures} == {
            "trainers-trained": 0,
            "trainers-certified": 0,
            "trainers-active": 0,
            "experts-recognised": 1,
            "experts-active": 1,
        }
        tot = {"module": "WPC", "outcome": "passed", "taken_on": "2014-03-21"}
        refused(await peru.post(f"trainers/{trainer}/tot-results", tot, MANAGER), 404, "not-found")
        foreign = {"name": "T", "sex": "male", "partner_id": str(bolivia.partner_id), "registered_on": "2014-01-01"}
        refused(await peru.post("trainers", foreign, MANAGER), 409, "fact-missing", "partner_id")
        decide = {"decided_on": "2014-09-25"}
        refused(await peru.post(f"cases/{case}/decisions", decide), 404, "not-found", "case_id")


async def test_an_expert_or_member_of_another_programme_is_unknown(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        bolivia = await Scene(client).begin()
        peru = await Scene(client, programme="peru").begin()
        trainer = await peru.candidate()
        case = ok(await peru.recommend(trainer))
        vote = {"choice": "for", "voted_on": "2014-09-25", "dossier_hash": case["dossier_hash"]}
        named = vote | {"recorded_for": bolivia.members["E1"]}
        refused(await peru.post(f"cases/{case['id']}/votes", named), 404, "not-found", "recorded_for")
        second = await peru.candidate("Trainer 2")
        peru.expert_id = bolivia.expert_id
        refused(await peru.recommend(second), 404, "not-found", "expert_id")


async def test_certificate_numbers_name_their_programme_and_count_apart(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        numbers = []
        for programme in ("bolivia", "peru"):
            _, decision = await (await Scene(client, programme=programme).begin()).certified()
            numbers.append(decision["certificate"]["number"][:-7])
        assert numbers == ["BOLIVIA-2014-0001", "PERU-2014-0001"]
        assert await client.findings() == []


async def test_a_training_of_another_programme_begins_no_cycle(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        bolivia = await Scene(client).begin()
        peru = await Scene(client, programme="peru").begin()
        trainer = await bolivia.trainer("Trainer 1")
        await bolivia.pass_tot(trainer)
        await peru.schedule(trainer)
        assert await client.parked() == [("waiting", "fact-missing")]
        assert (await bolivia.state(trainer))["state"] == "tot-passed"
