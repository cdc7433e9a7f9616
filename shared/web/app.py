"""The FastAPI application of a service, the same for all."""

import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final

import structlog
from fastapi import FastAPI
from prometheus_client import Counter, Histogram

from shared.ids import new_id
from shared.runtime import Runtime, Service
from shared.web import health, ops
from shared.web.limits import Bounded, refusal, too_large
from shared.web.problem import DOCUMENTED, install_problems

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_CORRELATION: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")

REQUESTS = Counter("scorebook_http_requests_total", "Requests answered.", ["method", "route", "status"])
REQUEST_SECONDS = Histogram("scorebook_http_request_seconds", "Time to answer.", ["method", "route"])


class RequestContext:
    """Binds a correlation id to every log line, event and answer of a request, counts it, and bounds its size."""

    def __init__(self, app: Any) -> None:  # noqa: ANN401 - ASGI
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == b"x-correlation-id"), b"").decode("latin-1")
        correlation = given if _CORRELATION.fullmatch(given) else str(new_id())
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(correlation_id=correlation)
        started = time.perf_counter()
        status = 500
        body = Bounded(receive)
        replaced = False

        async def send_counted(message: Any) -> None:  # noqa: ANN401 - ASGI
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-correlation-id", correlation.encode())]
            await send(message)

        async def answer(message: Any) -> None:  # noqa: ANN401 - ASGI
            nonlocal replaced
            if body.exceeded and message["type"] == "http.response.start":
                # What the application makes of a body that was cut off is beside the point.
                replaced = True
                await too_large()(scope, receive, send_counted)
            elif not replaced:
                await send_counted(message)

        refused = refusal(scope)
        try:
            if refused is not None:
                await refused(scope, receive, send_counted)
            else:
                await self._app(scope, body.receive, answer)
        finally:
            route = getattr(scope.get("route"), "path", "unmatched")
            # A caller may make up methods, but no new series in the metrics.
            method = scope["method"] if scope["method"] in _METHODS else "other"
            REQUESTS.labels(method, route, status).inc()
            REQUEST_SECONDS.labels(method, route).observe(time.perf_counter() - started)


def create_app(
    service: Service,
    runtime: Runtime | None = None,
    open_runtime: Callable[[], AbstractAsyncContextManager[Runtime]] | None = None,
) -> FastAPI:
    """Return the HTTP application of `service`.

    `runtime`: already open, for tests and for generating the OpenAPI document without servers. `open_runtime`: opened
    and closed with the application.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if open_runtime is None:
            yield
            return
        async with open_runtime() as opened:
            app.state.runtime = opened
            yield

    app = FastAPI(
        title=service.title,
        version="1",
        lifespan=lifespan,
        description="Errors are RFC 9457 problem documents. Every write takes an Idempotency-Key header.",
        responses=DOCUMENTED,
    )
    app.state.runtime = runtime
    install_problems(app)
    app.add_middleware(RequestContext)
    for router in (*service.routers, ops.audit_router, ops.router, health.router):
        app.include_router(router)
    return app
