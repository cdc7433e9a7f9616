"""Who may: roles, partners, programmes, tokens; what lies out of scope does not exist."""

import itertools
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from services.enrollment.app import SERVICE
from shared.auth.actor import Actor, Role
from shared.auth.signing import SigningKey
from shared.ids import new_id
from tests.integration.conftest import ServiceClient
from tests.integration.enrollment.builders import Country, everything_stored, policy, refusal
from tests.support.client import ISSUER

pytestmark = pytest.mark.integration

MANAGER, ADMIN, TRAINER = Role.PROGRAMME_MANAGER, Role.PARTNER_ADMIN, Role.TRAINER
WRITES = {
    "": {MANAGER},
    "/policy-versions": {MANAGER},
    "/partners": {MANAGER},
    "/enterprises": {MANAGER, ADMIN},
    "/trainings": {ADMIN},
    "/enrollments": {ADMIN},
    "/trainings/{id}/sessions": {ADMIN, TRAINER},
    "/enrollments/{id}/visits": {ADMIN, TRAINER},
    "/enrollments/{id}/aborted-visits": {ADMIN, TRAINER},
    "/enrollments/{id}/completion": {ADMIN},
    "/enrollments/{id}/withdrawal": {ADMIN},
}
LISTS = ("/policy-versions", "/partners", "/enterprises", "/trainers", "/trainings", "/enrollments")


