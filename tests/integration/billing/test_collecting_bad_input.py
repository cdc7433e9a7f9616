"""After the invoice, what is wrong is refused with the field and the rule, and nothing is stored."""

from datetime import timedelta

import pytest

from shared.ids import new_id
from tests.integration.billing.collecting import credit, owing, paid
from tests.integration.billing.facts import START, Json
from tests.integration.billing.raw import fingerprint
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration
DAY = timedelta(days=1)
FUTURE = "2026-12-31"
NOBODY = str(new_id())

NOTE = {"issued_on": str(START + DAY), "reason": "a day was not held"}
LOSS = {"cause": "bad-debt", "written_on": str(START + DAY), "reason": "bankrupt"}
REFUND = {"refunded_on": str(START + DAY), "reference": "transfer"}
OFFSET = {"offset_on": str(START + DAY)}
PAUSE = {"cause": "disputed", "until": FUTURE, "reason": "the day was not held"}


def bob(amount: str, currency: str = "BOB") -> Json:
    return {"amount": amount, "currency": currency}


CASES: list[tuple[str, Json, tuple[int, str, str]]] = [
    ("/invoices/{invoice}/credit-notes", {**NOTE, "amount": bob("100.01")}, (422, "amount", "creditable")),
    ("/invoices/{invoice}/credit-notes", {**NOTE, "amount": bob("0.00")}, (422, "amount", "not-positive")),
    ("/invoices/{invoice}/credit-notes", {**NOTE, "amount": bob("1.001")}, (422, "amount", "over-precise-amount")),
    ("/invoices/{invoice}/credit-notes", {**NOTE, "amount": bob("1.00", "USD")}, (422, "amount", "book-currency")),
    ("/invoices/{invoice}/credit-notes", {**NOTE, "kind": "present"}, (422, "kind", "enum")),
    ("/invoices/{invoice}/credit-notes", {**NOTE, "amount": bob("1.00"), "parts": []}, (422, "parts", "too-short")),
    (
        "/invoices/{invoice}/credit-notes",
        {**NOTE, "parts": [{"share_id": "{other_share}", "amount": bob("1.00")}]},
        (422, "parts.0.share_id", "own-share"),
    ),
    (
        "/invoices/{invoice}/credit-notes",
        {**NOTE, "parts": [{"share_id": "{share}", "amount": bob("1.00")}] * 2},
        (422, "parts", "named-once"),
    ),
    (
        "/invoices/{invoice}/credit-notes",
        {**NOTE, "amount": bob("1.00"), "offset_invoice_id": "{other}"},
        (422, "body", "offset-only"),
    ),
    ("/invoices/{invoice}/credit-notes", {**NOTE, "issued_on": FUTURE}, (422, "issued_on", "not-in-the-future")),
    (
        "/invoices/{invoice}/credit-notes",
        {**NOTE, "issued_on": str(START - DAY), "amount": bob("1.00")},
        (422, "issued_on", "date-order"),
    ),
    ("/invoices/{paid}/credit-notes", NOTE, (409, "invoice_id", "not-applied")),
    ("/invoices/{draft}/credit-notes", NOTE, (409, "", "refused-transition")),
    ("/invoices/{nobody}/credit-notes", NOTE, (404, "id", "not-found")),
    ("/credit-notes", {"invoice_id": "{nobody}", "reason": "who knows"}, (404, "id", "not-found")),
    ("/credit-notes/{nobody}/issue", {"issued_on": str(START)}, (404, "id", "not-found")),
    ("/credit-notes/{note}/issue", {"issued_on": str(START)}, (409, "", "refused-transition")),
    ("/credit-notes/{note}/void", {"voided_on": str(START), "reason": "a slip"}, (422, "voided_on", "date-order")),
    ("/credit-notes/{note}/void", {"voided_on": FUTURE, "reason": "a slip"}, (422, "voided_on", "not-in-the-future")),
    ("/credit-notes/{note}/refunds", {**REFUND, "amount": bob("30.01")}, (422, "amount", "within-credit")),
    ("/credit-notes/{note}/refunds", {**REFUND, "amount": bob("1.00", "USD")}, (422, "amount", "book-currency")),
    ("/credit-notes/{note}/refunds", {**REFUND, "refunded_on": str(START)}, (422, "refunded_on", "date-order")),
    ("/credit-notes/{note}/refunds", {**REFUND, "agreement_id": "{agreement}"}, (422, "amount", "within-credit")),
    ("/credit-notes/{nobody}/refunds", REFUND, (404, "id", "not-found")),
    ("/credit-notes/{note}/offsets", OFFSET, (422, "amount", "owed")),
    ("/credit-notes/{note}/offsets", {**OFFSET, "invoice_id": "{other}"}, (422, "invoice_id", "payer-owes-this")),
    ("/credit-notes/{note}/offsets", {**OFFSET, "invoice_id": "{nobody}"}, (404, "invoice_id", "not-found")),
    (
        "/credit-notes/{note}/offsets",
        {**OFFSET, "invoice_id": "{other}", "claim_id": "{nobody}"},
        (422, "body", "one-target"),
    ),
    ("/write-offs", LOSS, (422, "body", "one-target")),
    ("/write-offs", {**LOSS, "invoice_id": "{nobody}"}, (404, "invoice_id", "not-found")),
    ("/write-offs", {**LOSS, "claim_id": "{nobody}"}, (404, "claim_id", "not-found")),
    ("/write-offs", {**LOSS, "invoice_id": "{draft}"}, (409, "", "refused-transition")),
    ("/write-offs", {**LOSS, "invoice_id": "{invoice}", "cause": "disallowed"}, (422, "body", "claims-only")),
    (
        "/write-offs",
        {**LOSS, "invoice_id": "{invoice}", "amount": bob("100.01")},
        (422, "amount", "within-open-amount"),
    ),
    (
        "/write-offs",
        {**LOSS, "invoice_id": "{invoice}", "written_on": FUTURE},
        (422, "written_on", "not-in-the-future"),
    ),
    ("/write-offs", {**LOSS, "invoice_id": "{invoice}", "written_on": "2015-01-01"}, (422, "written_on", "date-order")),
    ("/write-offs", {**LOSS, "invoice_id": "{invoice}", "reason": "x"}, (422, "reason", "string-too-short")),
    ("/write-offs/{nobody}/reverse", {"reversed_on": str(START), "reason": "paid"}, (404, "id", "not-found")),
    (
        "/books/{partner}/write-off-tolerances",
        {"amount": bob("-1.00"), "share_pct": "1"},
        (422, "amount", "negative"),
    ),
    (
        "/books/{partner}/write-off-tolerances",
        {"amount": bob("1.00"), "share_pct": "100.01"},
        (422, "share_pct", "percent-range"),
    ),
    (
        "/books/{partner}/write-off-tolerances",
        {"amount": bob("1.00", "USD"), "share_pct": "1"},
        (422, "amount", "book-currency"),
    ),
    (
        "/books/{partner}/reminder-schedules",
        {"valid_from": str(START), "days_after_due": [7, 7], "minimum": bob("1.00")},
        (422, "days_after_due", "rising"),
    ),
    (
        "/books/{partner}/reminder-schedules",
        {"valid_from": str(START), "days_after_due": [7], "minimum": bob("1.00", "USD")},
        (422, "minimum", "book-currency"),
    ),
    ("/books/{partner}/reminder-runs", {"run_on": FUTURE}, (422, "run_on", "not-in-the-future")),
    ("/books/{partner}/reminder-runs", {"run_on": str(START)}, (422, "run_on", "scheduled")),
    ("/invoices/{draft}/pause-reminders", PAUSE, (409, "", "refused-transition")),
    ("/invoices/{invoice}/pause-reminders", {**PAUSE, "until": str(START)}, (422, "until", "date-order")),
    ("/invoices/{invoice}/pause-reminders", {**PAUSE, "cause": "resumed"}, (422, "cause", "literal-error")),
    ("/invoices/{invoice}/resume-reminders", {"reason": "settled"}, (409, "invoice_id", "paused")),
    (
        "/books/{partner}/allowances",
        {"as_of": FUTURE, "rates": [], "reason": "review"},
        (422, "as_of", "not-in-the-future"),
    ),
    (
        "/books/{partner}/allowances",
        {"as_of": str(START), "rates": [{"age": "old", "rate_pct": "1"}], "reason": "review"},
        (422, "rates.0.age", "enum"),
    ),
    (
        "/books/{partner}/allowances",
        {"as_of": str(START), "rates": [{"age": "1-30", "rate_pct": "1", "why": "x"}], "reason": "review"},
        (422, "rates.0.why", "extra-forbidden"),
    ),
]


