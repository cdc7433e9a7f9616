"""The e-invoice as UN/CEFACT Cross Industry Invoice (CII), profile EN 16931: what is inside a Factur-X PDF."""

from typing import Final

from drafthorse.models.accounting import ApplicableTradeTax, CategoryTradeTax, TradeAllowanceCharge
from drafthorse.models.document import Document as Cii
from drafthorse.models.note import IncludedNote
from drafthorse.models.party import TaxRegistration, TradeParty
from drafthorse.models.payment import PaymentMeans, PaymentTerms
from drafthorse.models.tradelines import LineItem

from services.billing.domain.document import Allowance, Bill, Line, Party, TaxLine
from services.billing.paper.einvoice import facts
from services.billing.paper.einvoice.needs import is_vat, written

_VAT: Final = "VAT"


def cii(bill: Bill) -> str:
    """Return the XML of an invoice or a credit note; `needs.missing` says before whether it can be said.

    Raises ValueError for an amount with more than two decimals.
    """
    bill = facts.carried(bill)
    made = Cii()
    made.context.guideline_parameter.id = facts.GUIDELINE
    made.header.id = bill.number
    made.header.type_code = facts.type_code(bill)
    made.header.issue_date_time = bill.issued_on
    for text in facts.notes(bill):
        note = IncludedNote()
        note.content = text
        made.header.notes.add(note)
    agreement = made.trade.agreement
    if bill.buyer_reference is not None:
        agreement.buyer_reference = bill.buyer_reference
    _party(agreement.seller, bill.seller, is_seller=True)
    _party(agreement.buyer, bill.buyer, is_seller=False)
    if bill.contract is not None:
        agreement.contract.issuer_assigned_id = bill.contract
    for at, line in enumerate(bill.lines, 1):
        made.trade.items.add(_line(at, line))
    _settlement(made, bill)
    xml: bytes = made.serialize(schema=None)
    return xml.decode()


def _party(made: TradeParty, party: Party, *, is_seller: bool) -> None:
    made.name = party.name
    if party.registration is not None:
        made.legal_organization.id = party.registration
    if party.tax_id is not None:
        if is_vat(party) or is_seller:
            made.tax_registrations.add(TaxRegistration(id=("VA" if is_vat(party) else "FC", party.tax_id.value)))
        if not is_vat(party):
            # A buyer's national number has no field of its own, and a seller's does not identify it (BR-CO-26 counts
            # BT-29, BT-30 and BT-31): both are given as an identifier too.
            made.id = party.tax_id.value
    if party.phone is not None:
        made.contact.telephone.number = party.phone
    if party.email is not None:
        made.contact.email.address = party.email
        made.electronic_address.uri_ID = ("EM", party.email)
    address = made.address
    first, second, third, *_ = (*party.address, None, None, None)
    for name, value in (
        ("line_one", first),
        ("line_two", second),
        ("line_three", third),
        ("postcode", party.postal_code),
        ("city_name", party.city),
        ("country_id", party.country),
        ("country_subdivision", party.region),
    ):
        if value is not None:
            setattr(address, name, value)


def _line(at: int, line: Line) -> LineItem:
    item = LineItem()
    item.document.line_id = str(at)
    item.product.name = line.description
    if line.item_code is not None:
        item.product.seller_assigned_id = line.item_code
    if line.detail is not None:
        item.product.description = line.detail
    item.agreement.net.amount = format(line.net_price.decimal, "f")
    item.delivery.billed_quantity = (format(line.quantity, "f"), line.unit)
    tax = item.settlement.trade_tax
    tax.type_code = _VAT
    tax.category_code = line.tax_category.value
    if line.rate is not None:
        tax.rate_applicable_percent = format(line.rate, "f")
    if line.period is not None:
        item.settlement.period.start = line.period.starts_on
        item.settlement.period.end = line.period.ends_on
    item.settlement.monetary_summation.total_amount = written(line.net_amount)
    return item


def _settlement(made: Cii, bill: Bill) -> None:
    settlement, totals = made.trade.settlement, bill.totals
    settlement.currency_code = bill.currency
    if bill.payment_reference is not None:
        settlement.payment_reference = bill.payment_reference
    if bill.payment is not None:
        settlement.payment_means.add(_means(bill))
    for tax in bill.taxes:
        settlement.trade_tax.add(_tax(tax))
    if bill.supply is not None:
        settlement.period.start = bill.supply.starts_on
        settlement.period.end = bill.supply.ends_on
    for cut in bill.allowances:
        settlement.allowance_charge.add(_allowance(cut))
    words = facts.terms(bill)
    if words is not None or bill.due_on is not None:
        terms = PaymentTerms()
        if words is not None:
            terms.description = words
        if bill.due_on is not None:
            terms.due = bill.due_on
        settlement.terms.add(terms)
    sums = settlement.monetary_summation
    sums.line_total = written(totals.lines)
    if bill.allowances:
        sums.allowance_total = written(totals.allowances)
    sums.tax_basis_total = (written(totals.net), None)
    sums.tax_total = (written(totals.tax), bill.currency)
    sums.grand_total = (written(totals.gross), None)
    if bill.shares:
        sums.prepaid_total = written(totals.other_payers)
    sums.due_amount = written(totals.payable)
    if bill.preceding is not None:
        settlement.invoice_referenced_document.issuer_assigned_id = bill.preceding.number
        settlement.invoice_referenced_document.issue_date_time = bill.preceding.issued_on


def _means(bill: Bill) -> PaymentMeans:
    means = PaymentMeans()
    means.type_code = facts.means_code(bill)
    if bill.payment is not None:
        account = means.payee_account
        if bill.payment.iban is not None:
            account.iban = bill.payment.iban
        account.account_name = facts.account_name(bill)
        if bill.payment.account is not None:
            account.proprietary_id = bill.payment.account
        if bill.payment.bic is not None:
            means.payee_institution.bic = bill.payment.bic
    return means


def _tax(tax: TaxLine) -> ApplicableTradeTax:
    made = ApplicableTradeTax()
    made.calculated_amount = written(tax.tax)
    made.type_code = _VAT
    if tax.reason is not None:
        made.exemption_reason = tax.reason
    made.basis_amount = written(tax.base)
    made.category_code = tax.tax_category.value
    if tax.reason_code is not None:
        made.exemption_reason_code = tax.reason_code
    if tax.rate is not None:
        made.rate_applicable_percent = format(tax.rate, "f")
    return made


def _allowance(cut: Allowance) -> TradeAllowanceCharge:
    made = TradeAllowanceCharge()
    made.indicator = False
    if cut.percent is not None:
        made.calculation_percent = format(cut.percent, "f")
    if cut.base is not None:
        made.basis_amount = written(cut.base)
    made.actual_amount = written(cut.amount)
    made.reason = cut.reason
    tax = CategoryTradeTax()
    tax.type_code = _VAT
    tax.category_code = cut.tax_category.value
    if cut.rate is not None:
        tax.rate_applicable_percent = format(cut.rate, "f")
    made.trade_tax.add(tax)
    return made
