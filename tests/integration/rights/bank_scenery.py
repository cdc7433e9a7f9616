"""A bank account with something for every step of money in."""

from datetime import timedelta
from uuid import UUID

from tests.integration.billing.banking import file_body, lines, open_account, paid, post, preview, take
from tests.integration.billing.facts import START
from tests.integration.billing.world import World
from tests.integration.rights.scenery import Write
from tests.support.statements import camt, of

DAY = timedelta(days=1)
LATER = START + 40 * DAY


async def money_in(
    world: World, firm: UUID, invoice_id: str, parts: dict[str, str]
) -> tuple[dict[str, str], dict[str, Write]]:
    """Return more of the parts of paths, and what may be sent to each route that writes money in."""
    account = await open_account(world, on=LATER)
    spare = await open_account(world, on=LATER, number="1000 2345", country="BO", name="Spare")
    await take(world, of("0.00", [paid(each, LATER) for each in ("5", "6", "7", "8", "9", "-9")], LATER, LATER))
    charged, matched, wanted, unsure, one, two = await lines(world)
    for line in (charged, matched, unsure):
        await world.done(f"/bank-lines/{line['id']}/match", {"kind": "bank-charge"})
    await post(world, (charged, None))
    await world.done(f"/bank-accounts/{account['id']}/profiles", {"columns": {"booked_on": "A", "amount": "B"}})
    looked = await preview(world, camt(of("26.00", [paid("1.00", LATER + DAY)], LATER + DAY, LATER + DAY)))
    book = {"partner_id": str(world.partner)}
    here = {"bank_account_id": account["id"], "received_on": str(LATER), "amount": world.money("30.00")}
    unknown = await world.done("/payments", {**book, **here})
    bounced, refunded, spent = [
        await world.done("/payments", {**book, **here, "enterprise_id": str(firm)}) for _ in range(3)
    ]
    allocated = await world.allocate(spent, "10.00", LATER, invoice_id=invoice_id)
    refund = {"amount": world.money("1.00"), "refunded_on": str(LATER), "method": "cash", "reason": "paid too much"}
    given = await world.done(f"/payments/{refunded['id']}/refunds", refund)
    undone = {"undone_on": str(LATER), "reason": "a mistake"}
    back = {"reversed_on": str(LATER), "reason": "a mistake"}
    fresh = {
        **book, "name": "New", "number": "777-888", "country": "BO", "currency": world.currency,
        "opened_on": str(LATER), "opening": world.money("0.00"),
    }  # fmt: skip
    statement = camt(of("26.00", [], LATER + DAY, LATER + 2 * DAY))

    def of_line(line: dict[str, str]) -> dict[str, str]:
        return {**parts, "line_id": line["id"]}

    writes = {
        "/payments/{payment_id}/identify": Write(
            {"enterprise_id": str(firm), "identified_on": str(LATER)}, {**parts, "payment_id": unknown["id"]}
        ),
        "/payments/{payment_id}/refunds": Write(refund, {**parts, "payment_id": refunded["id"]}),
        "/payments/{payment_id}/reverse": Write(back, {**parts, "payment_id": bounced["id"]}),
        "/allocations/{allocation_id}/reverse": Write(back, {**parts, "allocation_id": allocated["id"]}),
        "/refunds/{refund_id}/reverse": Write(back, {**parts, "refund_id": given["id"]}),
        "/bank-accounts": Write(fresh, parts),
        "/bank-accounts/{bank_account_id}/close": Write(
            {"closed_on": str(LATER), "reason": "not needed"}, {**parts, "bank_account_id": spare["id"]}
        ),
        "/bank-accounts/{bank_account_id}/profiles": Write(
            {"columns": {"booked_on": "A", "amount": "B"}}, {**parts, "bank_account_id": account["id"]}
        ),
        "/bank-imports": Write(file_body(world, statement), parts),
        "/bank-imports/{import_id}/confirm": Write({}, {**parts, "import_id": looked["id"]}),
        "/bank-lines/{line_id}/suggest": Write({}, of_line(wanted)),
        "/bank-lines/{line_id}/match": Write({"kind": "bank-charge"}, of_line(wanted)),
        "/bank-lines/{line_id}/unmatch": Write(undone, of_line(unsure)),
        "/bank-lines/{line_id}/undo": Write(undone, of_line(charged)),
        "/bank-postings": Write({**book, "choices": [{"line_id": matched["id"]}]}, parts),
        "/bank-omissions": Write({"line_ids": [one["id"], two["id"]], "reason": "cancel each other"}, parts),
    }
    more = {
        "bank_account_id": account["id"],
        "line_id": matched["id"],
        "import_id": looked["id"],
        "allocation_id": allocated["id"],
        "refund_id": given["id"],
    }
    return more, writes
