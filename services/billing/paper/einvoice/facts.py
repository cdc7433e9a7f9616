"""What both syntaxes say in the same words, and characters that XML cannot carry."""

import json
import re
from typing import Final

from services.billing.domain.document import Bill, Kind
from services.billing.paper.page import writer_for

GUIDELINE: Final = "urn:cen.eu:en16931:2017"
"""BT-24: EN 16931 and nothing beyond it."""
_NO_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def type_code(bill: Bill) -> str:
    """Return BT-3 by UNTDID 1001."""
    return "381" if bill.kind is Kind.CREDIT_NOTE else "380"


def means_code(bill: Bill) -> str:
    """Return BT-81 by UNTDID 4461: SEPA credit transfer, or credit transfer."""
    sepa = bill.currency == "EUR" and bill.payment is not None and bill.payment.iban is not None
    return "58" if sepa else "30"


def notes(bill: Bill) -> list[str]:
    """Return BT-22: why, who else pays and how much, and what the document notes."""
    writer = writer_for(bill)
    said = [] if bill.reason is None else [bill.reason]
    for share in bill.shares:
        code = "" if share.reference is None else f" ({share.reference})"
        name = writer.say("Borne by {payer}", payer=f"{share.payer}{code}")
        said.append(f"{name}: {share.amount}")
    return [*said, *bill.notes]


def terms(bill: Bill) -> str | None:
    """Return BT-20; a credit note is not paid, and says so (BR-CO-25)."""
    if bill.kind is Kind.CREDIT_NOTE:
        return bill.payment_terms or writer_for(bill).say("The amount is credited to your account.")
    return bill.payment_terms


def account_name(bill: Bill) -> str | None:
    """Return BT-85."""
    if bill.payment is None:
        return None
    holder = bill.payment.holder or bill.seller.name
    return holder if bill.payment.bank is None else f"{holder}, {bill.payment.bank}"


def carried(bill: Bill) -> Bill:
    """Return the bill with every character that XML cannot carry replaced by U+FFFD."""
    plain = bill.model_dump(mode="json")
    clean = _carried(plain)
    return bill if clean == plain else Bill.model_validate_json(json.dumps(clean))


def _carried(value: object) -> object:
    if isinstance(value, str):
        return _NO_XML.sub("\ufffd", value)
    if isinstance(value, dict):
        return {name: _carried(each) for name, each in value.items()}
    return [_carried(each) for each in value] if isinstance(value, list) else value
