"""Pledges: cash nowhere, contracted by agreements, aged, and beside agreements no amount is counted twice."""

import asyncio
from collections import Counter
from datetime import date, timedelta

import asyncpg
import pytest

from tests.integration.billing.facts import START, Json
from tests.integration.billing.raw import connected
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration
DAY = timedelta(days=1)


async def _pledge(world: World, amount: str = "250000.00", currency: str | None = None, **more: object) -> Json:
    body = {
        "funder": "Ministry of Finance (demo)",
        "payer_class": "G",
        "amount": {"amount": amount, "currency": currency or world.currency},
        "pledged_on": "2014-06-30",
        "source_document": "Letter of the ministry, 2014-06-30",
        "expected_by": "2014-12-31",
        **more,
    }
    return await world.done("/pledges", body)


async def test_ghanas_pledge_never_received_leaves_recovery_unchanged_and_is_listed(empty_world: World) -> None:
    # domain/score.md 8 and [M24]: the finance ministry agreed to USD 250,000 in 2014 and never paid.
    world = empty_world
    world.programme, world.currency = "ghana", "GHS"
    await world.begin()
    await world.price("100.00")
    firm, training = await world.enterprise(), await world.training()
    invoice = await world.issue(await world.invoice_of(await world.enroll(firm, training)))
    paid = await world.pay("100.00", START, enterprise_id=firm)
    await world.allocate(paid, "100.00", START, invoice_id=invoice["id"])
    await world.cost("400.00", "venue", START, training)
    before = {basis: await world.recovery(basis) for basis in ("contracted", "invoiced", "received")}
    trial = await world.balances()
    pledge = await _pledge(world, currency="USD")
    assert (pledge["state"], pledge["open"]["amount"]) == ("pledged", "250000.00")
    assert {basis: await world.recovery(basis) for basis in before} == before
    assert await world.balances() == trial
    report = await world.show("/pledges/ageing", {"as_of": "2016-12-31"})
    [listed] = report["pledges"]
    assert (listed["pledge_id"], listed["outstanding"], listed["days"], listed["overdue_days"], listed["band"]) == (
        pledge["id"],
        {"amount": "250000.00", "currency": "USD"},
        915,
        731,
        "over 730",
    )
    assert report["bands"] == [
        {"band": "over 730", "pledges": 1, "outstanding": {"amount": "250000.00", "currency": "USD"}}
    ]
    assert (await world.show("/pledges/ageing", {"as_of": "2014-06-29"}))["pledges"] == []
    [said] = await world.said("pledge-recorded")
    assert said["amount"] == {"amount": "250000.00", "currency": "USD"}
    await world.clean()


async def test_money_is_in_one_stage_only_from_the_pledge_to_the_bank(world: World) -> None:
    await world.price("100.00")
    training = await world.training()

    async def stages() -> list[str]:
        [funder] = (await world.show("/funders"))["funders"]
        return [funder[name]["amount"] for name in ("pledged", "contracted", "invoiced", "received", "total")]

    pledge = await _pledge(world, "1000.00", funder="Payer G-1 (demo)")
    assert await stages() == ["1000.00", "0.00", "0.00", "0.00", "1000.00"]
    deal = await world.agreement("G-1", "G", {"medium": "60"}, ceiling="700.00")
    contract = {"agreement_id": deal["id"], "amount": world.money("700.00"), "contracted_on": str(START)}
    contracted = await world.done(f"/pledges/{pledge['id']}/contract", contract)
    assert (contracted["state"], contracted["contracted"]["amount"], contracted["open"]["amount"]) == (
        "pledged",
        "700.00",
        "300.00",
    )
    assert await stages() == ["300.00", "700.00", "0.00", "0.00", "1000.00"]
    firm = await world.enterprise()
    invoice = await world.issue(await world.invoice_of(await world.enroll(firm, training)))
    assert await stages() == ["300.00", "640.00", "60.00", "0.00", "1000.00"]
    claim = await world.claim(deal, START, invoice_ids=[invoice["id"]])
    await world.step(claim, "approve", START, "50.00")
    assert await stages() == ["300.00", "650.00", "50.00", "0.00", "1000.00"]
    money = await world.pay("20.00", START, agreement_id=deal["id"])
    assert await stages() == ["300.00", "650.00", "50.00", "0.00", "1000.00"]
    await world.allocate(money, "20.00", START + 3 * DAY, claim_id=claim["id"])
    assert await stages() == ["300.00", "650.00", "30.00", "20.00", "1000.00"]
    [aged] = (await world.show("/pledges/ageing", {"as_of": str(START + 3 * DAY)}))["pledges"]
    assert (aged["pledged"]["amount"], aged["contracted"]["amount"]) == ("300.00", "680.00")
    [earlier] = (await world.show("/pledges/ageing", {"as_of": str(START + 2 * DAY)}))["pledges"]
    assert earlier["contracted"]["amount"] == "700.00"
    lapsed = await world.done(f"/pledges/{pledge['id']}/lapse", {"lapsed_on": str(START), "reason": "budget law"})
    assert (lapsed["state"], lapsed["open"]["amount"]) == ("lapsed", "0.00")
    close = {"closed_on": str(START), "reason": "end of the phase"}
    await world.done(f"/agreements/{deal['id']}/close", close)
    assert await stages() == ["0.00", "0.00", "30.00", "20.00", "50.00"]
    assert [each["left"]["amount"] for each in await world.said("pledge-contracted")] == ["300.00"]
    assert [(each["outcome"], each["amount"]["amount"]) for each in await world.said("pledge-ended")] == [
        ("lapsed", "300.00")
    ]
    await world.clean()


