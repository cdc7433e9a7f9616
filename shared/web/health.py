"""Liveness, readiness and metrics."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shared.database.migrate import expected_revision
from shared.web.access import runtime_of

router = APIRouter(tags=["health"])


@router.get("/health/live")
async def live() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "live"}


@router.get("/health/ready")
async def ready(request: Request) -> JSONResponse:
    """Say whether database, migrations and, where this process consumes, the broker are there; 503 otherwise.

    A broker that was there and is away leaves the process ready, and its part says `degraded`: commands still work
    (architecture section 5, item 9), so nothing would be won by sending requests elsewhere.
    """
    runtime = runtime_of(request)
    parts: dict[str, Any] = {"database": "ok", "migrations": "ok"}
    try:
        async with asyncio.timeout(5), runtime.engine.connect() as connection:
            found = (await connection.exec_driver_sql("SELECT version_num FROM alembic_version")).scalar_one_or_none()
        wanted = expected_revision(runtime.service.migrations)
        if found != wanted:
            parts["migrations"] = f"database is at {found}, this program needs {wanted}"
    except Exception as error:  # noqa: BLE001 - any failure means not ready, and is shown
        parts["database"] = str(error)[:300] or type(error).__name__
    if runtime.worker is not None:
        parts["broker"], problem = runtime.worker.readiness()
    else:
        problem = None
    fine = all(value in ("ok", "degraded") for value in parts.values())
    said = {"status": "ready" if fine else "not ready", **parts}
    if problem is not None:
        said["broker_problem"] = problem
    return JSONResponse(said, status_code=200 if fine else 503)


@router.get("/metrics", include_in_schema=False)
async def metrics() -> Response:
    """Answer with the process's metrics for Prometheus."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
