"""Bad input: a problem that names field and rule, nothing stored, nothing published."""

from datetime import date
from typing import Any

import pytest

from services.certification import tables
from services.certification.app import SERVICE
from shared.auth.actor import Role
from shared.ids import new_id
from tests.integration.certification.scene import MANAGER, SECRETARY, Scene, ok, refused
from tests.integration.conftest import ServiceClient
from tests.support.client import Client

pytestmark = pytest.mark.integration
STORED = (*tables.metadata.tables, "audit_trail", "idempotency_key", "outbox")


async def contents(client: Client) -> dict[str, int]:
    """Return how many rows each table holds."""
    async with client.connection() as connection:
        return {
            table: (await connection.exec_driver_sql(f"SELECT count(*) FROM {table}")).scalar_one() for table in STORED
        }


TRAINER: dict[str, Any] = {"name": "T", "sex": "male", "registered_on": "2014-01-10"}
BAD_TRAINERS: list[tuple[dict[str, Any], int, str]] = [
    ({"name": "x" * 201}, 422, "name"),
    ({"name": "   "}, 422, "name"),
    ({"name": "nul\x00inside"}, 422, "name"),
    ({"name": "line\nbreak"}, 422, "name"),
    ({"name": "turned \u202eround"}, 422, "name"),
    ({"name": "half \ud800"}, 422, "name"),
    ({"name": 7}, 422, "name"),
    ({"sex": "unknown"}, 422, "sex"),
    ({"registered_on": "2014-02-30"}, 422, "registered_on"),
    ({"registered_on": "2026-03-03"}, 422, "registered_on"),
    ({"region": "XX"}, 422, "region"),
    ({"region": "no region"}, 422, "region"),
    ({"partner_id": "not-an-id"}, 422, "partner_id"),
    ({"partner_id": "01890000-0000-7000-8000-000000000001"}, 409, "partner_id"),
    ({"colour": "red"}, 422, "colour"),
]