def _filled(value: object, ids: dict[str, str]) -> object:
    if isinstance(value, str):
        return value.format(**ids) if value.startswith("{") else value
    if isinstance(value, dict):
        return {name: _filled(part, ids) for name, part in value.items()}
    return [_filled(part, ids) for part in value] if isinstance(value, list) else value


async def _stage(world: World) -> dict[str, str]:
    await world.price("100.00")
    deal = await world.agreement("G-1", "G", {"small": "10"})
    training = await world.training()
    invoice, other, given = [await owing(world, training) for _ in range(3)]
    await paid(world, given, "100.00", START + DAY)
    note = await credit(world, given, START + DAY, amount=world.money("30.00"))
    draft = await world.invoice_of(await world.enroll(await world.enterprise(), training))
    return {
        "partner": str(world.partner),
        "agreement": deal["id"],
        "invoice": invoice.id,
        "share": invoice.invoice["shares"][0]["id"],
        "other": other.id,
        "other_share": other.invoice["shares"][0]["id"],
        "paid": given.id,
        "note": note["id"],
        "draft": draft["id"],
        "nobody": NOBODY,
    }


async def test_what_is_wrong_is_refused_by_field_and_rule_and_nothing_is_stored(world: World) -> None:
    ids = await _stage(world)
    before = await fingerprint(world)
    wrong = []
    for path, body, expected in CASES:
        got = await world.refused(path.format(**ids), _filled(body, ids))
        if got != expected:
            wrong.append((path, body, expected, got))
    assert wrong == []
    assert await fingerprint(world) == before
    await world.clean()


