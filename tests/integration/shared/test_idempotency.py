"""Architecture section 6: the same key and body have one effect, whoever asks at the same time and whatever breaks.

The database, and then the client, is reached through a proxy that cuts the connection at a chosen moment.
"""

import asyncio
import dataclasses
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import pytest_asyncio
from sqlalchemy.engine import make_url

from shared.auth.signing import SigningKey
from shared.database.provision import Provisioned
from shared.ids import new_id
from tests.support.client import Client, service_in_process
from tests.support.databases import Databases
from tests.support.tally.service import TALLY
from tests.support.tcp_proxy import TcpProxy, Way, open_proxy
from tests.support.wire import serving

pytestmark = pytest.mark.integration

PATH: Final = "/v1/programmes/bolivia/tallies"
KEY: Final = "key-00000001"
Keys = tuple[SigningKey, Path]


@pytest_asyncio.fixture
async def database(databases: Databases) -> AsyncIterator[Provisioned]:
    """The tally's database."""
    async with databases.fresh(TALLY.name, TALLY.migrations) as made:
        yield made


@asynccontextmanager
async def tally(database: Provisioned, keys: Keys) -> AsyncIterator[Client]:
    """Run a tally on `database`."""
    async with service_in_process(TALLY, database, keys[0], str(keys[1])) as client:
        yield client


@dataclasses.dataclass(frozen=True, slots=True)
class Wire:
    """A tally that reaches its database through a proxy, and a second one that reaches it directly, to look."""

    client: Client
    looking: Client
    proxy: TcpProxy

    async def add(self, body: object, key: str = KEY) -> httpx.Response:
        """Add by hand."""
        return await self.client.post(PATH, body, role="ops", key=key)


@pytest_asyncio.fixture
async def wire(database: Provisioned, token_keys: Keys) -> AsyncIterator[Wire]:
    """A tally behind a proxy that passes everything on, with one connection open."""
    url = make_url(database.application_url)
    assert url.host is not None
    assert url.port is not None
    async with AsyncExitStack() as stack:
        proxy = await stack.enter_async_context(open_proxy(url.host, url.port))
        through = url.set(host=proxy.host, port=proxy.port).render_as_string(hide_password=False)
        behind = dataclasses.replace(database, application_url=through)
        yield Wire(
            await stack.enter_async_context(tally(behind, token_keys)),
            await stack.enter_async_context(tally(database, token_keys)),
            proxy,
        )


async def effects(client: Client) -> dict[str, Any]:
    """Return everything that a write leaves behind."""
    async with client.connection() as connection:
        rows = await connection.exec_driver_sql(
            "SELECT (SELECT coalesce(sum(total), 0)::int FROM tally) AS total, "
            "(SELECT coalesce(sum(applied), 0)::int FROM tally) AS applied, "
            "(SELECT count(*) FROM outbox) AS events, (SELECT count(*) FROM audit_trail) AS audited, "
            "(SELECT count(*) FROM idempotency_key) AS keys"
        )
        return dict(rows.one()._mapping)


ONCE: Final = {"total": 3, "applied": 1, "events": 1, "audited": 1, "keys": 1}
NEVER: Final = {"total": 0, "applied": 0, "events": 0, "audited": 0, "keys": 0}


def body(amount: int = 3, **more: str) -> dict[str, object]:
    """Return a count of a new thing."""
    return {"tally": str(new_id()), "amount": amount, **more}


def hits(answers: Sequence[httpx.Response]) -> int:
    """Count the answers that were given before."""
    return sum(answer.headers.get("idempotency-hit") == "true" for answer in answers)


async def test_sixteen_at_once_with_the_same_key_have_one_effect_and_one_answer(
    database: Provisioned, token_keys: Keys
) -> None:
    # Two processes, so that nothing but the database can keep them apart.
    async with tally(database, token_keys) as one, tally(database, token_keys) as other:
        said = body()
        answers = await asyncio.gather(
            *(client.post(PATH, said, role="ops", key=KEY) for client in (one, other) for _ in range(8))
        )
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.content for answer in answers}) == 1
        assert hits(answers) == 15
        assert await effects(one) == ONCE


async def test_of_different_requests_at_once_with_the_same_key_one_is_carried_out_and_the_others_conflict(
    database: Provisioned, token_keys: Keys
) -> None:
    async with tally(database, token_keys) as one, tally(database, token_keys) as other:
        thing = str(new_id())
        bodies = [{"tally": thing, "amount": amount} for amount in (1, 2, 3, 4)] * 4
        answers = await asyncio.gather(
            *(
                client.post(PATH, said, role="ops", key=KEY)
                for client, said in zip((one, other) * 8, bodies, strict=True)
            )
        )
        assert Counter(answer.status_code for answer in answers) == {201: 4, 409: 12}
        taken = {said["amount"] for said, answer in zip(bodies, answers, strict=True) if answer.status_code == 201}
        assert len(taken) == 1
        assert hits(answers) == 3
        for answer in answers:
            if answer.status_code == 409:
                assert answer.json()["errors"][0] | {"message": ""} == {
                    "field": "Idempotency-Key",
                    "rule": "same-request",
                    "message": "",
                }
        assert await effects(one) == ONCE | {"total": taken.pop()}


async def test_requests_at_once_that_are_refused_leave_the_key_free(database: Provisioned, token_keys: Keys) -> None:
    async with tally(database, token_keys) as client:
        refused = body(reason="change your mind")
        answers = await asyncio.gather(*(client.post(PATH, refused, role="ops", key=KEY) for _ in range(16)))
        assert {answer.status_code for answer in answers} == {404}
        assert await effects(client) == NEVER
        # Nothing happened under this key, so it is good for what was meant.
        assert (await client.post(PATH, body(), role="ops", key=KEY)).status_code == 201
        assert await effects(client) == ONCE


