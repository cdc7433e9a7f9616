"""Fixtures of the tests that run over a real broker."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.local.server import Server
from shared.auth.signing import SigningKey
from tests.support.databases import Databases
from tests.support.servers import Servers
from tests.support.tally.pair import Pair, open_pair


@pytest_asyncio.fixture
async def pair(
    servers: Servers, databases: Databases, tmp_path: Path, token_keys: tuple[SigningKey, Path]
) -> AsyncIterator[Pair]:
    """Counter and tally on fresh databases, topics and groups; nothing runs until the test starts it."""
    async with open_pair(servers, databases, tmp_path, token_keys) as opened:
        yield opened


@asynccontextmanager
async def left_running(server: Server) -> AsyncIterator[Server]:
    """Lend a server of the session to a test, and start it again should the test have left it stopped."""
    yield server
    if server.pid is None:
        await server.start()


@pytest_asyncio.fixture
async def broker(servers: Servers) -> AsyncIterator[Server]:
    """The broker, for tests that stop or restart it."""
    if servers.broker is None:
        pytest.skip("the broker runs in a container here and may not be restarted")
    async with left_running(servers.broker) as server:
        yield server


@pytest_asyncio.fixture
async def postgres(servers: Servers) -> AsyncIterator[Server]:
    """The database server, for tests that kill or restart it."""
    if servers.postgres is None:
        pytest.skip("the database runs in a container here and may not be restarted")
    async with left_running(servers.postgres) as server:
        yield server
