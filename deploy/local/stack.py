"""One local installation: the servers, then the services, then the doors open."""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from deploy.local.broker import EmbeddedBroker
from deploy.local.child import Child, ChildSpec, Hook, Progress, silent
from deploy.local.errors import ServerUnreachable, StoppedBySignal
from deploy.local.home import Home
from deploy.local.leftovers import end_leftovers
from deploy.local.port_plan import DEFAULT_BASE, PortPlan
from deploy.local.postgres import EmbeddedPostgres
from deploy.local.processes import Supervisor
from deploy.local.readiness import http_missing, kafka_missing, postgres_missing
from deploy.local.running import Running, RunningChild
from deploy.local.signals import StopSignals

Prepare = Callable[[str, str], Awaitable[Mapping[str, Mapping[str, str]]]]
"""Given the admin URL and the bootstrap servers: migrates, makes topics, returns each service's environment."""

_EXTERNAL_SECONDS = 10.0
_SERVICE_STOP_SECONDS = 30.0


class Stack:
    """Servers and services of one `Home`, up inside `async with`; embedded servers where no address is given.

    `port_base` 0 or None takes free ports. `handle_signals` needs the main thread: SIGINT, SIGTERM and SIGHUP then
    stop everything in order and leave the block as `StoppedBySignal`, unless `run_until_stopped` waited for them.
    Everything that can go wrong on the way up is a `LocalError`, and nothing is left running then.
    """

    def __init__(
        self,
        home: Home,
        *,
        services: Sequence[str],
        prepare: Prepare,
        kafka: str | None = None,
        postgres: str | None = None,
        port_base: int | None = DEFAULT_BASE,
        env: Mapping[str, str] | None = None,
        progress: Progress = silent,
        on_broker_restart: Hook | None = None,
        handle_signals: bool = True,
    ) -> None:
        self.home = home
        self.ports = PortPlan.make(services, port_base)
        self.on_broker_restart = on_broker_restart
        self.timings: dict[str, float] = {}
        self.ready_seconds: float | None = None
        self._services = tuple(services)
        self._prepare = prepare
        self._kafka = kafka
        self._postgres = postgres
        self._env = dict(env or {})
        self._progress = progress
        self._supervisor = Supervisor(progress=progress, on_started=self._note)
        self._signals = StopSignals(self._supervisor.hurry) if handle_signals else None
        self._admin_url = postgres or ""
        self._since = datetime.now(UTC)

    @property
    def admin_url(self) -> str:
        """postgresql:// URL of a role that may create databases and roles; empty before the start."""
        return self._admin_url

    @property
    def bootstrap(self) -> str:
        """The Kafka bootstrap servers, host:port."""
        return self._kafka or f"127.0.0.1:{self.ports.broker}"

    @property
    def urls(self) -> dict[str, str]:
        """The base URL of every service."""
        return {name: f"http://127.0.0.1:{port}" for name, port in self.ports.services.items()}

    def child(self, name: str) -> Child:
        """A running process by name: a service, `postgres` or `broker`; raises `KeyError`."""
        return self._supervisor.child(name)

    @property
    def children(self) -> Sequence[Child]:
        """All processes, in starting order."""
        return self._supervisor.children

    async def start(self) -> None:
        """Bring everything up; raises `LocalError` and leaves nothing running then."""
        if self._signals is not None:
            self._signals.install()
        try:
            self.home.acquire()
            await self._start()
        except BaseException as error:
            await self.stop()
            self._say_if_interrupted(error)
            raise

    async def stop(self) -> None:
        """Stop everything, services first; further calls do nothing."""
        if self._signals is not None:
            self._signals.stopping()
        try:
            await self._supervisor.stop()
        finally:
            self.home.release()
            if self._signals is not None:
                self._signals.remove()

    async def run_until_stopped(self) -> None:
        """Serve until a signal asks to stop."""
        watching = asyncio.ensure_future(self._supervisor.watch())
        asked = asyncio.ensure_future(self._signals.wait() if self._signals is not None else asyncio.Event().wait())
        try:
            done, _ = await asyncio.wait({watching, asked}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            watching.cancel()
            asked.cancel()

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        await self.stop()
        self._say_if_interrupted(error)

    async def _start(self) -> None:
        begin = time.monotonic()
        await end_leftovers(self.home.left_behind(), self._progress)
        self.ports.ensure_free(postgres=self._postgres is None, broker=self._kafka is None)
        with self._timed("servers"):
            await self._start_servers()
        with self._timed("prepare"):
            prepared = await self._prepare(self._admin_url, self.bootstrap)
        with self._timed("services"):
            await self._supervisor.start([self._service(name, prepared.get(name, {})) for name in self._services])
        self.ready_seconds = time.monotonic() - begin
        self._note()
        self._progress(f"ready after {self.ready_seconds:.1f} s")

    async def _start_servers(self) -> None:
        ours = []
        if self._postgres is None:
            postgres = EmbeddedPostgres(
                self.home.postgres,
                self.ports.postgres,
                self.home.secret("postgres-password"),
                self.home.log("postgres"),
                progress=self._progress,
            )
            self._admin_url = postgres.admin_url
            ours.append(postgres.spec())
        if self._kafka is None:
            broker = EmbeddedBroker(self.ports.broker, self.home.log("broker"))
            ours.append(replace(broker.spec(), on_restart=self._broker_restarted))
        await self._supervisor.start(ours)
        if self._postgres is not None:
            place = urlsplit(self._postgres)
            await _answers("PostgreSQL", place.netloc.rpartition("@")[2], partial(postgres_missing, self._postgres))
        if self._kafka is not None:
            await _answers("Kafka", self._kafka, partial(kafka_missing, self._kafka))

    def _service(self, name: str, prepared: Mapping[str, str]) -> ChildSpec:
        url = self.urls[name]
        return ChildSpec(
            name=name,
            argv=[sys.executable, "-m", f"services.{name}"],
            env={
                **os.environ,
                "SCOREBOOK_HTTP_HOST": "127.0.0.1",
                "SCOREBOOK_HTTP_PORT": str(self.ports.services[name]),
                "SCOREBOOK_PARENT_PID": str(os.getpid()),
                **self._env,
                **prepared,
            },
            log_path=self.home.log(name),
            stop_timeout=_SERVICE_STOP_SECONDS,
            ready=partial(http_missing, f"{url}/health/ready"),
        )

    async def _broker_restarted(self) -> None:
        if self.on_broker_restart is not None:
            await self.on_broker_restart()

    def _note(self, _: Child | None = None) -> None:
        noted = (RunningChild.of(child) for child in self._supervisor.children)
        self.home.note(
            Running(
                status="starting" if self.ready_seconds is None else "running",
                pid=os.getpid(),
                since=self._since,
                admin_url=self._admin_url,
                bootstrap=self.bootstrap,
                embedded_postgres=self._postgres is None,
                embedded_broker=self._kafka is None,
                ports=self.ports.services,
                urls=self.urls,
                children=tuple(child for child in noted if child is not None),
                ready_seconds=self.ready_seconds,
            )
        )

    @contextmanager
    def _timed(self, phase: str) -> Iterator[None]:
        begin = time.monotonic()
        yield
        self.timings[phase] = time.monotonic() - begin

    def _say_if_interrupted(self, error: BaseException | None) -> None:
        signals = self._signals
        if signals is None or signals.received is None or not isinstance(error, asyncio.CancelledError):
            return
        task = asyncio.current_task()
        if signals.cancelled_owner and task is not None:
            task.uncancel()
        raise StoppedBySignal(signals.received) from None


async def _answers(what: str, address: str, missing: Callable[[], Awaitable[str | None]]) -> None:
    """Wait for a server that somebody else runs; raises `ServerUnreachable`."""
    deadline = time.monotonic() + _EXTERNAL_SECONDS
    while (reason := await missing()) is not None:
        if time.monotonic() > deadline:
            raise ServerUnreachable(what, address, reason)
        await asyncio.sleep(0.2)
