"""A whole installation as a person starts it: `scorebook up`, in a home of its own."""

import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local.child import Child, ChildSpec
from deploy.local.errors import LocalError
from deploy.local.home import Home
from deploy.local.running import Running


@dataclass(frozen=True, slots=True)
class Place:
    """Where an installation keeps its data, which servers it uses (None starts embedded ones), and its environment."""

    home: Path
    kafka: str | None
    postgres: str | None
    prefix: str
    environment: Mapping[str, str]

    def arguments(self) -> list[str]:
        """Return the command line of `scorebook up`."""
        given = ["up", "--home", str(self.home), "--port-base", "0", "--prefix", self.prefix]
        for name, value in (("--kafka", self.kafka), ("--postgres", self.postgres)):
            if value is not None:
                given += [name, value]
        return given


@dataclass(frozen=True, slots=True)
class Installation:
    """A running installation; `seconds` passed from the start of the command until it was ready."""

    home: Home
    state: Running
    pid: int
    seconds: float


@asynccontextmanager
async def installation(place: Place) -> AsyncIterator[Installation]:
    """Start the installation, wait until every service is ready, and stop it in order at the end."""
    home = Home(place.home)
    place.home.mkdir(parents=True, exist_ok=True)

    async def ready() -> str | None:
        state = home.running()
        return None if state is not None and state.status == "running" else "still starting"

    child = Child(
        ChildSpec(
            name="scorebook up",
            argv=[sys.executable, "-m", "deploy.cli.main", *place.arguments()],
            env=place.environment,
            log_path=place.home / "up.log",
            stop_timeout=60.0,
            ready=ready,
            ready_timeout=180.0,
        )
    )
    begin = time.monotonic()
    try:
        await child.start()
        await child.wait_ready()
        seconds = time.monotonic() - begin
        state = home.running()
        if state is None or child.pid is None:
            raise LocalError("the installation ended as soon as it was ready")
        yield Installation(home, state, child.pid, seconds)
    finally:
        await child.stop()
