"""What an e-invoice needs that a page does not: asked before one is made, by the names of the rules of EN 16931-1."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from services.billing.domain.document import Bill, Party, TaxCategory
from shared.money import Money, minor_digits

_VAT: Final = "VAT"
_SMALLEST: Final = Decimal("0.01")
# In use, and not in the code list of the official validation (BR-CL-04), which has its predecessor.
_NOT_LISTED: Final = frozenset({"STN"})
_SELLER_TAX_ID: Final = {
    TaxCategory.STANDARD,
    TaxCategory.ZERO_RATED,
    TaxCategory.EXEMPT,
    TaxCategory.REVERSE_CHARGE,
    TaxCategory.EXPORT,
}
_REASON: Final = {TaxCategory.EXEMPT, TaxCategory.REVERSE_CHARGE, TaxCategory.EXPORT, TaxCategory.NOT_SUBJECT}


@dataclass(frozen=True, slots=True)
class Missing:
    """A field of the document that stands in the way, and the rule that asks for it."""

    field: str
    rule: str
    sentence: str


def missing(bill: Bill) -> tuple[Missing, ...]:
    """Return everything that keeps EN 16931 from saying this document; nothing when it can."""
    return (*_parties(bill), *_taxes(bill), *_payment(bill), *_amounts(bill))


def _parties(bill: Bill) -> Iterator[Missing]:
    if bill.seller.country is None:
        yield Missing("seller.country", "BR-09", "the seller's address needs its country")
    if bill.buyer.country is None:
        yield Missing("buyer.country", "BR-11", "the buyer's address needs its country")
    if bill.seller.tax_id is None and bill.seller.registration is None:
        yield Missing("seller.tax_id", "BR-CO-26", "the seller needs a tax number or a registration")
    for name, party in (("seller", bill.seller), ("buyer", bill.buyer)):
        if party.tax_id is not None and is_vat(party) and not party.tax_id.value[:2].isalpha():
            yield Missing(f"{name}.tax_id", "BR-CO-09", "a VAT number begins with the code of its country")


def _taxes(bill: Bill) -> Iterator[Missing]:
    categories = {tax.tax_category for tax in bill.taxes}
    for category in sorted(categories & _SELLER_TAX_ID):
        if bill.seller.tax_id is None:
            yield Missing("seller.tax_id", f"BR-{category}-02", "the seller needs a tax number")
    if TaxCategory.NOT_SUBJECT in categories:
        if len(categories) > 1:
            yield Missing("taxes", "BR-O-11", "what is not subject to tax cannot stand beside what is")
        for name, party in (("seller", bill.seller), ("buyer", bill.buyer)):
            if is_vat(party):
                yield Missing(f"{name}.tax_id", "BR-O-02", "where nothing is subject to VAT, no VAT number is given")
    if TaxCategory.REVERSE_CHARGE in categories and not (is_vat(bill.buyer) or bill.buyer.registration):
        yield Missing("buyer.tax_id", "BR-AE-02", "under reverse charge the buyer needs a VAT number or a registration")
    if TaxCategory.EXPORT in categories and not is_vat(bill.seller):
        yield Missing("seller.tax_id", "BR-G-02", "for an export the seller needs a VAT number")
    for at, tax in enumerate(bill.taxes):
        if tax.tax_category in _REASON and tax.reason is None and tax.reason_code is None:
            yield Missing(f"taxes.{at}.reason", f"BR-{tax.tax_category}-10", "a reason for no tax is needed")


def _payment(bill: Bill) -> Iterator[Missing]:
    # The official schematron (1.3.16) no longer asks for it; the text of the standard does.
    owed = bill.totals.payable.minor > 0
    if owed and bill.preceding is None and bill.due_on is None and bill.payment_terms is None:
        yield Missing("due_on", "BR-CO-25", "an amount due needs a due date or terms of payment")


def _amounts(bill: Bill) -> Iterator[Missing]:
    if bill.currency in _NOT_LISTED:
        yield Missing("currency", "BR-CL-04", f"{bill.currency} is not in the standard's list of currencies")
    totals = bill.totals
    named = [
        *((f"lines.{at}.net_amount", "BR-DEC-23", line.net_amount) for at, line in enumerate(bill.lines)),
        *((f"allowances.{at}.amount", "BR-DEC-01", cut.amount) for at, cut in enumerate(bill.allowances)),
        *((f"taxes.{at}.base", "BR-DEC-19", tax.base) for at, tax in enumerate(bill.taxes)),
        *((f"taxes.{at}.tax", "BR-DEC-20", tax.tax) for at, tax in enumerate(bill.taxes)),
        ("totals.lines", "BR-DEC-09", totals.lines),
        ("totals.allowances", "BR-DEC-10", totals.allowances),
        ("totals.net", "BR-DEC-12", totals.net),
        ("totals.tax", "BR-DEC-13", totals.tax),
        ("totals.gross", "BR-DEC-14", totals.gross),
        ("totals.other_payers", "BR-DEC-16", totals.other_payers),
        ("totals.payable", "BR-DEC-18", totals.payable),
    ]
    for field, rule, amount in named:
        if amount.decimal % _SMALLEST:
            yield Missing(field, rule, f"{amount} has three decimals, and EN 16931 allows two")


def is_vat(party: Party) -> bool:
    """Tell whether a party's tax number is a VAT identifier (BT-31, BT-48)."""
    return party.tax_id is not None and party.tax_id.scheme.upper() == _VAT


def written(amount: Money) -> str:
    """Return an amount with the decimals of its currency, at most two; `missing` has seen to it that none is lost."""
    if amount.decimal % _SMALLEST:
        raise ValueError(f"BR-DEC: {amount} has more than two decimals")
    return format(amount.decimal, f".{min(minor_digits(amount.currency), 2)}f")
