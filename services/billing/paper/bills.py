"""Invoices and credit notes as pages."""

from collections.abc import Iterator

from services.billing.domain.document import Bill, Kind, Line, TaxCategory, TaxLine
from services.billing.paper.page import Column, Fact, Listing, Page, Sum, Writer
from services.billing.paper.payments import grouped, payment_box
from services.billing.paper.words import mark

_UNITS = {"DAY": mark("days"), "HUR": mark("hours"), "MON": mark("months"), "E48": "", "C62": ""}
"""Names of UN/ECE Recommendation 20 codes; one service or one piece needs none, and any other code is printed."""


def bill_page(bill: Bill, writer: Writer) -> Page:
    """Return the page of an invoice or a credit note."""
    say = writer.say
    is_credit = bill.kind is Kind.CREDIT_NOTE
    name = say("Credit note") if is_credit else say("Invoice")
    owed = bill.totals.payable
    return Page(
        title=f"{name} {bill.number}",
        facts=tuple(_facts(bill, writer)),
        intro=() if bill.reason is None else (bill.reason,),
        tables=(_lines(bill, writer),),
        sums=tuple(_sums(bill, writer)),
        payment=None
        if is_credit
        else payment_box(
            writer, bill.payment, bill.seller, owed, bill.payment_reference, bill.number, due_on=bill.due_on
        ),
        notes=tuple(_notes(bill, writer)),
    )


def _facts(bill: Bill, writer: Writer) -> Iterator[Fact]:
    say, show = writer.say, writer.show
    yield say("Number"), bill.number
    yield say("Date"), show.long_day(bill.issued_on)
    if bill.due_on is not None:
        yield say("Due date"), show.long_day(bill.due_on)
    if bill.supply is not None:
        yield say("Period of service"), show.span(bill.supply)
    if bill.preceding is not None:
        yield say("Corrects invoice"), bill.preceding.number
        yield say("Invoice date"), show.long_day(bill.preceding.issued_on)
    if bill.buyer_reference is not None:
        yield say("Your reference"), bill.buyer_reference
    if bill.payment_reference is not None and bill.payment is None:
        yield say("Reference"), grouped(bill.payment_reference)


def _lines(bill: Bill, writer: Writer) -> Listing:
    say, show = writer.say, writer.show
    columns = (
        Column(say("Description"), width="fill"),
        Column(say("Quantity"), "end"),
        writer.column_of_money(say("Unit price")),
        Column(bill.tax_name or say("Tax"), "end"),
        writer.column_of_money(say("Amount")),
    )
    rows = tuple(
        (
            (line.description, *_below(line, writer)),
            (_quantity(line, writer),),
            (show.amount(line.net_price),),
            (_rate(line, writer),),
            (show.amount(line.net_amount),),
        )
        for line in bill.lines
    )
    return Listing(columns, rows)


def _below(line: Line, writer: Writer) -> Iterator[str]:
    if line.item_code is not None:
        yield line.item_code
    if line.period is not None:
        yield writer.show.span(line.period)
    if line.detail is not None:
        yield line.detail


def _quantity(line: Line, writer: Writer) -> str:
    unit = _UNITS.get(line.unit, line.unit)
    name = writer.say(unit) if unit and line.unit in _UNITS else unit
    return f"{writer.show.number(line.quantity)} {name}".strip()


def _rate(taxed: Line | TaxLine, writer: Writer) -> str:
    # Without a tax the reason stands in the notes, under this letter.
    if taxed.tax_category is TaxCategory.STANDARD and taxed.rate is not None:
        return writer.show.percent(taxed.rate)
    return taxed.tax_category.value


def _sums(bill: Bill, writer: Writer) -> Iterator[Sum]:
    say, show, totals = writer.say, writer.show, bill.totals
    tax = bill.tax_name or say("Tax")
    if bill.allowances:
        yield Sum(say("Sum of lines"), show.amount(totals.lines))
        for cut in bill.allowances:
            percent = "" if cut.percent is None else f" ({show.percent(cut.percent)})"
            yield Sum(f"{cut.reason}{percent}", show.amount(-cut.amount))
    yield Sum(say("Total without tax"), show.amount(totals.net))
    for each in bill.taxes:
        name = say("{tax} {rate} on {base}", tax=tax, rate=_rate(each, writer), base=show.amount(each.base))
        yield Sum(name, show.amount(each.tax), "quiet")
    if bill.shares:
        yield Sum(say("Total with tax"), show.money(totals.gross))
        for share in bill.shares:
            code = "" if share.reference is None else f" ({share.reference})"
            yield Sum(say("Borne by {payer}", payer=f"{share.payer}{code}"), show.amount(-share.amount))
    last = say("Credited to you") if bill.kind is Kind.CREDIT_NOTE else say("Amount due")
    yield Sum(last, show.money(totals.payable), "strong")


def _notes(bill: Bill, writer: Writer) -> Iterator[str]:
    say = writer.say
    for tax in bill.taxes:
        if tax.tax_category is not TaxCategory.STANDARD and tax.reason is not None:
            yield f"{tax.tax_category.value}: {tax.reason}"
    if bill.kind is Kind.INVOICE and not bill.totals.payable:
        yield say("There is nothing for you to pay.")
    if bill.payment_terms is not None:
        yield bill.payment_terms
    if bill.contract is not None:
        yield say("Under contract {number}.", number=bill.contract)
    yield from bill.notes
