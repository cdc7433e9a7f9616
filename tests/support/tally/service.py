"""The tally: adds up what it hears and says so."""

from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import Field
from sqlalchemy import text

from shared.auth.actor import Role
from shared.database.transaction import Transaction
from shared.errors import FactMissing, NotFound
from shared.messaging.handlers import Event, Handlers
from shared.runtime import Service
from shared.text import Reason
from shared.web.access import ReadAccess, Reading, Resource, WriteAccess, Writing
from shared.web.body import RequestBody
from tests.support.tally.events import Counted, TallyChanged

handlers = Handlers("billing")
router = APIRouter(prefix="/v1/programmes/{programme}/tallies")

_ADD: Final = text(
    "INSERT INTO tally AS t (id, programme, total, applied) VALUES (:id, :programme, :amount, 1) "
    "ON CONFLICT (id) DO UPDATE SET total = t.total + excluded.total, applied = t.applied + 1 RETURNING total"
)
_STEP: Final = text("INSERT INTO tally_step (tally_id, sequence, amount) VALUES (:id, :sequence, :amount)")


async def add(tx: Transaction, tally_id: UUID, programme: str, amount: int) -> int:
    """Add `amount` and say so."""
    total = (await tx.connection.execute(_ADD, {"id": tally_id, "programme": programme, "amount": amount})).scalar_one()
    tx.emit(TallyChanged(total=total), aggregate_id=tally_id, programme=programme)
    return int(total)


@handlers.on(Counted)
async def counted(tx: Transaction, event: Event[Counted]) -> None:
    """Apply one count; the step table refuses the same sequence twice and keeps the order of application."""
    needs = event.data.needs
    if needs is not None:
        known = await tx.connection.execute(text("SELECT true FROM tally WHERE id = :id"), {"id": needs})
        if known.first() is None:
            raise FactMissing("thing", needs)
    tally_id = UUID(event.envelope.key)
    await tx.connection.execute(
        _STEP, {"id": tally_id, "sequence": event.envelope.sequence, "amount": event.data.amount}
    )
    await add(tx, tally_id, event.programme, event.data.amount)


class Add(RequestBody):
    """A count by hand."""

    tally: UUID
    amount: Annotated[int, Field(ge=0, le=1000, strict=True)]
    reason: Reason | None = None


class Tally(Resource):
    """What the tally stands at."""

    total: int


async def add_by_hand(tx: Transaction, programme: str, command: Add) -> Tally:
    """Add by command."""
    total = await add(tx, command.tally, programme, command.amount)
    if command.reason == "change your mind":
        raise NotFound("tally", command.tally, field="tally")
    return Tally(id=command.tally, programme=programme, total=total)


@router.post("", status_code=201, response_model=Tally)
async def post_tally(
    programme: str, body: Add, write: Annotated[Writing, Depends(WriteAccess(Role.OPS, Role.PARTNER_ADMIN))]
) -> Response:
    """Add to a tally."""
    return await write.run(add_by_hand, programme, body)


@router.get("/{tally_id}", response_model=Tally)
async def get_tally(programme: str, tally_id: UUID, read: Annotated[Reading, Depends(ReadAccess())]) -> Tally:
    """Show a tally."""
    row = (
        await read.connection.execute(
            text("SELECT total FROM tally WHERE id = :id AND programme = :programme"),
            {"id": tally_id, "programme": programme},
        )
    ).one_or_none()
    if row is None:
        raise NotFound("tally", tally_id)
    return Tally(id=tally_id, programme=programme, total=row.total)


TALLY: Final = Service(
    name="billing",
    title="Tally",
    handlers=handlers,
    routers=(router,),
    migrations=Path(__file__).parent / "migrations",
)
