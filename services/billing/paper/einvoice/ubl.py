"""The e-invoice as OASIS UBL 2.1, Invoice or CreditNote."""

from typing import Any, Final

from facturx import generate_ubl_xml

from services.billing.domain.document import Allowance, Bill, Line, Party, TaxLine
from services.billing.paper.einvoice import facts
from services.billing.paper.einvoice.needs import is_vat, written

Terms = dict[str, Any]
"""Business terms by number, as the writer takes them: text, dates, lists and further terms."""
_LEVEL: Final = "en16931"


def ubl(bill: Bill) -> str:
    """Return the XML of an invoice or a credit note; `needs.missing` says before whether it can be said.

    Raises ValueError for an amount with more than two decimals.
    """
    made: bytes = generate_ubl_xml(_terms(facts.carried(bill)), level=_LEVEL, check_xsd=False, check_schematron=False)
    return made.decode()


def _terms(bill: Bill) -> Terms:
    totals = bill.totals
    terms: Terms = {
        "BT-1": bill.number,
        "BT-2": bill.issued_on,
        "BT-3": facts.type_code(bill),
        "BT-5": bill.currency,
        "BT-9": bill.due_on,
        "BT-10": bill.buyer_reference,
        "BT-12": bill.contract,
        "BT-20": facts.terms(bill),
        "BT-24": facts.GUIDELINE,
        "BG-1": [{"BT-22": text} for text in facts.notes(bill)],
        "BG-3": [] if bill.preceding is None else [{"BT-25": bill.preceding.number, "BT-26": bill.preceding.issued_on}],
        "BG-4": _party(bill.seller, is_seller=True),
        "BG-7": _party(bill.buyer, is_seller=False),
        "BT-73": None if bill.supply is None else bill.supply.starts_on,
        "BT-74": None if bill.supply is None else bill.supply.ends_on,
        "BG-20": [_allowance(cut) for cut in bill.allowances],
        "BT-106": written(totals.lines),
        "BT-107": written(totals.allowances) if bill.allowances else None,
        "BT-109": written(totals.net),
        "BT-110": written(totals.tax),
        "BT-112": written(totals.gross),
        "BT-113": written(totals.other_payers) if bill.shares else None,
        "BT-115": written(totals.payable),
        "BG-23": [_tax(tax) for tax in bill.taxes],
        "BG-25": [_line(at, line) for at, line in enumerate(bill.lines, 1)],
        **_means(bill),
    }
    said: Terms = _said(terms)
    return said


def _means(bill: Bill) -> Terms:
    if bill.payment is None:
        return {}
    return {
        "BT-81": facts.means_code(bill),
        "BT-83": bill.payment_reference,
        "BT-84": bill.payment.iban or bill.payment.account,
        "BT-85": facts.account_name(bill),
        "BT-86": bill.payment.bic,
    }


def _party(party: Party, *, is_seller: bool) -> Terms:
    tax_id = party.tax_id
    value = None if tax_id is None else tax_id.value
    lines = (*party.address, None, None, None)
    return {
        "name": party.name,
        "legal_identifier": party.registration,
        "vat_identifier": value if is_vat(party) else None,
        "tax_identifier": value if is_seller and not is_vat(party) else None,
        "identifiers": {None: value} if value and not is_vat(party) else {},
        "einvoicing_addr": party.email,
        "einvoicing_addr_schemeid": None if party.email is None else "EM",
        "contacts": [{"phone": party.phone, "email": party.email}] if party.phone or party.email else [],
        "addr_l1": lines[0],
        "addr_l2": lines[1],
        "addr_l3": lines[2],
        "city": party.city,
        "postcode": party.postal_code,
        "country_code": party.country,
        "country_subdivision": party.region,
    }


def _line(at: int, line: Line) -> Terms:
    return {
        "BT-126": str(at),
        "BT-129": format(line.quantity, "f"),
        "BT-130": line.unit,
        "BT-131": written(line.net_amount),
        "BT-134": None if line.period is None else line.period.starts_on,
        "BT-135": None if line.period is None else line.period.ends_on,
        "BT-146": format(line.net_price.decimal, "f"),
        "BT-151": line.tax_category.value,
        "BT-152": None if line.rate is None else format(line.rate, "f"),
        "BT-153": line.description,
        "BT-154": line.detail,
        "BT-155": line.item_code,
    }


def _allowance(cut: Allowance) -> Terms:
    return {
        "amount": written(cut.amount),
        "base_amount": None if cut.base is None else written(cut.base),
        "rate": None if cut.percent is None else format(cut.percent, "f"),
        "reason": cut.reason,
        "vat_category_code": cut.tax_category.value,
        "vat_rate": None if cut.rate is None else format(cut.rate, "f"),
    }


def _tax(tax: TaxLine) -> Terms:
    return {
        "BT-116": written(tax.base),
        "BT-117": written(tax.tax),
        "BT-118": tax.tax_category.value,
        "BT-119": None if tax.rate is None else format(tax.rate, "f"),
        "BT-120": tax.reason,
        "BT-121": tax.reason_code,
    }


def _said(value: Any) -> Any:  # noqa: ANN401 - terms of any depth
    """Return terms without those that are not said."""
    if isinstance(value, dict):
        return {name: _said(each) for name, each in value.items() if each not in (None, [], {})}
    if isinstance(value, list):
        return [_said(each) for each in value]
    return value
