"""Several requests at once, and transactions that fail half-way."""

import asyncio
from datetime import date
from uuid import UUID

import pytest

from services.certification.api.dependencies import unguessable_suffix
from services.certification.app import SERVICE
from services.certification.commands.decision import decide_case
from services.certification.schemas.board import Decide
from shared.auth.actor import Actor, Role
from tests.integration.certification.scene import DECIDED, Scene, ok
from tests.integration.conftest import ServiceClient

pytestmark = pytest.mark.integration


class Broken(Exception):
    """What stops a transaction half-way."""


async def test_two_decisions_at_once_issue_one_certificate(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        case = ok(await scene.recommend(await scene.candidate()))
        await scene.vote(case, dict.fromkeys(scene.members, "for"))
        answers = await asyncio.gather(*(scene.decide(case) for _ in range(6)))
        assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
        assert len(await scene.told("certificate-issued")) == 1
        assert len(ok(await scene.get("certificates", series="board"))["items"]) == 1
        assert await client.findings() == []


async def test_the_same_decision_sent_twice_with_one_key_is_one_decision(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        case = ok(await scene.recommend(await scene.candidate()))
        await scene.vote(case, dict.fromkeys(scene.members, "for"))
        first, second = await asyncio.gather(*(scene.decide(case, key="decision-1") for _ in range(2)))
        assert (first.status_code, second.status_code) == (201, 201)
        assert first.content == second.content


async def test_two_recommendations_at_once_open_one_case(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        trainer = await scene.candidate()
        answers = await asyncio.gather(*(scene.recommend(trainer) for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
        assert len(await scene.told("trainer-recommended")) == 1


async def test_a_vote_and_a_decision_at_once_never_disagree(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        case = ok(await scene.recommend(await scene.candidate()))
        await scene.vote(case, dict.fromkeys(scene.members, "for"))
        voted, decided = await asyncio.gather(scene.vote(case, {"E1": "against"}), scene.decide(case))
        assert decided.status_code == 201
        accepted = voted[0].status_code == 201
        assert accepted or voted[0].status_code == 409
        assert decided.json()["votes_against"] == (1 if accepted else 0)
        assert await client.findings() == []


async def test_numbers_have_no_gap_when_a_decision_rolls_back(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        cases = []
        for name in ("Trainer 1", "Trainer 2", "Trainer 3"):
            cases.append(ok(await scene.recommend(await scene.candidate(name))))
            await scene.vote(cases[-1], dict.fromkeys(scene.members, "for"))
        secretary = Actor("secretary", frozenset({Role.BOARD_SECRETARY}), "bolivia")
        command = Decide(decided_on=DECIDED)

        async def decide_and_fail() -> None:
            async with client.runtime.transactions.begin(secretary) as tx:
                decided = await decide_case(tx, "bolivia", UUID(cases[0]["id"]), command, unguessable_suffix)
                assert decided.certificate is not None
                raise Broken(decided.certificate.number)

        for _ in range(2):
            with pytest.raises(Broken, match="BOLIVIA-2014-0001-"):
                await decide_and_fail()
        answers = await asyncio.gather(*(scene.decide(case) for case in cases))
        numbers = sorted(ok(answer)["certificate"]["number"] for answer in answers)
        assert [number[:17] for number in numbers] == [f"BOLIVIA-2014-000{n}" for n in (1, 2, 3)]
        assert len({number[-6:] for number in numbers}) == 3
        assert await client.findings() == []


async def test_each_year_of_decision_counts_for_itself(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        numbers = []
        for name, on in (("Trainer 1", DECIDED), ("Trainer 2", date(2014, 12, 11)), ("Trainer 3", date(2015, 8, 27))):
            _, decision = await scene.certified(name, on)
            numbers.append(decision["certificate"]["number"][:17])
        assert numbers == ["BOLIVIA-2014-0001", "BOLIVIA-2014-0002", "BOLIVIA-2015-0001"]