async def test_bad_registrations_are_refused_and_leave_nothing_behind(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        before = await contents(client)
        for change, status, field in BAD_TRAINERS:
            answer = await scene.post("trainers", TRAINER | change, MANAGER)
            assert answer.status_code == status, (change, answer.text)
            assert field in [error["field"] for error in answer.json()["errors"]], (change, answer.text)
        broken = await client.post(f"{scene.base}/trainers", role=MANAGER, content=b'{"name": ')
        refused(broken, 400, "malformed-json")
        assert await contents(client) == before


async def test_tokens_roles_and_programmes_are_checked_before_anything_else(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        before = await contents(client)
        path = f"{scene.base}/trainers"
        forged = await client.post(path, TRAINER, headers={"authorization": "Bearer a.b.c"})
        refused(forged, 401, "not-authenticated")
        refused(await client.post(path, TRAINER, headers={"authorization": ""}), 401, "not-authenticated")
        refused(await client.post(path, TRAINER, programme="peru"), 404, "not-found")
        for role in (Role.TRAINER, Role.BOARD_MEMBER, Role.AUDITOR, Role.OPS, Role.PARTNER_FINANCE):
            refused(await scene.post("trainers", TRAINER, role), 403, "not-allowed")
        refused(await client.get("/v1/programmes/%00/trainers", role=Role.OPS, programme="*"), 400, "invalid-request")
        assert await contents(client) == before


async def test_a_partner_registers_and_sees_its_own_trainers_only(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        own = await scene.trainer("Own")
        other = new_id()
        body = TRAINER | {"partner_id": str(scene.partner_id)}
        as_other = {"partner": other}
        refused(await scene.post("trainers", body, Role.PARTNER_ADMIN, **as_other), 403, "not-allowed", "partner_id")
        unnamed = await scene.post("trainers", TRAINER, Role.PARTNER_ADMIN, **as_other)
        refused(unnamed, 422, "partner-needed", "partner_id")
        ok(await scene.post("trainers", body, Role.PARTNER_ADMIN, partner=scene.partner_id))
        apply = {"module": "WPC", "applied_on": "2014-02-01"}
        refused(
            await scene.post(f"trainers/{own}/applications", apply, Role.PARTNER_ADMIN, **as_other), 404, "not-found"
        )
        ok(await scene.post(f"trainers/{own}/applications", apply, Role.PARTNER_ADMIN, partner=scene.partner_id))
        refused(await scene.get(f"trainers/{own}", Role.PARTNER_ADMIN, **as_other), 404, "not-found")
        assert ok(await scene.get("trainers", Role.PARTNER_ADMIN, **as_other))["items"] == []
        assert len(ok(await scene.get("trainers", Role.PARTNER_ADMIN, partner=scene.partner_id))["items"]) == 3


async def test_unknown_modules_and_impossible_results_are_refused(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        trainer = await scene.trainer("Trainer 1")
        before = await contents(client)
        path = f"trainers/{trainer}/tot-results"
        result = {"module": "WPC", "outcome": "passed", "taken_on": "2014-03-21", "score": 80}
        for change, code, field in (
            ({"module": "NOPE"}, "unknown-module", "module"),
            ({"score": 59}, "score-contradicts-outcome", "outcome"),
            ({"outcome": "failed"}, "score-contradicts-outcome", "outcome"),
            ({"score": 101}, "invalid-request", "score"),
            ({"score": 79.5}, "invalid-request", "score"),
            ({"taken_on": "2026-03-03"}, "date-in-future", "taken_on"),
            ({"module": "OSH"}, "first-module-missing", "module"),
            ({"facilitator_id": trainer}, "not-an-expert", "facilitator_id"),
        ):
            refused(await scene.post(path, result | change, MANAGER), 422, code, field)
        nobody = await scene.post(path, result | {"facilitator_id": str(new_id())}, MANAGER)
        refused(nobody, 404, "not-found", "facilitator_id")
        refused(await scene.post(f"trainers/{new_id()}/tot-results", result, MANAGER), 404, "not-found")
        assert await contents(client) == before
        ok(await scene.post(path, result | {"facilitator_id": scene.expert_id}, MANAGER))


async def test_another_module_waits_for_a_certificate_or_a_complete_cycle_in_the_first(
    service_client: ServiceClient,
) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        trainer = await scene.trainer("Trainer 1")
        await scene.pass_tot(trainer)
        training = await scene.schedule(trainer)
        enrollment = await scene.enroll(training)
        path = f"trainers/{trainer}/tot-results"
        later = {"module": "OSH", "outcome": "passed", "taken_on": "2014-08-01"}
        problem = refused(await scene.post(path, later, MANAGER), 422, "first-module-missing", "module")
        assert problem["allowed_actions"] == ["apply"]
        assert (await scene.state(trainer, "OSH"))["allowed_actions"] == ["apply"]
        await scene.close(training, enrollment, date(2014, 7, 16))
        refused(
            await scene.post(path, later | {"taken_on": "2014-07-15"}, MANAGER), 422, "first-module-missing", "module"
        )
        assert ok(await scene.post(path, later, MANAGER))["state"] == "tot-passed"


async def test_a_refused_transition_says_what_is_allowed(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        trainer = await scene.trainer("Trainer 1")
        early = refused(await scene.recommend(trainer), 409, "refused-transition")
        assert early["allowed_actions"] == ["apply", "recognise", "record-tot-result"]
        suspend = {"module": "WPC", "effective_on": "2015-01-01", "ground": "No visits."}
        refused(await scene.post(f"trainers/{trainer}/suspensions", suspend), 409, "refused-transition")
        await scene.pass_tot(trainer)
        again = {"module": "WPC", "outcome": "passed", "taken_on": "2014-03-22"}
        twice = refused(await scene.post(f"trainers/{trainer}/tot-results", again, MANAGER), 409, "refused-transition")
        assert twice["allowed_actions"] == []
        recognise = {"modules": ["WPC"], "valid_from": "2014-04-01", "authority": "Elsewhere"}
        # Whoever began the programme's own path is certified by the board or not at all.
        refused(await scene.post(f"trainers/{trainer}/recognitions", recognise), 409, "refused-transition")


async def test_no_recommendation_without_evidence_or_by_somebody_else(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        trainer = await scene.trainer("Trainer 1")
        await scene.pass_tot(trainer)
        training = await scene.schedule(trainer)
        refused(await scene.recommend(trainer), 422, "evidence-missing", "recommended_on")
        first, second = await scene.enroll(training), await scene.enroll(training)
        await scene.close(training, first, date(2014, 7, 1))
        refused(await scene.recommend(trainer), 422, "evidence-missing", "recommended_on")
        await scene.close(training, second, date(2014, 7, 24))
        refused(await scene.recommend(trainer), 422, "evidence-missing", "recommended_on")
        on = date(2014, 7, 24)
        refused(await scene.recommend(trainer, on=date(2026, 3, 3)), 422, "date-in-future", "recommended_on")
        refused(await scene.recommend(trainer, on=date(2014, 3, 20)), 422, "date-order", "recommended_on")
        refused(await scene.recommend(trainer, module="NOPE"), 422, "unknown-module", "module")
        other = await scene.trainer("Expert 2")
        await scene.recognise(other)
        body = {"module": "WPC", "recommended_on": on.isoformat()}
        path = f"trainers/{trainer}/recommendations"
        for expert, status, code in (
            (other, 422, "not-the-supervisor"),
            (await scene.trainer("No expert"), 422, "not-an-expert"),
            (trainer, 422, "own-recommendation"),
            (str(new_id()), 404, "not-found"),
        ):
            refused(await scene.post(path, body | {"expert_id": expert}, MANAGER), status, code, "expert_id")
        suspended = {"module": "WPC", "effective_on": "2014-07-24", "ground": "Under review."}
        ok(await scene.post(f"trainers/{scene.expert_id}/suspensions", suspended))
        refused(await scene.recommend(trainer, on=on), 422, "not-an-expert", "expert_id")
        assert await scene.told("trainer-recommended") == []


async def test_a_training_of_trainers_may_be_failed_and_passed_later(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        trainer = await scene.trainer("Trainer 1")
        path = f"trainers/{trainer}/tot-results"
        ok(await scene.post(f"trainers/{trainer}/applications", {"module": "WPC", "applied_on": "2014-01-15"}))
        failed = {"module": "WPC", "outcome": "failed", "taken_on": "2014-02-20", "score": 40}
        assert refused(await scene.post(path, failed, MANAGER), 409, "refused-transition")["allowed_actions"] == [
            "recognise",
            "select",
        ]
        early = {"module": "WPC", "selected_on": "2014-01-14"}
        refused(await scene.post(f"trainers/{trainer}/selections", early, MANAGER), 422, "date-order", "selected_on")
        ok(await scene.post(f"trainers/{trainer}/selections", early | {"selected_on": "2014-01-20"}, MANAGER))
        assert ok(await scene.post(path, failed, MANAGER))["state"] == "tot-failed"
        assert await scene.told("training-of-trainers-passed") == []
        backwards = {"module": "WPC", "outcome": "passed", "taken_on": "2014-02-19", "score": 90}
        refused(await scene.post(path, backwards, MANAGER), 422, "date-order", "taken_on")
        await scene.pass_tot(trainer)
        assert [one["outcome"] for one in (await scene.state(trainer))["tot_results"]] == ["failed", "passed"]
        assert len(await scene.told("training-of-trainers-passed")) == 1


async def test_before_the_programme_has_arrived_its_facts_are_missing_not_guessed(
    service_client: ServiceClient,
) -> None:
    async with service_client(SERVICE) as client:
        scene = Scene(client)
        refused(await scene.post("trainers", TRAINER, MANAGER), 409, "fact-missing", "programme")
        seat = {"name": "M", "constituency": "workers", "mandate_from": "2014-02-01"}
        refused(await scene.post("board-members", seat, SECRETARY), 409, "fact-missing", "programme")
        version = {"valid_from": "2018-01-01", "decision": "Resolution"}
        refused(await scene.post("scheme-versions", version, SECRETARY), 409, "fact-missing", "programme")
        await scene.define()
        key = str(new_id())
        ok(await scene.post("trainers", TRAINER, MANAGER, key=key))
        again = await scene.post("trainers", TRAINER, MANAGER, key=key)
        assert again.headers["idempotency-hit"] == "true"
        assert len(await scene.told("trainer-registered")) == 1
