"""Refilling the broker from the outboxes."""

import asyncio
from datetime import datetime

import httpx

from deploy.cli.target import Target


async def republish(
    target: Target,
    services: list[str],
    *,
    since: datetime | None = None,
    event_types: list[str] | None = None,
    wait_seconds: float = 60,
) -> dict[str, int]:
    """Hand the events of `services` to their relays once more; returns how many of each.

    Waits for a service that is just restarting. Raises httpx.HTTPError when it does not come back in time.
    """
    body = {"since": since.isoformat() if since else None, "event_types": event_types or []}

    async def one(name: str) -> int:
        deadline = asyncio.get_running_loop().time() + wait_seconds
        while True:
            try:
                async with target.ops(name) as http:
                    answer = await http.post("/v1/ops/republish", json=body, timeout=120)
                if answer.status_code != 503:
                    return int(answer.raise_for_status().json()["events"])
            except httpx.TransportError:
                if asyncio.get_running_loop().time() > deadline:
                    raise
            if asyncio.get_running_loop().time() > deadline:
                answer.raise_for_status()
            await asyncio.sleep(0.3)

    return dict(zip(services, await asyncio.gather(*(one(name) for name in services)), strict=True))
