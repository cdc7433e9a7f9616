"""The document of a credit note: what it takes off the invoice that was frozen, and nothing looked up anew."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from services.billing.domain.document import Bill, Kind, Line, PayerShare, Preceding, TaxLine, Totals
from services.billing.domain.shares import Share
from shared.money import Money


def credit_document(
    invoice: Bill, number: str, issued_on: date, reason: str, shares: Sequence[Share], codes: Mapping[UUID, str]
) -> Bill:
    """Return the document that credits `shares` of `invoice`; `codes` are those of the agreements among them.

    A credit of everything repeats the lines of the invoice; one of a part has a single line for that part. Raises
    ValueError where a part is credited of an invoice with several tax rates: which of them is taken back is not said.
    """
    zero = Money.zero(invoice.currency)
    named = {share.reference: share.payer for share in invoice.shares}
    own = sum((share.amount for share in shares if share.agreement_id is None), start=zero)
    tax = sum((share.tax for share in shares), start=zero)
    others = tuple(
        PayerShare(payer=named[codes[share.agreement_id]], amount=share.amount, reference=codes[share.agreement_id])
        for share in shares
        if share.agreement_id is not None and share.amount
    )
    paid = sum((share.amount for share in others), start=zero)
    common = {
        "kind": Kind.CREDIT_NOTE,
        "number": number,
        "issued_on": issued_on,
        "due_on": None,
        "payment": None,
        "payment_reference": None,
        "payment_terms": None,
        "preceding": Preceding(number=invoice.number, issued_on=invoice.issued_on),
        "reason": reason,
    }
    if (own, paid, tax) == (invoice.totals.payable, invoice.totals.other_payers, invoice.totals.tax):
        return Bill.model_validate({**_fields(invoice), **common})
    if len(invoice.taxes) > 1:
        raise ValueError(f"{invoice.number} has several tax rates: a part of it cannot be credited as one sum")
    net = own + paid - tax
    only = invoice.taxes[0]
    line = Line(
        tax_category=only.tax_category,
        rate=only.rate,
        description=invoice.lines[0].description,
        quantity=Decimal(1),
        unit=invoice.lines[0].unit,
        net_price=net,
        net_amount=net,
        item_code=invoice.lines[0].item_code,
    )
    totals = Totals(lines=net, allowances=zero, net=net, tax=tax, gross=net + tax, other_payers=paid, payable=own)
    taxed = TaxLine.model_validate({**_fields(only), "base": net, "tax": tax})
    part = {"lines": (line,), "allowances": (), "taxes": (taxed,), "totals": totals, "shares": others}
    return Bill.model_validate({**_fields(invoice), **common, **part})


def _fields(part: Bill | TaxLine) -> dict[str, object]:
    return {name: getattr(part, name) for name in type(part).model_fields}