async def test_nothing_enters_a_closed_period_by_any_of_these_ways(world: World) -> None:
    ids = await _stage(world)
    loss = {"invoice_id": ids["other"], **LOSS, "amount": bob("1.00")}
    gone = await world.done("/write-offs", loss)
    january, *_ = sorted(await world.all("/periods"), key=lambda row: str(row["starts_on"]))
    for step in ("soft-close", "close"):
        await world.done(f"/periods/{january['id']}/{step}", {})
    before = await fingerprint(world)
    for path, body in (
        (f"/invoices/{ids['invoice']}/credit-notes", {**NOTE, "amount": bob("1.00")}),
        (f"/credit-notes/{ids['note']}/void", {"voided_on": str(START + DAY), "reason": "a slip"}),
        (f"/credit-notes/{ids['note']}/refunds", REFUND),
        ("/write-offs", loss),
        (f"/write-offs/{gone['id']}/reverse", {"reversed_on": str(START + DAY), "reason": "paid after all"}),
        (
            f"/books/{ids['partner']}/allowances",
            {"as_of": str(START + DAY), "rates": [{"age": "not-due", "rate_pct": "1"}], "reason": "review"},
        ),
    ):
        assert await world.refused(path, body) == (409, "date", "open-period"), path
    assert await fingerprint(world) == before
    await world.clean()
