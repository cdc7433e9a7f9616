"""What an invoice says, from what is known on the day of issue, and what it still lacks to be an e-invoice."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

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
    TaxCategory,
    TaxLine,
    Totals,
)
from services.billing.domain.references import payment_reference
from services.billing.domain.shares import Share
from services.billing.domain.tax import UNTAXED, TaxRule
from services.billing.domain.wording import training, untaxed
from shared.money import Money


@dataclass(frozen=True, slots=True)
class Sold:
    """What is billed: one instalment of a module of a training, and what was given up of it."""

    module: str
    supply: Period
    enrollment: str
    instalment: int
    instalments: int
    discount: Money
    discount_reason: str | None


@dataclass(frozen=True, slots=True)
class Funded:
    """Who pays under an agreement: a share with the funder's name and the agreement's code."""

    share: Share
    payer: str
    agreement: str


@dataclass(frozen=True, slots=True)
class Dated:
    """Number and days."""

    number: str
    issued_on: date
    due_on: date


@dataclass(frozen=True, slots=True)
class Parties:
    """Who sends and who gets it, where it is paid, in which language it is written."""

    book: Party
    enterprise: Party
    payment: PaymentMeans | None
    language: Language
    buyer_reference: str | None


def invoice_document(
    dated: Dated, reference: str, parties: Parties, sold: Sold, own: Share, funded: tuple[Funded, ...], tax: TaxRule
) -> Bill:
    """Return the document: one line at the list price, the discount as an allowance, tax, who else pays.

    Funders pay their part of the gross as something already settled between them and the seller (docs/decisions/0007).
    """
    others = sum((each.share.amount for each in funded), start=Money.zero(own.amount.currency))
    net = own.net + others
    rate = None if tax.category is TaxCategory.NOT_SUBJECT else Decimal(tax.rate).scaleb(-2)
    listed = net + sold.discount
    reason = tax.reason if tax.code is not None or tax.reason != UNTAXED.reason else untaxed(parties.language)
    cuts: tuple[Allowance, ...] = ()
    if sold.discount:
        why = (sold.discount_reason or "-")[:400]
        cuts = (Allowance(tax_category=tax.category, rate=rate, amount=sold.discount, reason=why),)
    return Bill(
        kind=Kind.INVOICE,
        number=dated.number,
        issued_on=dated.issued_on,
        due_on=dated.due_on,
        currency=own.amount.currency,
        language=parties.language,
        seller=parties.book,
        buyer=parties.enterprise,
        supply=sold.supply,
        lines=(
            Line(
                tax_category=tax.category,
                rate=rate,
                description=training(parties.language, sold.module, sold.instalment, sold.instalments),
                quantity=Decimal(1),
                unit="C62",
                net_price=listed,
                net_amount=listed,
                item_code=sold.module,
                period=sold.supply,
            ),
        ),
        allowances=cuts,
        taxes=(TaxLine(tax_category=tax.category, rate=rate, base=net, tax=own.tax, reason=reason),),
        totals=Totals(
            lines=listed,
            allowances=sold.discount,
            net=net,
            tax=own.tax,
            gross=net + own.tax,
            other_payers=others,
            payable=own.amount,
        ),
        shares=tuple(
            PayerShare(payer=each.payer, amount=each.share.amount, reference=each.agreement) for each in funded
        ),
        payment=parties.payment,
        payment_reference=reference,
        contract=sold.enrollment,
        buyer_reference=parties.buyer_reference,
    )


def missing(bill: Bill) -> tuple[str, ...]:
    """Return what an e-invoice of `bill` would still need, by the names that the profiles have for it.

    EN 16931: seller's and buyer's address with country (BR-8 to BR-11), the seller's number (BR-CO-26), the buyer's
    where it owes the tax (BR-AE-03), and, for people, a street and a city, and where to pay.
    """
    needed = {
        "seller.tax_id": bill.seller.tax_id,
        "seller.address": bill.seller.address,
        "seller.city": bill.seller.city,
        "seller.country": bill.seller.country,
        "seller.payment": bill.payment,
        "buyer.tax_id": bill.buyer.tax_id or not any(t.tax_category is TaxCategory.REVERSE_CHARGE for t in bill.taxes),
        "buyer.address": bill.buyer.address,
        "buyer.city": bill.buyer.city,
        "buyer.country": bill.buyer.country,
    }
    return tuple(name for name, value in needed.items() if not value)


__all__ = ["Dated", "Funded", "Parties", "Sold", "invoice_document", "missing", "payment_reference"]
