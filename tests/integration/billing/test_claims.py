"""The life of a claim over invoices: drafted, submitted, returned, decided, reduced, paid, closed, withdrawn."""

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from tests.integration.billing.facts import START, Json
from tests.integration.billing.raw import connected, fingerprint
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration
DAY = timedelta(days=1)


async def _three_invoices(world: World) -> tuple[Json, list[Json]]:
    """Return a donor paying 10 % of 100.00 and three issued invoices."""
    await world.price("100.00")
    donor = await world.agreement("D-1", "D", {"medium": "10"})
    training = await world.training()
    drafts = [await world.invoice_of(await world.enroll(await world.enterprise(), training)) for _ in range(3)]
    return donor, [await world.issue(draft) for draft in drafts]


async def test_a_draft_has_no_number_asks_for_nothing_and_gets_one_when_submitted(world: World) -> None:
    donor, invoices = await _three_invoices(world)
    draft = await world.claim(donor, START, invoice_ids=[each["id"] for each in invoices[:2]], draft=True)
    assert (draft["state"], draft["number"], draft["revision"]) == ("draft", None, 0)
    assert (draft["submitted"], draft["submitted_on"], draft["evidence_sha256"]) == (world.money("20.00"), None, None)
    # What a draft names is free: another claim may take it, and then the draft cannot be submitted.
    other = await world.claim(donor, START, invoice_ids=[invoices[0]["id"]])
    assert other["number"] == "CL-2016-00001"
    path = f"/claims/{draft['id']}/submit"
    assert await world.refused(path, {"submitted_on": str(START)}) == (422, "items", "claimed-once")
    revised = await world.step(draft, "revise", START, invoice_ids=[each["id"] for each in invoices[1:]])
    assert [item["invoice_number"] for item in revised["items"]] == [each["number"] for each in invoices[1:]]
    submitted = await world.step(draft, "submit", START)
    assert (submitted["number"], submitted["revision"]) == ("CL-2016-00002", 1)
    [first, second] = await world.said("subsidy-claim-submitted")
    assert (first["number"], second["number"]) == ("CL-2016-00001", "CL-2016-00002")
    assert second["evidence_sha256"] == submitted["evidence_sha256"]
    await world.clean()


async def test_a_returned_claim_keeps_its_number_and_counts_its_revisions(world: World) -> None:
    donor, invoices = await _three_invoices(world)
    claim = await world.claim(donor, START, invoice_ids=[each["id"] for each in invoices])
    before = await world.balances()
    returned = await world.step(claim, "return", START + DAY, reason="attendance sheet of one firm is missing")
    assert (returned["state"], returned["number"]) == ("returned", "CL-2016-00001")
    answer = await world.send(f"/claims/{claim['id']}/approve", {"approved_on": str(START), "amount": world.money("1")})
    assert (answer.status_code, answer.json()["allowed_actions"]) == (409, ["revise", "withdraw"])
    revised = await world.step(claim, "revise", START + DAY, invoice_ids=[invoices[0]["id"]])
    assert (revised["state"], revised["number"], revised["revision"]) == ("draft", "CL-2016-00001", 1)
    path = f"/claims/{claim['id']}/submit"
    assert await world.refused(path, {"submitted_on": str(START)}) == (422, "submitted_on", "date-order")
    again = await world.step(claim, "submit", START + 2 * DAY)
    assert (again["number"], again["revision"], again["submitted"]) == ("CL-2016-00001", 2, world.money("10.00"))
    assert await world.balances() == before
    assert [step["step"] for step in again["steps"]] == ["submitted", "returned", "revised", "submitted"]
    first, second = [await world.show(f"/claims/{claim['id']}/document", {"revision": number}) for number in (1, 2)]
    assert first["sha256"] == claim["evidence_sha256"] != second["sha256"] == again["evidence_sha256"]
    assert [len(each["document"]["items"]) for each in (first, second)] == [3, 1]
    assert (await world.get(f"/claims/{claim['id']}/document", {"revision": 3})).status_code == 404
    # What it dropped may be claimed again, and the next number follows without a gap.
    next_claim = await world.claim(donor, START + 2 * DAY, invoice_ids=[invoices[2]["id"]])
    assert next_claim["number"] == "CL-2016-00002"
    [said] = await world.said("subsidy-claim-returned")
    assert (said["revision"], said["reason"]) == (1, "attendance sheet of one firm is missing")
    await world.clean()


