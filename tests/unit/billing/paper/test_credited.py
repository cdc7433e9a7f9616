"""A credit note says what it takes off the frozen invoice, as a whole or in part."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from services.billing.domain.credited import credit_document
from services.billing.domain.document import Bill, TaxCategory, TaxLine
from services.billing.domain.shares import Share
from services.billing.paper.einvoice.cii import cii
from services.billing.paper.einvoice.needs import missing
from services.billing.paper.einvoice.ubl import ubl
from shared.events.vocabulary import PayerClass
from shared.money import Money
from tests.support.schematron import Schematron
from tests.unit.billing.paper.samples import bill
from tests.unit.billing.paper.test_einvoice import two_rates

DEAL = UUID(int=1)
CODES = {DEAL: "AG-1"}
DAY = date(2016, 6, 1)


def bob(amount: str) -> Money:
    return Money.parse(amount, "BOB")


def shares(own: str, tax: str, funded: str = "0") -> tuple[Share, ...]:
    """Return what is credited to the enterprise, the tax in it, and what to its funder."""
    return (
        Share(PayerClass.ENTERPRISE, None, bob(own), bob(tax).minor),
        Share(PayerClass.GOVERNMENT, DEAL, bob(funded)),
    )


def credited(invoice: Bill, *parts: str) -> Bill:
    return credit_document(invoice, "CN-2016-00001", DAY, "Withdrawn", shares(*parts), CODES)


INVOICE = bill(discount="100.00", shares=(("Ministry (demo)", "250.00"),))


def test_everything_is_the_mirror_of_the_invoice() -> None:
    made = credited(INVOICE, "767.00", "117.00", "250.00")
    assert (made.lines, made.allowances, made.taxes, made.totals, made.shares) == (
        INVOICE.lines,
        INVOICE.allowances,
        INVOICE.taxes,
        INVOICE.totals,
        INVOICE.shares,
    )
    assert made.preceding is not None
    assert (made.preceding.number, made.preceding.issued_on) == (INVOICE.number, INVOICE.issued_on)
    assert (made.due_on, made.payment, made.payment_reference) == (None, None, None)


@pytest.mark.parametrize(
    ("parts", "gross", "others", "payable"),
    [
        (("113.00", "13.00"), "113.00", "0", "113.00"),
        (("0", "0", "50.00"), "50.00", "50.00", "0"),
        (("56.50", "6.50", "25.00"), "81.50", "25.00", "56.50"),
    ],
)
def test_a_part_is_one_line_with_its_tax(
    parts: tuple[str, ...], gross: str, others: str, payable: str, schematron: Schematron
) -> None:
    if parts == ("0", "0", "50.00"):
        # A funder's part bears no tax; taken back alone from a taxed invoice it cannot be said as one line.
        with pytest.raises(ValueError, match="BR-CO-17"):
            credited(INVOICE, *parts)
        invoice = bill(category=TaxCategory.EXEMPT, rate="0", shares=(("Ministry (demo)", "250.00"),))
        made = credited(invoice, *parts)
    elif len(parts) == 3:
        invoice = bill(category=TaxCategory.EXEMPT, rate="0", shares=(("Ministry (demo)", "250.00"),))
        made = credited(invoice, parts[0], "0", parts[2])
    else:
        made = credited(INVOICE, *parts)
    assert (made.totals.gross, made.totals.other_payers, made.totals.payable) == (bob(gross), bob(others), bob(payable))
    assert len(made.lines) == 1
    assert missing(made) == ()
    for syntax, write in (("cii", cii), ("ubl", ubl)):
        assert [rule for rule in schematron.failed(syntax, write(made)) if not rule.startswith("?")] == []


def test_of_an_invoice_with_several_rates_only_everything_can_be_credited() -> None:
    invoice = two_rates()
    with pytest.raises(ValueError, match="several tax rates"):
        credited(invoice, "113.00", "13.00")
    assert credited(invoice, "993.60", "93.60").totals == invoice.totals
    assert TaxLine(tax_category=TaxCategory.EXEMPT, rate=Decimal(0), base=bob("180.00"), tax=bob("0")).tax == bob("0")
