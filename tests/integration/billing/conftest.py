"""Fixtures of billing's integration tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from services.billing.app import SERVICE
from shared.auth.signing import SigningKey
from tests.integration.billing.busy import busy_book
from tests.integration.billing.world import World
from tests.support.client import service_in_process
from tests.support.databases import Databases


@pytest_asyncio.fixture
async def empty_world(databases: Databases, token_keys: tuple[SigningKey, Path]) -> AsyncIterator[World]:
    """Billing on a fresh database that has heard nothing yet."""
    key, jwks = token_keys
    async with (
        databases.fresh(SERVICE.name, SERVICE.migrations) as database,
        service_in_process(SERVICE, database, key, str(jwks)) as client,
    ):
        yield World(client, database)


@pytest_asyncio.fixture
async def world(empty_world: World) -> World:
    """A programme in bolivianos with one partner."""
    return await empty_world.begin()


@pytest_asyncio.fixture(scope="module")
async def busy(databases: Databases, token_keys: tuple[SigningKey, Path]) -> AsyncIterator[World]:
    """A book in which everything has happened, for the tests of a module that only read it."""
    key, jwks = token_keys
    async with (
        databases.fresh(SERVICE.name, SERVICE.migrations) as database,
        service_in_process(SERVICE, database, key, str(jwks)) as client,
    ):
        yield await busy_book(await World(client, database).begin())
