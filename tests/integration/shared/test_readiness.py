"""What `/health/ready` says while database and broker come and go."""

import asyncio
import dataclasses
import time
from typing import Any

import pytest

from deploy.local.server import Server
from services.enrollment.app import SERVICE as ENROLLMENT
from shared.auth.actor import Role
from shared.database.engine import database_engine
from shared.ids import new_id
from tests.integration.conftest import ServiceClient
from tests.integration.shared.test_broker_loss import frozen
from tests.support.client import Client
from tests.support.tally.pair import Pair
from tests.support.tally.service import TALLY
from tests.support.waiting import eventually

pytestmark = pytest.mark.integration

READY = {"status": "ready", "database": "ok", "migrations": "ok"}


async def ready(client: Client) -> tuple[int, dict[str, Any]]:
    """Ask without a token, as an orchestrator does."""
    answer = await client.http.get("/health/ready")
    return answer.status_code, answer.json()


async def says(client: Client, status: int, broker: str) -> None:
    """Wait until the broker's state is `broker`, and check the rest of the answer."""

    async def found() -> bool:
        code, body = await ready(client)
        assert body.get("broker") == broker, body
        assert code == status
        assert body["status"] == ("ready" if status == 200 else "not ready")
        assert ("broker_problem" in body) == (broker != "ok")
        return True

    await eventually(found, within=90)


async def add(client: Client, amount: int) -> None:
    """Give a command; it emits an event."""
    body = {"tally": str(new_id()), "amount": amount}
    answer = await client.post("/v1/programmes/bolivia/tallies", body, role=Role.PARTNER_ADMIN)
    assert answer.status_code == 201, answer.text


async def test_a_process_that_does_not_consume_says_nothing_of_a_broker(service_client: ServiceClient) -> None:
    async with service_client(TALLY) as client:
        assert await ready(client) == (200, READY)


async def test_other_migrations_or_no_database_are_not_ready(service_client: ServiceClient) -> None:
    async with service_client(TALLY) as client:
        kept = client.runtime.engine
        nowhere = client.runtime.settings.model_copy(update={"database_url": "postgresql://127.0.0.1:1/nothing"})
        client.runtime.engine = database_engine(nowhere)
        code, body = await ready(client)
        await client.runtime.engine.dispose()
        client.runtime.engine = kept
        assert (code, body["status"], body["migrations"]) == (503, "not ready", "ok")
        assert body["database"] != "ok"
        client.runtime.service = dataclasses.replace(TALLY, migrations=ENROLLMENT.migrations)
        code, body = await ready(client)
        assert (code, body["status"], body["database"]) == (503, "not ready", "ok")
        assert "this program needs" in body["migrations"]


async def test_a_broker_that_dies_leaves_the_service_ready_and_says_degraded(broker: Server, pair: Pair) -> None:
    async with (
        pair.counting() as counter,
        pair.tallying() as tally,
        pair.client(tally) as client,
        pair.client(counter) as speaker,
    ):
        await says(client, 200, "ok")
        await says(speaker, 200, "ok")
        await broker.kill()
        await says(client, 200, "degraded")
        await says(speaker, 200, "degraded")
        await add(client, 1)
        await broker.start()
        await says(client, 200, "ok")
        await says(speaker, 200, "ok")
        thing = new_id()
        await pair.count(thing, 1)

        async def applied() -> bool:
            assert (await pair.applied())[thing] == [1]
            return True

        await eventually(applied, within=90)


async def test_a_broker_that_answers_nobody_holds_up_no_answer(broker: Server, pair: Pair) -> None:
    async with pair.tallying() as tally, pair.client(tally) as client:
        await says(client, 200, "ok")
        with frozen(broker):
            await says(client, 200, "degraded")

            async def at_once() -> bool:
                started = time.monotonic()
                await ready(client)
                return time.monotonic() - started < 1

            await eventually(at_once)  # an orchestrator gives up on a probe after a second
            await add(client, 1)
        await says(client, 200, "ok")


async def test_a_service_that_never_found_the_broker_is_not_ready(broker: Server, pair: Pair) -> None:
    await broker.kill()
    async with pair.tallying() as tally, pair.client(tally) as client:
        await says(client, 503, "waiting")
        await asyncio.sleep(0.5)
        await says(client, 503, "waiting")
        await broker.start()
        await says(client, 200, "ok")
