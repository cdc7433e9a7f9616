"""A book in which everything has happened: what is exported, and checked by programs of other people."""

from datetime import date, timedelta
from typing import Final

from shared.ids import new_id
from shared.money import Money
from tests.integration.billing.facts import START
from tests.integration.billing.raw import connected, line, post, reverse
from tests.integration.billing.world import World

DAY: Final = timedelta(days=1)
NASTY: Final = '=HYPERLINK("http://x";"y") \\ Ñandú, S.R.L.; «日本»\nsecond line [2016-02-01] date:2011-01-01'
"""A reason that is a formula, quotes, breaks a line, ends a tag, begins a comment and pretends to be a date."""


async def busy_book(world: World) -> World:
    """Bill, credit, claim, reduce, pay, overpay, earn, spend, close a month, come late, reverse, and use dollars."""
    await world.price("7700.00")
    government = await world.agreement("G-1", "G", {"medium": "10.00", "small": "33.33"})
    donor = await world.agreement("D-1", "D", {"medium": "25.00"})
    training = await world.training()
    firms = [await world.enterprise() for _ in range(4)]
    places = [await world.enroll(firm, training) for firm in firms]
    bills = [await world.issue(await world.invoice_of(place), START + DAY) for place in places[:3]]
    withdrawn = await world.invoice_of(places[3])
    await world.done(f"/invoices/{withdrawn['id']}/cancel", {"cancelled_on": str(START + DAY), "reason": "a mistake"})
    await world.complete(places[0], firms[0], training, START + 20 * DAY)
    await world.endline(places[0], firms[0], training, START + 21 * DAY)
    await world.done(f"/invoices/{bills[2]['id']}/credit-notes", {"issued_on": str(START + 3 * DAY), "reason": NASTY})
    paid = await world.pay("6000.00", START + 5 * DAY, enterprise_id=firms[0], reference="=1+1")
    await world.done(f"/payments/{paid['id']}/allocate", {"allocated_on": str(START + 6 * DAY)})
    claim = await world.claim(government, START + 7 * DAY, training_ids=[training])
    approved = {"amount": world.money("1000.01"), "approved_on": str(START + 9 * DAY)}
    await world.done(f"/claims/{claim['id']}/approve", approved)
    grant = await world.pay("1000.01", START + 10 * DAY, agreement_id=government["id"])
    await world.allocate(grant, "1000.01", START + 10 * DAY, claim_id=claim["id"])
    await world.claim(donor, START + 11 * DAY, invoice_ids=[bills[0]["id"]])
    await world.cost("123.45", "venue", START + 2 * DAY, training)
    await world.cost("80.00", "catering", START + 2 * DAY, training, funding="in-kind")
    await world.cost("999.99", "coordination", START + 40 * DAY)
    await _late_facts(world, training, firms[1], places[1])
    await _dollars(world)
    return world


async def _late_facts(world: World, training: object, firm: object, place: object) -> None:
    january = (await world.all("/periods", {"partner_id": world.partner}))[0]
    await world.done(f"/periods/{january['id']}/close", {})
    await world.abort_visit(place, firm, training, START + 15 * DAY, Money(4_242, "BOB"))  # type: ignore[arg-type]


async def _dollars(world: World) -> None:
    """Post what finance would in another currency: a receipt, a revaluation, and a reversal on a later day."""
    async with connected(world, "application") as connection:
        await connection.execute(
            "SELECT ledger.record_rate($1, $2, 'USD', 'BOB', 6.91, $3, 'central-bank', 'Bank (demo)', 'tester')",
            new_id(),
            world.programme,
            date(2016, 2, 1),
        )
        dollars = [
            line("1010", 10_000, currency="USD", base=69_101),
            line("7940", -10_000, currency="USD", base=-69_101),
            line("7940", 69_101),
            line("3010", -69_101),
        ]
        received = await post(connection, world.partner, tuple(dollars), on=date(2016, 2, 2), kind="transfer")
        await post(connection, world.partner, tuple(dollars), on=date(2016, 2, 3), kind="transfer")
        worth_more = [
            line("1010", 0, currency="USD", base=99),
            line("7940", 0, currency="USD", base=-99),
            line("7940", 99),
            line("7920", -99),
        ]
        await post(connection, world.partner, tuple(worth_more), on=date(2016, 2, 29), kind="revaluation")
        await reverse(connection, received["posted_uid"], on=date(2016, 3, 1))
