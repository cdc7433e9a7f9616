"""Tally and counter as processes that tests start, kill and restart within milliseconds.

Importing a service takes seconds of processor time; a fork server pays that once for all tests.
"""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Final

import psutil

from shared.process import run
from shared.settings import ServiceSettings
from tests.support.tally.__main__ import SERVICES
from tests.support.waiting import eventually

FORKED: Final = multiprocessing.get_context("forkserver")
"""Where test processes come from."""
FORKED.set_forkserver_preload(["tests.support.tally.feeding"])


ORDERLY: Final = (0, -signal.SIGTERM)
"""Exit codes of an orderly end: the HTTP server passes SIGTERM on once everything is shut down."""


def environment(settings: ServiceSettings) -> dict[str, str]:
    """Return the environment that gives a process exactly `settings`."""
    values = settings.model_dump(exclude_none=True)
    return {f"SCOREBOOK_{name.upper()}": str(value) for name, value in values.items()}


def _main(name: str, values: Mapping[str, str], log: Path) -> None:
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.environ.update(values)
    # Ends with the fork server, which ends with the tests.
    os.environ["SCOREBOOK_PARENT_PID"] = str(os.getppid())
    run(SERVICES[name], consume=True, serve_all=False)


class WorkerProcess:
    """One worker process; may be started again after it died."""

    def __init__(self, name: str, settings: ServiceSettings, log: Path) -> None:
        self.name = name
        self.settings = settings
        self.log = log
        self._process: ForkServerProcess | None = None

    def start(self, *, faults: str = "") -> None:
        """Start it, with `faults` injected."""
        settings = self.settings.model_copy(update={"faults": faults})
        self._process = FORKED.Process(target=_main, args=(self.name, environment(settings), self.log), daemon=True)
        self._process.start()

    @property
    def process(self) -> ForkServerProcess:
        """The process last started."""
        assert self._process is not None, "not started"
        return self._process

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.is_alive()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        assert self.process.pid is not None
        os.kill(self.process.pid, number)

    async def ended(self, *, within: float = 60.0) -> int:
        """Wait for its end and return the exit code, negative for a signal."""
        await asyncio.to_thread(self.process.join, within)
        code = self.process.exitcode
        assert code is not None, f"{self.name} still runs after {within:.0f} s"
        return code

    async def frozen(self) -> None:
        """Wait until it has stopped itself (fault `stop`)."""

        async def is_stopped() -> bool:
            return psutil.Process(self.process.pid).status() == psutil.STATUS_STOPPED

        await eventually(is_stopped)

    async def kill(self) -> None:
        """SIGKILL, and wait for the end; nothing happens when it has ended."""
        if self.running:
            self.process.kill()
            await self.ended()

    async def stop(self) -> int:
        """SIGTERM, and wait for the orderly end."""
        if self.running:
            self.process.terminate()
        return await self.ended()

    def log_tail(self) -> str:
        """The end of what it wrote."""
        return self.log.read_text("utf-8", errors="replace")[-4000:] if self.log.exists() else ""
