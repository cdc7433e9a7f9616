"""Hostile HTTP at a real socket: a refusal that names the rule, nothing stored, and the next request is served."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from shared.auth.signing import SigningKey
from shared.ids import new_id
from tests.support.client import Client, service_in_process
from tests.support.databases import Databases
from tests.support.tally.service import TALLY
from tests.support.wire import RawAnswer, exchange, serving

pytestmark = pytest.mark.integration

PATH: Final = "/v1/programmes/bolivia/tallies"
LIMIT: Final = 2 * 1024 * 1024
THING: Final = "01890000-0000-7000-8000-000000000001"


@dataclass(frozen=True, slots=True)
class Door:
    """A tally behind a socket."""

    client: Client
    port: int

    def head(self, *lines: str, path: str = PATH) -> bytes:
        """Return the head of a request that has everything but its body."""
        token = self.client.token("ops")
        fixed = ("Host: service", f"Authorization: Bearer {token}", f"Idempotency-Key: {new_id()}")
        named = () if any(line.startswith("Content-Type:") for line in lines) else ("Content-Type: application/json",)
        return "\r\n".join((f"POST {path} HTTP/1.1", *fixed, *named, *lines, "", "")).encode("latin-1")

    async def send(self, body: bytes, *lines: str, path: str = PATH) -> RawAnswer:
        """Send a request whose head tells the true length."""
        return await exchange(self.port, self.head(f"Content-Length: {len(body)}", *lines, path=path), body)

    async def stored(self) -> int:
        """Count what a write would leave behind."""
        async with self.client.connection() as connection:
            rows = await connection.exec_driver_sql(
                "SELECT (SELECT count(*) FROM tally) + (SELECT count(*) FROM outbox) + "
                "(SELECT count(*) FROM idempotency_key) + (SELECT count(*) FROM audit_trail)"
            )
            return int(rows.scalar_one())


@pytest_asyncio.fixture
async def door(databases: Databases, token_keys: tuple[SigningKey, Path]) -> AsyncIterator[Door]:
    """A tally that listens. Afterwards nothing is stored and it still serves."""
    async with (
        databases.fresh(TALLY.name, TALLY.migrations) as database,
        service_in_process(TALLY, database, token_keys[0], str(token_keys[1])) as client,
        serving(client.runtime) as port,
    ):
        door = Door(client, port)
        yield door
        assert await door.stored() == 0
        assert (await door.send(good())).status == 201
        assert await door.stored() > 0


def good(**more: object) -> bytes:
    """Return a body that is right."""
    return json.dumps({"tally": THING, "amount": 3, **more}).encode()


def refused(answer: RawAnswer, status: int, code: str) -> None:
    """Check that it is a problem document of this status and code."""
    assert answer.status == status, answer.body[:300]
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == f"urn:scorebook:problem:{code}"
    assert answer.json()["status"] == status


async def test_a_body_over_the_limit_is_refused_by_its_stated_length_before_it_is_sent(door: Door) -> None:
    answer = await exchange(door.port, door.head(f"Content-Length: {LIMIT + 1}"))
    refused(answer, 413, "request-too-large")


async def test_a_chunked_body_is_refused_as_soon_as_it_passes_the_limit(door: Door) -> None:
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    # Without an end: it is refused while it is still coming.
    answer = await exchange(door.port, door.head("Transfer-Encoding: chunked"), *[chunk] * (LIMIT // 0x10000 + 1))
    refused(answer, 413, "request-too-large")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"not json",
        good()[:-1],
        b"\xff\xfe" + good(),
        b"\xef\xbb\xbf" + b"{",
        b"[" * 200_000,
        b'{"tally": "' + THING.encode() + b'", "amount": ' + b"9" * 5_000 + b"}",
    ],
    ids=["empty", "cut", "words", "half", "not-utf8", "mark-and-cut", "deep", "long-number"],
)
async def test_a_body_that_is_no_json_names_the_body(door: Door, body: bytes) -> None:
    answer = await door.send(body)
    assert answer.status in (400, 422), answer.body[:300]
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == ["body"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (good(amount="NaN"), "amount"),
        (good().replace(b"3", b"NaN"), "amount"),
        (good().replace(b"3", b"1e999"), "amount"),
        (good(amount=3.5), "amount"),
        (good(amount=True), "amount"),
        (good(amount=2**70), "amount"),
        (good(tally="\x00"), "tally"),
        (good(colour="red"), "colour"),
        (good(reason="a\x00b"), "reason"),
        (good(reason="x" * 100_000), "reason"),
    ],
)
async def test_a_wrong_value_names_its_field_and_rule(door: Door, body: bytes, field: str) -> None:
    # The identifier holds a 3 too, in no test: its digits are 0, 1, 7, 8 and 9.
    answer = await door.send(body)
    refused(answer, 422, "invalid-request")
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert all(error["rule"] and error["message"] for error in answer.json()["errors"])


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
async def test_another_content_type_is_not_read_as_json(door: Door, kind: str) -> None:
    answer = await door.send(good(), f"Content-Type: {kind}")
    assert 400 <= answer.status < 500, answer.body[:300]
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", [f"{PATH}?x=%00", "/v1/programmes/bol%00ivia/tallies"])
async def test_a_zero_character_in_path_or_query_is_refused(door: Door, path: str) -> None:
    refused(await door.send(good(), path=path), 400, "invalid-request")


@pytest.mark.parametrize(
    "head",
    [
        b"GARBAGE\r\n\r\n",
        b"POST / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 2\r\n\r\n",
    ],
    ids=["garbage", "version", "long-header", "long-address", "negative-length", "two-lengths"],
)
async def test_what_is_no_http_is_answered_400_or_cut_off(door: Door, head: bytes) -> None:
    try:
        answer = await exchange(door.port, head)
    except (asyncio.IncompleteReadError, ConnectionError):
        return
    assert 400 <= answer.status < 500


async def test_a_client_that_goes_away_in_the_middle_of_its_body_leaves_nothing(door: Door) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(door.head(f"Content-Length: {len(good())}") + good()[:-5])
    await writer.drain()
    writer.transport.abort()
