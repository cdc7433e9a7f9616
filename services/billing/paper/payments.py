"""The box that says how to pay."""

from datetime import date

from services.billing.domain.document import Party, PaymentMeans
from services.billing.paper import code
from services.billing.paper.page import Code, Fact, Payment, Writer
from shared.money import Money


def payment_box(
    writer: Writer,
    means: PaymentMeans | None,
    receiver: Party,
    amount: Money,
    reference: str | None,
    number: str,
    due_on: date | None = None,
) -> Payment | None:
    """Return the box, with a code to scan; None where nothing is to be paid or no account is known."""
    if means is None or amount.minor <= 0:
        return None
    say, show = writer.say, writer.show
    facts: list[Fact] = [(say("Amount"), show.money(amount))]
    if due_on is not None:
        facts.append((say("Pay by"), show.long_day(due_on)))
    facts.append((say("Account holder"), means.holder or receiver.name))
    if means.iban is not None:
        facts.append((say("IBAN"), grouped(means.iban)))
    if means.account is not None:
        facts.append((say("Account"), means.account))
    facts += [(name, value) for name, value in ((say("BIC"), means.bic), (say("Bank"), means.bank)) if value]
    if reference is not None:
        facts.append((say("Reference"), grouped(reference)))
    text = code.payload(means, receiver.name, amount, reference, number)
    caption = say("Scan to pay") if code.is_epc(means, amount) else say("Payment details")
    words = (say("Please write the reference on your payment."),) if reference is not None else ()
    return Payment(say("How to pay"), tuple(facts), words, Code(code.picture(text), text.replace("\n", "; "), caption))


def grouped(text: str) -> str:
    """Return an IBAN or a creditor reference in groups of four, as ISO 13616 and ISO 11649 print them."""
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))
