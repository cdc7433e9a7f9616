"""How each service comes to its scenery, by the builders of its own tests."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

from shared.database.provision import Provisioned
from shared.events.enrollment import PartnerRegistered
from shared.events.vocabulary import PartnerKind
from shared.ids import new_id
from tests.integration.assessment.world import World as Assessed
from tests.integration.assessment.world import measured
from tests.integration.billing.facts import START
from tests.integration.billing.spending import card, pay_for, paying, prepay, taken_back, visit
from tests.integration.billing.world import World as Billed
from tests.integration.certification.scene import Scene
from tests.integration.enrollment.builders import FIRST_DAY, SECOND_DAY, Country, created, present, session
from tests.integration.rights.bank_scenery import money_in
from tests.integration.rights.receivables import receivables
from tests.integration.rights.scenery import HERE, Body, Scenery, Write
from tests.support.client import Client


async def of_enrollment(client: Client, _database: Provisioned) -> Scenery:
    """Three trainings: one under way, one about to begin, one empty."""
    country = await Country(client).ready()
    lead = str(country.lead)
    started, later = await country.training(), await country.training()
    empty = await country.training()
    firms = [await country.enterprise() for _ in range(5)]
    under_way, nearly_done = [await country.enroll(started, firm) for firm in firms[:2]]
    await country.enroll(later, firms[2])
    leaving = await country.enroll(later, firms[3])
    for day, held_on in ((1, FIRST_DAY), (2, SECOND_DAY)):
        created(await country.post(f"/trainings/{started}/sessions", session(day, held_on, *map(present, firms[:2]))))
    await country.visit(nearly_done, 1, "2014-05-12")
    await country.visit(nearly_done, 2, "2014-06-04")
    parts = {
        "programme": HERE,
        "partner_id": country.partner,
        "enterprise_id": firms[0],
        "trainer_id": lead,
        "training_id": started,
        "enrollment_id": under_way,
    }
    visit = {"number": 1, "trainer_id": lead}
    held = session(1, FIRST_DAY, present(firms[2]))
    writes = {
        "/enterprises": Write(country.enterprise_body(), parts),
        "/trainings": Write(country.training_body(), parts),
        "/enrollments": Write({"training_id": empty, "enterprise_id": firms[4], "enrolled_on": "2014-04-07"}, parts),
        "/trainings/{training_id}/sessions": Write(held, {**parts, "training_id": later}, lead),
        "/enrollments/{enrollment_id}/aborted-visits": Write(
            {**visit, "attempted_on": "2014-05-12", "reason": "workers not released"}, parts, lead
        ),
        "/enrollments/{enrollment_id}/visits": Write({**visit, "visited_on": "2014-05-13"}, parts, lead),
        "/enrollments/{enrollment_id}/completion": Write(
            {"completed_on": "2014-06-10"}, {**parts, "enrollment_id": nearly_done}
        ),
        "/enrollments/{enrollment_id}/withdrawal": Write(
            {"withdrawn_on": "2014-04-10", "reason": "change of owner"}, {**parts, "enrollment_id": leaving}
        ),
    }
    return Scenery(client, UUID(country.partner), UUID(country.other_partner), parts, writes)


async def of_assessment(client: Client, _database: Provisioned) -> Scenery:
    """One of each record, and places in trainings for more."""
    world = Assessed(client)
    await world.define_programme()
    await world.register_partners()
    done, more = [await world.enrolled_enterprise() for _ in range(2)]
    untouched = await world.register_enterprise()
    readings = [measured("defect-rate", "126", "4260")]
    for place in (done, more):
        created(await world.baseline(place.enterprise))
        await world.hold_session(place.training, place.enterprise, 4)
    created(await world.endline(done))
    survey = {"recorded_on": "2014-04-24", "respondents": 4, "satisfied": 3}
    improvement = {"enterprise_id": str(done.enterprise), "title": "Walkways", "completed_on": "2014-06-01"}
    draft = {"enterprise_id": str(done.enterprise), "title": "Fewer defects", "summary": "How they did it."}
    parts = {
        "programme": HERE,
        "partner_id": str(world.partner),
        "enterprise_id": str(done.enterprise),
        "training_id": str(done.training),
        "enrollment_id": str(done.enrollment),
        "assessment_id": (await world.get("/assessments")).json()["items"][0]["id"],
        "kpi_id": (await world.get("/kpis")).json()["items"][0]["id"],
        "satisfaction_id": created(await world.post("/satisfaction", {**survey, "training_id": str(done.training)}))[
            "id"
        ],
        "improvement_id": created(await world.post("/improvements", improvement))["id"],
        "case_study_id": created(await world.post("/case-studies", draft))["id"],
    }
    follow_up = {"enrollment_id": str(more.enrollment), "readings": readings}
    writes: dict[str, Body] = {
        "/assessments/baseline": {"enterprise_id": str(untouched), "assessed_on": "2014-04-04", "readings": readings},
        "/assessments/progress": {**follow_up, "assessed_on": "2014-05-20"},
        "/assessments/endline": {**follow_up, "assessed_on": "2014-06-27"},
        "/satisfaction": {**survey, "training_id": str(more.training)},
        "/improvements": {**improvement, "title": "Lighting"},
        "/case-studies": {**draft, "title": "Fewer accidents"},
    }
    made = {path: Write(body, parts) for path, body in writes.items()}
    return Scenery(client, world.partner, world.other_partner, parts, made)


async def of_certification(client: Client, _database: Provisioned) -> Scenery:
    """A certified trainer of the partner, a candidate who may be recommended, and the board."""
    scene = await Scene(client).begin()
    other = new_id()
    chamber = PartnerRegistered(
        partner_id=other, name="Chamber 2", kind=PartnerKind.REGIONAL_CHAMBER, region="SC", parent_id=None
    )
    await scene.deliver(chamber, aggregate_id=other)
    trainer, decision = await scene.certified()
    candidate = await scene.candidate("Trainer 2")
    parts = {
        "programme": HERE,
        "partner_id": str(scene.partner_id),
        "trainer_id": trainer,
        "member_id": scene.members["E1"],
        "case_id": decision["case_id"],
        "number": decision["certificate"]["number"],
    }
    register = {
        "name": "Trainer 3",
        "sex": "male",
        "partner_id": str(scene.partner_id),
        "registered_on": "2014-02-01",
    }
    recommend = {"module": "WPC", "expert_id": scene.expert_id, "recommended_on": "2014-07-23"}
    writes = {
        "/trainers": Write(register, parts),
        "/trainers/{trainer_id}/applications": Write({"module": "OSH", "applied_on": "2014-10-01"}, parts),
        "/trainers/{trainer_id}/recommendations": Write(recommend, {**parts, "trainer_id": candidate}, "expert-1"),
    }
    return Scenery(client, scene.partner_id, other, parts, writes)


async def of_billing(client: Client, database: Provisioned) -> Scenery:
    """An invoice in every state, a payment, a claim and a cost, with room for one more of each."""
    world = await Billed(client, database).begin()
    other = await world.join(region="SC")
    await world.price("100.00")
    deal = await world.agreement("G-1", "G", {"medium": "10.00"}, partner=world.partner)
    training = await world.training()
    firms = [await world.enterprise() for _ in range(11)]
    places = [await world.enroll(firm, training) for firm in firms]
    drafts = [await world.invoice_of(place) for place in places]
    sends = {"legal_name": "Chamber (demo)", "country": "BO", "tax_id": "1020304050"}
    await world.done(f"/books/{world.partner}/profile", sends)
    # Whoever may read an invoice may have it as an e-invoice, which needs both countries.
    for firm in (firms[0], firms[6]):
        await world.done(f"/enterprises/{firm}/billing-profile", {"city": "La Paz", "country": "BO"})
    claimed, owed, open_claim, to_credit = [await world.issue(draft) for draft in drafts[:4]]
    day = START + timedelta(days=1)
    claim = await world.claim(deal, day, invoice_ids=[claimed["id"]])
    grant = await world.grant("D-1", "D", ["travel"], partner_id=str(world.partner))
    costs = [await world.cost("3.00", "travel", day, training) for _ in range(3)]
    draft, to_withdraw = [await world.claim(grant, day, costs=[(each, None)], draft=True) for each in costs[:2]]
    promise = {"funder": "Fund", "payer_class": "D", "amount": world.money("9.00"), "pledged_on": str(day)}
    pledge = await world.done("/pledges", {**promise, "partner_id": str(world.partner), "source_document": "Letter 1"})
    paid = await world.pay("20.00", day, enterprise_id=firms[0])
    await world.allocate(paid, "10.00", day, invoice_id=claimed["id"])
    unspent = await world.pay("90.00", day, enterprise_id=firms[1])
    cost = await world.cost("5.00", "trainer-days", day, training)
    to_void = await world.issue(drafts[7], day)
    granted = {"partner_id": str(world.partner), "kind": "waiver", "granted_on": str(day), "reason": "flood relief"}
    waiver = await world.done("/discounts", {**granted, "enrollment_id": str(places[8])})
    to_pay, to_correct, to_reverse = [await world.cost("5.00", "coordination", day) for _ in range(3)]
    made_card = await card(world, "visit", "9.00")
    await visit(world, places[0], firms[0], training, day)
    prepaid, unused = await prepay(world, day, "4.00"), await prepay(world, day, "3.00")
    spent = await pay_for(world, day, cost, amount="1.00", prepaid=prepaid)
    bounced = await pay_for(world, day, to_pay, amount="1.00")
    bill = {
        "partner_id": str(world.partner),
        "kind": "venue",
        "incurred_on": str(day),
        "description": "Rooms",
        "supplier": "Hotel (demo)",
        "amount": world.money("8.00"),
        "split_by": "equally",
        "trainings": [{"training_id": str(training)}, {"training_id": str(await world.training())}],
    }
    shared_bill = await world.done("/bills", bill)
    await world.cost("5.00", "coordination", START - timedelta(days=31))
    void = {"issued_on": str(day), "reason": "withdrew before the workshop"}
    note = await world.done(f"/invoices/{(await world.issue(drafts[6]))['id']}/credit-notes", void)
    after = await receivables(world, training, day)
    cancelled = {"cancelled_on": str(day), "reason": "drafted by mistake"}
    rate = await world.rate("USD", "BOB", "6.91", START)
    await world.target("CR-2", "50")
    measured = await world.done("/cost-recovery/measurements", {"as_of": str(day)})
    lines = [{"account": "1020", "debit": world.money("5.00")}, {"account": "1010", "credit": world.money("5.00")}]
    voucher = {"effective_on": str(day), "reason": "petty cash", "lines": lines}
    written = await world.done(f"/books/{world.partner}/vouchers", voucher)
    parts = {
        "programme": HERE,
        "partner_id": str(world.partner),
        "voucher_id": written["id"],
        "training_id": str(training),
        "enterprise_id": str(firms[0]),
        "enrollment_id": str(places[0]),
        "account_id": (await world.all(f"/books/{world.partner}/accounts"))[0]["id"],
        "source_id": claimed["id"],
        "agreement_id": deal["id"],
        "invoice_id": claimed["id"],
        "note_id": note["id"],
        "payment_id": paid["id"],
        "claim_id": claim["id"],
        "pledge_id": pledge["id"],
        "cost_id": cost["id"],
        "rate_id": rate["id"],
        "measurement_id": measured["id"],
        "discount_id": waiver["id"],
        "card_id": made_card["id"],
        "bill_id": shared_bill["id"],
        "cost_payment_id": spent["id"],
        "prepayment_id": prepaid["id"],
        "trainer_id": str(new_id()),
        "period_id": min(await world.all("/periods"), key=lambda row: str(row["starts_on"]))["id"],
        **after.parts,
    }
    book = {"partner_id": str(world.partner)}
    amount = world.money("10.00")
    more, of_bank = await money_in(world, firms[1], owed["id"], parts)
    parts |= more
    writes = {
        "/prices": Write({**book, "module": "OSH", "valid_from": "2016-01-01", "price": amount}, parts),
        "/invoices": Write({"enrollment_id": str(places[6])}, parts),
        "/invoices/{invoice_id}/issue": Write(
            {"issued_on": str(START), "due_on": str(day)}, {**parts, "invoice_id": drafts[4]["id"]}
        ),
        "/discounts": Write({**granted, "enrollment_id": str(places[9])}, parts),
        "/discounts/{discount_id}/withdraw": Write({"withdrawn_on": str(day), "reason": "a mistake"}, parts),
        "/books/{partner_id}/profile": Write(sends, parts),
        "/enterprises/{enterprise_id}/billing-profile": Write({"city": "El Alto"}, parts),
        "/invoice-runs": Write({**book, "invoice_ids": [drafts[10]["id"]], "issued_on": str(day)}, parts),
        "/invoices/{invoice_id}/void": Write(
            {"voided_on": str(day), "reason": "wrong enterprise", "rebill": False},
            {**parts, "invoice_id": to_void["id"]},
        ),
        "/invoices/{invoice_id}/cancel": Write(cancelled, {**parts, "invoice_id": drafts[5]["id"]}),
        "/invoices/{invoice_id}/credit-notes": Write(void, {**parts, "invoice_id": to_credit["id"]}),
        "/payments": Write({**book, "enterprise_id": str(firms[2]), "received_on": str(day), "amount": amount}, parts),
        "/payments/{payment_id}/allocations": Write(
            {"invoice_id": owed["id"], "amount": amount, "allocated_on": str(day)},
            {**parts, "payment_id": unspent["id"]},
        ),
        "/payments/{payment_id}/allocate": Write({"allocated_on": str(day)}, {**parts, "payment_id": unspent["id"]}),
        **of_bank,
        "/claims": Write(
            {**book, "agreement_id": deal["id"], "submitted_on": str(day), "invoice_ids": [open_claim["id"]]}, parts
        ),
        "/claims/{claim_id}/revise": Write(
            {"revised_on": str(day), "costs": [{"cost_id": costs[2]["id"]}]}, {**parts, "claim_id": draft["id"]}
        ),
        "/claims/{claim_id}/submit": Write({"submitted_on": str(day)}, {**parts, "claim_id": draft["id"]}),
        "/claims/{claim_id}/withdraw": Write(
            {"withdrawn_on": str(day), "reason": "claimed elsewhere"}, {**parts, "claim_id": to_withdraw["id"]}
        ),
        "/costs": Write(
            {**book, "kind": "coordination", "incurred_on": str(day), "amount": amount, "description": "Office"},
            parts,
        ),
        "/rate-cards": Write(
            {**book, "item": "venue-day", "valid_from": str(START), "amount": world.money("1.00")}, parts
        ),
        "/rate-cards/{card_id}/end": Write({"valid_to": str(day), "reason": "a new contract"}, parts),
        "/costs/bulk": Write(
            {
                **book,
                "rows": [{"kind": "marketing", "incurred_on": str(day), "amount": amount, "description": "Leaflets"}],
            },
            parts,
        ),
        "/costs/fill": Write({**book, "from": str(START), "to": str(day)}, parts),
        "/bills": Write(bill, parts),
        "/costs/{cost_id}/reverse": Write(taken_back(day), {**parts, "cost_id": to_reverse["id"]}),
        "/costs/{cost_id}/correct": Write(
            {
                **taken_back(day),
                "cost": {"kind": "marketing", "incurred_on": str(day), "amount": amount, "description": "Leaflets"},
            },
            {**parts, "cost_id": to_correct["id"]},
        ),
        "/cost-payments": Write(paying(world, day, to_pay, amount="1.00"), parts),
        "/cost-payments/{cost_payment_id}/reverse": Write(taken_back(day), {**parts, "cost_payment_id": bounced["id"]}),
        "/prepayments": Write({**book, "supplier": "Hotel (demo)", "paid_on": str(day), "amount": amount}, parts),
        "/prepayments/{prepayment_id}/reverse": Write(taken_back(day), {**parts, "prepayment_id": unused["id"]}),
        "/books/{partner_id}/vouchers": Write(voucher, parts),
        "/vouchers/{voucher_id}/reversal": Write({"reversed_on": str(day), "reason": "a mistake"}, parts),
        "/books/{partner_id}/year-closings": Write({"fiscal_year": START.year - 1, "reason": "year end"}, parts),
        **{path: Write(body, {**parts, **named}) for path, (body, named) in after.writes.items()},
        "/periods/{period_id}/soft-close": Write({}, parts),
        "/periods/{period_id}/grants": Write({"subject": "somebody", "reason": "a late bill"}, parts),
        "/periods/{period_id}/close": Write({}, parts),
        "/periods/{period_id}/reopening-requests": Write({"reason": "a bill came late"}, parts),
        "/periods/{period_id}/reopen": Write({"reason": "agreed"}, parts, "somebody else"),
    }
    return Scenery(client, world.partner, other, parts, writes)


SCENERIES: Final[Mapping[str, Callable[[Client, Provisioned], Awaitable[Scenery]]]] = {
    "enrollment": of_enrollment,
    "assessment": of_assessment,
    "certification": of_certification,
    "billing": of_billing,
}
