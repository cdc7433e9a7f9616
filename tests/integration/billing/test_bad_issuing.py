"""What issuing refuses over HTTP: prices, taxes, discounts, profiles, runs, void; nothing stored, nothing published."""

import pytest

from tests.integration.billing.bodies import DAY, NOBODY, Body, a_price, bob, plain, stage
from tests.integration.billing.facts import START
from tests.integration.billing.raw import fingerprint
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration
FUTURE = "2026-03-03"  # one day after the tests' fixed clock
TAXES, DISCOUNTS, RUNS = "/tax-rules", "/discounts", "/invoice-runs"


def a_tax(**wrong: object) -> Body:
    """Return a tax rule that is right but for `wrong`."""
    right = {"code": "IVA", "category": "S", "rate_pct": "13", "valid_from": "2016-01-01", "source_note": "made up"}
    return plain(**{**right, **wrong})


def a_discount(**wrong: object) -> Body:
    """Return a discount on the draft's module that is right but for `wrong`; None leaves a field out."""
    right = {"partner_id": "partner", "enterprise_id": "firm", "module": "WPC", "kind": "percentage", "percent": "10"}
    more = {"granted_on": str(START), "reason": "pilot enterprise"}
    return plain(**{name: value for name, value in {**right, **more, **wrong}.items() if value is not None})


def a_run(**wrong: object) -> Body:
    """Return a run over the draft that is right but for `wrong`."""
    right = {"partner_id": "partner", "enrolled_until": str(START), "issued_on": str(START)}
    return plain(**{name: value for name, value in {**right, **wrong}.items() if value is not None})


BOOK, FIRM = "/books/{partner}/profile", "/enterprises/{firm}/billing-profile"
VOID = plain(voided_on=str(START), reason="a mistake", rebill=False)
CASES: list[tuple[str, Body, tuple[int, str, str]]] = [
    # Prices
    ("/prices", a_price(tax_code="IVA"), (422, "tax_code", "known-tax-rule")),
    ("/prices", a_price(delivery="mixed"), (422, "delivery", "literal-error")),
    ("/prices", a_price(instalments=[]), (422, "instalments", "too-short")),
    (
        "/prices",
        a_price(instalments=[{"share_pct": "60", "due": "enrollment"}, {"share_pct": "39.99", "due": "completion"}]),
        (422, "instalments", "sums-to-100"),
    ),
    ("/prices", a_price(instalments=[{"share_pct": "100", "due": "later"}]), (422, "instalments.0.due", "enum")),
    # Taxes
    (TAXES, a_tax(category="L"), (422, "category", "literal-error")),
    (TAXES, a_tax(rate_pct="0"), (422, "body", "rate-of-category")),
    (TAXES, a_tax(rate_pct="100.01"), (422, "rate_pct", "percent-range")),
    (TAXES, a_tax(rate_pct="13.001"), (422, "rate_pct", "string-pattern-mismatch")),
    (TAXES, a_tax(category="Z"), (422, "body", "rate-of-category")),
    (TAXES, a_tax(category="E", rate_pct="0"), (422, "body", "reason-of-category")),
    (TAXES, a_tax(exemption_reason="none"), (422, "body", "reason-of-category")),
    (TAXES, a_tax(category="Z", rate_pct="0", prices_include_tax=True), (422, "body", "nothing-included")),
    (TAXES, a_tax(valid_to="2015-12-31"), (422, "valid_to", "date-order")),
    (TAXES, a_tax(source_note="x"), (422, "source_note", "string-too-short")),
    # Discounts
    (DISCOUNTS, a_discount(percent="100.01"), (422, "percent", "percent-range")),
    (DISCOUNTS, a_discount(percent=None), (422, "body", "one-measure")),
    (DISCOUNTS, a_discount(kind="waiver"), (422, "body", "one-measure")),
    (DISCOUNTS, a_discount(module=None), (422, "body", "one-scope")),
    (DISCOUNTS, a_discount(enrollment_id="enrollment"), (422, "body", "one-scope")),
    (DISCOUNTS, a_discount(module="M9"), (422, "module", "known-module")),
    (DISCOUNTS, a_discount(granted_on=FUTURE), (422, "granted_on", "not-in-the-future")),
    (DISCOUNTS, a_discount(enterprise_id="foreign_firm"), (422, "enterprise_id", "payer-owes-this")),
    (DISCOUNTS, a_discount(enterprise_id=NOBODY), (409, "enterprise_id", "fact-missing")),
    (
        DISCOUNTS,
        a_discount(kind="amount", percent=None, amount={"amount": "1.00", "currency": "USD"}),
        (422, "amount", "book-currency"),
    ),
    (DISCOUNTS, a_discount(kind="amount", percent=None, amount=bob("100.01")), (422, "amount", "within-price")),
    (
        DISCOUNTS,
        a_discount(enterprise_id=None, module=None, enrollment_id="enrollment"),
        (409, "enrollment_id", "draft"),
    ),
    # Profiles
    (BOOK, plain(), (422, "body", "nothing-said")),
    (FIRM, plain(), (422, "body", "nothing-said")),
    (BOOK, plain(tax_id="1020304050"), (422, "body", "country-of-tax-id")),
    (BOOK, plain(country="BO", tax_id="12AB34567"), (422, "tax_id", "tax-id-of-country")),
    (BOOK, plain(country="PE", tax_id="20512333798"), (422, "tax_id", "tax-id-of-country")),
    (BOOK, plain(iban="DE89370400440532013001"), (422, "iban", "iban")),
    (BOOK, plain(iban="DE89370400440532013000", bic="X"), (422, "bic", "bic")),
    (BOOK, plain(iban="DE89370400440532013000", bank_account="1"), (422, "body", "one-account")),
    (BOOK, plain(bic="COBADEFFXXX"), (422, "body", "bic-with-iban")),
    (BOOK, plain(country="Bolivia"), (422, "country", "string-pattern-mismatch")),
    (BOOK, plain(language="de"), (422, "language", "enum")),
    (BOOK, plain(terms_days=-1), (422, "terms_days", "greater-than-equal")),
    (FIRM, plain(address=["a", "b", "c", "d"]), (422, "address", "too-long")),
    (FIRM, plain(email="nobody"), (422, "email", "string-pattern-mismatch")),
    # Runs and void
    (RUNS, a_run(enrolled_until=None), (422, "body", "one-choice")),
    (RUNS, a_run(enrolled_until=None, invoice_ids=[]), (422, "invoice_ids", "too-short")),
    (RUNS, a_run(partner_id=NOBODY), (409, "partner_id", "fact-missing")),
    ("/invoices/{draft}/void", VOID, (409, "", "refused-transition")),
    ("/invoices/{nobody}/void", VOID, (404, "id", "not-found")),
    ("/invoices/{invoice}/void", plain(voided_on=str(START), reason="a mistake"), (422, "rebill", "missing")),
    ("/invoices/{invoice}/void", VOID, (409, "invoice_id", "not-claimed")),
    (
        "/invoices/{invoice}/void",
        plain(voided_on=str(START - DAY), reason="a mistake", rebill=True),
        (422, "voided_on", "date-order"),
    ),
]


async def test_what_is_wrong_is_refused_with_field_and_rule_and_leaves_nothing(world: World) -> None:
    ids = await stage(world)
    before = await fingerprint(world)
    wrong = []
    for path, body, expected in CASES:
        got = await world.refused(path.format_map(ids), body(ids))
        if got != expected:
            wrong.append((path, expected, got))
    assert wrong == []
    assert await fingerprint(world) == before
    await world.clean()
