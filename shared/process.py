"""Running a service: HTTP, worker, or both in one process."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI

from shared.auth.tokens import TokenVerifier
from shared.chores import start as start_chores
from shared.clock import system_clock
from shared.database.engine import database_engine
from shared.database.transaction import Transactions
from shared.ids import new_id
from shared.logs import configure_logs, logger
from shared.messaging.parking import Parking
from shared.messaging.pipeline import Pipeline
from shared.messaging.worker import Worker
from shared.runtime import Runtime, Service
from shared.settings import ServiceSettings
from shared.web.app import create_app
from shared.web.protocol import HttpProtocol

log = logger(__name__)


@asynccontextmanager
async def open_runtime(service: Service, settings: ServiceSettings, *, consume: bool) -> AsyncIterator[Runtime]:
    """Open what a process of `service` needs; with `consume`, consumers, relay and chores run until the end."""
    engine = database_engine(settings)
    worker: Worker | None = None

    def wake() -> None:
        if worker is not None:
            worker.relay.wake()

    transactions = Transactions(engine, system_clock, new_id, wake)
    if consume:
        worker = Worker(service.name, service.handlers, engine, transactions, settings, new_id())
    parking = worker.parking if worker is not None else Parking(Pipeline(service.handlers, transactions))
    runtime = Runtime(
        service=service,
        settings=settings,
        engine=engine,
        transactions=transactions,
        verifier=TokenVerifier(settings, system_clock),
        parking=parking,
        clock=system_clock,
        ids=new_id,
        worker=worker,
    )
    chores: list[asyncio.Task[None]] = []
    try:
        if worker is not None:
            await worker.start()
            chores = start_chores(service.chores, transactions)
        yield runtime
    finally:
        for chore in chores:
            chore.cancel()
        await asyncio.gather(*chores, return_exceptions=True)
        if worker is not None:
            await worker.stop()
        await engine.dispose()


def http_server(app: FastAPI, settings: ServiceSettings) -> uvicorn.Server:
    """Return the server of a process's HTTP interface, not started."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=settings.http_host,
            port=settings.http_port,
            http=HttpProtocol,
            log_config=None,
            access_log=False,
            lifespan="on",
            timeout_graceful_shutdown=20,
            timeout_keep_alive=75,
        )
    )


def run(service: Service, *, consume: bool, serve_all: bool = True) -> None:
    """Run `service` until SIGTERM or SIGINT.

    `consume`: consumers and relay run here too. `serve_all`: answer the public routes; otherwise only health, metrics
    and ops, as a worker process does.
    """
    settings = ServiceSettings()
    configure_logs(service.name, level=settings.log_level, as_json=settings.log_json)
    shown = (
        service
        if serve_all
        else Service(
            name=service.name,
            title=f"{service.title} (worker)",
            handlers=service.handlers,
            routers=(),
            migrations=service.migrations,
            checks=service.checks,
            chores=service.chores,
        )
    )
    app = create_app(shown, open_runtime=lambda: open_runtime(service, settings, consume=consume))
    server = http_server(app, settings)

    async def main() -> None:
        watcher = asyncio.create_task(_stop_with_parent(server, settings.parent_pid))
        try:
            await server.serve()
        finally:
            watcher.cancel()

    # What is imported stays for the life of the process. Unfrozen, each full collection walks over all of it again:
    # measured, a pause of 0.1 s every few thousand events.
    gc.collect()
    gc.freeze()
    asyncio.run(main())
    if not server.started:
        sys.exit(1)


async def _stop_with_parent(server: uvicorn.Server, parent: int | None) -> None:
    # Where the kernel cannot tell a child that its parent died, the child looks.
    while parent is not None:
        if os.getppid() != parent:
            log.warning("parent_gone", parent=parent)
            server.handle_exit(signal.SIGTERM, None)
            return
        await asyncio.sleep(1)
