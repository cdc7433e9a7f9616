"""What billing refuses over HTTP: a problem that names field and rule; nothing stored, nothing published."""

import pytest

from shared.ids import new_id
from shared.money import Money
from tests.integration.billing.bodies import (
    DAY,
    NOBODY,
    Body,
    a_claim,
    a_cost,
    a_payment,
    a_price,
    an_agreement,
    bob,
    plain,
    stage,
)
from tests.integration.billing.facts import START
from tests.integration.billing.raw import fingerprint
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration
FUTURE = "2026-03-03"  # one day after the tests' fixed clock
LONG = "x" * 201


CASES: list[tuple[str, Body, tuple[int, str, str]]] = [
    # Money
    ("/prices", a_price(price=bob("-1.00")), (422, "price", "not-positive")),
    ("/prices", a_price(price=bob("0.00")), (422, "price", "not-positive")),
    ("/prices", a_price(price=bob("1.005")), (422, "price", "over-precise-amount")),
    ("/prices", a_price(price={"amount": "1.00", "currency": "XXX"}), (422, "price", "unknown-currency")),
    ("/prices", a_price(price={"amount": "1.00", "currency": "USD"}), (422, "price", "book-currency")),
    ("/prices", a_price(price={"amount": 1.0, "currency": "BOB"}), (422, "price", "money-shape")),
    ("/prices", a_price(price={"amount": "1e3", "currency": "BOB"}), (422, "price", "malformed-amount")),
    ("/prices", a_price(price=bob("9" * 30)), (422, "price", "amount-too-large")),
    ("/payments", a_payment(amount=bob("-5.00")), (422, "amount", "not-positive")),
    ("/payments", a_payment(amount={"amount": "5.00", "currency": "USD"}), (422, "amount", "book-currency")),
    ("/costs", a_cost(amount=bob("1.234")), (422, "amount", "over-precise-amount")),
    ("/costs", a_cost(amount={"amount": "1.00", "currency": "PEN"}), (422, "amount", "book-currency")),
    ("/agreements", an_agreement(ceiling={"amount": "1.00", "currency": "USD"}), (422, "ceiling", "book-currency")),
    # Text
    ("/costs", a_cost(description=LONG), (422, "description", "string-too-long")),
    ("/costs", a_cost(description="a\u0000b"), (422, "description", "storable")),
    ("/costs", a_cost(description="a\u0007b"), (422, "description", "no-control-characters")),
    ("/costs", a_cost(description="a\ud800b"), (422, "description", "storable")),
    ("/payments", a_payment(reference="a\nb"), (422, "reference", "no-control-characters")),
    ("/agreements", an_agreement(payer_name="a\u202eb"), (422, "payer_name", "no-control-characters")),
    (
        "/invoices/{draft}/cancel",
        plain(cancelled_on=str(START), reason="line\nand \u0007"),
        (422, "reason", "no-control-characters"),
    ),
    ("/payments", a_payment(reference="x" * 141), (422, "reference", "string-too-long")),
    ("/agreements", an_agreement(payer_name=LONG), (422, "payer_name", "string-too-long")),
    ("/agreements", an_agreement(payer_name=" "), (422, "payer_name", "string-too-short")),
    ("/prices", a_price(surprise=1), (422, "surprise", "extra-forbidden")),
    # Codes
    ("/prices", a_price(module="M9"), (422, "module", "known-module")),
    (
        "/agreements",
        an_agreement(shares=[{"size_class": "huge", "share_pct": "1"}]),
        (422, "shares", "known-size-class"),
    ),
    ("/agreements", an_agreement(payer_class="K"), (422, "payer_class", "literal-error")),
    ("/agreements", an_agreement(payer_class="P"), (422, "partner_id", "agreement-partner")),
    ("/agreements", an_agreement(code="D-1"), (409, "code", "unique")),
    (
        "/agreements",
        an_agreement(shares=[{"size_class": "small", "share_pct": "100.01"}]),
        (422, "shares.0.share_pct", "percent-range"),
    ),
    (
        "/agreements",
        an_agreement(shares=[{"size_class": "small", "share_pct": "1"}, {"size_class": "small", "share_pct": "2"}]),
        (422, "shares", "size-class-twice"),
    ),
    ("/agreements", an_agreement(shares=[]), (422, "shares", "too-short")),
    ("/costs", a_cost(kind="bribes"), (422, "kind", "enum")),
    ("/costs", a_cost(kind="marketing"), (422, "training_id", "overhead-without-training")),
    ("/costs", a_cost(training_id=None), (422, "training_id", "direct-with-training")),
    ("/costs", a_cost(kind="marketing", training_id=None, funding="in-kind"), (422, "funding", "in-kind-direct")),
    # Dates
    ("/prices", a_price(valid_to="2015-12-31"), (422, "valid_to", "date-order")),
    ("/agreements", an_agreement(valid_to="2015-12-31"), (422, "valid_to", "date-order")),
    ("/payments", a_payment(received_on=FUTURE), (422, "received_on", "not-in-the-future")),
    ("/costs", a_cost(incurred_on=FUTURE), (422, "incurred_on", "not-in-the-future")),
    ("/costs", a_cost(incurred_on="2016-02-30"), (422, "incurred_on", "date-from-datetime-parsing")),
    (
        "/invoices/{draft}/issue",
        plain(issued_on=str(START - DAY), due_on=str(START)),
        (422, "issued_on", "date-order"),
    ),
    ("/invoices/{draft}/issue", plain(issued_on=str(START), due_on=str(START - DAY)), (422, "due_on", "date-order")),
    ("/invoices/{draft}/issue", plain(issued_on=FUTURE, due_on=FUTURE), (422, "issued_on", "not-in-the-future")),
    (
        "/invoices/{draft}/cancel",
        plain(cancelled_on=str(START - DAY), reason="a mistake"),
        (422, "cancelled_on", "date-order"),
    ),
    (
        "/payments/{payment}/allocations",
        plain(invoice_id="invoice", amount=bob("1.00"), allocated_on=str(START)),
        (422, "allocated_on", "date-order"),
    ),
    (
        "/claims/{claim}/approve",
        plain(approved_on=str(START), amount=bob("1.00")),
        (422, "approved_on", "date-order"),
    ),
    ("/cost-recovery/measurements", plain(as_of=FUTURE), (422, "as_of", "not-in-the-future")),
    # Too much
    (
        "/payments/{payment}/allocations",
        plain(invoice_id="invoice", amount=bob("100.01"), allocated_on=str(START + DAY)),
        (422, "amount", "within-payment"),
    ),
    (
        "/payments/{payment}/allocations",
        plain(invoice_id="invoice", amount=bob("90.01"), allocated_on=str(START + DAY)),
        (422, "amount", "within-open-amount"),
    ),
    (
        "/claims/{claim}/approve",
        plain(approved_on=str(START + DAY), amount=bob("10.01")),
        (422, "amount", "at-most-submitted"),
    ),
    # The wrong thing
    ("/prices", a_price(partner_id="nobody"), (409, "partner_id", "fact-missing")),
    ("/agreements", an_agreement(partner_id="nobody"), (409, "partner_id", "fact-missing")),
    ("/payments", a_payment(partner_id="nobody"), (409, "partner_id", "fact-missing")),
    ("/payments", a_payment(enterprise_id="nobody"), (409, "enterprise_id", "fact-missing")),
    ("/payments", a_payment(enterprise_id="foreign_firm"), (422, "enterprise_id", "payer-owes-this")),
    ("/payments", a_payment(agreement_id="agreement"), (422, "body", "one-payer")),
    ("/payments/{payment}/identify", plain(identified_on=str(START)), (422, "body", "one-payer")),
    (
        "/payments/{payment}/refunds",
        plain(amount=bob("100.01"), refunded_on=str(START + DAY), reason="too much"),
        (422, "amount", "within-payment"),
    ),
    (
        "/payments/{payment}/refunds",
        plain(amount=bob("1.005"), refunded_on=str(START + DAY), reason="too much"),
        (422, "amount", "over-precise-amount"),
    ),
    (
        "/payments/{payment}/reverse",
        plain(reversed_on=FUTURE, reason="no funds"),
        (422, "reversed_on", "not-in-the-future"),
    ),
    ("/payments", a_payment(enterprise_id=None, agreement_id="nobody"), (404, "agreement_id", "not-found")),
    ("/costs", a_cost(training_id="foreign_training"), (422, "training_id", "training-of-partner")),
    ("/costs", a_cost(partner_id="nobody"), (409, "partner_id", "fact-missing")),
    ("/costs", a_cost(training_id="nobody"), (409, "training_id", "fact-missing")),
    (
        "/payments/{payment}/allocations",
        plain(invoice_id="draft", amount=bob("1.00"), allocated_on=str(START + DAY)),
        (422, "invoice_id", "payer-owes-this"),
    ),
    (
        "/payments/{payment}/allocations",
        plain(claim_id="claim", amount=bob("1.00"), allocated_on=str(START + DAY)),
        (422, "claim_id", "payer-owes-this"),
    ),
    (
        "/payments/{payment}/allocations",
        plain(amount=bob("1.00"), allocated_on=str(START)),
        (422, "body", "one-target"),
    ),
    ("/payments/{nobody}/allocate", plain(allocated_on=str(START)), (404, "id", "not-found")),
    ("/invoices/{nobody}/issue", plain(issued_on=str(START), due_on=str(START)), (404, "id", "not-found")),
    (
        "/invoices/{invoice}/cancel",
        plain(cancelled_on=str(START), reason="a mistake"),
        (409, "", "refused-transition"),
    ),
    (
        "/invoices/{invoice}/credit-notes",
        plain(issued_on=str(START), reason="a mistake"),
        (409, "invoice_id", "not-applied"),
    ),
    (
        "/claims",
        plain(agreement_id="agreement", partner_id="partner", submitted_on=str(START), invoice_ids=["no"]),
        (422, "invoice_ids.0", "uuid-parsing"),
    ),
    (
        "/claims",
        plain(agreement_id="agreement", partner_id="partner", submitted_on=str(START)),
        (422, "body", "one-way"),
    ),
    ("/claims", a_claim(agreement_id="nobody"), (404, "agreement_id", "not-found")),
    ("/claims", a_claim(partner_id="nobody"), (409, "partner_id", "fact-missing")),
    ("/claims", a_claim(training_ids=[NOBODY]), (409, "training_ids", "fact-missing")),
    ("/claims", a_claim(), (422, "training_ids", "claimed-once")),
    ("/invoices", plain(enrollment_id="nobody"), (409, "enrollment_id", "fact-missing")),
    ("/periods/{nobody}/close", plain(), (404, "id", "not-found")),
]


