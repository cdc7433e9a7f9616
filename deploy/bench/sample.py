"""The work of one event, the same in every loop: a visit was completed, its cost is written down and said.

Every event is its own aggregate, which is the dearest case for us: each one moves a position and a stream head that the
bare loop does not have.
"""

import json
from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text

from shared.database.transaction import Transaction
from shared.events.billing import CostRecorded
from shared.events.enrollment import VisitCompleted
from shared.ids import new_id
from shared.messaging.envelope import Envelope, to_headers
from shared.messaging.handlers import Event, Handlers
from shared.money import Money

PROGRAMME: Final = "bolivia"
COST: Final = Money(12_000, "BOB")
COST_KIND: Final = "trainer-fees"
DESCRIPTION: Final = "A visit by the trainer"
ROW: Final = (
    "INSERT INTO visit_cost (event_id, programme, enrollment_id, number, visited_on, amount_minor) "
    "VALUES ($1, $2, $3, $4, $5, $6)"
)
_ROW: Final = text(
    "INSERT INTO visit_cost (event_id, programme, enrollment_id, number, visited_on, amount_minor) "
    "VALUES (:event_id, :programme, :enrollment_id, :number, :visited_on, :amount_minor)"
)
_VISITED_ON: Final = date(2026, 3, 2)
_PARTNER: Final = new_id()

RawEvent = tuple[bytes, bytes, list[tuple[str, bytes]]]
"""Key, value and headers as the broker takes them."""


def handlers(consumer: str, *, writes_only: bool) -> Handlers:
    """Return handlers that do the work of one event, with shared round trips or with one round trip an event."""
    declared = Handlers(consumer)

    @declared.on(VisitCompleted, writes_only=writes_only)
    async def visit_completed(tx: Transaction, event: Event[VisitCompleted]) -> None:
        visit = event.data
        row = {
            "event_id": event.id,
            "programme": event.programme,
            "enrollment_id": visit.enrollment_id,
            "number": visit.number,
            "visited_on": visit.visited_on,
            "amount_minor": COST.minor,
        }
        if writes_only:
            tx.later.add(_ROW, row)
        else:
            await tx.connection.execute(_ROW, row)
        cost_id = tx.ids()
        tx.emit(
            CostRecorded(
                cost_id=cost_id,
                partner_id=visit.partner_id,
                training_id=visit.training_id,
                module=None,
                kind=COST_KIND,
                is_direct=True,
                is_in_kind=False,
                incurred_on=visit.visited_on,
                amount=COST,
                description=DESCRIPTION,
            ),
            aggregate_id=cost_id,
            programme=event.programme,
        )

    return declared


def cost_payload(cost_id: UUID, partner_id: str, training_id: str, incurred_on: str) -> bytes:
    """Return the outgoing event's JSON as a program without our contracts would write it."""
    return json.dumps(
        {
            "cost_id": str(cost_id),
            "partner_id": partner_id,
            "training_id": training_id,
            "module": None,
            "kind": COST_KIND,
            "is_direct": True,
            "is_in_kind": False,
            "incurred_on": incurred_on,
            "amount": {"amount": "120.00", "currency": "BOB"},
            "description": DESCRIPTION,
            "by_ilo": False,
        },
        separators=(",", ":"),
    ).encode()


def visit_event() -> RawEvent:
    """Return one fresh event as it comes from the broker."""
    enrollment_id = new_id()
    visit = VisitCompleted(
        enrollment_id=enrollment_id,
        training_id=new_id(),
        enterprise_id=new_id(),
        partner_id=_PARTNER,
        number=1,
        visited_on=_VISITED_ON,
        trainer_id=new_id(),
    )
    envelope = Envelope(
        id=new_id(),
        type=VisitCompleted.type,
        source="/scorebook/enrollment",
        subject=f"enrollment/{enrollment_id}",
        time=datetime.now(UTC),
        programme=PROGRAMME,
        key=str(enrollment_id),
        sequence=1,
        correlation_id=str(new_id()),
        causation_id=None,
        actor="bench",
    )
    return envelope.key.encode(), visit.model_dump_json().encode(), to_headers(envelope)
