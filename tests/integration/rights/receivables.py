"""What billing's scenery has after the invoice: credit notes, write-offs, reminders, the allowance."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from tests.integration.billing.collecting import Owing, credit, owing, paid
from tests.integration.billing.world import World
from tests.integration.rights.scenery import Body

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Receivables:
    """Things of every kind, and by path a body with what it is about; all of them succeed in this order."""

    parts: dict[str, str]
    writes: dict[str, tuple[Body, dict[str, str]]]


async def receivables(world: World, training: UUID, on: date) -> Receivables:
    """Make one of each and leave room for one more."""
    amount, reason = world.money("5.00"), "agreed with the enterprise"
    bills = [await owing(world, training, on=on) for _ in range(3)]
    late: Owing = await owing(world, training, on=on, due=on)
    await paid(world, bills[0], "90.00", on)
    used = await credit(world, bills[0], on, amount=world.money("10.00"))
    to_void = await credit(world, bills[0], on, amount=amount)
    other = await owing(world, await world.training(), firm=bills[0].firm, on=on)
    spent = {"refunded_on": str(on), "amount": amount, "reference": "transfer"}
    await world.done(f"/credit-notes/{used['id']}/refunds", spent)
    draft: Body = {"invoice_id": bills[1].id, "amount": amount, "reason": reason}
    drafts = [await world.done("/credit-notes", draft) for _ in range(2)]
    given_up: Body = {"amount": amount, "cause": "bad-debt", "written_on": str(on), "reason": reason}
    loss = await world.done("/write-offs", {**given_up, "invoice_id": bills[2].id})
    book = f"/books/{world.partner}"
    tolerance: Body = {"amount": amount, "share_pct": "1.00"}
    await world.done(f"{book}/write-off-tolerances", tolerance)
    schedule: Body = {"valid_from": str(on), "days_after_due": [7], "minimum": amount}
    await world.done(f"{book}/reminder-schedules", schedule)
    run = await world.done(f"{book}/reminder-runs", {"run_on": str(on + 8 * DAY)})
    today = world.client.clock().date()
    pause: Body = {"cause": "paused", "until": str(today), "reason": reason}
    await world.done(f"/invoices/{late.id}/pause-reminders", pause)
    allowance: Body = {"as_of": str(on), "rates": [{"age": "not-due", "rate_pct": "1"}], "reason": reason}
    await world.done(f"{book}/allowances", allowance)
    note = "/credit-notes/{note_id}"
    return Receivables(
        {
            "write_off_id": loss["id"],
            "reminder_id": run["reminders"][0],
            "run_id": run["id"],
        },
        {
            "/credit-notes": (draft, {}),
            f"{note}/issue": ({"issued_on": str(on)}, {"note_id": drafts[0]["id"]}),
            f"{note}/cancel": ({"cancelled_on": str(on), "reason": reason}, {"note_id": drafts[1]["id"]}),
            f"{note}/void": ({"voided_on": str(on), "reason": reason}, {"note_id": to_void["id"]}),
            f"{note}/refunds": ({**spent, "amount": world.money("0.01")}, {"note_id": used["id"]}),
            f"{note}/offsets": (
                {"offset_on": str(on), "invoice_id": other.id, "amount": world.money("0.01")},
                {"note_id": used["id"]},
            ),
            "/write-offs": ({**given_up, "invoice_id": late.id}, {}),
            "/write-offs/{write_off_id}/reverse": ({"reversed_on": str(on), "reason": reason}, {}),
            "/books/{partner_id}/reminder-schedules": (schedule, {}),
            "/books/{partner_id}/reminder-runs": ({"run_on": str(on + 9 * DAY)}, {}),
            "/invoices/{invoice_id}/pause-reminders": (pause, {"invoice_id": late.id}),
            "/invoices/{invoice_id}/resume-reminders": ({"reason": reason}, {"invoice_id": late.id}),
            "/books/{partner_id}/allowances": (allowance, {}),
        },
    )