async def test_a_withdrawn_claim_frees_its_shares_and_its_number_stays_used(world: World) -> None:
    donor, invoices = await _three_invoices(world)
    claim = await world.claim(donor, START, invoice_ids=[invoices[0]["id"]])
    withdrawn = await world.step(claim, "withdraw", START + DAY)
    assert (withdrawn["state"], withdrawn["number"]) == ("withdrawn", "CL-2016-00001")
    again = await world.claim(donor, START + DAY, invoice_ids=[invoices[0]["id"]])
    assert again["number"] == "CL-2016-00002"
    draft = await world.claim(donor, START, invoice_ids=[invoices[1]["id"]], draft=True)
    assert (await world.step(draft, "withdraw", START))["number"] is None
    assert [each["number"] for each in await world.said("subsidy-claim-withdrawn")] == ["CL-2016-00001", None]
    await world.step(again, "approve", START + DAY, "10.00")
    answer = await world.send(f"/claims/{again['id']}/withdraw", {"withdrawn_on": str(START + DAY), "reason": "late"})
    assert answer.json()["allowed_actions"] == ["allocate", "reduce", "close"]
    await world.clean()


async def test_a_rejected_claim_is_said_and_its_shares_may_be_claimed_again(world: World) -> None:
    donor, invoices = await _three_invoices(world)
    claim = await world.claim(donor, START, invoice_ids=[invoices[0]["id"]])
    assert (await world.step(claim, "reject", START))["state"] == "rejected"
    [said] = await world.said("subsidy-claim-rejected")
    assert said["number"] == "CL-2016-00001"
    assert (await world.claim(donor, START, invoice_ids=[invoices[0]["id"]]))["state"] == "submitted"
    await world.clean()


async def test_a_disallowed_part_goes_back_on_its_own_day_and_what_is_paid_is_not_reduced(world: World) -> None:
    donor, invoices = await _three_invoices(world)
    claim = await world.claim(donor, START, invoice_ids=[each["id"] for each in invoices])
    await world.step(claim, "approve", START + DAY, "27.00")
    paid = await world.pay("9.00", START + 2 * DAY, agreement_id=donor["id"])
    await world.allocate(paid, "9.00", START + 2 * DAY, claim_id=claim["id"])
    path = f"/claims/{claim['id']}/reduce"
    much = {"reduced_on": str(START + 40 * DAY), "amount": world.money("18.01"), "reason": "audit"}
    assert await world.refused(path, much) == (422, "amount", "within-open-amount")
    early = {**much, "amount": world.money("1.00"), "reduced_on": str(START)}
    assert await world.refused(path, early) == (422, "reduced_on", "date-order")
    one = {**much, "amount": world.money("9.01"), "invoice_id": invoices[2]["id"]}
    assert await world.refused(path, one) == (422, "amount", "within-open-amount")
    stranger = {**much, "amount": world.money("1.00"), "invoice_id": donor["id"]}
    assert await world.refused(path, stranger) == (422, "invoice_id", "claimed-once")
    reduced = await world.step(claim, "reduce", START + 40 * DAY, "4.00", invoice_id=invoices[2]["id"])
    assert (reduced["state"], reduced["approved"], reduced["reduced"]) == (
        "approved",
        world.money("27.00"),
        world.money("4.00"),
    )
    assert (reduced["paid"], reduced["open"], reduced["settlement"]) == (
        world.money("9.00"),
        world.money("14.00"),
        "partial",
    )
    spread = await world.step(claim, "reduce", START + 41 * DAY, "1.00")
    assert [item["reduced"]["amount"] for item in spread["items"]] == ["0.00", "0.64", "4.36"]
    entries = await world.all(f"/books/{world.partner}/entries", {"source_id": claim["id"], "kind": "claim-reduction"})
    assert [entry["effective_on"] for entry in entries] == [str(START + n * DAY) for n in (1, 40, 41)]
    balances = await world.balances()
    assert (balances["4120"], balances["1120"]) == ("-22.00", "13.00")
    assert "2140" not in balances
    for until, invoiced in ((START + 39 * DAY, "27.00"), (START + 40 * DAY, "23.00"), (START + 41 * DAY, "22.00")):
        assert (await world.recovery("invoiced", {"to": until}))["D"] == invoiced
    # What is disallowed binds the agreement no longer.
    assert (await world.show(f"/agreements/{donor['id']}"))["committed"] == world.money("22.00")
    assert [each["granted"]["amount"] for each in await world.said("subsidy-claim-reduced")] == ["23.00", "22.00"]
    await world.clean()


async def test_a_claim_is_closed_when_nothing_is_open_and_then_takes_no_money(world: World) -> None:
    donor, invoices = await _three_invoices(world)
    claim = await world.claim(donor, START, invoice_ids=[invoices[0]["id"]])
    await world.step(claim, "approve", START, "10.00")
    answer = await world.send(f"/claims/{claim['id']}/close", {"closed_on": str(START)})
    assert (answer.status_code, answer.json()["allowed_actions"]) == (409, ["allocate", "reduce"])
    paid = await world.pay("12.00", START, agreement_id=donor["id"])
    await world.allocate(paid, "10.00", START, claim_id=claim["id"])
    closed = await world.step(claim, "close", START + DAY)
    assert (closed["state"], closed["settlement"], closed["closed_on"]) == ("closed", "paid", str(START + DAY))
    more = {"claim_id": claim["id"], "amount": world.money("1.00"), "allocated_on": str(START + DAY)}
    refused = await world.send(f"/payments/{paid['id']}/allocations", more)
    assert (refused.status_code, refused.json()["allowed_actions"]) == (409, ["reopen"])
    rest = await world.done(f"/payments/{paid['id']}/allocate", {"allocated_on": str(START + DAY)})
    assert rest["allocations"] == []
    assert (await world.recovery("received"))["D"] == "10.00"
    [said] = await world.said("subsidy-claim-closed")
    assert said["paid"] == world.money("10.00")
    await world.clean()


