"""Fixtures of the integration tests."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from shared.auth.signing import SigningKey
from shared.runtime import Service
from tests.support.client import Client, service_in_process
from tests.support.databases import Databases

ServiceClient = Callable[[Service], AbstractAsyncContextManager[Client]]


@pytest.fixture
def service_client(databases: Databases, token_keys: tuple[SigningKey, Path]) -> ServiceClient:
    """Return a context manager that runs a service in this process on a fresh database."""
    key, jwks = token_keys

    @asynccontextmanager
    async def opened(service: Service) -> AsyncIterator[Client]:
        async with (
            databases.fresh(service.name, service.migrations) as database,
            service_in_process(service, database, key, str(jwks)) as client,
        ):
            yield client

    return opened
