"""Asks every route of a service as somebody."""

import json
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import httpx

from shared.auth.actor import PARTNER_ROLES, Actor, Role
from shared.ids import new_id
from shared.runtime import Service
from tests.integration.rights.routes import Route, routes_of
from tests.integration.rights.scenery import HERE, Scenery, Write
from tests.integration.rights.storage import Storage
from tests.support.client import ISSUER

# No message is parked in a scenery, so this one is nobody's.
_PARTS: Final = {"parked_id": "1"}


@dataclass(frozen=True, slots=True)
class Walker:
    """Asks the routes of one service."""

    service: Service
    scenery: Scenery
    storage: Storage
    _tokens: dict[Actor, str] = field(default_factory=dict)

    @property
    def routes(self) -> tuple[Route, ...]:
        """The routes of the service."""
        return routes_of(self.service)

    def bearer(
        self,
        *roles: Role,
        programme: str = HERE,
        partner: UUID | None = None,
        subject: str = "tester",
    ) -> str:
        """Return an Authorization header; a partner's role is for the partner of the scenery unless one is named."""
        if partner is None and not PARTNER_ROLES.isdisjoint(roles):
            partner = self.scenery.partner
        actor = Actor(subject, frozenset(roles), programme, partner)
        if actor not in self._tokens:
            client = self.scenery.client
            self._tokens[actor] = client.key.issue(
                actor, clock=client.clock, lifetime=timedelta(hours=1), issuer=ISSUER, audience=ISSUER
            )
        return f"Bearer {self._tokens[actor]}"

    def parts(self, route: Route, write: Write | None = None) -> dict[str, str]:
        """Return what stands in the places of a route: something of the partner's, or what `write` is about."""
        known = {**_PARTS, **(write or self.scenery.write_of(route)).parts}
        return {place: known[place] for place in route.places}

    def unknown_parts(self, route: Route) -> dict[str, str]:
        """Return what nobody has in the places of a route, the programme apart."""
        made = {place: str(new_id()) for place in route.places if place not in ("programme", *_PARTS)}
        return made | ({"number": f"{HERE.upper()}-2013-{uuid4().int % 10_000:04}-XXXXXX"} if "number" in made else {})

    async def ask(
        self,
        route: Route,
        authorization: str | None,
        *,
        body: object = None,
        parts: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        accept: str = "application/json",
    ) -> httpx.Response:
        """Ask what a route would do for the right caller, or with another `body`, or about other `parts`."""
        headers = {"accept": accept}
        if authorization is not None:
            headers["authorization"] = authorization
        content = None
        if route.is_write:
            headers |= {"idempotency-key": str(new_id()), "content-type": "application/json"}
            content = json.dumps(self.scenery.write_of(route).body if body is None else body).encode()
        url = httpx.URL(route.url({**self.parts(route), **(parts or {})})).copy_merge_params(query or {})
        return await self.scenery.client.http.request(route.method, url, content=content, headers=headers)

    @asynccontextmanager
    async def nothing_stored(self, route: Route) -> AsyncIterator[None]:
        """Check that whatever is asked inside stores and publishes nothing."""
        before = await self.storage.digest()
        yield
        after = await self.storage.digest()
        assert after == before, f"{route.name} stored something for somebody it refused"


def problem(answer: httpx.Response, names: Iterable[str] = ()) -> dict[str, Any]:
    """Return a refusal without what differs from one request to the next, and with `names` left blank."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    text = answer.text
    for name in names:
        text = text.replace(name, "...")
    said: dict[str, Any] = json.loads(text)
    assert said["status"] == answer.status_code
    assert said.pop("correlation_id") == answer.headers["x-correlation-id"]
    return said


def refused_for(answer: httpx.Response) -> list[tuple[str, str]]:
    """Return field and rule of what was refused."""
    return [(each["field"], each["rule"]) for each in problem(answer).get("errors", [])]


def not_in(roles: Collection[Role]) -> list[Role]:
    """Return the roles that are not among `roles`."""
    return [role for role in Role if role not in roles]
