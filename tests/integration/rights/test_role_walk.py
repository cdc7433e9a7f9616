"""Architecture section 7: every route of every service with every role, against the table in roles.json.

The table is written by hand: a route or a right that changes must change there too, where a reviewer sees it.
"""

import base64
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from shared.auth.actor import EVERY_PROGRAMME, Actor, Role
from shared.auth.signing import SigningKey
from tests.integration.rights.routes import EVERYWHERE, SERVICES, TABLE, Right, right_of, routes_of, table
from tests.integration.rights.scenery import HERE
from tests.integration.rights.walker import Walker, not_in, problem, refused_for
from tests.support.client import ISSUER

pytestmark = pytest.mark.integration

ABROAD = "peru"
NOWHERE = "atlantis"


def test_the_table_names_every_route_of_every_service_and_no_other() -> None:
    named = set(table())
    for service in SERVICES:
        for route in routes_of(service):
            right_of(route)
            named.discard(route.name)
    common = {f"{route.method} {route.path}" for route in routes_of(SERVICES[0])}
    for service in SERVICES[1:]:
        common &= {f"{route.method} {route.path}" for route in routes_of(service)}
    assert named <= {f"{EVERYWHERE} {route}" for route in common}, "the table names routes that are not there"


def test_the_table_is_sorted_and_has_a_line_for_each_route() -> None:
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(who)}" for name, who in sorted(table().items()))
    assert TABLE.read_text("utf-8") == f"{{\n{lines}\n}}\n"


def scope_of(right: Right) -> str:
    """Return the programme for which a token must be."""
    return EVERY_PROGRAMME if right.of_installation else HERE


async def test_without_a_valid_token_every_guarded_route_answers_401_and_keeps_nothing(
    walker: Walker, tmp_path: Path
) -> None:
    client = walker.scenery.client
    everything = Actor("tester", frozenset(Role), EVERY_PROGRAMME, walker.scenery.partner)
    foreign = SigningKey.load_or_create(tmp_path / "key.json", tmp_path / "jwks.json")

    def issued(
        key: SigningKey, *, actor: Actor = everything, issuer: str = ISSUER, audience: str = ISSUER, hours: int = 1
    ) -> str:
        lifetime = timedelta(hours=hours)
        return "Bearer " + key.issue(actor, clock=client.clock, lifetime=lifetime, issuer=issuer, audience=audience)

    genuine = issued(client.key)
    headers = {
        "none": None,
        "empty": "",
        "no token": "Bearer",
        "garbage": "Bearer x.y.z",
        "another scheme": "Basic dGVzdGVyOnRlc3Rlcg==",
        "another key": issued(foreign),
        "no signature": f"Bearer {unsigned(genuine)}",
        "other claims under its signature": f"Bearer {tampered(genuine)}",
        "another issuer": issued(client.key, issuer="somebody"),
        "another audience": issued(client.key, audience="something"),
        "expired": issued(client.key, hours=-2),
        "a partner's role and no partner": issued(client.key, actor=replace(everything, partner=None)),
    }
    for route in walker.routes:
        async with walker.nothing_stored(route):
            for kind, header in headers.items():
                answer = await walker.ask(route, header)
                if right_of(route).is_open:
                    assert answer.status_code == 200, (route.name, kind, answer.text)
                else:
                    assert answer.status_code == 401, (route.name, kind, answer.text)
                    assert answer.headers["www-authenticate"] == "Bearer"
                    assert problem(answer)["errors"][0]["field"] == "authorization", (route.name, kind)


def unsigned(token: str) -> str:
    """Return a token's claims as one that needs no signature."""
    return f"{encoded({'alg': 'none', 'typ': 'JWT'})}.{token.split('.')[1]}."


def tampered(token: str) -> str:
    """Return a token with its signature and another subject."""
    header, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return f"{header}.{encoded({**claims, 'sub': 'somebody'})}.{signature}"


def encoded(part: object) -> str:
    """Return a part of a token."""
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


async def test_a_role_that_the_table_does_not_name_is_refused_with_403_and_keeps_nothing(walker: Walker) -> None:
    for route in walker.routes:
        right = right_of(route)
        others = not_in(right.roles)
        # Nor do they add up to a right, and nobody may without any role at all.
        callers = [(role,) for role in others] + ([tuple(others), ()] if others else [()])
        async with walker.nothing_stored(route):
            for roles in () if right.is_open else callers:
                answer = await walker.ask(route, walker.bearer(*roles, programme=scope_of(right)))
                assert answer.status_code == 403, (route.name, roles, answer.text)
                assert refused_for(answer) == [("authorization", "role")], (route.name, roles)
            for role in right.roles if right.of_installation else ():
                # What concerns every programme is not for a token of one.
                answer = await walker.ask(route, walker.bearer(role))
                assert answer.status_code == 403, (route.name, role, answer.text)
                assert refused_for(answer) == [("authorization", "scope")], (route.name, role)


async def test_a_role_that_the_table_names_is_let_in(walker: Walker) -> None:
    for route in walker.routes:
        right = right_of(route)
        # Where an empty body says nothing, it is refused as such; and no message is parked.
        wanted = ALSO_EMPTY.get(f"{route.method} {route.path}", {404, 422} if route.is_write else {200})
        for role in () if right.is_open else sorted(right.roles):
            for programme in {scope_of(right), EVERY_PROGRAMME}:
                answer = await walker.ask(route, walker.bearer(role, programme=programme), body={})
                assert answer.status_code in wanted, (route.name, role, answer.text)


ALSO_EMPTY = {
    "POST /v1/programmes/{programme}/bank-imports/{import_id}/confirm": {201, 409},
    "POST /v1/programmes/{programme}/bank-lines/{line_id}/suggest": {201},
    "GET /v1/ops/parked/{parked_id}": {404},
    "POST /v1/ops/republish": {200},
    "POST /v1/programmes/{programme}/periods/{period_id}/close": {201, 409},
    "POST /v1/programmes/{programme}/periods/{period_id}/soft-close": {201, 409},
}
"""What answers otherwise: nothing is parked, and these also do something with an empty body."""


async def test_another_programmes_token_is_told_what_it_would_be_told_if_there_were_nothing(walker: Walker) -> None:
    for route in walker.routes:
        right = right_of(route)
        if right.is_open or right.of_installation:
            continue
        nothing = walker.unknown_parts(route) | {"programme": NOWHERE}
        async with walker.nothing_stored(route):
            for role in Role:
                token = walker.bearer(role, programme=ABROAD)
                answer = await walker.ask(route, token)
                if "programme" not in route.places:
                    assert answer.status_code == 200, (route.name, role, answer.text)
                    assert HERE not in answer.text, (route.name, role)
                    continue
                assert answer.status_code == (404 if role in right.roles else 403), (route.name, role, answer.text)
                said = problem(answer, walker.parts(route).values())
                assert said == problem(await walker.ask(route, token, parts=nothing), nothing.values()), route.name
