"""What a partner's finance does about costs, and the days and visits that make them."""

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from shared.events.enrollment import Attendance, SessionHeld, VisitCompleted
from shared.events.vocabulary import Level, Sex
from shared.ids import new_id
from shared.messaging.record import Record
from tests.integration.billing.facts import START, Json
from tests.integration.billing.world import World


async def card(world: World, item: str, amount: str, **more: object) -> Json:
    """Add a rate card of the first partner from 2016 on; `more` may say another partner, or None for all."""
    body = {"partner_id": str(world.partner), "item": item, "valid_from": "2016-01-01", "amount": world.money(amount)}
    return await world.done("/rate-cards", {**body, **more})


def session(
    world: World,
    training: UUID,
    on: date,
    day: int,
    present: Mapping[UUID, Iterable[str]],
    *,
    partner: UUID | None = None,
    event_id: UUID | None = None,
) -> Record:
    """Return the record of a classroom day with participants by enterprise."""
    held = SessionHeld(
        training_id=training,
        module="WPC",
        partner_id=partner or world.partner,
        day=day,
        held_on=on,
        attendances=tuple(
            Attendance(enterprise_id=firm, participant=code, sex=Sex.FEMALE, level=Level.WORKER)
            for firm, codes in present.items()
            for code in codes
        ),
    )
    return world.client.record(held, aggregate_id=training, programme=world.programme, event_id=event_id)


async def hold(world: World, training: UUID, on: date, day: int, present: Mapping[UUID, Iterable[str]]) -> None:
    """Hold a classroom day."""
    await world.client.deliver_records(session(world, training, on, day, present))


async def visit(
    world: World, enrollment: UUID, enterprise: UUID, training: UUID, on: date, *, trainer: UUID | None = None
) -> None:
    """Complete a visit."""
    done = VisitCompleted(
        enrollment_id=enrollment,
        training_id=training,
        enterprise_id=enterprise,
        partner_id=world.partner,
        number=1,
        visited_on=on,
        trainer_id=trainer or new_id(),
    )
    await world.client.deliver(done, aggregate_id=enrollment, programme=world.programme)


async def fill(world: World, since: date = START, until: date | None = None) -> Json:
    """Book what was delivered without a rate."""
    body = {"partner_id": str(world.partner), "from": str(since), "to": str(until or date(2016, 12, 31))}
    return await world.done("/costs/fill", body)


async def pay_for(
    world: World, on: date, *costs: Json, amount: str | None = None, prepaid: Json | None = None, method: str = "bank"
) -> Json:
    """Pay costs wholly, or `amount` of each."""
    return await world.done("/cost-payments", paying(world, on, *costs, amount=amount, prepaid=prepaid, method=method))


def paying(
    world: World, on: date, *costs: Json, amount: str | None = None, prepaid: Json | None = None, method: str = "bank"
) -> Json:
    """Return the body of a payment for costs."""
    source = {"method": method} if prepaid is None else {"prepayment_id": prepaid["id"]}
    given = None if amount is None else world.money(amount)
    parts = [{"cost_id": cost["id"], "amount": given} for cost in costs]
    return {"partner_id": str(world.partner), "paid_on": str(on), **source, "costs": parts}


async def prepay(world: World, on: date, amount: str, **more: object) -> Json:
    """Pay a supplier before the cost."""
    body = {"partner_id": str(world.partner), "supplier": "Hotel (demo)", "paid_on": str(on)}
    return await world.done("/prepayments", {**body, "amount": world.money(amount), **more})


def taken_back(on: date) -> Json:
    """Return the body of every reversal."""
    return {"reversed_on": str(on), "reason": "a mistake"}


async def reverse(world: World, noun: str, document: Json, on: date) -> Json:
    """Take a cost, a payment for costs or a prepayment back."""
    return await world.done(f"/{noun}/{document['id']}/reverse", taken_back(on))
