"""An installation on this machine: the stack, prepared and refilled."""

import contextlib

from deploy.cli import replay
from deploy.cli.prepare import Preparation
from deploy.cli.services import NAMES
from deploy.cli.target import NothingRuns, Target
from deploy.cli.terminal import say
from deploy.local.home import Home
from deploy.local.stack import Stack


def new_stack(home: Home, kafka: str | None, postgres: str | None, prefix: str, port_base: int) -> Stack:
    """Return the stack of an installation; a broker that came back empty is refilled from the outboxes."""
    preparation = Preparation(home, prefix, embedded_broker=kafka is None)
    return Stack(
        home,
        services=NAMES,
        prepare=preparation,
        kafka=kafka,
        postgres=postgres,
        port_base=port_base,
        progress=say,
        on_broker_restart=lambda: refill(home),
    )


async def refill(home: Home) -> None:
    """Publish everything again, for an embedded broker that has just started with nothing."""
    with contextlib.suppress(NothingRuns):
        sent = await replay.republish(Target.find(home), list(NAMES), reason="the embedded broker started with nothing")
        if any(sent.values()):
            say(f"the broker had lost its data: {sum(sent.values())} events are being published again")
