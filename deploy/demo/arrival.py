"""Waiting until every event has arrived everywhere."""

import asyncio
from typing import Final

from deploy.cli.status import Status, measure
from deploy.cli.target import Target
from deploy.local.errors import LocalError

_STILL_SECONDS: Final = 180


class NotArrived(LocalError):
    """Events stopped moving before all of them had arrived."""

    def __init__(self, status: Status) -> None:
        super().__init__(f"events have not arrived everywhere: {where_events_are(status)}")


def where_events_are(status: Status) -> str:
    """Return in one sentence what every service has still to send and to apply."""
    return "; ".join(
        f"{one.name}: {one.unpublished} unsent, {sum(one.lag.values())} not applied, parked {one.parked or 'none'}"
        + (f" ({one.problem})" if one.problem else "")
        for one in status.services
    )


async def wait_until_arrived(target: Target, still_seconds: float = _STILL_SECONDS) -> Status:
    """Return when nothing is unsent, unapplied or parked; raises NotArrived when nothing moves for so long."""
    loop = asyncio.get_running_loop()
    last_change, before = loop.time(), ""
    while True:
        status = await measure(target)
        if status.settled:
            return status
        now = status.model_dump_json(
            exclude={"services": {"__all__": {"oldest_unpublished_seconds", "oldest_parked_seconds"}}}
        )
        if now != before:
            last_change, before = loop.time(), now
        elif loop.time() - last_change > still_seconds:
            raise NotArrived(status)
        await asyncio.sleep(0.2)
