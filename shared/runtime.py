"""What one running service process holds, and what a service declares to be run."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.auth.tokens import TokenVerifier
from shared.chores import Chore
from shared.clock import Clock
from shared.database.transaction import Transactions
from shared.ids import IdFactory
from shared.messaging.handlers import Handlers
from shared.messaging.parking import Parking
from shared.messaging.worker import Worker
from shared.settings import ServiceSettings


@dataclass(frozen=True, slots=True)
class Finding:
    """One row that contradicts its sources; `row` names it so that a person finds it."""

    row: str
    message: str


@dataclass(frozen=True, slots=True)
class Check:
    """One re-derivation from the sources: `run` returns every row that differs, none when all is well."""

    name: str
    describes: str
    run: Callable[[AsyncConnection], Awaitable[Sequence[Finding]]]


@dataclass(frozen=True, slots=True)
class Service:
    """What a service puts in: name, HTTP routes, event handlers, migrations, checks, what it does as time passes."""

    name: str
    title: str
    handlers: Handlers
    routers: Sequence[APIRouter]
    migrations: Path
    checks: Sequence[Check] = field(default_factory=tuple)
    chores: Sequence[Chore] = field(default_factory=tuple)


@dataclass(slots=True)
class Runtime:
    """The living parts of one process. `worker` is there only where consumers and relay run in this process."""

    service: Service
    settings: ServiceSettings
    engine: AsyncEngine
    transactions: Transactions
    verifier: TokenVerifier
    parking: Parking
    clock: Clock
    ids: IdFactory
    worker: Worker | None = None
