"""What the services must say alike about the same thing."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpx

from deploy.cli.target import Target


@dataclass(slots=True)
class Facts:
    """Reads lists of every service, all pages."""

    clients: dict[str, httpx.AsyncClient]

    @classmethod
    @asynccontextmanager
    async def open(cls, target: Target) -> AsyncIterator["Facts"]:
        """Connect to every service of `target`."""
        async with AsyncExitStack() as stack:
            yield cls({name: await stack.enter_async_context(target.ops(name)) for name in target.urls})

    async def all(self, service: str, path: str) -> list[dict[str, Any]]:
        """Return every row of a list; raises httpx.HTTPError."""
        rows: list[dict[str, Any]] = []
        params: dict[str, str | int] = {"limit": 500}
        while True:
            page = (await self.clients[service].get(path, params=params)).raise_for_status().json()
            rows += page["items"]
            if page["next"] is None:
                return rows
            params["cursor"] = page["next"]

    async def programmes(self) -> list[str]:
        """Return the code of every programme."""
        return [row["programme"] for row in await self.all("enrollment", "/v1/programmes")]


CROSS_CHECKS: Final[dict[str, Callable[[Facts], Awaitable[list[str]]]]] = {}