async def test_every_write_is_open_to_its_roles_and_to_no_other(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        before = await everything_stored(client)
        for (path, allowed), role in itertools.product(WRITES.items(), Role):
            answer = await client.post(country.base + path.format(id=new_id()), {}, role=role)
            # An empty body never gets through; who may not write is refused before it is even read.
            assert answer.status_code == (422 if role in allowed else 403), (path, role, answer.text)
        assert await everything_stored(client) == before


async def test_every_role_reads_in_its_programme_and_in_no_other(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        for path, role in itertools.product(("", "/figures", *LISTS), Role):
            read = await client.get(country.base + path, role=role, partner=country.partner)
            assert read.status_code == 200, (path, role)
            abroad = await client.get(country.base + path, role=role, programme="peru")
            assert refusal(abroad) == (404, "not-found", [("programme", "not-found")]), (path, role)


async def test_every_route_is_in_one_of_the_lists_of_this_test() -> None:
    routes = {
        (method, getattr(route, "path", ""))
        for router in SERVICE.routers
        for route in router.routes
        for method in getattr(route, "methods", ())
    }
    writes = {path for method, path in routes if method == "POST"}
    assert writes == {
        "/v1/programmes/{programme}"
        + path.replace("{id}", "{training_id}" if "/trainings/" in path else "{enrollment_id}")
        for path in WRITES
    }


async def test_a_missing_a_forged_and_an_old_token_are_refused(service_client: ServiceClient, tmp_path: Path) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        before = await everything_stored(client)
        path, body = f"{country.base}/enterprises", country.enterprise_body()
        old = client.token(MANAGER)
        # The others are made when that one has run out: each is refused for its own fault.
        client.clock.advance(timedelta(hours=2))
        actor = Actor("tester", frozenset({MANAGER}), "bolivia")
        lifetime = timedelta(hours=1)
        foreign = SigningKey.load_or_create(tmp_path / "key.json", tmp_path / "jwks.json")
        forged = foreign.issue(actor, clock=client.clock, lifetime=lifetime, issuer=ISSUER, audience=ISSUER)
        other_issuer = client.key.issue(actor, clock=client.clock, lifetime=lifetime, issuer="x", audience=ISSUER)
        any_partner = Actor("tester", frozenset({ADMIN}), "bolivia")
        unbound = client.key.issue(any_partner, clock=client.clock, lifetime=lifetime, issuer=ISSUER, audience=ISSUER)
        tokens = ("nonsense", forged, other_issuer, unbound, old)
        for header in ("", "Bearer", *(f"Bearer {token}" for token in tokens)):
            answer = await client.post(path, body, headers={"authorization": header})
            assert refusal(answer)[:2] == (401, "not-authenticated"), header
            read = await client.get(path, headers={"authorization": header})
            assert read.status_code == 401, header
        assert await everything_stored(client) == before


async def test_a_token_of_another_programme_writes_nothing_here(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        before = await everything_stored(client)
        bodies = {"/enterprises": country.enterprise_body(), "/policy-versions": policy(valid_from="2015-01-01")}
        for path, body in bodies.items():
            answer = await client.post(country.base + path, body, programme="peru")
            assert refusal(answer) == (404, "not-found", [("programme", "not-found")])
        define = {"name": "Programme", "country": "PE", "currency": "PEN", **policy()}
        assert refusal(await client.post("/v1/programmes/peru", define, programme="bolivia"))[0] == 404
        assert await everything_stored(client) == before


async def test_a_partner_sees_and_changes_its_own_only(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        enterprise = await country.enterprise()
        training = await country.training()
        enrollment = await country.enroll(training, enterprise)
        other = country.other_partner
        for path in ("/enterprises", "/trainings", "/enrollments"):
            assert (await country.get(path, role="partner-admin", partner=other))["items"] == []
            assert len((await country.get(path, role="partner-admin", partner=country.partner))["items"]) == 1
        seen = await country.get("/partners", role="partner-admin", partner=other)
        assert [one["id"] for one in seen["items"]] == [other]
        items = (
            f"/enterprises/{enterprise}",
            f"/trainings/{training}",
            f"/trainings/{training}/sessions",
            f"/trainings/{training}/visits",
            f"/enrollments/{enrollment}",
            f"/enrollments/{enrollment}/visits",
            f"/partners/{country.partner}",
        )
        for path in items:
            answer = await client.get(country.base + path, role="partner-admin", partner=other)
            assert answer.status_code == 404, path
        before = await everything_stored(client)
        withdrawal = {"withdrawn_on": "2014-04-10", "reason": "not ours"}
        answer = await country.post(f"/enrollments/{enrollment}/withdrawal", withdrawal, partner=other)
        assert refusal(answer)[0] == 404
        assert await everything_stored(client) == before


async def test_two_programmes_share_nothing(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        bolivia = await Country(client).ready()
        peru = await Country(client, code="peru", currency="PEN").ready()
        # The same tax id, names and codes in both.
        here = await bolivia.enterprise(tax_id="1234567")
        there = await peru.enterprise(tax_id="1234567")
        await bolivia.complete(await bolivia.training(), here)
        figures = {one["code"]: one["value"] for one in (await peru.get("/figures"))["figures"]}
        assert set(figures.values()) == {0}
        assert [one["id"] for one in (await peru.get("/enterprises"))["items"]] == [there]
        for scope, codes in (("bolivia", ["bolivia"]), ("peru", ["peru"]), ("*", ["bolivia", "peru"])):
            listed = (await client.get("/v1/programmes", programme=scope)).json()
            assert [one["programme"] for one in listed["items"]] == codes
        mixed: dict[str, httpx.Response] = {
            "trainer": await bolivia.post("/trainings", bolivia.training_body(lead_trainer_id=str(peru.lead))),
            "enterprise": await bolivia.post(
                "/enrollments",
                {
                    "training_id": await bolivia.training(starts_on="2014-09-01", ends_on="2014-09-02"),
                    "enterprise_id": there,
                    "enrolled_on": "2014-04-07",
                },
            ),
            "partner": await client.post(
                f"{bolivia.base}/enterprises", bolivia.enterprise_body(partner_id=peru.partner)
            ),
        }
        assert {name: refusal(answer)[:2] for name, answer in mixed.items()} == {
            "trainer": (409, "fact-missing"),
            "enterprise": (404, "not-found"),
            "partner": (404, "not-found"),
        }
        for path in (f"/enterprises/{here}", f"/partners/{bolivia.partner}", f"/trainers/{bolivia.lead}"):
            assert (await client.get(peru.base + path, programme="peru")).status_code == 404
        assert {event.programme for event in await client.events() if event.data.get("currency") == "PEN"} == {"peru"}
        assert await client.findings() == []
