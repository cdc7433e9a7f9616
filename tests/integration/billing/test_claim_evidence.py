"""Evidence of claims: kept from events, listed, required, frozen at submission and the same for whoever hashes it."""

import hashlib
import json
from datetime import timedelta

import pytest

from shared.events.vocabulary import Level, Sex
from shared.ids import new_id
from shared.money import Money
from tests.integration.billing.facts import START, Json
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration
DAY = timedelta(days=1)


def _people(item: Json) -> list[list[tuple[str, str, int]]]:
    return [
        [(group["sex"], group["level"], group["people"]) for group in session["people"]] for session in item["sessions"]
    ]


async def test_a_claim_shows_attendance_and_visits_of_each_enterprise_and_nobody_by_code(world: World) -> None:
    await world.price("100.00")
    donor = await world.agreement("D-1", "D", {"medium": "10"}, document_reference="Grant 7/2015")
    training = await world.training()
    here, away = await world.enterprise(), await world.enterprise()
    there, gone = await world.enroll(here, training), await world.enroll(away, training)
    for enrollment in (there, gone):
        await world.issue(await world.invoice_of(enrollment))
    seen = ((Sex.FEMALE, Level.MANAGER), (Sex.FEMALE, Level.WORKER), (Sex.MALE, Level.WORKER), (Sex.MALE, Level.WORKER))
    await world.hold_session(training, START + DAY, here, people=seen)
    await world.hold_session(training, START + 2 * DAY, here, away, day=2)
    await world.abort_visit(there, here, training, START + 8 * DAY, None)
    await world.visit(there, here, training, START + 9 * DAY)
    await world.abort_visit(gone, away, training, START + 9 * DAY, Money(500, "BOB"))
    claim = await world.claim(donor, START + 10 * DAY, training_ids=[training])
    first, second = (await world.show(f"/claims/{claim['id']}/evidence"))["items"]
    assert _people(first) == [
        [("female", "manager", 1), ("female", "worker", 1), ("male", "worker", 2)],
        [("female", "manager", 1), ("male", "worker", 1)],
    ]
    assert _people(second) == [[], [("female", "manager", 1), ("male", "worker", 1)]]
    assert [(visit["number"], visit["on_day"], visit["outcome"]) for visit in first["visits"]] == [
        (1, str(START + 8 * DAY), "aborted"),
        (1, str(START + 9 * DAY), "completed"),
    ]
    assert [(item["has"], item["lacking"]) for item in (first, second)] == [
        (["attendance", "visit"], []),
        (["attendance"], ["visit"]),
    ]
    frozen = await world.show(f"/claims/{claim['id']}/document")
    assert hashlib.sha256(frozen["manifest"].encode()).hexdigest() == frozen["sha256"] == claim["evidence_sha256"]
    assert json.loads(frozen["manifest"]) == frozen["document"]
    document = frozen["document"]
    assert (document["number"], document["total"], document["document_reference"]) == (
        claim["number"],
        world.money("20.00"),
        "Grant 7/2015",
    )
    assert document["items"] == [first, second]
    assert '"P1"' not in frozen["manifest"]
    await world.clean()


async def test_what_is_frozen_stays_when_more_becomes_known(world: World) -> None:
    await world.price("100.00")
    donor = await world.agreement("D-1", "D", {"medium": "10"})
    firm, training = await world.enterprise(), await world.training()
    await world.issue(await world.invoice_of(await world.enroll(firm, training)))
    claim = await world.claim(donor, START, training_ids=[training])
    before = await world.show(f"/claims/{claim['id']}/document")
    await world.hold_session(training, START + DAY, firm)
    assert await world.show(f"/claims/{claim['id']}/document") == before
    now = await world.show(f"/claims/{claim['id']}/evidence")
    assert (now["items"][0]["lacking"], before["document"]["items"][0]["lacking"]) == (
        ["visit"],
        ["attendance", "visit"],
    )
    await world.clean()


