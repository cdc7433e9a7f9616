"""What finance does after the invoice, and what tests of it share."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import httpx

from tests.integration.billing.facts import START, Json
from tests.integration.billing.world import World

DAY = timedelta(days=1)


@dataclass(slots=True)
class Owing:
    """An enterprise with one issued invoice."""

    firm: UUID
    enrollment: UUID
    training: UUID
    invoice: Json

    @property
    def id(self) -> str:
        """The invoice's id."""
        return str(self.invoice["id"])


async def owing(
    world: World, training: UUID, *, on: date = START, due: date | None = None, firm: UUID | None = None
) -> Owing:
    """Enroll an enterprise, a new one unless named, and issue its invoice."""
    firm = firm or await world.enterprise()
    enrollment = await world.enroll(firm, training, on=on)
    return Owing(firm, enrollment, training, await world.issue(await world.invoice_of(enrollment), on, due))


async def earn(world: World, owed: Owing, on: date) -> None:
    """Complete and assess the module."""
    await world.complete(owed.enrollment, owed.firm, owed.training, on)
    await world.endline(owed.enrollment, owed.firm, owed.training, on)


async def paid(world: World, owed: Owing, amount: str, on: date) -> Json:
    """Pay part of an invoice and allocate it."""
    payment = await world.pay(amount, on, enterprise_id=owed.firm)
    await world.allocate(payment, amount, on, invoice_id=owed.id)
    return payment


async def shown(world: World, owed: Owing) -> Json:
    """Return the invoice as it is now."""
    return await world.show(f"/invoices/{owed.id}")


async def send_as(world: World, subject: str, path: str, body: Json) -> httpx.Response:
    """POST as a person of the partner's finance."""
    return await world.client.post(
        f"{world.path}{path}",
        body,
        programme=world.programme,
        role="partner-finance",
        partner=world.partner,
        subject=subject,
    )


async def credit(world: World, owed: Owing, on: date, **body: object) -> Json:
    """Issue a credit note."""
    return await world.done(
        f"/invoices/{owed.id}/credit-notes", {"issued_on": str(on), "reason": "a day was not held", **body}
    )


async def statement(world: World, party: str, **cut: object) -> Json:
    """Return a statement of account; `party` is for example `enterprises/<id>`."""
    return await world.show(f"/books/{world.partner}/{party}/statement", cut)
