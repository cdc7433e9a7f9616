"""Agreements: drafted, active, suspended, closed; amended on the record; parts, fixed amounts, published splits."""

from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from tests.integration.billing.facts import START, Json
from tests.integration.billing.raw import connected
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration
DAY = timedelta(days=1)


async def _step(world: World, deal: Json, step: str, **body: object) -> Json:
    return await world.done(f"/agreements/{deal['id']}/{step}", {"reason": "as the funder wrote", **body})


async def _shares(world: World, enrollment: UUID) -> dict[str, str]:
    invoice = await world.invoice_of(enrollment)
    return {share["payer_class"]: share["amount"]["amount"] for share in invoice["shares"]}


async def test_an_agreement_signed_without_a_state_is_active_at_once(world: World) -> None:
    deal = await world.agreement("G-1", "G", {"medium": "10"})
    assert (deal["state"], deal["activated_on"], deal["funds"]) == ("active", "2014-01-01", "price")
    assert [(step["step"], step["on_day"]) for step in deal["steps"]] == [("activated", "2014-01-01")]
    [said] = await world.said("subsidy-agreement-changed")
    assert (said["step"], said["state"], said["ceiling"]) == ("activated", "active", world.money("1000000.00"))
    await world.clean()


async def test_a_draft_pays_for_nothing_until_it_is_activated(world: World) -> None:
    await world.price("100.00")
    training = await world.training()
    deal = await world.agreement("G-1", "G", {"medium": "60"}, state="draft", document_reference="MoU 12/2014")
    assert deal["activated_on"] is None
    assert await _shares(world, await world.enroll(await world.enterprise(), training)) == {"F": "100.00"}
    refused = await world.send(f"/agreements/{deal['id']}/suspend", {"suspended_on": str(START), "reason": "not yet"})
    assert refused.json()["allowed_actions"] == ["activate", "amend", "close"]
    # A draft promises nothing, so another agreement may take its place; then the draft does not fit any more.
    other = await world.agreement("G-2", "G", {"medium": "50"})
    path = f"/agreements/{deal['id']}/activate"
    assert await world.refused(path, {"activated_on": str(START)}) == (422, "shares", "at-most-100-percent")
    await _step(world, other, "close", closed_on=str(START))
    # Closed on START still pays on START, so the two still meet there.
    assert (await world.refused(path, {"activated_on": str(START)}))[0] == 422
    small = await world.agreement("G-3", "G", {"small": "60"}, state="draft")
    active = await world.done(f"/agreements/{small['id']}/activate", {"activated_on": str(START)})
    assert (active["state"], active["activated_on"]) == ("active", str(START))
    enrollment = await world.enroll(await world.enterprise("small"), training, size="small")
    assert await _shares(world, enrollment) == {"F": "40.00", "G": "60.00"}
    closed = await _step(world, deal, "close", closed_on=str(START))
    assert (closed["state"], closed["activated_on"]) == ("closed", None)
    assert await _shares(world, await world.enroll(await world.enterprise(), training)) == {"F": "50.00", "G": "50.00"}
    await world.clean()


async def test_a_suspended_agreement_pays_for_no_new_enrollment_and_keeps_what_it_promised(world: World) -> None:
    await world.price("100.00")
    training = await world.training()
    deal = await world.agreement("G-1", "G", {"medium": "60"})
    before = await world.enroll(await world.enterprise(), training, on=START)
    promised = await world.issue(await world.invoice_of(before))
    assert (await _step(world, deal, "suspend", suspended_on=str(START + 5 * DAY)))["state"] == "suspended"
    during = await world.enroll(await world.enterprise(), training, on=START + 5 * DAY)
    # A fact of an earlier day that comes late was promised: the day of enrollment counts.
    late = await world.enroll(await world.enterprise(), training, on=START + 4 * DAY)
    claim = await world.claim(deal, START + 6 * DAY, invoice_ids=[promised["id"]])
    assert claim["submitted"] == world.money("60.00")
    assert (await _step(world, deal, "resume", resumed_on=str(START + 9 * DAY)))["state"] == "active"
    after = await world.enroll(await world.enterprise(), training, on=START + 9 * DAY)
    between = await world.enroll(await world.enterprise(), training, on=START + 8 * DAY)
    shares = [await _shares(world, each) for each in (before, during, late, between, after)]
    assert [each.get("G") for each in shares] == ["60.00", None, "60.00", None, "60.00"]
    path = f"/agreements/{deal['id']}/suspend"
    too_early = {"suspended_on": str(START), "reason": "too early"}
    assert await world.refused(path, too_early) == (422, "suspended_on", "date-order")
    said = [each["step"] for each in await world.said("subsidy-agreement-changed")]
    assert said == ["activated", "suspended", "resumed"]
    await world.clean()


