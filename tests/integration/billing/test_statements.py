"""Statements of account, ageing and the allowance: as of any day, and equal to the ledger."""

import csv
import io
from datetime import date, timedelta

import pytest

from tests.integration.billing.collecting import credit, owing, paid, statement
from tests.integration.billing.facts import START, Json
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration
DAY = timedelta(days=1)


def amounts(lines: list[Json]) -> list[tuple[str, str, str, str]]:
    return [
        (line["document"], line["charge"]["amount"], line["settlement"]["amount"], line["balance"]["amount"])
        for line in lines
    ]


async def test_a_statement_shows_every_document_and_ends_where_the_ledger_does(world: World) -> None:
    await world.price("100.00")
    training = await world.training()
    first = await owing(world, training, due=START + 10 * DAY)
    firm = first.firm
    second = await owing(world, await world.training(), firm=firm, on=START + 40 * DAY, due=START + 70 * DAY)
    await world.pay("120.00", START + 20 * DAY, enterprise_id=firm, reference="=SUM(A1)")
    [payment] = await world.all("/payments")
    await world.allocate(payment, "100.00", START + 21 * DAY, invoice_id=first.id)
    note = await credit(world, first, START + 30 * DAY, amount=world.money("25.00"), kind="refund")
    await world.done(
        f"/credit-notes/{note['id']}/refunds", {"refunded_on": str(START + 31 * DAY), "reference": "transfer 9"}
    )
    body = {"invoice_id": second.id, "cause": "bad-debt", "amount": world.money("5.00"), "reason": "a discount given"}
    await world.done("/write-offs", {**body, "written_on": str(START + 80 * DAY)})
    whole = await statement(world, f"enterprises/{firm}", to=START + 90 * DAY)
    assert amounts(whole["lines"]) == [
        ("invoice", "100.00", "0.00", "100.00"),
        ("payment", "0.00", "120.00", "-20.00"),
        ("credit-note", "0.00", "25.00", "-45.00"),
        ("refund", "25.00", "0.00", "-20.00"),
        ("invoice", "100.00", "0.00", "80.00"),
        ("write-off", "0.00", "5.00", "75.00"),
    ]
    assert (whole["opening"]["amount"], whole["closing"]["amount"]) == ("0.00", "75.00")
    assert (whole["receivable"]["amount"], whole["credit"]["amount"]) == ("95.00", "20.00")
    assert whole["ageing"]["1-30"]["amount"] == "95.00"
    window = await statement(world, f"enterprises/{firm}", **{"from": START + 30 * DAY, "to": START + 60 * DAY})
    assert (window["opening"]["amount"], window["closing"]["amount"]) == ("-20.00", "80.00")
    assert [line["document"] for line in window["lines"]] == ["credit-note", "refund", "invoice"]
    assert window["ageing"]["not-due"]["amount"] == "100.00"
    rows = await world.client.get(
        f"{world.path}/books/{world.partner}/enterprises/{firm}/statement", headers={"accept": "text/csv"}
    )
    table = list(csv.DictReader(io.StringIO(rows.text)))
    assert [row["balance.amount"] for row in table] == [line["balance"]["amount"] for line in whole["lines"]]
    assert table[1]["reference"] == "'=SUM(A1)"
    stranger = await world.enterprise(partner=await world.join())
    path = f"/books/{world.partner}/enterprises/{stranger}/statement"
    assert (await world.get(path)).status_code == 404
    backwards = {"from": START + DAY, "to": START}
    assert (await world.get(f"/books/{world.partner}/enterprises/{firm}/statement", backwards)).status_code == 422
    await world.clean()


