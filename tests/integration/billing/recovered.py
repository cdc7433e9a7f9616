"""A small programme with fees, subsidies and cost in several months, for the figures of cost recovery."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from shared.events.vocabulary import Delivery
from tests.integration.billing.facts import Json
from tests.integration.billing.world import World

JANUARY, FEBRUARY, JUNE = date(2016, 1, 10), date(2016, 2, 29), date(2016, 6, 15)
NEXT_YEAR = date(2017, 2, 1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Recovered:
    """What `recovered` made: two trainings, their agreement, and the second partner's training."""

    first: UUID
    further: UUID
    donor: Json
    other_partner: UUID
    other: UUID


async def recovered(world: World) -> Recovered:
    """Bill three enrollments in January, June and the next phase, two partners; pay, claim, credit, spend.

    First module 100.00 in January, further module 70.00 in June, 10 % of each by a donor; another partner's first
    module 200.00 in February of the next year. Cost in each, overhead in June, and something in kind.
    """
    second = await world.join(region="SC")
    donor = await world.agreement("D-1", "D", {"medium": "10"}, partner=world.partner)
    await world.price("100.00", "WPC")
    await world.price("70.00", "OSH")
    await world.price("200.00", "WPC", partner=second)
    first = await world.training("WPC")
    further = await world.training("OSH", delivery=Delivery.INDIRECT)
    other = await world.training("WPC", second, region="SC")
    paid = await _bill(world, first, JANUARY, "WPC")
    await _pay(world, paid, str(paid["enterprise_share"]["amount"]), FEBRUARY)
    claim = await world.claim(donor, FEBRUARY, invoice_ids=[paid["id"]])
    await world.done(f"/claims/{claim['id']}/approve", {"approved_on": str(FEBRUARY), "amount": world.money("8.00")})
    await _bill(world, further, JUNE, "OSH", delivery=Delivery.INDIRECT)
    credited = await _bill(world, first, JANUARY, "WPC")
    note = {"issued_on": str(JUNE), "reason": "withdrew"}
    await world.done(f"/invoices/{credited['id']}/credit-notes", note)
    await _bill(world, other, NEXT_YEAR, "WPC", partner=second, region="SC")
    await world.cost("60.01", "trainer-days", JANUARY, first)
    await world.cost("50.00", "venue", JUNE, further)
    await world.cost("9.00", "catering", JUNE, further, funding="in-kind")
    await world.cost("33.33", "coordination", JUNE)
    await world.cost("120.00", "venue", NEXT_YEAR, other, partner=second)
    return Recovered(first, further, donor, second, other)


async def _bill(
    world: World,
    training: UUID,
    on: date,
    module: str,
    *,
    partner: UUID | None = None,
    delivery: Delivery = Delivery.DIRECT,
    region: str = "LP",
) -> Json:
    firm = await world.enterprise(partner=partner)
    enrollment = await world.enroll(
        firm, training, on=on, module=module, partner=partner, delivery=delivery, region=region
    )
    return await world.issue(await world.invoice_of(enrollment), on)


async def _pay(world: World, invoice: Json, amount: str, on: date) -> None:
    payment = await world.pay(amount, on, enterprise_id=UUID(invoice["enterprise_id"]))
    await world.allocate(payment, amount, on, invoice_id=invoice["id"])