async def test_submitting_is_disclosed_and_booked_nowhere(world: World) -> None:
    donor, invoices = await _three_invoices(world)
    before, shown = await world.balances(), await world.recovery("invoiced")
    await world.claim(donor, START, invoice_ids=[each["id"] for each in invoices])
    assert (await world.balances(), await world.recovery("invoiced")) == (before, shown)
    assert "4120" not in before


async def test_bad_claims_name_field_and_rule_and_leave_nothing(world: World) -> None:
    donor, invoices = await _three_invoices(world)
    claim = await world.claim(donor, START + DAY, invoice_ids=[invoices[0]["id"]])
    draft = await world.claim(donor, START, invoice_ids=[invoices[1]["id"]], draft=True)
    before = await fingerprint(world)
    ask: Json = {"agreement_id": donor["id"], "partner_id": str(world.partner), "invoice_ids": [invoices[1]["id"]]}
    cost = {"cost_id": claim["id"]}
    this, that = f"/claims/{claim['id']}", f"/claims/{draft['id']}"
    why = {"reason": "why not"}
    none = {**ask, "state": "draft", "invoice_ids": None}
    cut = {"reduced_on": str(START), "amount": world.money("1.00"), **why}
    wrong: list[tuple[str, Json, tuple[int, str, str]]] = [
        ("/claims", ask, (422, "body", "submitted-on")),
        ("/claims", {**ask, "state": "draft", "submitted_on": str(START)}, (422, "body", "submitted-on")),
        ("/claims", {**ask, "state": "approved", "submitted_on": str(START)}, (422, "state", "literal-error")),
        ("/claims", {**ask, "state": "draft", "training_ids": [claim["id"]]}, (422, "body", "one-way")),
        ("/claims", {**none, "costs": [cost, cost]}, (422, "costs", "cost-twice")),
        ("/claims", {**none, "costs": [cost]}, (422, "costs", "over-costs")),
        (f"{this}/return", {"returned_on": str(START), **why}, (422, "returned_on", "date-order")),
        (f"{this}/return", {"returned_on": "2026-03-03", **why}, (422, "returned_on", "not-in-the-future")),
        (f"{this}/submit", {"submitted_on": str(START)}, (409, "", "refused-transition")),
        (f"{that}/submit", {"submitted_on": "2026-03-03"}, (422, "submitted_on", "not-in-the-future")),
        (f"{that}/submit", {"submitted_on": str(START - DAY)}, (422, "submitted_on", "date-order")),
        (f"{this}/close", {"closed_on": str(START)}, (409, "", "refused-transition")),
        (f"{that}/reduce", cut, (409, "", "refused-transition")),
        (f"/claims/{donor['id']}/withdraw", {"withdrawn_on": str(START), **why}, (404, "id", "not-found")),
    ]
    got: list[Any] = [(path, body, await world.refused(path, body)) for path, body, _ in wrong]
    assert got == wrong
    assert await fingerprint(world) == before
    await world.clean()


async def test_claims_refuse_change_whoever_asks(world: World) -> None:
    donor, invoices = await _three_invoices(world)
    claim = await world.claim(donor, START, invoice_ids=[invoices[0]["id"]])
    await world.step(claim, "approve", START, "10.00")
    await world.step(claim, "reduce", START, "1.00")
    second = await world.claim(donor, START, invoice_ids=[invoices[1]["id"]])
    await world.step(second, "return", START)
    for who in ("application", "owner", "superuser", "replica"):
        async with connected(world, who) as connection:
            for change in (
                "UPDATE claim SET number = 'CL-1' WHERE state = 'returned'",
                "UPDATE claim SET state = 'draft' WHERE state = 'approved'",
                "UPDATE claim SET state = 'submitted' WHERE state = 'returned'",
                "UPDATE claim SET approved_minor = approved_minor + 1 WHERE state = 'approved'",
                "UPDATE claim SET reduced_minor = 0, approved_minor = approved_minor + reduced_minor "
                "WHERE state = 'approved'",
                "UPDATE claim_item SET claimed_minor = 1",
                "DELETE FROM claim_item",
                "UPDATE claim_submission SET manifest = '{}'",
                "DELETE FROM claim_submission",
                "UPDATE claim_step SET reason = 'another'",
                "TRUNCATE claim_reduction",
            ):
                with pytest.raises(asyncpg.PostgresError) as refusal:
                    await connection.execute(change)
                assert refusal.value.sqlstate in ("42501", "23001"), (who, change, refusal.value)
    await world.clean()
