"""Whatever goes wrong is answered with a problem document: what, where, by which rule, and no more than that."""

import re
from collections.abc import AsyncIterator
from typing import Any, Final

import httpx
import jsonschema  # type: ignore[import-untyped]
import pytest
import pytest_asyncio
import structlog

from tests.unit.shared.shop import APP, ID, REFUSALS, SECRET


@pytest_asyncio.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application, without any server."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(APP), base_url="http://billing") as client:
        yield client


def problem_in(answer: httpx.Response) -> dict[str, Any]:
    """Return the problem document of an answer, which has to be as documented."""
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    schema = APP.openapi()["components"]["schemas"]
    jsonschema.validate(found, {**schema["Problem"], "components": {"schemas": schema}})
    assert found["status"] == answer.status_code
    assert re.fullmatch(r"urn:scorebook:problem:[a-z]+(-[a-z]+)*", found["type"])
    assert found["correlation_id"] == answer.headers["x-correlation-id"]
    assert found["title"]
    assert found["detail"]
    return found


def rules_in(answer: httpx.Response) -> set[tuple[str, str]]:
    """Return field and rule of each error of a problem."""
    return {(error["field"], error["rule"]) for error in problem_in(answer)["errors"]}


@pytest.mark.parametrize("name", REFUSALS)
async def test_a_refusal_says_code_status_and_sentence(http: httpx.AsyncClient, name: str) -> None:
    error = REFUSALS[name]
    answer = await http.get(f"/v1/refusals/{name}")
    found = problem_in(answer)
    assert answer.status_code == error.status
    assert found["type"] == f"urn:scorebook:problem:{error.code}"
    assert (found["title"], found["detail"]) == (error.title, error.detail.replace("\ud800", "\\ud800"))
    assert [(one["rule"], one["message"]) for one in found.get("errors", [])] == [
        (one.rule, found["detail"]) for one in error.errors
    ]


@pytest.mark.parametrize(
    ("name", "field", "rule"),
    [
        ("conflict", "number", "unique"),
        ("not-allowed", "authorization", "role"),
        ("not-found-in-field", "invoice_id", "not-found"),
        ("fact-missing", "enterprise_id", "fact-missing"),
        ("surrogate", "na\\udfffme", "conflict"),
    ],
)
async def test_a_refusal_of_a_field_names_field_and_rule(
    http: httpx.AsyncClient, name: str, field: str, rule: str
) -> None:
    assert rules_in(await http.get(f"/v1/refusals/{name}")) == {(field, rule)}


async def test_a_refusal_of_no_field_lists_none(http: httpx.AsyncClient) -> None:
    assert "errors" not in problem_in(await http.get("/v1/refusals/not-found"))


async def test_a_refused_step_lists_the_steps_that_are_allowed_also_when_there_are_none(
    http: httpx.AsyncClient,
) -> None:
    assert problem_in(await http.get("/v1/refusals/refused-transition"))["allowed_actions"] == ["reopen"]
    assert problem_in(await http.get("/v1/refusals/final"))["allowed_actions"] == []
    assert "allowed_actions" not in problem_in(await http.get("/v1/refusals/conflict"))


async def test_who_is_not_signed_in_is_told_how_and_who_came_too_early_when(http: httpx.AsyncClient) -> None:
    assert (await http.get("/v1/refusals/not-authenticated")).headers["www-authenticate"] == "Bearer"
    assert (await http.get("/v1/refusals/unavailable")).headers["retry-after"] == "1"
    plain = (await http.get("/v1/refusals/conflict")).headers
    assert not {"www-authenticate", "retry-after"} & set(plain)


LINE: Final = {"quantity": 1, "price": {"amount": "5.00", "currency": "BOB"}}


@pytest.mark.parametrize(
    ("path", "body", "wanted"),
    [
        (f"/v1/orders/{ID}", {}, {("lines", "missing")}),
        (f"/v1/orders/{ID}", [], {("body", "model-attributes-type")}),
        (f"/v1/orders/{ID}", {"lines": [LINE], "more": 1}, {("more", "extra-forbidden")}),
        (f"/v1/orders/{ID}", {"lines": [LINE, LINE | {"quantity": 0}]}, {("lines.1.quantity", "greater-than-equal")}),
        (
            f"/v1/orders/{ID}",
            {"lines": [LINE | {"price": {"amount": "5.001", "currency": "BOB"}}]},
            {("lines.0.price", "over-precise-amount")},
        ),
        (f"/v1/orders/{ID}", {"lines": [LINE | {"price": 5.0}]}, {("lines.0.price", "money-shape")}),
        ("/v1/orders/x?limit=y", {"lines": [LINE]}, {("order_id", "uuid-parsing"), ("limit", "int-parsing")}),
        (
            "/v1/orders/x",
            {"lines": 5, "note": 5},
            {("order_id", "uuid-parsing"), ("lines", "list-type"), ("note", "string-type")},
        ),
    ],
)  # fmt: skip
async def test_a_body_that_breaks_rules_is_told_every_field_and_rule(
    http: httpx.AsyncClient, path: str, body: object, wanted: set[tuple[str, str]]
) -> None:
    answer = await http.post(path, json=body)
    assert answer.status_code == 422
    assert problem_in(answer)["type"] == "urn:scorebook:problem:invalid-request"
    assert rules_in(answer) == wanted


