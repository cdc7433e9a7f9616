"""Around every request: a correlation id, a bound on what is sent, a count by route; nothing made up stays."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
import structlog
from prometheus_client import REGISTRY

from shared.web.limits import _LARGEST_BODY
from tests.unit.shared.shop import APP, ID

ORDERS: Final = f"/v1/orders/{ID}"
JSON: Final = {"content-type": "application/json"}


@pytest_asyncio.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application, without any server."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(APP), base_url="http://billing") as client:
        yield client


def order(size: int) -> bytes:
    """Return a sound order of exactly `size` bytes."""
    frame = b'{"lines": [], "note": ""}'
    return frame[:-2] + b"x" * (size - len(frame)) + frame[-2:]


async def in_pieces(body: bytes) -> AsyncIterator[bytes]:
    """Send a body without saying beforehand how long it is."""
    for at in range(0, len(body), 64 * 1024):
        yield body[at : at + 64 * 1024]


def answered(method: str, route: str, status: int) -> float:
    """Return how many requests were counted."""
    labels = {"method": method, "route": route, "status": str(status)}
    return REGISTRY.get_sample_value("scorebook_http_requests_total", labels) or 0


@pytest.mark.parametrize("given", ["c-1", "a", "A.b_c-9", "x" * 64, "0198c0de-0000-7000-8000-00000000000a"])
async def test_the_callers_correlation_id_comes_back(http: httpx.AsyncClient, given: str) -> None:
    fine = await http.post(ORDERS, json={"lines": []}, headers={"x-correlation-id": given})
    assert (fine.status_code, fine.headers["x-correlation-id"]) == (200, given)
    wrong = await http.get("/nowhere", headers={"x-correlation-id": given})
    assert wrong.headers["x-correlation-id"] == wrong.json()["correlation_id"] == given


@pytest.mark.parametrize(
    "given", [None, b"", b" ", b"a b", b"x" * 65, b"a/b", b"a\tb", b'a"b', "é".encode(), b"\xff", b"a;b=c"]
)
async def test_one_that_could_not_stand_in_a_log_is_replaced_by_a_fresh_one(
    http: httpx.AsyncClient, given: bytes | None
) -> None:
    headers = {} if given is None else {b"x-correlation-id": given}
    first, second = [(await http.get("/nowhere", headers=headers)).json()["correlation_id"] for _ in range(2)]
    assert UUID(first).version == UUID(second).version == 7
    assert first != second


async def test_requests_at_the_same_time_keep_their_own_ids(http: httpx.AsyncClient) -> None:
    names = [f"c-{number}" for number in range(20)]
    answers = await asyncio.gather(*(http.get("/nowhere", headers={"x-correlation-id": name}) for name in names))
    assert [answer.json()["correlation_id"] for answer in answers] == names


async def test_what_was_bound_before_a_request_is_not_in_it(http: httpx.AsyncClient) -> None:
    with (
        structlog.contextvars.bound_contextvars(actor="somebody else"),
        structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logged,
    ):
        await http.get("/v1/failures/gone", headers={"x-correlation-id": "c-1"})
    [line] = logged
    assert line["correlation_id"] == "c-1"
    assert "actor" not in line


async def test_a_request_of_two_mebibytes_is_taken_and_not_a_byte_more(http: httpx.AsyncClient) -> None:
    for piecewise in (False, True):
        for size, status in ((_LARGEST_BODY, 200), (_LARGEST_BODY + 1, 413)):
            body = order(size)
            assert len(body) == size
            answer = await http.post(ORDERS, content=in_pieces(body) if piecewise else body, headers=JSON)
            assert answer.status_code == status
    assert _LARGEST_BODY == 2 * 1024 * 1024


async def test_a_request_that_is_too_large_is_told_so_once_and_with_its_correlation_id(http: httpx.AsyncClient) -> None:
    answer = await http.post(ORDERS, content=in_pieces(b"[" * 3_000_000), headers={**JSON, "x-correlation-id": "c-1"})
    assert answer.json() == {
        "type": "urn:scorebook:problem:request-too-large",
        "title": "The request is too large",
        "status": 413,
        "detail": "2 MiB at most",
        "errors": [{"field": "body", "rule": "request-too-large", "message": "2 MiB at most"}],
        "correlation_id": "c-1",
    }


@pytest.mark.parametrize("length", ["-1", "x", "", "1e3", "99999999999999999999", "2097153"])
async def test_a_length_that_is_none_or_too_much_is_refused_before_anything_is_read(
    http: httpx.AsyncClient, length: str
) -> None:
    answer = await http.post(ORDERS, content=in_pieces(b"{}"), headers={**JSON, "content-length": length})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "path", ["/v1/refusals/%00", "/v1/orders/a%00b", "/%00", f"{ORDERS}?limit=%00", "/x?a=1&b=c%00"]
)
async def test_a_nul_character_in_an_address_reaches_no_route(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path)
    assert answer.status_code == 400
    assert answer.json()["type"] == "urn:scorebook:problem:invalid-request"


async def test_requests_are_counted_by_the_pattern_of_their_route(http: httpx.AsyncClient) -> None:
    before = answered("POST", "/v1/orders/{order_id}", 200), answered("GET", "unmatched", 404)
    await http.post(ORDERS, json={"lines": []})
    for number in range(5):
        await http.get(f"/nowhere/{number}")
    after = answered("POST", "/v1/orders/{order_id}", 200), answered("GET", "unmatched", 404)
    assert after == (before[0] + 1, before[1] + 5)


async def test_a_failure_is_counted_too(http: httpx.AsyncClient) -> None:
    before = answered("GET", "/v1/failures/{name}", 500)
    with structlog.testing.capture_logs():
        await http.get("/v1/failures/bug")
    assert answered("GET", "/v1/failures/{name}", 500) == before + 1


async def test_a_caller_cannot_grow_the_metrics(http: httpx.AsyncClient) -> None:
    for number in range(5):
        await http.request(f"BREW{number}", f"/tea/{number}")
    methods = {
        sample.labels["method"]
        for metric in REGISTRY.collect()
        if metric.name == "scorebook_http_requests"
        for sample in metric.samples
    }
    assert methods <= {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"}
    assert "other" in methods
