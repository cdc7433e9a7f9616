"""One service after the other, each with its scenery."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from shared.auth.signing import SigningKey
from shared.runtime import Service
from tests.integration.rights.routes import SERVICES
from tests.integration.rights.sceneries import SCENERIES
from tests.integration.rights.storage import open_storage
from tests.integration.rights.walker import Walker
from tests.support.client import service_in_process
from tests.support.databases import Databases

_NAMES = [service.name for service in SERVICES]


@asynccontextmanager
async def _walker(service: Service, databases: Databases, token_keys: tuple[SigningKey, Path]) -> AsyncIterator[Walker]:
    key, jwks = token_keys
    async with (
        databases.fresh(service.name, service.migrations) as database,
        service_in_process(service, database, key, str(jwks)) as client,
        open_storage(database.admin_url) as storage,
    ):
        yield Walker(service, await SCENERIES[service.name](client, database), storage)


@pytest_asyncio.fixture(scope="package", params=SERVICES, ids=_NAMES)
async def walker(
    request: pytest.FixtureRequest, databases: Databases, token_keys: tuple[SigningKey, Path]
) -> AsyncIterator[Walker]:
    """Walks the routes of one service, which has something to show; shared by tests that leave that alone."""
    async with _walker(request.param, databases, token_keys) as opened:
        yield opened


@pytest_asyncio.fixture(params=SERVICES, ids=_NAMES)
async def fresh_walker(
    request: pytest.FixtureRequest, databases: Databases, token_keys: tuple[SigningKey, Path]
) -> AsyncIterator[Walker]:
    """Walks the routes of one service in a scenery of its own."""
    async with _walker(request.param, databases, token_keys) as opened:
        yield opened