async def test_amendments_keep_what_was_before_and_never_go_under_what_is_committed(world: World) -> None:
    await world.price("100.00")
    training = await world.training()
    deal = await world.agreement("G-1", "G", {"medium": "60"}, ceiling="70.00", valid_to="2016-12-31")
    await world.enroll(await world.enterprise(), training)
    path = f"/agreements/{deal['id']}/amend"
    amend = {"amended_on": str(START), "reason": "second tranche"}
    lower = {**amend, "ceiling": world.money("59.99")}
    assert await world.refused(path, lower) == (422, "ceiling", "not-under-committed")
    shorter = {**amend, "valid_to": "2016-06-30"}
    assert await world.refused(path, shorter) == (422, "valid_to", "only-extended")
    assert await world.refused(path, amend) == (422, "body", "something-amended")
    dollars = {**amend, "ceiling": {"amount": "100.00", "currency": "USD"}}
    assert await world.refused(path, dollars) == (422, "ceiling", "book-currency")
    raised = await world.done(path, {**amend, "ceiling": world.money("120.00"), "valid_to": "2017-12-31"})
    assert (raised["ceiling"], raised["remaining"], raised["valid_to"]) == (
        world.money("120.00"),
        world.money("60.00"),
        "2017-12-31",
    )
    assert await _shares(world, await world.enroll(await world.enterprise(), training)) == {"F": "40.00", "G": "60.00"}
    lowered = await world.done(path, {**amend, "ceiling": world.money("120.00"), "without_end": True})
    assert [
        (step["ceiling_before"], step["ceiling_after"], step["valid_to_before"], step["valid_to_after"])
        for step in lowered["steps"]
        if step["step"] == "amended"
    ] == [
        (world.money("70.00"), world.money("120.00"), "2016-12-31", "2017-12-31"),
        (world.money("120.00"), world.money("120.00"), "2017-12-31", None),
    ]
    other = await world.agreement("G-2", "G", {"medium": "90"}, valid_from="2013-01-01", valid_to="2013-12-31")
    longer = {**amend, "valid_to": "2014-12-31"}
    assert await world.refused(f"/agreements/{other['id']}/amend", longer) == (422, "shares", "at-most-100-percent")
    await world.clean()


async def test_an_agreement_is_amended_on_the_record_and_in_no_other_way(world: World) -> None:
    deal = await world.agreement("G-1", "G", {"medium": "60"})
    for who in ("application", "owner", "superuser", "replica"):
        async with connected(world, who) as connection:
            for change in (
                "UPDATE agreement SET ceiling_minor = ceiling_minor + 1",
                "UPDATE agreement SET valid_to = '2030-01-01'",
                "UPDATE agreement SET funds = 'costs', cost_kinds = '{venue}'",
                "UPDATE agreement SET activated_on = NULL",
                "UPDATE agreement_step SET on_day = on_day + 1",
                "DELETE FROM agreement_step",
                "UPDATE agreement SET state = 'draft'",
            ):
                with pytest.raises(asyncpg.PostgresError) as refusal:
                    await connection.execute(change)
                assert refusal.value.sqlstate in ("42501", "23001", "23514"), (who, change)
    assert (await world.show(f"/agreements/{deal['id']}"))["ceiling"] == world.money("1000000.00")


async def test_a_fixed_amount_pays_at_most_what_is_left_to_the_enterprise(world: World) -> None:
    await world.price("100.00")
    training = await world.training()
    await world.agreement("I-1", "I", {"small": "50", "medium": "50"})
    amounts = (("small", "30.00"), ("medium", "80.00"))
    shares = [{"size_class": size, "amount": world.money(amount)} for size, amount in amounts]
    body: Json = {
        "payer_class": "B",
        "payer_name": "Buyer",
        "ceiling": world.money("500.00"),
        "valid_from": "2014-01-01",
    }
    await world.done("/agreements", {**body, "code": "B-1", "shares": shares})
    small = await world.enroll(await world.enterprise("small"), training, size="small")
    assert await _shares(world, small) == {"F": "20.00", "I": "50.00", "B": "30.00"}
    medium = await world.enroll(await world.enterprise(), training)
    assert await _shares(world, medium) == {"F": "0.00", "I": "50.00", "B": "50.00"}
    both = {"size_class": "small", "amount": world.money("1.00"), "share_pct": "1"}
    body["code"] = "X"
    assert await world.refused("/agreements", {**body, "shares": [both]}) == (422, "shares.0", "share-or-amount")
    assert await world.refused("/agreements", body) == (422, "body", "shares-or-costs")
    assert await world.refused("/agreements", {**body, "funds": "costs"}) == (422, "body", "shares-or-costs")
    await world.clean()


@pytest.mark.parametrize(
    ("size", "enterprise", "government", "chamber"),
    [("small", "15.00", "65.00", "20.00"), ("medium", "20.00", "65.00", "15.00")],
)
async def test_the_colombian_split_makes_one_hundred_in_both_tiers(
    empty_world: World, size: str, enterprise: str, government: str, chamber: str
) -> None:
    # domain/score.md T8, Fabricas de Productividad: 65/15/20 and 65/20/15 on a basis of 100.
    world = empty_world
    world.programme, world.currency = "colombia", "COP"
    await world.begin()
    await world.price("100.00")
    await world.agreement("G-1", "G", {"small": "65", "medium": "65"})
    await world.agreement("P-1", "P", {"small": "20", "medium": "15"}, partner=world.partner)
    enrollment = await world.enroll(await world.enterprise(size), await world.training(), size=size)
    shares = await _shares(world, enrollment)
    assert shares == {"F": enterprise, "G": government, "P": chamber}
    assert (await world.invoice_of(enrollment))["total"] == world.money("100.00")
    await world.clean()


@pytest.mark.parametrize(("government", "enterprise"), [("80", "20.00"), ("90", "10.00"), ("95", "5.00")])
async def test_the_indian_splits_leave_the_enterprise_the_rest(
    empty_world: World, government: str, enterprise: str
) -> None:
    # domain/score.md T8, MSME Lean: 80/20 before 2023, 90/10 and 95/5 since.
    world = empty_world
    world.programme, world.currency = "india", "INR"
    await world.begin()
    await world.price("100.00")
    await world.agreement("G-1", "G", {"medium": government})
    invoice = await world.issue(
        await world.invoice_of(await world.enroll(await world.enterprise(), await world.training()))
    )
    assert invoice["enterprise_share"]["amount"] == enterprise
    await world.cost("100.00", "trainer-days", START, UUID(invoice["training_id"]))
    shown = await world.recovery("invoiced")
    assert (shown["CR-1"], shown["CR-2"], shown["CR-4"]) == (enterprise, "100.00", "100.00")
