"""Errors as RFC 9457 problem documents with a stable type, the field and the rule."""

from collections.abc import Sequence
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from shared.database.transient import is_transient
from shared.errors import FieldError, ScorebookError, Unavailable
from shared.logs import logger
from shared.money import MoneyError

log = logger(__name__)

_MEDIA_TYPE: Final = "application/problem+json"
_MOST_ERRORS: Final = 100
_LONGEST: Final = 1000
_STATUS_CODES: Final = {
    400: "malformed-json",
    404: "no-such-route",
    405: "method-not-allowed",
    413: "request-too-large",
}


class ProblemField(BaseModel):
    """One field that breaks one rule."""

    field: str = Field(description="Dotted path into the request, or the name of a header.", examples=["women"])
    rule: str = Field(description="Stable name of the rule.", examples=["headcount-outside-window"])
    message: str


class Problem(BaseModel):
    """A refusal (RFC 9457); `type` is stable, `allowed_actions` is there for a refused transition."""

    type: str = Field(examples=["urn:scorebook:problem:headcount-outside-window"])
    title: str
    status: int
    detail: str
    errors: list[ProblemField] | None = None
    allowed_actions: list[str] | None = None
    correlation_id: str | None = None


def _documented(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"model": Problem, "description": description, "content": {_MEDIA_TYPE: {"schema": schema}}}


DOCUMENTED: Final[dict[int | str, dict[str, Any]]] = {
    400: _documented("The request cannot be read, or has no Idempotency-Key."),
    401: _documented("No valid token."),
    403: _documented("The role or scope does not permit this."),
    404: _documented("Nothing of that id in the caller's scope."),
    413: _documented("The body is larger than 2 MiB."),
    415: _documented("The body is not JSON."),
    409: _documented(
        "The state does not allow this, a fact has not arrived yet, or the key was used for another request."
    ),
    422: _documented("A field breaks a rule."),
    503: _documented("The database cannot be reached; send the same request with the same key again."),
}
"""The refusals of every route, for the OpenAPI document."""


def problem(
    *,
    code: str,
    status: int,
    title: str,
    detail: str,
    errors: Sequence[FieldError] = (),
    allowed_actions: Sequence[str] | None = None,
) -> JSONResponse:
    """Return a problem document; `type` is `urn:scorebook:problem:<code>` and never changes for a code."""
    body: dict[str, Any] = {
        "type": f"urn:scorebook:problem:{code}",
        "title": title,
        "status": status,
        "detail": _sendable(detail)[:_LONGEST],
    }
    if errors:
        # A small request may break a rule hundreds of thousands of times, or in a field whose name is a book.
        body["errors"] = [
            {"field": _sendable(e.field)[:_LONGEST], "rule": e.rule, "message": _sendable(e.message)[:_LONGEST]}
            for e in errors[:_MOST_ERRORS]
        ]
    if allowed_actions is not None:
        body["allowed_actions"] = list(allowed_actions)
    correlation = structlog.contextvars.get_contextvars().get("correlation_id")
    if correlation:
        body["correlation_id"] = correlation
    headers = {"Retry-After": "1"} if status == 503 else {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return JSONResponse(body, status_code=status, media_type=_MEDIA_TYPE, headers=headers)


def _sendable(text: str) -> str:
    # A request may name half a surrogate pair, which no answer can carry.
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


async def _refused(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ScorebookError)  # noqa: S101 - registered for this class only
    return problem(
        code=error.code,
        status=error.status,
        title=error.title,
        detail=error.detail,
        errors=error.errors,
        allowed_actions=error.allowed_actions,
    )


async def _money(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, MoneyError)  # noqa: S101 - registered for this class only
    return problem(
        code="invalid-money",
        status=422,
        title="The amount breaks a rule",
        detail=str(error),
        errors=[FieldError("amount", error.rule, str(error))],
    )


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class only
    errors = []
    malformed = False
    for one in error.errors()[:_MOST_ERRORS]:
        malformed = malformed or one["type"] == "json_invalid"
        # The first part says where the field is (body, query, path, header); of broken JSON the rest is a position.
        where = [] if one["type"] == "json_invalid" else [str(part) for part in one["loc"][1:]]
        errors.append(FieldError(".".join(where) or "body", str(one["type"]).replace("_", "-"), one["msg"]))
    return problem(
        code="malformed-json" if malformed else "invalid-request",
        status=400 if malformed else 422,
        title="The request is not valid",
        detail="; ".join(f"{e.field}: {e.message}" for e in errors),
        errors=errors,
    )


async def _http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
    code = _STATUS_CODES.get(error.status_code, "refused")
    # FastAPI says 400 for one thing only: a body that is no JSON in a way its parser has no name for (not UTF-8, nested
    # too deep, a number of thousands of digits).
    errors = [FieldError("body", code, str(error.detail))] if error.status_code == 400 else []
    answer = problem(
        code=code, status=error.status_code, title=str(error.detail), detail=str(error.detail), errors=errors
    )
    # Such as Allow, without which a 405 is none (RFC 9110, section 15.5.6).
    answer.headers.update(error.headers or {})
    return answer


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    if is_transient(error):
        log.warning("database_unavailable", path=request.url.path, error=str(error)[:300])
        return await _refused(
            request,
            Unavailable("the database cannot be reached; send the same request with the same Idempotency-Key again"),
        )
    log.error("unexpected_error", path=request.url.path, exc_info=error)
    return problem(
        code="unexpected",
        status=500,
        title="Something went wrong here",
        detail="the error was recorded; nothing was stored",
    )


class TransientMiddleware:
    """Turns any exception that reached the top into a problem document.

    A middleware, because Starlette raises what a handler for bare Exception saw once more after answering.
    """

    def __init__(self, app: Any) -> None:  # noqa: ANN401 - ASGI
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
        """Pass the request on and answer for what it raises."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watch(message: Any) -> None:  # noqa: ANN401 - ASGI
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception as error:
            if started:
                raise
            response = await _unexpected(Request(scope), error)
            await response(scope, receive, send)


def install_problems(app: FastAPI) -> None:
    """Register the handlers."""
    app.add_exception_handler(ScorebookError, _refused)
    app.add_exception_handler(MoneyError, _money)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_middleware(TransientMiddleware)
