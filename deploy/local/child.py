"""One child process: its own session, its own log, and never outliving its parent."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.local.errors import ChildFailed
from deploy.local.spawn import spawn

Ready = Callable[[], Awaitable[str | None]]
"""Asks a child once whether it is ready: None when it is, otherwise what is still missing."""

Hook = Callable[[], Awaitable[None]]

Progress = Callable[[str], None]
"""Hears one sentence at a time about what is being done."""

_ABORT_SECONDS = 6.0
_LOG_LIMIT_BYTES = 20_000_000
_TAIL_LINES = 20
_TAIL_BYTES = 16_384


def silent(_: str) -> None:
    """The `Progress` of those who do not care."""


@dataclass(frozen=True, kw_only=True)
class ChildSpec:
    """How to run one child; times are seconds, `env` is its whole environment.

    `abort_signal` is what the child gets when there is no time left: on a second Ctrl-C, and from the kernel when
    the parent dies (Linux). It must end the child without anybody's help.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    log_path: Path
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout: float = 20.0
    abort_signal: signal.Signals = signal.SIGKILL
    ready: Ready | None = None
    ready_timeout: float = 60.0
    prepare: Hook | None = None
    on_restart: Hook | None = None


class Child:
    """A process started from a `ChildSpec`; may be started again after it ended."""

    def __init__(self, spec: ChildSpec) -> None:
        self.spec = spec
        self._process: asyncio.subprocess.Process | None = None
        self._log_start = 0
        self._started = 0.0

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process is not None and self.running else None

    @property
    def running(self) -> bool:
        """Started and not yet known to have ended."""
        return self._process is not None and self._process.returncode is None

    @property
    def uptime(self) -> float:
        """Seconds since the last start."""
        return time.monotonic() - self._started

    async def start(self) -> None:
        """Run the spec's `prepare`, then the process; raises `ChildFailed` when it cannot be run at all."""
        if self.spec.prepare is not None:
            await self.spec.prepare()
        _rotate(self.spec.log_path)
        with self.spec.log_path.open("ab") as log:
            self._log_start = log.tell()
            try:
                self._process = await spawn(
                    self.spec.argv,
                    env=self.spec.env,
                    user=self.spec.user,
                    log=log.fileno(),
                    if_parent_dies=self.spec.abort_signal,
                )
            except OSError as error:
                raise self.failure(f"could not be started ({error.strerror}: {self.spec.argv[0]})") from error
        self._started = time.monotonic()

    async def wait(self) -> int:
        """The exit code, as soon as the process has ended; negative for a signal."""
        return await self._process.wait() if self._process is not None else 0

    async def wait_ready(self, seconds: float | None = None) -> None:
        """Return once the spec's `ready` says so; raises `ChildFailed` on an early end or after the time limit."""
        if self.spec.ready is None:
            return
        limit = self.spec.ready_timeout if seconds is None else seconds
        ended = asyncio.ensure_future(self.wait())
        try:
            await self._poll_ready(self.spec.ready, limit, ended)
        finally:
            ended.cancel()

    async def _poll_ready(self, ready: Ready, limit: float, ended: asyncio.Future[int]) -> None:
        deadline = time.monotonic() + limit
        pause = 0.02
        while True:
            asked = asyncio.ensure_future(ready())
            await _first_of(asked, ended, max(0.0, deadline - time.monotonic()))
            if ended.done():
                raise self.failure(f"ended with {describe_exit(ended.result())} before it was ready")
            missing = "no answer" if asked.cancelled() else asked.result()
            if missing is None:
                return
            if time.monotonic() >= deadline:
                raise self.failure(f"was not ready within {limit:.0f} s: {missing}")
            await asyncio.wait({ended}, timeout=pause)
            pause = min(0.2, pause * 1.3)

    async def stop(self) -> None:
        """Ask politely, then with `abort_signal`, then with SIGKILL; returns when the process is gone."""
        await self._end((self.spec.stop_signal, self.spec.stop_timeout), (self.spec.abort_signal, _ABORT_SECONDS))

    async def kill(self) -> None:
        """SIGKILL, without warning, and wait for the end."""
        await self._end()

    def abort(self) -> None:
        """Send `abort_signal` and return at once."""
        self._signal(self.spec.abort_signal)

    async def _end(self, *steps: tuple[signal.Signals, float]) -> None:
        for signum, seconds in steps:
            if not self.running or signum is signal.SIGKILL:
                break
            self._signal(signum)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.wait(), seconds)
        if self.running:
            self._signal(signal.SIGKILL)
            await self.wait()

    def _signal(self, signum: signal.Signals) -> None:
        if self._process is None or not self.running:
            return
        with contextlib.suppress(ProcessLookupError):
            if signum is signal.SIGKILL:
                os.killpg(self._process.pid, signum)
            else:
                self._process.send_signal(signum)

    def log_tail(self) -> str:
        """The last lines the process wrote since its last start."""
        with self.spec.log_path.open("rb") as log:
            end = log.seek(0, os.SEEK_END)
            log.seek(max(self._log_start, end - _TAIL_BYTES))
            lines = log.read().decode(errors="replace").splitlines()
        return "\n".join(lines[-_TAIL_LINES:])

    def failure(self, reason: str) -> ChildFailed:
        """The error that says why, with the end of the log."""
        return ChildFailed(self.spec.name, reason, self.spec.log_path, self.log_tail())


async def run_to_end(spec: ChildSpec) -> None:
    """Run a child that does one job; raises `ChildFailed` unless it exits 0, and takes it along when cancelled."""
    child = Child(spec)
    await child.start()
    try:
        code = await child.wait()
    except asyncio.CancelledError:
        await child.kill()
        raise
    if code != 0:
        raise child.failure(f"ended with {describe_exit(code)}")


def describe_exit(code: int) -> str:
    """An exit code in words."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


async def _first_of(asked: asyncio.Future[str | None], ended: asyncio.Future[int], seconds: float) -> None:
    """Wait for either; the question is taken back when it was not answered, so it is always done afterwards."""
    either: set[asyncio.Future[Any]] = {asked, ended}
    try:
        await asyncio.wait(either, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        if not asked.done():
            asked.cancel()
            await asyncio.wait({asked})
        if not asked.cancelled():
            asked.exception()  # looked at, so that the event loop does not complain when the end wins


def _rotate(log: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > _LOG_LIMIT_BYTES:
            log.replace(log.with_suffix(log.suffix + ".1"))
