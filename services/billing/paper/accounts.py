"""Statements of account, reminders and receipts as pages."""

from collections.abc import Iterator
from typing import Final

from services.billing.domain.document import (
    Bucket,
    PaymentMethod,
    Receipt,
    Reminder,
    Statement,
    StatementEntry,
    StatementLine,
)
from services.billing.paper.page import Column, Listing, Page, Sum, Writer
from services.billing.paper.payments import payment_box
from services.billing.paper.words import mark

_MOVED: Final = {
    StatementEntry.INVOICE: mark("Invoice"),
    StatementEntry.CREDIT_NOTE: mark("Credit note"),
    StatementEntry.PAYMENT: mark("Payment"),
    StatementEntry.REFUND: mark("Refund"),
    StatementEntry.WRITE_OFF: mark("Written off"),
    StatementEntry.VOID: mark("Voided"),
    StatementEntry.BOUNCED: mark("Bounced payment"),
    StatementEntry.OTHER: mark("Other"),
}
_AGES: Final = {
    Bucket.NOT_DUE: mark("Not yet due"),
    Bucket.TO_30: mark("1 to 30 days overdue"),
    Bucket.TO_60: mark("31 to 60 days overdue"),
    Bucket.TO_90: mark("61 to 90 days overdue"),
    Bucket.OVER_90: mark("More than 90 days overdue"),
}
_METHODS: Final = {
    PaymentMethod.BANK: mark("Bank transfer"),
    PaymentMethod.CASH: mark("Cash"),
    PaymentMethod.MOBILE_MONEY: mark("Mobile money"),
}
_LEVELS: Final = {
    1: (
        mark("Payment reminder"),
        mark("As of {day} the invoices below are overdue. Perhaps your payment and this letter crossed."),
        mark("If you have paid already, please disregard this letter; otherwise please pay the amount below."),
    ),
    2: (
        mark("Second reminder"),
        mark("In spite of our first reminder, the invoices below are still open as of {day}."),
        mark("Please pay the amount below, or tell us why an invoice is not right."),
    ),
    3: (
        mark("Final reminder"),
        mark("We have reminded you twice. As of {day} the invoices below are still open."),
        mark("Unless we receive the amount below in time, we will have to take further steps."),
    ),
}


def statement_page(statement: Statement, writer: Writer) -> Page:
    """Return the page of a statement of account."""
    say, show = writer.say, writer.show
    columns = (
        Column(say("Date")),
        Column(say("Entry"), width="fill"),
        Column(say("Due date")),
        writer.column_of_money(say("Charged")),
        writer.column_of_money(say("Credited")),
        writer.column_of_money(say("Balance")),
    )
    period = show.span(statement.period)
    opening = (
        (show.day(statement.period.starts_on),),
        (say("Balance brought forward"),),
        ("",),
        ("",),
        ("",),
        (show.amount(statement.opening),),
    )
    tables = [Listing(columns, (opening, *(_movement(line, writer) for line in statement.lines)))]
    if statement.ageing:
        ages = tuple(((say(_AGES[aged.bucket]),), (show.amount(aged.amount),)) for aged in statement.ageing)
        age_columns = (Column(say("Age"), width="fill"), writer.column_of_money(say("Open")))
        tables.append(Listing(age_columns, ages, say("What is open, by age")))
    return Page(
        title=" ".join((say("Statement of account"), statement.number)),
        subtitle=period,
        facts=((say("Number"), statement.number), (say("Date"), show.long_day(statement.issued_on))),
        tables=tuple(tables),
        sums=(_closing(statement, writer),),
        payment=payment_box(
            writer,
            statement.payment,
            statement.seller,
            statement.closing,
            statement.payment_reference,
            statement.number,
        ),
        notes=statement.notes,
    )