async def test_every_bad_request_names_field_and_rule_and_leaves_nothing(world: World) -> None:
    ids = await stage(world)
    before = await fingerprint(world)
    wrong = []
    for path, body, expected in CASES:
        got = await world.refused(path.format(**ids), body(ids))
        if got != expected:
            wrong.append((path, body(ids), got, expected))
    assert wrong == []
    assert await fingerprint(world) == before
    await world.clean()


async def test_every_bad_question_names_field_and_rule(world: World) -> None:
    book = f"/books/{world.partner}"
    for path, cut, expected in (
        ("/cost-recovery", {}, (422, "basis")),
        ("/cost-recovery", {"basis": "pledged"}, (422, "basis")),
        ("/cost-recovery", {"basis": "invoiced", "from": "2016-02-01", "to": "2016-01-31"}, (422, "to")),
        ("/cost-recovery", {"basis": "invoiced", "module": "no such module!"}, (422, "module")),
        ("/cost-recovery", {"basis": "invoiced", "partner": "1"}, (422, "partner")),
        ("/cost-recovery/postings", {"basis": "invoiced", "component": "X"}, (422, "component")),
        (f"{book}/trial-balance", {"recorded_at": "2016-01-01T00:00:00"}, (422, "recorded_at")),
        (f"{book}/accounts", {"as_of": "yesterday"}, (422, "as_of")),
        (f"{book}/entries", {"kind": "bribe"}, (422, "kind")),
        (f"/books/{new_id()}/accounts", {}, (404, "id")),
        ("/invoices", {"state": "lost"}, (422, "state")),
        ("/invoices", {"limit": 0}, (422, "limit")),
        ("/invoices", {"cursor": "?"}, (422, "cursor")),
        ("/agreements", {"state": "asleep"}, (422, "state")),
        (f"/payments/{new_id()}", {}, (404, "id")),
        ("/payments/1", {}, (422, "payment_id")),
    ):
        answer = await world.get(path, cut)
        field = answer.json().get("errors", [{}])[0].get("field")
        assert (answer.status_code, field) == expected, (path, cut, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_programme_that_changes_its_currency_is_parked_for_a_person(world: World) -> None:
    await world.define(version=2, currency="USD")
    assert await world.client.parked() == [("failed", "currency-changed")]
    [book] = await world.all("/books")
    assert book["currency"] == "BOB"


async def test_an_aborted_visit_in_another_currency_is_parked_and_books_nothing(world: World) -> None:
    await world.price("100.00")
    firm, training = await world.enterprise(), await world.training()
    enrollment = await world.enroll(firm, training)
    await world.abort_visit(enrollment, firm, training, START, Money(100, "USD"))
    assert await world.client.parked() == [("failed", "wrong-currency")]
    assert await world.all("/costs") == []