async def test_ageing_is_by_payer_as_of_any_day_and_funders_owe_from_their_approval(world: World) -> None:
    await world.price("100.00")
    donor = await world.agreement("D-1", "D", {"medium": "40"})
    training = await world.training()
    bills = [await owing(world, training, due=START + days * DAY) for days in (0, 40, 80)]
    await paid(world, bills[0], "10.00", START + 50 * DAY)
    await world.pay("7.00", START + 55 * DAY, enterprise_id=bills[1].firm)
    claim = await world.claim(donor, START + DAY, invoice_ids=[bills[0].id])
    await world.done(
        f"/claims/{claim['id']}/approve", {"approved_on": str(START + 60 * DAY), "amount": world.money("35.00")}
    )
    report = await world.show(f"/books/{world.partner}/ageing", {"as_of": START + 95 * DAY})
    by_name = {payer["enterprise_id"] or payer["agreement_id"]: payer for payer in report["payers"]}

    def open_of(party: object) -> dict[str, str]:
        ages = by_name[str(party)]["ages"]
        return {age: money["amount"] for age, money in ages.items() if money["amount"] != "0.00"}

    assert open_of(bills[0].firm) == {"over-90": "50.00"}
    assert open_of(bills[1].firm) == {"31-60": "60.00"}
    assert open_of(bills[2].firm) == {"1-30": "60.00"}
    assert open_of(donor["id"]) == {"not-due": "80.00", "31-60": "35.00"}
    assert by_name[str(bills[1].firm)]["balance"]["amount"] == "53.00"
    assert (report["receivable"]["amount"], report["credit"]["amount"]) == ("285.00", "7.00")
    earlier = await world.show(f"/books/{world.partner}/ageing", {"as_of": START + 45 * DAY})
    assert {age: money["amount"] for age, money in earlier["ages"].items()} == {
        "not-due": "180.00",
        "1-30": "60.00",
        "31-60": "60.00",
        "61-90": "0.00",
        "over-90": "0.00",
    }
    funder = await statement(world, f"agreements/{donor['id']}", to=START + 95 * DAY)
    assert amounts(funder["lines"])[-1] == ("claim", "0.00", "5.00", "115.00")
    assert (await world.get(f"/books/{world.partner}/agreements/{bills[0].firm}/statement")).status_code == 404
    sheet = await world.client.get(f"{world.path}/books/{world.partner}/ageing", headers={"accept": "text/csv"})
    assert sheet.text.splitlines()[0].startswith("payer_class,enterprise_id,agreement_id,name,ages.not-due.amount")
    assert len(sheet.text.splitlines()) == 1 + len(report["payers"])
    await world.clean()


async def test_the_allowance_moves_by_the_difference_to_the_one_before(world: World) -> None:
    await world.price("100.00")
    training = await world.training()
    bill = await owing(world, training, due=START)
    await owing(world, training, due=START + 300 * DAY)
    path = f"/books/{world.partner}/allowances"

    def body(as_of: date, **rates: str) -> Json:
        named = [{"age": age.replace("_", "-"), "rate_pct": rate} for age, rate in rates.items()]
        return {"as_of": str(as_of), "rates": named, "reason": "quarterly review"}

    some = await world.done(path, body(START + 100 * DAY, over_90="50", not_due="1.5"))
    assert (some["allowance"]["amount"], some["booked"]["amount"]) == ("51.50", "51.50")
    same = await world.done(path, body(START + 100 * DAY, over_90="50", not_due="1.5"))
    assert (same["allowance"]["amount"], same["booked"]["amount"]) == ("51.50", "0.00")
    await paid(world, bill, "100.00", START + 110 * DAY)
    less = await world.done(path, body(START + 120 * DAY, over_90="50", not_due="1.5"))
    assert (less["allowance"]["amount"], less["booked"]["amount"]) == ("1.50", "-50.00")
    balances = await world.balances()
    assert (balances["1190"], balances["7110"]) == ("-1.50", "1.50")
    assert (await world.balances(as_of=START + 100 * DAY))["1190"] == "-51.50"
    assert await world.refused(path, body(START + 119 * DAY)) == (422, "as_of", "date-order")
    twice = body(START + 130 * DAY)
    twice["rates"] = [{"age": "1-30", "rate_pct": "1"}] * 2
    assert (await world.refused(path, twice))[::2] == (422, "named-once")
    assert (await world.refused(path, body(START + 130 * DAY, over_90="100.01")))[::2] == (422, "percent-range")
    none = await world.done(path, body(START + 130 * DAY))
    assert none["booked"]["amount"] == "-1.50"
    assert "1190" not in await world.balances()
    assert len(await world.all("/allowances")) == 4
    await world.clean()
