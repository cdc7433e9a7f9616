"""Documents to print: ordinary ones, and the ones that break things."""

from datetime import date
from decimal import Decimal
from typing import Any

from services.billing.domain.document import (
    Aged,
    Allowance,
    AppliedTo,
    Bill,
    Bucket,
    Claim,
    Claimed,
    Document,
    Evidence,
    EvidenceKind,
    Kind,
    Language,
    Line,
    OpenDocument,
    Party,
    PayerShare,
    PaymentMeans,
    PaymentMethod,
    Period,
    Preceding,
    Receipt,
    Reminder,
    Statement,
    StatementEntry,
    StatementLine,
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


QUARTER = Period(starts_on=date(2016, 4, 1), ends_on=date(2016, 6, 30))


def bob(amount: str) -> Money:
    """Return bolivianos."""
    return Money.parse(amount, "BOB")


def _head(number: str, language: Language, more: dict[str, Any]) -> dict[str, Any]:
    return {
        "number": number,
        "issued_on": date(2016, 7, 4),
        "currency": "BOB",
        "language": language,
        "seller": SELLER,
        "buyer": BUYER,
        **more,
    }


def statement(language: Language = Language.SPANISH, months: int = 1, **more: Any) -> Statement:  # noqa: ANN401
    """Return a statement in which an invoice is half paid every month."""
    lines, balance = [], bob("100.00")
    for month in range(months):
        for what, charge, paid in (("invoice", "1130.00", "0"), ("payment", "0", "565.00"), ("refund", "15.00", "0")):
            balance = balance + bob(charge) - bob(paid)
            lines.append(
                StatementLine(
                    on=date(2016 + month // 12, month % 12 + 1, 4),
                    what=StatementEntry(what),
                    reference=f"INV-2016-{month + 1:05d}",
                    due_on=date(2016 + month // 12, month % 12 + 1, 28) if what == "invoice" else None,
                    text="SCORE module 1" if what == "invoice" else None,
                    charge=bob(charge),
                    credit=bob(paid),
                    balance=balance,
                )
            )
    ages = tuple(Aged(bucket=bucket, amount=bob("10.00")) for bucket in Bucket)
    fields = {
        "kind": Kind.STATEMENT,
        "period": QUARTER,
        "opening": bob("100.00"),
        "lines": tuple(lines),
        "closing": balance,
        "ageing": ages,
        "payment": ACCOUNT,
        "payment_reference": "RF18539007547034",
    }
    return Statement(**_head("ST-2016-00001", language, {**fields, **more}))


def reminder(language: Language = Language.SPANISH, level: int = 1, **more: Any) -> Reminder:  # noqa: ANN401
    """Return a reminder of two invoices."""
    lines = tuple(
        OpenDocument(
            number=f"INV-2016-{serial:05d}",
            issued_on=date(2016, 4, 4),
            due_on=date(2016, 5, 4),
            days_overdue=61,
            total=bob("1130.00"),
            open=bob("565.00"),
        )
        for serial in (12, 13)
    )
    fields = {
        "kind": Kind.REMINDER,
        "level": level,
        "as_of": date(2016, 7, 4),
        "pay_by": date(2016, 7, 18),
        "lines": lines,
        "total": bob("1130.00"),
        "payment": ACCOUNT,
    }
    return Reminder(**_head(f"RM-2016-{level:05d}", language, {**fields, **more}))


def receipt(language: Language = Language.SPANISH, **more: Any) -> Receipt:  # noqa: ANN401
    """Return a receipt of which something was left over."""
    fields = {
        "kind": Kind.RECEIPT,
        "received_on": date(2016, 7, 1),
        "method": PaymentMethod.MOBILE_MONEY,
        "payer_reference": "Pago INV-2016-00012",
        "amount": bob("1200.00"),
        "lines": (AppliedTo(number="INV-2016-00012", issued_on=ISSUED, amount=bob("1130.00")),),
        "unapplied": bob("70.00"),
    }
    return Receipt(**_head("RC-2016-00001", language, {**fields, **more}))


def claim(language: Language = Language.SPANISH, items: int = 2, **more: Any) -> Claim:  # noqa: ANN401
    """Return a claim on a ministry with its evidence."""
    lines = tuple(
        Claimed(
            number=f"INV-2016-{serial:05d}",
            issued_on=ISSUED,
            enterprise=BUYER.name,
            training="M1-2016-03",
            total=bob("1130.00"),
            share_percent=Decimal(25),
            claimed=bob("282.50"),
        )
        for serial in range(1, items + 1)
    )
    evidence = tuple(
        Evidence(kind=kind, on=date(2016, 5, 2), text="4 managers, 6 workers", reference="S-1", amount=bob("10.00"))
        for kind in EvidenceKind
    )
    fields = {
        "kind": Kind.CLAIM,
        "buyer": Party(name="Ministerio de Trabajo (demo)", city="La Paz", country="BO"),
        "agreement": "MT-2016",
        "period": QUARTER,
        "lines": lines,
        "total": sum((line.claimed for line in lines), start=bob("0")),
        "evidence": evidence,
        "payment": ACCOUNT,
    }
    return Claim(**_head("CL-2016-00001", language, {**fields, **more}))


def every_kind(language: Language) -> dict[str, Document]:
    """Return a document of each kind, and of each tone of a reminder."""
    return {
        "invoice": bill(language=language, discount="100.00", shares=(("Ministerio de Trabajo (demo)", "254.25"),)),
        "credit-note": credit_note(language=language),
        "statement": statement(language),
        "receipt": receipt(language),
        "claim": claim(language),
        **{f"reminder-{level}": reminder(language, level) for level in (1, 2, 3)},
    }