async def test_bad_pledges_name_field_and_rule(world: World) -> None:
    pledge = await _pledge(world, "100.00")
    deal = await world.agreement("G-1", "G", {"medium": "10"}, ceiling="80.00")
    donor = await world.agreement("D-1", "D", {"medium": "10"})
    draft = await world.agreement("G-2", "G", {"medium": "10"}, state="draft")
    other = await world.join()
    own = await _pledge(world, "10.00", partner_id=str(other))
    path = f"/pledges/{pledge['id']}/contract"
    contract: Json = {"agreement_id": deal["id"], "amount": world.money("50.00"), "contracted_on": str(START)}
    body: Json = {"funder": "X", "payer_class": "G", "amount": world.money("1.00"), "pledged_on": str(START)}
    body["source_document"] = "letter"
    day = {"lapsed_on": "2014-06-29", "reason": "too early"}
    for to, sent, expected in (
        ("/pledges", {**body, "payer_class": "K"}, (422, "payer_class", "literal-error")),
        ("/pledges", {**body, "payer_class": "P"}, (422, "partner_id", "agreement-partner")),
        ("/pledges", {**body, "amount": world.money("-1.00")}, (422, "amount", "not-positive")),
        ("/pledges", {**body, "pledged_on": "2026-03-03"}, (422, "pledged_on", "not-in-the-future")),
        ("/pledges", {**body, "expected_by": "2015-12-31"}, (422, "expected_by", "date-order")),
        (path, {**contract, "agreement_id": pledge["id"]}, (404, "agreement_id", "not-found")),
        (path, {**contract, "agreement_id": donor["id"]}, (422, "agreement_id", "same-class")),
        (path, {**contract, "agreement_id": draft["id"]}, (409, "agreement_id", "active")),
        (path, {**contract, "amount": world.money("100.01")}, (422, "amount", "within-pledge")),
        (path, {**contract, "amount": world.money("80.01")}, (422, "amount", "within-ceiling")),
        (path, {**contract, "amount": {"amount": "1.00", "currency": "USD"}}, (422, "amount", "book-currency")),
        (path, {**contract, "contracted_on": "2014-06-29"}, (422, "contracted_on", "date-order")),
        (
            f"/pledges/{own['id']}/contract",
            {**contract, "amount": world.money("1.00")},
            (422, "agreement_id", "same-partner"),
        ),
        (f"/pledges/{pledge['id']}/lapse", day, (422, "lapsed_on", "date-order")),
        (f"/pledges/{deal['id']}/lapse", day, (404, "id", "not-found")),
    ):
        assert await world.refused(to, sent) == expected, (to, sent)
    await world.done(path, contract)
    assert await world.refused(path, contract) == (422, "agreement_id", "named-once")
    withdrawn = {"withdrawn_on": str(START), "reason": "another priority"}
    assert (await world.done(f"/pledges/{pledge['id']}/withdraw", withdrawn))["state"] == "withdrawn"
    assert await world.refused(f"/pledges/{pledge['id']}/withdraw", withdrawn) == (409, "", "refused-transition")
    await world.clean()


async def test_many_contracts_at_once_take_no_more_than_was_pledged(world: World) -> None:
    pledge = await _pledge(world, "100.00")
    deals = [await world.agreement(f"G-{number}", "G", {"medium": "10"}) for number in range(6)]
    part = {"amount": world.money("40.00"), "contracted_on": str(START)}
    answers = await asyncio.gather(
        *(world.send(f"/pledges/{pledge['id']}/contract", {**part, "agreement_id": deal["id"]}) for deal in deals)
    )
    assert Counter(answer.status_code for answer in answers) == {201: 2, 422: 4}
    shown = await world.show(f"/pledges/{pledge['id']}")
    assert shown["open"] == world.money("20.00")
    async with connected(world, "superuser") as connection:
        with pytest.raises(asyncpg.PostgresError) as refusal:
            await connection.execute(
                "INSERT INTO pledge_contract SELECT gen_random_uuid(), programme, pledge_id, $1, 2001, contracted_on "
                "FROM pledge_contract LIMIT 1",
                next(deal["id"] for deal in deals if deal["id"] not in str(shown["contracts"])),
            )
        assert refusal.value.sqlstate == "23514"
        for change in ("UPDATE pledge SET amount_minor = 1", "DELETE FROM pledge", "DELETE FROM pledge_contract"):
            with pytest.raises(asyncpg.PostgresError):
                await connection.execute(change)
    await world.clean()


async def test_reports_are_sheets_too_and_a_partner_sees_its_own_only(world: World) -> None:
    await _pledge(world, "100.00")
    other = await world.join()
    own = await _pledge(world, "7.00", partner_id=str(other), pledged_on=str(date(2015, 1, 1)), expected_by=None)
    token = world.client.token("auditor")
    for path, rows in (("/pledges/ageing", 2), ("/funders", 1), ("/pledges", 2)):
        answer = await world.client.http.get(
            f"{world.path}{path}", headers={"authorization": f"Bearer {token}", "accept": "text/csv"}
        )
        assert answer.headers["content-type"].startswith("text/csv")
        assert len(answer.text.splitlines()) == rows + 1
    seen = await world.all("/pledges", role="partner-finance", partner=other)
    assert [each["id"] for each in seen] == [own["id"]]
    report = await world.show("/pledges/ageing", role="partner-finance", partner=other)
    assert [each["pledge_id"] for each in report["pledges"]] == [own["id"]]
    assert (await world.show("/funders", role="partner-finance", partner=world.partner))["funders"] == []
