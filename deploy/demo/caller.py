"""The demo's HTTP client: patient with outages, never in doubt about what was done twice."""

import asyncio
from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any, Final, Self
from uuid import UUID

import httpx

from deploy.cli.patience import patiently
from deploy.cli.target import Target
from deploy.local.errors import LocalError
from deploy.local.http import http_client
from shared.auth.actor import Actor, Role

_PATIENCE_SECONDS: Final = 120
_FACT_SECONDS: Final = 60
_AT_ONCE: Final = 12


class Refused(LocalError):
    """A service refused a request of the demo; the sentence holds the problem document."""

    def __init__(self, request: str, answer: httpx.Response) -> None:
        super().__init__(f"{request} was answered {answer.status_code}: {answer.text[:800]}")


class Caller:
    """Speaks for one programme.

    Each write has a stable Idempotency-Key made from what it is about, so that a request whose answer was lost is sent
    again, and the whole demo may run twice, without doing anything twice.
    """

    def __init__(self, target: Target, programme: str, on_written: Callable[[], None] = lambda: None) -> None:
        self._target = target
        self.programme = programme
        self._on_written = on_written
        self._at_once = asyncio.Semaphore(_AT_ONCE)
        self._tokens: dict[tuple[Role, str, str | None], str] = {}
        self._clients: dict[str, httpx.AsyncClient] = {}

    async def __aenter__(self) -> Self:
        """Open connections."""
        limits = httpx.Limits(max_connections=_AT_ONCE, max_keepalive_connections=_AT_ONCE, keepalive_expiry=30)
        for name, url in self._target.urls.items():
            self._clients[name] = http_client(base_url=url, timeout=httpx.Timeout(30, connect=5), limits=limits)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close them."""
        for client in self._clients.values():
            await client.aclose()

    async def post(
        self,
        service: str,
        path: str,
        body: dict[str, Any],
        *,
        once: str,
        role: Role = Role.PROGRAMME_MANAGER,
        partner: str | None = None,
        subject: str = "demo",
        until_heard: Collection[str] = (),
    ) -> dict[str, Any]:
        """Write, and return the resource.

        `once` names what is written; `partner` is the id of the partner whose rows the role is for. A service that has
        not yet heard of a fact from another answers `fact-missing`, or one of the problem codes in `until_heard`; then
        the same request is sent again, for a minute at most. Raises Refused.
        """
        headers = {
            "authorization": f"Bearer {self._token(role, subject, partner)}",
            "idempotency-key": f"demo/{self.programme}/{service}/{once}",
        }
        answer = await self._patiently(service, "POST", path, headers, body, {"fact-missing", *until_heard})
        self._on_written()
        return dict(answer.json())

    async def get(self, service: str, path: str, **params: str | int) -> Any:  # noqa: ANN401 - JSON
        """Read as the programme's auditor; raises Refused."""
        headers = {"authorization": f"Bearer {self._token(Role.AUDITOR, 'demo-auditor')}"}
        return (await self._patiently(service, "GET", path, headers, None, (), params)).json()

    async def pages(self, service: str, path: str, **params: str | int) -> list[dict[str, Any]]:
        """Read every page of a list."""
        rows: list[dict[str, Any]] = []
        more: dict[str, str | int] = {"limit": 500, **params}
        while True:
            page = await self.get(service, path, **more)
            rows += page["items"]
            if page["next"] is None:
                return rows
            more["cursor"] = page["next"]

    async def _patiently(
        self,
        service: str,
        method: str,
        path: str,
        headers: dict[str, str],
        body: dict[str, Any] | None,
        until_heard: Collection[str],
        params: dict[str, str | int] | None = None,
    ) -> httpx.Response:
        url = f"/v1/programmes/{self.programme}{path}"
        loop = asyncio.get_running_loop()

        async def send() -> httpx.Response:
            async with self._at_once:
                return await self._clients[service].request(method, url, json=body, headers=headers, params=params)

        deadline: float | None = None
        pause = 0.05
        while True:
            answer = await patiently(send, _PATIENCE_SECONDS)
            if answer.status_code < 400:
                return answer
            # From the first such answer on: a service that was away for long still gets its minute to hear of it.
            deadline = deadline or loop.time() + _FACT_SECONDS
            if _code(answer) not in until_heard or loop.time() > deadline:
                raise Refused(f"{method} {service}{url}", answer)
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 1.0)

    def _token(self, role: Role, subject: str, partner: str | None = None) -> str:
        if (role, subject, partner) not in self._tokens:
            actor = Actor(subject, frozenset({role}), self.programme, None if partner is None else UUID(partner))
            self._tokens[role, subject, partner] = self._target.token(actor, timedelta(hours=4))
        return self._tokens[role, subject, partner]


def _code(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["type"]).rpartition(":")[2]
    except (ValueError, KeyError, TypeError):
        return ""
