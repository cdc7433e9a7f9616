"""What billing refuses over HTTP: a problem that names field and rule; nothing stored, nothing published."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.ids import new_id
from shared.money import Money
from tests.integration.billing.facts import START, Json
from tests.integration.billing.raw import fingerprint
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration
DAY = timedelta(days=1)
FUTURE = "2026-03-03"  # one day after the tests' fixed clock
LONG = "x" * 201


async def _stage(world: World) -> dict[str, str]:
    """Return ids to be wrong about: a priced and issued invoice, a payment, a claim, a foreign partner."""
    await world.price("100.00")
    donor = await world.agreement("D-1", "D", {"medium": "10"})
    firm, training = await world.enterprise(), await world.training()
    enrollment = await world.enroll(firm, training)
    invoice = await world.issue(await world.invoice_of(enrollment))
    draft = await world.invoice_of(await world.enroll(await world.enterprise(), training))
    payment = await world.pay("100.00", START + DAY, enterprise_id=firm)
    claim = await world.claim(donor, START + DAY, training_ids=[training])
    other = await world.join()
    return {
        "partner": str(world.partner),
        "other": str(other),
        "firm": str(firm),
        "foreign_firm": str(await world.enterprise(partner=other)),
        "training": str(training),
        "enrollment": str(enrollment),
        "foreign_training": str(await world.training(partner=other)),
        "agreement": donor["id"],
        "invoice": invoice["id"],
        "draft": draft["id"],
        "payment": payment["id"],
        "claim": claim["id"],
        "nobody": NOBODY,
    }


def _bob(amount: str) -> Json:
    return {"amount": amount, "currency": "BOB"}


NOBODY = str(new_id())
Ids = dict[str, str]
Body = Callable[[Ids], Json]


def _price(**wrong: Any) -> Body:  # noqa: ANN401 - any JSON
    return lambda ids: {
        "partner_id": ids["partner"],
        "module": "OSH",
        "valid_from": "2016-01-01",
        "price": _bob("10.00"),
        **{name: ids.get(value, value) if isinstance(value, str) else value for name, value in wrong.items()},
    }


def _agreement(**wrong: Any) -> Body:  # noqa: ANN401
    return lambda ids: {
        "code": "X-1",
        "payer_class": "G",
        "payer_name": "Fund (demo)",
        "shares": [{"size_class": "medium", "share_pct": "10"}],
        "ceiling": _bob("10.00"),
        "valid_from": "2016-01-01",
        **{name: ids.get(value, value) if isinstance(value, str) else value for name, value in wrong.items()},
    }


def _payment(**wrong: Any) -> Body:  # noqa: ANN401
    return lambda ids: {
        "partner_id": ids["partner"],
        "enterprise_id": ids["firm"],
        "received_on": str(START),
        "amount": _bob("10.00"),
        **{name: ids.get(value, value) if isinstance(value, str) else value for name, value in wrong.items()},
    }


def _cost(**wrong: Any) -> Body:  # noqa: ANN401
    return lambda ids: {
        "partner_id": ids["partner"],
        "training_id": ids["training"],
        "kind": "venue",
        "incurred_on": str(START),
        "amount": _bob("10.00"),
        "description": "room",
        **{name: ids.get(value, value) if isinstance(value, str) else value for name, value in wrong.items()},
    }


def _claim(**wrong: Any) -> Body:  # noqa: ANN401
    return lambda ids: {
        "agreement_id": ids["agreement"],
        "partner_id": ids["partner"],
        "submitted_on": str(START),
        "training_ids": [ids["training"]],
        **{name: ids.get(value, value) if isinstance(value, str) else value for name, value in wrong.items()},
    }


def _plain(**body: Any) -> Body:  # noqa: ANN401
    return lambda ids: {
        name: ids.get(value, value) if isinstance(value, str) else value for name, value in body.items()
    }


CASES: list[tuple[str, Body, tuple[int, str, str]]] = [
    # Money
    ("/prices", _price(price=_bob("-1.00")), (422, "price", "not-positive")),
    ("/prices", _price(price=_bob("0.00")), (422, "price", "not-positive")),
    ("/prices", _price(price=_bob("1.005")), (422, "price", "over-precise-amount")),
    ("/prices", _price(price={"amount": "1.00", "currency": "XXX"}), (422, "price", "unknown-currency")),
    ("/prices", _price(price={"amount": "1.00", "currency": "USD"}), (422, "price", "book-currency")),
    ("/prices", _price(price={"amount": 1.0, "currency": "BOB"}), (422, "price", "money-shape")),
    ("/prices", _price(price={"amount": "1e3", "currency": "BOB"}), (422, "price", "malformed-amount")),
    ("/prices", _price(price=_bob("9" * 30)), (422, "price", "amount-too-large")),
    ("/payments", _payment(amount=_bob("-5.00")), (422, "amount", "not-positive")),
    ("/payments", _payment(amount={"amount": "5.00", "currency": "USD"}), (422, "amount", "book-currency")),
    ("/costs", _cost(amount=_bob("1.234")), (422, "amount", "over-precise-amount")),
    ("/costs", _cost(amount={"amount": "1.00", "currency": "PEN"}), (422, "amount", "book-currency")),
    ("/agreements", _agreement(ceiling={"amount": "1.00", "currency": "USD"}), (422, "ceiling", "book-currency")),
    # Text
    ("/costs", _cost(description=LONG), (422, "description", "string-too-long")),
    ("/costs", _cost(description="a\u0000b"), (422, "description", "storable")),
    ("/costs", _cost(description="a\u0007b"), (422, "description", "no-control-characters")),
    ("/costs", _cost(description="a\ud800b"), (422, "description", "storable")),
    ("/payments", _payment(reference="a\nb"), (422, "reference", "no-control-characters")),
    ("/agreements", _agreement(payer_name="a\u202eb"), (422, "payer_name", "no-control-characters")),
    (
        "/invoices/{draft}/cancel",
        _plain(cancelled_on=str(START), reason="line\nand \u0007"),
        (422, "reason", "no-control-characters"),
    ),
    ("/payments", _payment(reference="x" * 141), (422, "reference", "string-too-long")),
    ("/agreements", _agreement(payer_name=LONG), (422, "payer_name", "string-too-long")),
    ("/agreements", _agreement(payer_name=" "), (422, "payer_name", "string-too-short")),
    ("/prices", _price(surprise=1), (422, "surprise", "extra-forbidden")),
    # Codes
    ("/prices", _price(module="M9"), (422, "module", "known-module")),
    ("/agreements", _agreement(shares=[{"size_class": "huge", "share_pct": "1"}]), (422, "shares", "known-size-class")),
    ("/agreements", _agreement(payer_class="K"), (422, "payer_class", "literal-error")),
    ("/agreements", _agreement(payer_class="P"), (422, "partner_id", "agreement-partner")),
    ("/agreements", _agreement(code="D-1"), (409, "code", "unique")),
    (
        "/agreements",
        _agreement(shares=[{"size_class": "small", "share_pct": "100.01"}]),
        (422, "shares.0.share_pct", "percent-range"),
    ),
    (
        "/agreements",
        _agreement(shares=[{"size_class": "small", "share_pct": "1"}, {"size_class": "small", "share_pct": "2"}]),
        (422, "shares", "size-class-twice"),
    ),
    ("/agreements", _agreement(shares=[]), (422, "shares", "too-short")),
    ("/costs", _cost(kind="bribes"), (422, "kind", "enum")),
    ("/costs", _cost(kind="marketing"), (422, "training_id", "overhead-without-training")),
    ("/costs", _cost(training_id=None), (422, "training_id", "direct-with-training")),
    ("/costs", _cost(kind="marketing", training_id=None, funding="in-kind"), (422, "funding", "in-kind-direct")),
    # Dates
    ("/prices", _price(valid_to="2015-12-31"), (422, "valid_to", "date-order")),
    ("/agreements", _agreement(valid_to="2015-12-31"), (422, "valid_to", "date-order")),
    ("/payments", _payment(received_on=FUTURE), (422, "received_on", "not-in-the-future")),
    ("/costs", _cost(incurred_on=FUTURE), (422, "incurred_on", "not-in-the-future")),
    ("/costs", _cost(incurred_on="2016-02-30"), (422, "incurred_on", "date-from-datetime-parsing")),
    (
        "/invoices/{draft}/issue",
        _plain(issued_on=str(START - DAY), due_on=str(START)),
        (422, "issued_on", "date-order"),
    ),
    ("/invoices/{draft}/issue", _plain(issued_on=str(START), due_on=str(START - DAY)), (422, "due_on", "date-order")),
    ("/invoices/{draft}/issue", _plain(issued_on=FUTURE, due_on=FUTURE), (422, "issued_on", "not-in-the-future")),
    (
        "/invoices/{draft}/cancel",
        _plain(cancelled_on=str(START - DAY), reason="a mistake"),
        (422, "cancelled_on", "date-order"),
    ),
    (
        "/payments/{payment}/allocations",
        _plain(invoice_id="invoice", amount=_bob("1.00"), allocated_on=str(START)),
        (422, "allocated_on", "date-order"),
    ),
    (
        "/claims/{claim}/approve",
        _plain(approved_on=str(START), amount=_bob("1.00")),
        (422, "approved_on", "date-order"),
    ),
    ("/cost-recovery/measurements", _plain(as_of=FUTURE), (422, "as_of", "not-in-the-future")),
    # Too much
    (
        "/payments/{payment}/allocations",
        _plain(invoice_id="invoice", amount=_bob("100.01"), allocated_on=str(START + DAY)),
        (422, "amount", "within-payment"),
    ),
    (
        "/payments/{payment}/allocations",
        _plain(invoice_id="invoice", amount=_bob("90.01"), allocated_on=str(START + DAY)),
        (422, "amount", "within-open-amount"),
    ),
    (
        "/claims/{claim}/approve",
        _plain(approved_on=str(START + DAY), amount=_bob("10.01")),
        (422, "amount", "at-most-submitted"),
    ),
    # The wrong thing
    ("/prices", _price(partner_id="nobody"), (409, "partner_id", "fact-missing")),
    ("/agreements", _agreement(partner_id="nobody"), (409, "partner_id", "fact-missing")),
    ("/payments", _payment(partner_id="nobody"), (409, "partner_id", "fact-missing")),
    ("/payments", _payment(enterprise_id="nobody"), (409, "enterprise_id", "fact-missing")),
    ("/payments", _payment(enterprise_id="foreign_firm"), (422, "enterprise_id", "payer-owes-this")),
    ("/payments", _payment(agreement_id="agreement"), (422, "body", "one-payer")),
    ("/payments", _payment(enterprise_id=None), (422, "body", "one-payer")),
    ("/payments", _payment(enterprise_id=None, agreement_id="nobody"), (404, "agreement_id", "not-found")),
    ("/costs", _cost(training_id="foreign_training"), (422, "training_id", "training-of-partner")),
    ("/costs", _cost(partner_id="nobody"), (409, "partner_id", "fact-missing")),
    ("/costs", _cost(training_id="nobody"), (409, "training_id", "fact-missing")),
    (
        "/payments/{payment}/allocations",
        _plain(invoice_id="draft", amount=_bob("1.00"), allocated_on=str(START + DAY)),
        (422, "invoice_id", "payer-owes-this"),
    ),
    (
        "/payments/{payment}/allocations",
        _plain(claim_id="claim", amount=_bob("1.00"), allocated_on=str(START + DAY)),
        (422, "claim_id", "payer-owes-this"),
    ),
    (
        "/payments/{payment}/allocations",
        _plain(amount=_bob("1.00"), allocated_on=str(START)),
        (422, "body", "one-target"),
    ),
    ("/payments/{nobody}/allocate", _plain(allocated_on=str(START)), (404, "id", "not-found")),
    ("/invoices/{nobody}/issue", _plain(issued_on=str(START), due_on=str(START)), (404, "id", "not-found")),
    (
        "/invoices/{invoice}/cancel",
        _plain(cancelled_on=str(START), reason="a mistake"),
        (409, "", "refused-transition"),
    ),
    (
        "/invoices/{invoice}/credit-notes",
        _plain(issued_on=str(START), reason="a mistake"),
        (409, "invoice_id", "not-applied"),
    ),
    (
        "/claims",
        _plain(agreement_id="agreement", partner_id="partner", submitted_on=str(START), invoice_ids=["no"]),
        (422, "invoice_ids.0", "uuid-parsing"),
    ),
    (
        "/claims",
        _plain(agreement_id="agreement", partner_id="partner", submitted_on=str(START)),
        (422, "body", "one-way"),
    ),
    ("/claims", _claim(agreement_id="nobody"), (404, "agreement_id", "not-found")),
    ("/claims", _claim(partner_id="nobody"), (409, "partner_id", "fact-missing")),
    ("/claims", _claim(training_ids=[NOBODY]), (409, "training_ids", "fact-missing")),
    ("/claims", _claim(), (422, "training_ids", "claimed-once")),
    ("/invoices", _plain(enrollment_id="nobody"), (409, "enrollment_id", "fact-missing")),
    ("/periods/{nobody}/close", _plain(), (404, "id", "not-found")),
]


async def test_every_bad_request_names_field_and_rule_and_leaves_nothing(world: World) -> None:
    ids = await _stage(world)
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


async def test_malformed_json_missing_or_forged_tokens_and_missing_keys_are_refused(world: World) -> None:
    await _stage(world)
    before = await fingerprint(world)
    broken = await world.send("/payments", content=b'{"partner_id": ')
    assert (broken.status_code, broken.json()["type"]) == (400, "urn:scorebook:problem:malformed-json")
    for token in ("", "Bearer ", "Bearer a.b.c", "Basic eA=="):
        assert (await world.send("/payments", {}, headers={"authorization": token})).status_code == 401
    forged = world.client.token("programme-manager", world.programme)[:-8] + "AAAAAAAA"
    assert (await world.send("/payments", {}, headers={"authorization": f"Bearer {forged}"})).status_code == 401
    assert (await world.send("/payments", {}, key="short")).status_code == 400
    assert await fingerprint(world) == before


async def test_roles_and_scopes_keep_others_out(world: World) -> None:
    ids = await _stage(world)
    before = await fingerprint(world)
    other = UUID(ids["other"])
    for role in ("partner-admin", "trainer", "board-secretary", "board-member", "ops", "auditor"):
        assert (await world.send("/payments", _payment()(ids), role=role)).status_code == 403
        assert (await world.send("/agreements", _agreement()(ids), role=role)).status_code == 403
    assert (await world.send("/agreements", _agreement()(ids), role="partner-finance")).status_code == 403
    for path, body in (("/prices", _price()), ("/payments", _payment()), ("/costs", _cost())):
        assert await world.refused(path, body(ids), role="partner-finance", partner=other) == (
            403,
            "partner_id",
            "partner-scope",
        )
    for path, body in (
        ("/payments", _payment(partner_id="other")),
        ("/invoices", _plain(enrollment_id=ids["enrollment"])),
    ):
        assert await world.refused(path, body(ids), role="partner-finance", partner=other) == (
            403,
            "partner_id",
            "partner-scope",
        )
    for path, plain in (
        ("/invoices/{draft}/issue", {"issued_on": str(START), "due_on": str(START)}),
        ("/payments/{payment}/allocate", {"allocated_on": str(START)}),
    ):
        answer = await world.send(path.format(**ids), plain, role="partner-finance", partner=other)
        assert answer.status_code == 404
    assert await fingerprint(world) == before


async def test_another_programme_does_not_exist_for_a_token_and_shares_nothing(world: World) -> None:
    ids = await _stage(world)
    peru = World(world.client, world.database, programme="peru", currency="USD")
    before = await fingerprint(world)
    path = f"{world.path}/payments"
    stranger = await world.client.post(path, _payment()(ids), role="programme-manager", programme="peru")
    assert stranger.status_code == 404
    for method in ("/invoices", "/books", "/cost-recovery?basis=invoiced"):
        assert (await world.client.get(f"{world.path}{method}", role="auditor", programme="peru")).status_code == 404
    assert await fingerprint(world) == before
    await peru.begin()
    # A manager of Peru names Bolivia's things under Peru's path: they are as unknown as if nobody had them.
    dollar = {"amount": "1.00", "currency": "USD"}
    own = {"partner_id": str(peru.partner), "amount": dollar}
    missing = (409, "fact-missing")
    hidden = (404, "not-found")
    for where, body, expected in (
        ("/prices", _price(price=dollar), ("partner_id", *missing)),
        ("/payments", _payment(amount=dollar), ("partner_id", *missing)),
        ("/costs", _cost(amount=dollar), ("partner_id", *missing)),
        ("/agreements", _agreement(ceiling=dollar, partner_id="partner"), ("partner_id", *missing)),
        ("/payments", _payment(**own), ("enterprise_id", *missing)),
        ("/payments", _payment(**own, enterprise_id=None, agreement_id="agreement"), ("agreement_id", *hidden)),
        ("/costs", _cost(**own), ("training_id", *missing)),
        ("/invoices", _plain(enrollment_id=ids["enrollment"]), ("enrollment_id", *missing)),
        ("/invoices/{draft}/issue", _plain(issued_on=str(START), due_on=str(START)), ("id", *hidden)),
        ("/claims/{claim}/approve", _plain(approved_on=str(START + DAY), amount=_bob("1.00")), ("id", *hidden)),
        ("/payments/{payment}/allocate", _plain(allocated_on=str(START + DAY)), ("id", *hidden)),
    ):
        status, field, rule = await peru.refused(where.format(**ids), body(ids))
        assert (field, status, rule) == expected, where
    own_firm = await peru.enterprise()
    await peru.pay("1.00", START, enterprise_id=own_firm)
    assert await peru.balances() == {"1010": "1.00", "2110": "-1.00"}
    assert (await world.balances())["1010"] == "100.00"
    for listed in ("/invoices", "/payments", "/claims", "/agreements", "/prices", "/costs", "/books", "/periods"):
        assert {row["programme"] for row in await peru.all(listed)} <= {"peru"}
        assert {row["programme"] for row in await world.all(listed)} <= {"bolivia"}
    shown = await peru.show("/cost-recovery", {"basis": "contracted"})
    assert shown["components"]["F"] == {"amount": "0.00", "currency": "USD"}
    await world.clean()


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
