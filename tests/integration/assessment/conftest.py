"""The assessment service over a real database, and a small world it has heard of."""

from collections.abc import AsyncIterator

import pytest_asyncio

from services.assessment.app import SERVICE
from tests.integration.assessment.world import World
from tests.integration.conftest import ServiceClient
from tests.support.client import Client


@pytest_asyncio.fixture
async def client(service_client: ServiceClient) -> AsyncIterator[Client]:
    """The service on a fresh database; nothing has arrived yet."""
    async with service_client(SERVICE) as opened:
        yield opened


@pytest_asyncio.fixture
async def world(client: Client) -> World:
    """The programme bolivia with two partners, as enrollment told it."""
    made = World(client)
    await made.define_programme()
    await made.register_partners()
    return made