async def test_a_key_is_its_callers_own_and_belongs_to_one_address(database: Provisioned, token_keys: Keys) -> None:
    async with tally(database, token_keys) as client:
        said = body()
        for subject in ("ana", "berta"):
            answer = await client.post(PATH, said, role="ops", key=KEY, subject=subject)
            assert (answer.status_code, hits([answer])) == (201, 0)
        elsewhere = await client.post(f"{PATH}?dry", said, role="ops", key=KEY, subject="ana")
        assert elsewhere.status_code == 409
        assert (await effects(client))["applied"] == 2


async def test_a_connection_cut_before_the_commit_arrives_gives_503_and_the_same_key_one_effect(wire: Wire) -> None:
    trap = wire.proxy.trap(Way.TO_SERVER, b"COMMIT")
    said = body()
    broken = await wire.add(said)
    assert trap.sprung.is_set()
    unavailable(broken)
    assert await effects(wire.looking) == NEVER
    again = await wire.add(said)
    assert (again.status_code, hits([again])) == (201, 0)
    assert await effects(wire.looking) == ONCE


async def test_a_connection_cut_before_the_commit_is_answered_gives_503_and_the_same_key_its_answer(wire: Wire) -> None:
    trap = wire.proxy.trap(Way.TO_CLIENT, b"COMMIT\0")
    said = body()
    broken = await wire.add(said)
    assert trap.sprung.is_set()
    unavailable(broken)
    # It was carried out; nobody can know that before asking again.
    assert await effects(wire.looking) == ONCE
    again = await wire.add(said)
    assert (again.status_code, hits([again])) == (201, 1)
    assert again.json() == {"id": said["tally"], "programme": "bolivia", "total": 3}
    assert await effects(wire.looking) == ONCE


def unavailable(answer: httpx.Response) -> None:
    """Check that the client is told to send it again."""
    assert answer.status_code == 503, answer.text
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["type"] == "urn:scorebook:problem:unavailable"


@pytest.mark.parametrize("way", Way)
async def test_wherever_the_connection_is_cut_the_same_key_gives_one_effect(wire: Wire, way: Way) -> None:
    outcomes = Counter[int]()
    for chunk in range(1, 200):
        trap = wire.proxy.trap(way, chunk=chunk)
        said = body()
        before = await effects(wire.looking)
        first = await wire.add(said, key=f"key-{chunk:08}")
        if not trap.sprung.is_set():
            break
        # What the client is told is true, or leaves it open.
        assert first.status_code in (201, 503), first.text
        outcomes[first.status_code] += 1
        again = await wire.add(said, key=f"key-{chunk:08}")
        assert again.status_code == 201
        assert again.json()["total"] == 3
        if first.status_code == 201:
            assert again.content == first.content
        assert await effects(wire.looking) == {name: before[name] + once for name, once in ONCE.items()}, chunk
    else:
        pytest.fail("it never got through")
    assert outcomes[503] > 5


async def test_a_client_that_loses_the_answer_gets_it_with_the_same_key(
    database: Provisioned, token_keys: Keys
) -> None:
    async with (
        tally(database, token_keys) as client,
        serving(client.runtime) as port,
        open_proxy("127.0.0.1", port) as proxy,
    ):
        address = f"http://{proxy.host}:{proxy.port}"
        async with httpx.AsyncClient(base_url=address) as http:
            remote = dataclasses.replace(client, http=http)
            said = body()
            trap = proxy.trap(Way.TO_CLIENT, b"HTTP/1.1 201")
            with pytest.raises(httpx.TransportError):
                await remote.post(PATH, said, role="ops", key=KEY)
            assert trap.sprung.is_set()
            again = await remote.post(PATH, said, role="ops", key=KEY)
            assert (again.status_code, hits([again])) == (201, 1)
        assert await effects(client) == ONCE


async def test_a_client_that_leaves_in_the_middle_of_its_request_leaves_nothing(
    database: Provisioned, token_keys: Keys
) -> None:
    async with (
        tally(database, token_keys) as client,
        serving(client.runtime) as port,
        open_proxy("127.0.0.1", port) as proxy,
    ):
        address = f"http://{proxy.host}:{proxy.port}"
        async with httpx.AsyncClient(base_url=address) as http:
            remote = dataclasses.replace(client, http=http)
            said = body(reason="x" * 400)
            proxy.trap(Way.TO_SERVER, b"x" * 300)
            with pytest.raises(httpx.TransportError):
                await remote.post(PATH, said, role="ops", key=KEY)
            assert await effects(client) == NEVER
            whole = await remote.post(PATH, said, role="ops", key=KEY)
            assert (whole.status_code, hits([whole])) == (201, 0)
        assert await effects(client) == ONCE


async def test_a_database_that_answers_nobody_makes_the_service_unready_and_ready_again_when_it_does(
    wire: Wire,
) -> None:
    assert (await wire.client.http.get("/health/ready")).status_code == 200
    wire.proxy.hold()
    async with asyncio.timeout(60):
        unready = await wire.client.http.get("/health/ready")
    assert unready.status_code == 503
    assert unready.json()["status"] == "not ready"
    wire.proxy.release()
    assert (await wire.client.http.get("/health/ready")).status_code == 200
    assert (await wire.add(body())).status_code == 201


async def test_a_database_that_refuses_everybody_gives_503_until_it_is_back(wire: Wire) -> None:
    said = body()
    wire.proxy.refuse()
    for _ in range(3):
        unavailable(await wire.add(said))
    wire.proxy.release()
    assert (await wire.add(said)).status_code == 201
    assert await effects(wire.looking) == ONCE
