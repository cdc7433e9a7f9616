"""Documents to print: ordinary ones, and the ones that break things."""

from datetime import date
from decimal import Decimal
from typing import Any

from services.billing.domain.document import (
    Allowance,
    Bill,
    Kind,
    Language,
    Line,
    Party,
    PayerShare,
    PaymentMeans,
    Period,
    Preceding,
    TaxCategory,
    TaxId,
    TaxLine,
    Totals,
)
from shared.money import Money

ISSUED = date(2016, 4, 4)
SELLER = Party(
    name="Confederación de Empresarios (demo)",
    tax_id=TaxId(scheme="NIT", value="1020304050"),
    registration="FUNDEMPRESA 12345",
    address=("Calle Méndez Arcos 117", "Plaza España"),
    city="La Paz",
    postal_code="0201",
    country="BO",
    email="cobranza@example.org",
)
BUYER = Party(
    name="Metalúrgica Illimani S.R.L. (demo)",
    tax_id=TaxId(scheme="NIT", value="5060708090"),
    address=("Av. 6 de Marzo 400",),
    city="El Alto",
    country="BO",
)
ACCOUNT = PaymentMeans(holder="Confederación de Empresarios (demo)", account="10000-0004-5678", bank="Banco (demo)")
SEPA = PaymentMeans(holder="Chamber (demo)", iban="DE89370400440532013000", bic="COBADEFFXXX")


def line(amount: Money, category: TaxCategory, rate: str | None, text: str = "SCORE module 1") -> Line:
    """Return one unit of a service."""
    return Line(
        description=text,
        quantity=Decimal(1),
        unit="E48",
        net_price=amount,
        net_amount=amount,
        tax_category=category,
        rate=None if rate is None else Decimal(rate),
        item_code="WPC",
    )


def bill(
    *,
    net: str = "1000.00",
    currency: str = "BOB",
    category: TaxCategory = TaxCategory.STANDARD,
    rate: str | None = "13",
    tax: str | None = None,
    discount: str | None = None,
    shares: tuple[tuple[str, str], ...] = (),
    **more: Any,  # noqa: ANN401 - any field of a bill
) -> Bill:
    """Return an invoice over one line; the tax is worked out unless given."""
    amount = Money.parse(net, currency)
    percent = None if rate is None else Decimal(rate)
    part_of_base = (percent or Decimal(0)) / 100
    cut = Money.zero(currency) if discount is None else Money.parse(discount, currency)
    base = amount - cut
    owed = (
        Money(int((base.minor * part_of_base).to_integral_value()), currency)
        if tax is None
        else Money.parse(tax, currency)
    )
    gross = base + owed
    others = tuple(
        PayerShare(payer=name, amount=Money.parse(part, currency), reference=f"AG-{place}")
        for place, (name, part) in enumerate(shares, 1)
    )
    paid = sum((share.amount for share in others), start=Money.zero(currency))
    why = {TaxCategory.EXEMPT: "Exempt: vocational training", TaxCategory.NOT_SUBJECT: "Not subject to tax"}
    fields: dict[str, Any] = {
        "kind": Kind.INVOICE,
        "number": "INV-2016-00012",
        "issued_on": ISSUED,
        "due_on": date(2016, 5, 4),
        "currency": currency,
        "language": Language.SPANISH,
        "seller": SELLER,
        "buyer": BUYER,
        "supply": Period(starts_on=date(2016, 4, 4), ends_on=date(2016, 7, 1)),
        "lines": (line(amount, category, rate),),
        "allowances": (
            (Allowance(amount=cut, reason="Early booking", tax_category=category, rate=percent),) if cut else ()
        ),
        "taxes": (TaxLine(tax_category=category, rate=percent, base=base, tax=owed, reason=why.get(category)),),
        "totals": Totals(
            lines=amount, allowances=cut, net=base, tax=owed, gross=gross, other_payers=paid, payable=gross - paid
        ),
        "shares": others,
        "payment": ACCOUNT,
        "payment_reference": "RF18539007547034",
        "contract": "M1-2016-03",
        **more,
    }
    return Bill(**fields)


def credit_note(**more: Any) -> Bill:  # noqa: ANN401
    """Return a credit note over an invoice."""
    return bill(
        kind=Kind.CREDIT_NOTE,
        number="CN-2016-00001",
        due_on=None,
        payment=None,
        payment_reference=None,
        preceding=Preceding(number="INV-2016-00012", issued_on=ISSUED),
        reason="Training cancelled",
        **more,
    )
