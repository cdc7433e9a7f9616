"""Invoices and credit notes as documents: lines, tax, totals, and who else pays."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from services.billing.domain.parts import Exact, Head, Kind, Label, Part, PaymentMeans, Period, Prose, TaxCategory
from shared.money import Money


class Taxed(Part):
    """What has a tax category and a rate in per cent; category O has none, only S has one above zero."""

    tax_category: TaxCategory
    rate: Exact | None = None

    @model_validator(mode="after")
    def _rate_fits(self) -> Self:
        category, rate = self.tax_category, self.rate
        fits = {TaxCategory.STANDARD: bool(rate and rate > 0), TaxCategory.NOT_SUBJECT: rate is None}
        if not fits.get(category, rate == 0):
            rule = f"BR-{category.value}-05"
            raise PydanticCustomError(rule, "{rule}: the rate does not fit the tax category", {"rule": rule})
        return self


class Line(Taxed):
    """Something sold (BG-25); amounts are without tax, `rate` is per cent (none for category O)."""

    description: Label
    quantity: Exact
    unit: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{2,3}$")]
    """UN/ECE Recommendation 20, for example E48 service unit, DAY day, C62 one."""
    net_price: Money
    """Of one unit; rounded to the currency, so `net_amount` decides (BT-146)."""
    net_amount: Money
    item_code: Label | None = None
    detail: Prose | None = None
    period: Period | None = None

    @model_validator(mode="after")
    def _priced(self) -> Self:
        # The price of one was rounded by at most half a unit, and so was the amount.
        if 2 * abs(self.net_price.minor * self.quantity - self.net_amount.minor) > abs(self.quantity) + 1:
            raise PydanticCustomError("line-amount", "the amount of a line is not its price times its quantity")
        return self


class Allowance(Taxed):
    """A price cut on the whole document (BG-20): a discount or a waiver, never another payer's part."""

    amount: Money
    reason: Label
    percent: Exact | None = None
    base: Money | None = None


class TaxLine(Taxed):
    """One line of the tax breakdown (BG-23)."""

    base: Money
    tax: Money
    reason: Label | None = None
    """Why no tax is due, in the recipient's language (BT-120); asked for E, AE, G and O."""
    reason_code: Annotated[str, StringConstraints(pattern=r"^VATEX-[A-Z0-9-]{2,30}$")] | None = None


class Totals(Part):
    """Sums of the document (BG-22): `payable` is what the recipient owes, the enterprise's part."""

    lines: Money
    allowances: Money
    net: Money
    tax: Money
    gross: Money
    other_payers: Money
    """What others pay of the gross (BT-113); see docs/decisions/0007."""
    payable: Money


class PayerShare(Part):
    """What another than the recipient pays of this document."""

    payer: Label
    amount: Money
    reference: Label | None = None
    """Code of the agreement under which it pays."""


class Preceding(Part):
    """The invoice that a credit note corrects (BG-3)."""

    number: Label
    issued_on: date


class Bill(Head):
    """An invoice or a credit note; amounts of both are positive."""

    kind: Literal[Kind.INVOICE, Kind.CREDIT_NOTE]
    due_on: date | None = None
    supply: Period | None = None
    lines: Annotated[tuple[Line, ...], Field(min_length=1)]
    allowances: tuple[Allowance, ...] = ()
    taxes: Annotated[tuple[TaxLine, ...], Field(min_length=1)]
    totals: Totals
    shares: tuple[PayerShare, ...] = ()
    payment: PaymentMeans | None = None
    payment_reference: Label | None = None
    """ISO 11649 creditor reference, see domain/references.py (BT-83)."""
    payment_terms: Prose | None = None
    preceding: Preceding | None = None
    contract: Label | None = None
    """What it is billed for: number of the enrollment or contract (BT-12)."""
    buyer_reference: Label | None = None
    reason: Prose | None = None
    """Why a credit note was made."""
    tax_name: Annotated[str, StringConstraints(min_length=1, max_length=30)] | None = None
    """What the tax is called where it is due, as printed: IVA, VAT, PPN; none: the word for tax."""

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if self.kind is Kind.CREDIT_NOTE and self.preceding is None:
            raise PydanticCustomError("BR-55", "BR-55: a credit note names the invoice it corrects")
        if self.due_on is not None and self.due_on < self.issued_on:
            raise PydanticCustomError("date-order", "a document is not due before it was issued")
        for rule, left, right, sentence in _sums(self):
            if left != right:
                raise PydanticCustomError(
                    rule, "{sentence}", {"sentence": f"{rule}: {sentence}: {left} is not {right}"}
                )
        for tax in self.taxes:
            self._tax_of(tax)
        return self

    def _tax_of(self, tax: TaxLine) -> None:
        # Rounded per line or on the sum, on a net or on a gross price: each may differ by half a unit per line.
        exact = (tax.rate or Decimal(0)) * tax.base.minor / 100
        allowed = (len(self.lines) + len(self.allowances) + 1) if exact else 0
        if abs(exact - tax.tax.minor) > allowed:
            raise PydanticCustomError("BR-CO-17", "BR-CO-17: the tax is not the taxable amount times the rate")


def _sums(bill: Bill) -> Iterator[tuple[str, Money, Money, str]]:
    total = bill.totals

    def add(amounts: Iterable[Money]) -> Money:
        return sum(amounts, start=Money.zero(bill.currency))

    yield "BR-CO-10", total.lines, add(line.net_amount for line in bill.lines), "the sum of the lines"
    yield "BR-CO-11", total.allowances, add(cut.amount for cut in bill.allowances), "the sum of the allowances"
    yield "BR-CO-13", total.net, total.lines - total.allowances, "the total without tax"
    yield "BR-CO-14", total.tax, add(tax.tax for tax in bill.taxes), "the sum of the taxes"
    yield "BR-CO-15", total.gross, total.net + total.tax, "the total with tax"
    yield "shares-sum", total.other_payers, add(share.amount for share in bill.shares), "what other payers pay"
    yield "BR-CO-16", total.payable, total.gross - total.other_payers, "the amount due"
    every: tuple[Taxed, ...] = (*bill.lines, *bill.allowances, *bill.taxes)
    for key in dict.fromkeys((each.tax_category, each.rate) for each in every):
        base = add(tax.base for tax in bill.taxes if (tax.tax_category, tax.rate) == key)
        net = add(line.net_amount for line in bill.lines if (line.tax_category, line.rate) == key)
        cut = add(each.amount for each in bill.allowances if (each.tax_category, each.rate) == key)
        yield f"BR-{key[0].value}-08", base, net - cut, f"the taxable amount of category {key[0].value}"
