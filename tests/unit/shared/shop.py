"""A small application that takes orders, refuses and fails in every way there is."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from shared.errors import (
    Conflict,
    FactMissing,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    RefusedTransition,
    ScorebookError,
    Unavailable,
)
from shared.messaging.handlers import Handlers
from shared.money import Money
from shared.runtime import Service
from shared.web.app import create_app

ID: Final = UUID("0198c0de-0000-7000-8000-00000000000a")
SECRET: Final = "hunter2"

REFUSALS: Final[dict[str, ScorebookError]] = {
    "not-found": NotFound("invoice", ID),
    "not-found-in-field": NotFound("invoice", ID, field="invoice_id"),
    "conflict": Conflict("it is there already", field="number", rule="unique"),
    "refused-transition": RefusedTransition("visit", ID, "completed", "abort", ["reopen"]),
    "final": RefusedTransition("visit", ID, "aborted", "abort", []),
    "not-authenticated": NotAuthenticated("a bearer token is needed", field="authorization", rule="bearer-token"),
    "not-allowed": NotAllowed("not you", field="authorization", rule="role"),
    "fact-missing": FactMissing("enterprise", ID, field="enterprise_id"),
    "unavailable": Unavailable("later"),
    "surrogate": Conflict("half a \ud800 pair", field="na\udfffme"),
}

router = APIRouter(prefix="/v1")


class Line(BaseModel):
    """Part of a body."""

    quantity: int = Field(ge=1)
    price: Money


class Order(BaseModel):
    """A body."""

    model_config = ConfigDict(extra="forbid")

    lines: list[Line]
    note: str = ""


@router.post("/orders/{order_id}")
async def post_order(order_id: UUID, body: Order, limit: int = 1) -> dict[str, int]:
    """Take an order."""
    return {"lines": len(body.lines), "limit": limit}


@router.get("/refusals/{name}")
async def get_refusal(name: str) -> None:
    """Refuse."""
    raise REFUSALS[name]


@router.get("/failures/{name}")
async def get_failure(name: str) -> Any:  # noqa: ANN401 - it fails
    """Fail in one of several ways."""
    if name == "gone":
        raise ConnectionRefusedError(f"postgresql://billing:{SECRET}@db")
    if name == "amount":
        return Money.parse("1.234", "BOB")
    if name == "streaming":
        return StreamingResponse(_half())
    password = SECRET
    raise RuntimeError(f"the password is {password}")


@router.get("/promises", response_model=Line)
async def get_promise() -> object:
    """Answer something else than what was promised."""
    return {"quantity": SECRET}


async def _half() -> AsyncIterator[bytes]:
    yield b"half an answer"
    raise RuntimeError(SECRET)


APP: Final = create_app(Service("billing", "Billing", Handlers("billing"), [router], Path()))
