"""Refilling the broker from the outboxes."""

import asyncio
from datetime import UTC, datetime

from deploy.cli.patience import patiently
from deploy.cli.target import Target


async def republish(
    target: Target,
    services: list[str],
    *,
    since: datetime | None = None,
    event_types: list[str] | None = None,
    reason: str | None = None,
    wait_seconds: float = 60,
) -> dict[str, int]:
    """Hand the events of `services` to their relays once more; returns how many of each.

    `since` is in UTC unless it says otherwise; the audit trail keeps `reason`. Waits for a service that is just
    restarting. Raises httpx.HTTPError when it does not come back in time.
    """
    body = {
        "since": None if since is None else (since if since.tzinfo else since.replace(tzinfo=UTC)).isoformat(),
        "event_types": event_types or [],
        "reason": reason,
    }

    async def one(name: str) -> int:
        async with target.ops(name) as http:
            answer = await patiently(lambda: http.post("/v1/ops/republish", json=body, timeout=120), wait_seconds)
        return int(answer.raise_for_status().json()["events"])

    return dict(zip(services, await asyncio.gather(*(one(name) for name in services)), strict=True))