@pytest.mark.parametrize(
    "body", [b"{", b'{"lines": [}', b"nonsense", b"\xff", b"[" * 100_000, b"1" * 5000, b"{'a': 1}"]
)
async def test_a_body_that_is_no_json_is_malformed(http: httpx.AsyncClient, body: bytes) -> None:
    answer = await http.post(f"/v1/orders/{ID}", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert problem_in(answer)["type"] == "urn:scorebook:problem:malformed-json"
    assert [one["field"] for one in problem_in(answer)["errors"]] == ["body"]


@pytest.mark.parametrize(
    "body", [b'{"lines": [], "\\ud800": 1}', b'{"lines": "\\udfff"}', b'{"lines": [], "note": "\\ud800"}']
)
async def test_half_a_surrogate_pair_in_a_request_still_gets_an_answer(http: httpx.AsyncClient, body: bytes) -> None:
    answer = await http.post(f"/v1/orders/{ID}", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (200, 422)
    if answer.status_code == 422:
        problem_in(answer)


async def test_values_that_were_sent_are_not_sent_back(http: httpx.AsyncClient) -> None:
    answer = await http.post(f"/v1/orders/{ID}", json={"lines": SECRET, "note": [SECRET]})
    assert answer.status_code == 422
    assert SECRET not in answer.text


async def test_an_amount_refused_in_a_use_case_is_a_refusal_and_no_error(http: httpx.AsyncClient) -> None:
    answer = await http.get("/v1/failures/amount")
    assert answer.status_code == 422
    assert problem_in(answer)["type"] == "urn:scorebook:problem:invalid-money"
    assert rules_in(answer) == {("amount", "over-precise-amount")}


@pytest.mark.parametrize("path", ["/v1/failures/bug", "/v1/promises"])
async def test_a_bug_is_recorded_with_its_request_and_tells_the_caller_nothing(
    http: httpx.AsyncClient, path: str
) -> None:
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logged:
        answer = await http.get(path, headers={"x-correlation-id": "c-500"})
    assert answer.status_code == 500
    assert problem_in(answer)["type"] == "urn:scorebook:problem:unexpected"
    for word in (SECRET, "password", "Error", "Traceback", ".py", "quantity"):
        assert word not in answer.text
    [line] = logged
    assert (line["event"], line["log_level"], line["path"]) == ("unexpected_error", "error", path)
    assert line["correlation_id"] == "c-500"
    assert isinstance(line["exc_info"], Exception)


async def test_a_database_that_is_gone_is_no_bug_and_the_request_is_safe_to_repeat(http: httpx.AsyncClient) -> None:
    with structlog.testing.capture_logs() as logged:
        answer = await http.get("/v1/failures/gone")
    assert answer.status_code == 503
    assert problem_in(answer)["type"] == "urn:scorebook:problem:unavailable"
    assert answer.headers["retry-after"] == "1"
    assert SECRET not in answer.text
    assert [line["event"] for line in logged] == ["database_unavailable"]


async def test_an_answer_that_broke_off_is_not_mended_with_a_second_one(http: httpx.AsyncClient) -> None:
    with pytest.raises(RuntimeError, match=SECRET):
        await http.get("/v1/failures/streaming")


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v2/orders", "/v1/orders", "/v1/orders/a/b", "/v1/refusals/", "/%2e%2e/x"]
)
async def test_there_is_no_such_route(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path)
    assert answer.status_code == 404
    assert problem_in(answer)["type"] == "urn:scorebook:problem:no-such-route"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "BREW"])
async def test_a_method_that_a_route_has_not_is_refused_with_those_it_has(http: httpx.AsyncClient, method: str) -> None:
    answer = await http.request(method, f"/v1/orders/{ID}")
    assert answer.status_code == 405
    assert problem_in(answer)["type"] == "urn:scorebook:problem:method-not-allowed"
    assert answer.headers["allow"] == "POST"
