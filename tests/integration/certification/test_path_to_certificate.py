"""From the register to the certificate, with what the other services hear of it."""

import re
from datetime import date

import pytest

from services.certification.app import SERVICE
from tests.integration.certification.scene import DECIDED, Scene, ok
from tests.integration.conftest import ServiceClient

pytestmark = pytest.mark.integration


async def test_a_candidate_goes_from_training_of_trainers_to_a_certificate(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        trainer = await scene.trainer("Trainer 1")
        assert (await scene.state(trainer))["allowed_actions"] == ["apply", "recognise", "record-tot-result"]
        await scene.pass_tot(trainer)
        assert (await scene.state(trainer))["state"] == "tot-passed"
        training = await scene.cycle(trainer)
        standing = await scene.state(trainer)
        assert standing["state"] == "toe-in-progress"
        assert standing["cycles"] == [
            {
                "training_id": str(training),
                "expert_id": scene.expert_id,
                "starts_on": "2014-04-23",
                "ends_on": "2014-04-24",
                "enrolled": 3,
                "completed": 2,
                "withdrawn": 1,
                "completed_on": "2014-07-16",
            }
        ]
        case = ok(await scene.recommend(trainer))
        assert (case["state"], case["scheme_version"], case["round"]) == ("open", 1, 1)
        assert (await scene.state(trainer))["open_case_id"] == case["id"]
        for answer in await scene.vote(case, dict.fromkeys(scene.members, "for") | {"E2": "against", "G2": "abstain"}):
            ok(answer)
        decision = ok(await scene.decide(case))
        assert (decision["outcome"], decision["votes_for"], decision["votes_against"], decision["abstentions"]) == (
            "certified",
            4,
            1,
            1,
        )
        certificate = decision["certificate"]
        assert re.fullmatch(r"BOLIVIA-2014-0001-[2-9A-Z]{6}", certificate["number"])
        assert (certificate["valid_from"], certificate["valid_until"]) == ("2014-09-25", "2017-09-24")
        assert certificate["dossier_hash"] == case["dossier_hash"]
        assert (await scene.state(trainer))["state"] == "certified"

        mine = [event for event in await client.events() if str(event.aggregate_id) == trainer]
        assert [event.type for event in mine] == [
            f"certification.{kind}.v1"
            for kind in (
                "trainer-registered",
                "training-of-trainers-passed",
                "trainer-recommended",
                "trainer-certified",
                "certificate-issued",
            )
        ]
        assert [event.sequence for event in mine] == [1, 2, 3, 4, 5]
        assert mine[2].data["dossier_id"] == case["dossier_id"]
        assert mine[3].data == {
            "trainer_id": trainer,
            "module": "WPC",
            "certificate_number": certificate["number"],
            "valid_from": "2014-09-25",
            "valid_until": "2017-09-24",
            "is_expert": False,
            "is_recognised": False,
            "case_id": case["id"],
            "expert_from": None,
        }
        assert await client.findings() == []


async def test_the_dossier_names_its_sources_and_its_hash_recomputes(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        trainer = await scene.candidate()
        case = ok(await scene.recommend(trainer))
        detail = ok(await scene.get(f"cases/{case['id']}"))
        dossier = detail["dossier"]
        assert dossier["recommendation"] == {
            "expert_id": scene.expert_id,
            "recommended_on": "2014-07-23",
            "statement": None,
        }
        assert dossier["training_of_trainers"]["score"] == 80
        [cycle] = dossier["cycles"]
        assert [len(one["event_ids"]) for one in cycle["enrollments"]] == [2, 2, 2]
        async with client.connection() as connection:
            received = set((await connection.exec_driver_sql("SELECT event_id::text FROM inbox")).scalars())
            row = (
                await connection.exec_driver_sql(
                    "SELECT hash, encode(sha256(convert_to(manifest, 'UTF8')), 'hex') AS again FROM dossier"
                )
            ).one()
        assert row.hash == row.again == case["dossier_hash"]
        cited = {event for one in (cycle, *cycle["enrollments"]) for event in one["event_ids"]}
        assert len(cited) == 7
        assert cited <= received


async def test_a_refused_candidate_is_certified_after_a_further_cycle_only(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        trainer = await scene.candidate()
        case = ok(await scene.recommend(trainer))
        await scene.vote(case, dict.fromkeys(scene.members, "against") | {"E1": "for", "W1": "abstain"})
        decision = ok(await scene.decide(case, reason="Visits were not prepared."))
        assert (decision["outcome"], decision["certificate"]) == ("refused", None)
        assert await scene.told("certification-refused") == [
            {
                "trainer_id": trainer,
                "module": "WPC",
                "case_id": case["id"],
                "decided_on": "2014-09-25",
                "tally": {"votes_for": 1, "votes_against": 4, "abstentions": 1},
                "reason": "Visits were not prepared.",
            }
        ]
        assert (await scene.state(trainer))["allowed_actions"] == ["recommend"]
        again = await scene.recommend(trainer, on=date(2014, 12, 1))
        assert again.status_code == 422
        assert again.json()["errors"][0]["rule"] == "completed-cycle"
        await scene.cycle(trainer, on=date(2015, 3, 18), done=date(2015, 6, 10))
        assert (await scene.state(trainer))["state"] == "toe-in-progress"
        second = ok(await scene.recommend(trainer, on=date(2015, 6, 23)))
        detail = ok(await scene.get(f"cases/{second['id']}"))
        assert [cycle["starts_on"] for cycle in detail["dossier"]["cycles"]] == ["2015-03-18"]
        assert detail["dossier"]["version"] == 2
        await scene.vote(second, dict.fromkeys(scene.members, "for"), date(2015, 8, 27))
        issued = ok(await scene.decide(second, date(2015, 8, 27)))["certificate"]
        assert issued["number"].startswith("BOLIVIA-2015-0001-")
        assert await client.findings() == []


async def test_a_tie_defers_to_a_round_with_fresh_votes(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        trainer = await scene.candidate()
        case = ok(await scene.recommend(trainer))
        tied = {"E1": "for", "E2": "for", "W1": "against", "W2": "against", "G1": "abstain"}
        await scene.vote(case, tied)
        silent = await scene.decide(case)
        assert silent.json()["errors"][0]["rule"] == "required-unless-certified"
        deferred = ok(await scene.decide(case, reason="The votes are equal."))
        assert (deferred["outcome"], deferred["certificate"]) == ("deferred", None)
        detail = ok(await scene.get(f"cases/{case['id']}"))
        assert (detail["state"], detail["round"], detail["members_voted"]) == ("open", 2, 0)
        assert (await scene.state(trainer))["state"] == "recommended"
        empty = await scene.decide(case, date(2014, 12, 11))
        assert empty.json()["type"] == "urn:scorebook:problem:quorum-missing"
        await scene.vote(case, dict.fromkeys(("E1", "E2", "W1", "G1"), "for"), date(2014, 12, 11))
        second = ok(await scene.decide(case, date(2014, 12, 11)))
        assert (second["outcome"], second["round"]) == ("certified", 2)
        outcomes = [one["outcome"] for one in ok(await scene.get(f"cases/{case['id']}"))["decisions"]]
        assert outcomes == ["deferred", "certified"]
        assert await scene.told("certification-refused") == []
        assert await client.findings() == []


async def test_recognised_experts_have_a_series_of_their_own_and_never_count_as_trained_or_certified(
    service_client: ServiceClient,
) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        numbers = [event["certificate_number"] for event in await scene.told("trainer-certified")]
        assert [number[:19] for number in numbers] == ["BOLIVIA-R-2014-0001", "BOLIVIA-R-2014-0002"]
        assert all(event["is_recognised"] and event["is_expert"] for event in await scene.told("trainer-certified"))
        await scene.certified()
        figures = {one["code"]: one for one in ok(await scene.get("figures", as_of=DECIDED.isoformat()))["figures"]}
        assert {code: one["value"] for code, one in figures.items()} == {
            "trainers-trained": 1,
            "trainers-certified": 1,
            "trainers-active": 1,
            "experts-recognised": 1,
            "experts-active": 1,
        }
        assert figures["trainers-certified"]["by_module"] == {"WPC": 1}
        assert figures["experts-recognised"]["by_module"] == {"OSH": 1, "WPC": 1}
        assert figures["trainers-trained"]["by_sex"] == {"female": 1, "male": 0, "not-stated": 0}
        assert all(one["definition"] for one in figures.values())
        before = ok(await scene.get("figures", as_of="2014-09-24"))["figures"]
        assert {one["code"]: one["value"] for one in before} == {
            "trainers-trained": 1,
            "trainers-certified": 0,
            "trainers-active": 0,
            "experts-recognised": 1,
            "experts-active": 1,
        }
        expired = ok(await scene.get("figures", as_of="2017-09-25"))["figures"]
        assert {one["code"]: one["value"] for one in expired}["trainers-active"] == 0