async def test_an_agreement_that_requires_evidence_names_the_items_that_lack_it(world: World) -> None:
    await world.price("100.00")
    donor = await world.agreement("D-1", "D", {"medium": "10"}, requires_evidence=["attendance", "visit"])
    training = await world.training()
    firms = [await world.enterprise() for _ in range(2)]
    places = [await world.enroll(firm, training) for firm in firms]
    invoices = [await world.issue(await world.invoice_of(place)) for place in places]
    await world.hold_session(training, START + DAY, *firms)
    await world.visit(places[0], firms[0], training, START + 2 * DAY)
    draft = await world.claim(donor, START, training_ids=[training], draft=True)
    known = await world.show(f"/claims/{draft['id']}/evidence")
    assert (known["required"], known["is_complete"], known["may_be_submitted"]) == (
        ["attendance", "visit"],
        False,
        False,
    )
    answer = await world.send(f"/claims/{draft['id']}/submit", {"submitted_on": str(START + 3 * DAY)})
    assert answer.json()["type"] == "urn:scorebook:problem:evidence-lacking"
    assert [(each["rule"], each["message"]) for each in answer.json()["errors"]] == [
        ("requires-evidence", f"{invoices[1]['number']} lacks visit")
    ]
    assert (await world.show(f"/claims/{draft['id']}"))["number"] is None
    await world.visit(places[1], firms[1], training, START + 3 * DAY)
    assert (await world.show(f"/claims/{draft['id']}/evidence"))["may_be_submitted"] is True
    assert (await world.step(draft, "submit", START + 3 * DAY))["state"] == "submitted"
    await world.clean()


async def test_a_cost_shows_the_sessions_and_visits_of_its_training_and_overhead_needs_none(world: World) -> None:
    await world.price("100.00")
    deal = await world.grant("D-1", "D", ["venue", "coordination"], requires_evidence=["attendance"])
    training = await world.training()
    firms = [await world.enterprise() for _ in range(2)]
    places = [await world.enroll(firm, training) for firm in firms]
    room, office = await world.cost("50.00", "venue", START, training), await world.cost("5.00", "coordination", START)
    ask: Json = {"agreement_id": deal["id"], "partner_id": str(world.partner), "submitted_on": str(START)}
    both = {**ask, "costs": [{"cost_id": room["id"]}, {"cost_id": office["id"]}]}
    assert await world.refused("/claims", both) == (422, "items", "requires-evidence")
    await world.hold_session(training, START, *firms)
    await world.visit(places[0], firms[0], training, START)
    claim = await world.done("/claims", both)
    items = {
        item["cost_kind"]: item for item in (await world.show(f"/claims/{claim['id']}/document"))["document"]["items"]
    }
    assert _people(items["venue"]) == [[("female", "manager", 2), ("male", "worker", 2)]]
    assert [visit["enterprise_id"] for visit in items["venue"]["visits"]] == [str(firms[0])]
    assert (items["coordination"]["sessions"], items["coordination"]["lacking"]) == ([], [])
    await world.clean()


async def test_a_claim_on_paper_is_json_or_a_sheet_of_its_items(world: World) -> None:
    deal = await world.grant("D-1", "D", ["coordination"])
    office = await world.cost("5.00", "coordination", START)
    claim = await world.claim(deal, START, costs=[(office, None)])
    sheet = await world.client.http.get(
        f"{world.path}/claims/{claim['id']}/document",
        headers={"authorization": f"Bearer {world.client.token('auditor')}", "accept": "text/csv"},
    )
    heading, row = sheet.text.splitlines()
    assert sheet.headers["content-type"].startswith("text/csv")
    values = dict(zip(heading.split(","), row.split(","), strict=True))
    assert (values["cost_kind"], values["amount.amount"], values["amount.currency"]) == ("coordination", "5.00", "BOB")
    draft = await world.claim(deal, START, costs=[(await world.cost("6.00", "coordination", START), None)], draft=True)
    assert (await world.get(f"/claims/{draft['id']}/document")).status_code == 404
    assert (await world.get(f"/claims/{new_id()}/evidence")).status_code == 404


async def test_evidence_is_kept_once_though_told_twice_and_before_the_training_is_known(world: World) -> None:
    firm, training, enrollment = await world.enterprise(), new_id(), new_id()
    await world.hold_session(training, START, firm)
    await world.visit(enrollment, firm, training, START)
    async with world.client.connection() as connection:
        counts = await connection.exec_driver_sql(
            "SELECT (SELECT count(*) FROM session_evidence), (SELECT sum(people) FROM attendance_evidence), "
            "(SELECT count(*) FROM visit_evidence)"
        )
        assert tuple(counts.one()) == (1, 2, 1)
    assert await world.client.parked() == []