def _closing(statement: Statement, writer: Writer) -> Sum:
    say, owed = writer.say, statement.closing
    if owed.minor > 0:
        return Sum(say("Amount due"), writer.show.money(owed), "strong")
    if owed.minor < 0:
        return Sum(say("Balance in your favour"), writer.show.money(-owed), "strong")
    return Sum(say("Balance"), writer.show.money(owed), "strong")


def _movement(line: StatementLine, writer: Writer) -> tuple[tuple[str, ...], ...]:
    say, show = writer.say, writer.show
    what = f"{say(_MOVED[line.what])} {line.reference or ''}".strip()
    return (
        (show.day(line.on),),
        (what,) if line.text is None else (what, line.text),
        ("" if line.due_on is None else show.day(line.due_on),),
        (show.amount(line.charge) if line.charge else "",),
        (show.amount(line.credit) if line.credit else "",),
        (show.amount(line.balance),),
    )


def reminder_page(reminder: Reminder, writer: Writer) -> Page:
    """Return the page of a reminder; its level chooses the words."""
    say, show = writer.say, writer.show
    title, first, second = _LEVELS[reminder.level]
    columns = (
        Column(say("Invoice"), width="fill"),
        Column(say("Date")),
        Column(say("Due date")),
        Column(say("Days overdue"), "end"),
        writer.column_of_money(say("Total")),
        writer.column_of_money(say("Open")),
    )
    rows = tuple(
        (
            (line.number,),
            (show.day(line.issued_on),),
            (show.day(line.due_on),),
            (str(line.days_overdue),),
            (show.amount(line.total),),
            (show.amount(line.open),),
        )
        for line in reminder.lines
    )
    facts = [(say("Number"), reminder.number), (say("Date"), show.long_day(reminder.issued_on))]
    if reminder.pay_by is not None:
        facts.append((say("Pay by"), show.long_day(reminder.pay_by)))
    return Page(
        title=f"{say(title)} {reminder.number}",
        facts=tuple(facts),
        intro=(say(first, day=show.long_day(reminder.as_of)), say(second)),
        tables=(Listing(columns, rows),),
        sums=(Sum(say("Amount due"), show.money(reminder.total), "strong"),),
        payment=payment_box(
            writer,
            reminder.payment,
            reminder.seller,
            reminder.total,
            reminder.payment_reference,
            reminder.number,
            due_on=reminder.pay_by,
        ),
        notes=reminder.notes,
    )


def receipt_page(receipt: Receipt, writer: Writer) -> Page:
    """Return the page of a receipt."""
    say, show = writer.say, writer.show
    columns = (
        Column(say("Used for invoice"), width="fill"),
        Column(say("Date")),
        writer.column_of_money(say("Amount")),
    )
    rows = tuple(((line.number,), (show.day(line.issued_on),), (show.amount(line.amount),)) for line in receipt.lines)
    thanks = say("We have received {amount} from you. Thank you.", amount=show.money(receipt.amount))
    return Page(
        title=" ".join((say("Receipt"), receipt.number)),
        facts=tuple(_receipt_facts(receipt, writer)),
        intro=(thanks,),
        tables=(Listing(columns, rows),) if rows else (),
        sums=tuple(_receipt_sums(receipt, writer)),
        notes=receipt.notes,
    )


def _receipt_facts(receipt: Receipt, writer: Writer) -> Iterator[tuple[str, str]]:
    say, show = writer.say, writer.show
    yield say("Number"), receipt.number
    yield say("Date"), show.long_day(receipt.issued_on)
    yield say("Received on"), show.long_day(receipt.received_on)
    yield say("Payment method"), say(_METHODS[receipt.method])
    if receipt.payer_reference is not None:
        yield say("Your reference"), receipt.payer_reference


def _receipt_sums(receipt: Receipt, writer: Writer) -> Iterator[Sum]:
    say, show = writer.say, writer.show
    if receipt.unapplied:
        yield Sum(say("Kept on your account"), show.amount(receipt.unapplied))
    yield Sum(say("Received"), show.money(receipt.amount), "strong")
