"""Tax and discount through payments, credit notes, offsets and write-offs: each clears to the minor unit."""

from datetime import date, timedelta

import pytest

from tests.integration.billing.collecting import Owing, credit, earn, paid, shown
from tests.integration.billing.facts import START, Json
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration
DAY = timedelta(days=1)


async def taxed(world: World, *, on: date = START, discount: str | None = None) -> Owing:
    """Issue an invoice of 100.00 and 13 % tax, less a discount in per cent."""
    firm, training = await world.enterprise(), await world.training("OSH")
    if discount is not None:
        granted = {"partner_id": str(world.partner), "enterprise_id": str(firm), "module": "OSH", "kind": "percentage"}
        await world.done("/discounts", {**granted, "percent": discount, "granted_on": str(on), "reason": "pilot"})
    enrollment = await world.enroll(firm, training, on=on, module="OSH")
    return Owing(firm, enrollment, training, await world.issue(await world.invoice_of(enrollment), on))


async def rules(world: World) -> None:
    rule = {"code": "IVA", "category": "S", "rate_pct": "13", "valid_from": "2014-01-01", "source_note": "made up"}
    await world.done("/tax-rules", rule)
    price = {"partner_id": str(world.partner), "module": "OSH", "valid_from": "2014-01-01", "tax_code": "IVA"}
    await world.done("/prices", {**price, "price": world.money("100.00")})


def codes(balances: dict[str, str], *wanted: str) -> list[str]:
    return [balances.get(code, "0.00") for code in wanted]


async def test_a_credit_takes_its_tax_with_it_and_everything_clears_in_the_end(world: World) -> None:
    await rules(world)
    owed = await taxed(world, discount="10")
    assert owed.invoice["enterprise_open"]["amount"] == "101.70"
    await paid(world, owed, "50.00", START + DAY)
    assert (await world.recovery("received"))["F"] == "44.25"
    first = await credit(world, owed, START + 2 * DAY, amount=world.money("33.33"))
    assert (first["parts"][0]["tax"]["amount"], first["released"]["amount"]) == ("3.83", "0.00")
    assert (await world.recovery("invoiced"))["F"] == "60.50"
    await world.complete(owed.enrollment, owed.firm, owed.training, START + 3 * DAY, "OSH")
    await world.endline(owed.enrollment, owed.firm, owed.training, START + 3 * DAY)
    assert codes(await world.balances(), "4011", "4090", "2130", "2210") == ["-67.22", "6.72", "0.00", "-7.87"]
    await world.clean()
    second = await credit(world, owed, START + 4 * DAY, amount=world.money("40.00"))
    assert second["released"]["amount"] == "21.63"
    await world.clean()
    last = await credit(world, owed, START + 5 * DAY, amount=world.money("28.37"))
    assert last["released"]["amount"] == "28.37"
    assert (await shown(world, owed))["state"] == "credited"
    balances = await world.balances()
    assert codes(balances, "1110", "2130", "2210", "4011", "4090", "9110") == ["0.00"] * 6
    assert codes(balances, "1010", "2110") == ["50.00", "-50.00"]
    for basis in ("contracted", "invoiced", "received"):
        assert (await world.recovery(basis))["F"] == "0.00"
    await world.clean()


async def test_offsets_and_write_offs_carry_tax_and_a_void_note_gives_it_back(world: World) -> None:
    await rules(world)
    given = await taxed(world)
    other = await taxed(world)
    await paid(world, given, "113.00", START + DAY)
    note = await credit(world, given, START + 2 * DAY, amount=world.money("56.50"))
    assert (note["parts"][0]["tax"]["amount"], note["released"]["amount"]) == ("6.50", "56.50")
    assert (await world.recovery("received"))["F"] == "50.00"
    await world.done(f"/credit-notes/{note['id']}/void", {"voided_on": str(START + 2 * DAY), "reason": "a slip"})
    assert (await world.recovery("received"))["F"] == "100.00"
    assert codes(await world.balances(), "2210") == ["-26.00"]
    await world.clean()
    again = await credit(world, given, START + 3 * DAY, amount=world.money("11.30"))
    firm: Json = {"enterprise_id": str(given.firm)}
    assert (await world.all("/invoices", firm))[0]["id"] == given.id
    second = await world.enroll(given.firm, other.training, module="OSH")
    bill = await world.issue(await world.invoice_of(second))
    await world.done(f"/credit-notes/{again['id']}/offsets", {"offset_on": str(START + 3 * DAY)})
    assert (await world.show(f"/invoices/{bill['id']}"))["enterprise_open"]["amount"] == "101.70"
    assert (await world.recovery("received"))["F"] == "100.00"
    loss = {"invoice_id": bill["id"], "cause": "bad-debt", "written_on": str(START + 4 * DAY), "reason": "bankrupt"}
    await world.done("/write-offs", {**loss, "amount": world.money("50.01")})
    await world.clean()
    made = await world.done("/write-offs", loss)
    assert made["amount"]["amount"] == "51.69"
    assert (await world.recovery("invoiced"))["F"] == "200.00"
    assert codes(await world.balances(), "7110", "1110") == ["101.70", "113.00"]
    await world.clean()
    await world.done(f"/write-offs/{made['id']}/reverse", {"reversed_on": str(START + 5 * DAY), "reason": "it is paid"})
    await world.clean()


async def test_a_fee_waived_as_a_whole_is_credited_with_its_discount(world: World) -> None:
    await world.price("100.00", "OSH")
    owed = await taxed(world, discount="100")
    assert owed.invoice["settlement"] == "settled"
    await world.complete(owed.enrollment, owed.firm, owed.training, START + DAY, "OSH")
    await world.endline(owed.enrollment, owed.firm, owed.training, START + DAY)
    assert codes(await world.balances(), "4011", "4090") == ["-100.00", "100.00"]
    note = await credit(world, owed, START + 2 * DAY)
    assert note["total"]["amount"] == "0.00"
    assert (await shown(world, owed))["state"] == "credited"
    assert await world.balances() == {}
    await world.clean()


async def test_what_was_answered_to_is_not_void(world: World) -> None:
    await world.price("100.00", "OSH")
    void = {"voided_on": str(START), "reason": "a mistake", "rebill": False}
    owed = await taxed(world)
    draft = {"invoice_id": owed.id, "amount": world.money("1.00"), "reason": "a draft"}
    made = await world.done("/credit-notes", draft)
    assert (await world.refused(f"/invoices/{owed.id}/void", void))[::2] == (409, "not-credited")
    await world.done(f"/credit-notes/{made['id']}/cancel", {"cancelled_on": str(START), "reason": "not needed"})
    loss = {"invoice_id": owed.id, "cause": "bad-debt", "written_on": str(START), "reason": "bankrupt"}
    gone = await world.done("/write-offs", {**loss, "amount": world.money("1.00")})
    assert (await world.refused(f"/invoices/{owed.id}/void", void))[::2] == (409, "not-written-off")
    await world.done(f"/write-offs/{gone['id']}/reverse", {"reversed_on": str(START), "reason": "not yet"})
    assert (await world.done(f"/invoices/{owed.id}/void", void))["state"] == "void"
    await world.clean()
    await earn(world, owed, START + DAY)
    await world.clean()
