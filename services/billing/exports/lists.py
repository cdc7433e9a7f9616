"""What a book is made of, as tables: chart, accounts, periods, exchange rates."""

from collections.abc import AsyncIterator, Sequence
from typing import Final

from services.billing.exports.book import Exported
from services.billing.exports.table import Amount, Cell, Kind, Layout, Table, columns, each
from services.billing.exports.text_journal import closing_balances, rates

CHART: Final = Layout(
    "chart",
    "Chart of accounts",
    columns(
        ("code", Kind.TEXT, "code"),
        ("name", Kind.TEXT, "name"),
        ("type", Kind.TEXT, "asset, liability, equity, income, expense or memo"),
        ("normal_side", Kind.TEXT, "side on which it grows"),
        ("sub_accounts_per", Kind.TEXT, "whose sub-accounts it is kept in"),
    ),
)
ACCOUNTS: Final = Layout(
    "accounts",
    "Accounts with postings, and their balances at the end",
    columns(
        ("account", Kind.TEXT, "id of the account"),
        ("text_name", Kind.TEXT, "its name in the Beancount and hledger journals"),
        ("code", Kind.TEXT, "code of the chart"),
        ("name", Kind.TEXT, "name of that code"),
        ("currency", Kind.TEXT, "currency of the account"),
        ("party_kind", Kind.TEXT, "whose sub-account it is: enterprise, agreement or bank-account"),
        ("party_id", Kind.TEXT, "id of that party"),
        ("party", Kind.TEXT, "its name today"),
        ("may_be_negative", Kind.FLAG, "false: the book refuses to bring it to its other side on any day"),
        ("opened_at", Kind.MOMENT, "when its first line was recorded"),
        ("first_on", Kind.DAY, "earliest business day of its lines"),
        ("balance", Kind.MONEY, "balance at the end, debit positive, in the currency of the account"),
    ),
)
PERIODS: Final = Layout(
    "periods",
    "Accounting periods",
    columns(
        ("period", Kind.TEXT, "id of the period"),
        ("starts_on", Kind.DAY, "first day"),
        ("ends_on", Kind.DAY, "last day"),
        ("state", Kind.TEXT, "open, soft-closed, closed or reopened"),
        ("closed_at", Kind.MOMENT, "when it was closed"),
        ("closed_by", Kind.TEXT, "who closed it"),
    ),
)
STEPS: Final = Layout(
    "period-steps",
    "Who closed periods, asked to reopen them, and allowed it",
    columns(
        ("starts_on", Kind.DAY, "first day of the period"),
        ("action", Kind.TEXT, "soft-close, close, ask-reopening, reopen or grant"),
        ("actor", Kind.TEXT, "who"),
        ("subject", Kind.TEXT, "who was given leave to post into a soft-closed period"),
        ("reason", Kind.TEXT, "why"),
        ("at", Kind.MOMENT, "when"),
    ),
)
RATES: Final = Layout(
    "exchange-rates",
    "Exchange rates of the programme",
    columns(
        ("on", Kind.DAY, "day of the rate"),
        ("base", Kind.TEXT, "one unit of this currency"),
        ("rate", Kind.TEXT, "was worth so many"),
        ("quote", Kind.TEXT, "of this currency"),
        ("source", Kind.TEXT, "by whom"),
    ),
)

_STEPS: Final = """
SELECT p.starts_on, s.action, s.actor, s.subject, s.reason, s.at
FROM ledger.period_step s JOIN ledger.period p ON p.id = s.period_id
WHERE p.book_id = :book ORDER BY s.id
"""
_CHART: Final = """
SELECT code, name, type, normal_side, party FROM ledger.chart ORDER BY code
"""


def chart(book: Exported) -> Table:
    """Return the chart of accounts."""

    async def rows() -> AsyncIterator[Sequence[Cell]]:
        async for row in book.rows(_CHART):
            yield tuple(row)

    return Table(CHART, book.facts, rows())


def accounts(book: Exported) -> Table:
    """Return the accounts that have postings, with their balances after the last period."""

    async def rows() -> AsyncIterator[Sequence[Cell]]:
        balances = {}
        if book.periods:
            balances = {one.number: balance async for one, balance in closing_balances(book, book.periods[-1])}
        for one in book.accounts.values():
            yield [
                *(one.uid, one.text_name, one.code, one.name, one.currency, one.party_kind, one.party_id, one.party),
                *(one.may_be_negative, one.opened_at, one.first_on, balances.get(one.number, Amount(0, one.currency))),
            ]

    return Table(ACCOUNTS, book.facts, rows())


def periods(book: Exported) -> Table:
    """Return the periods of the book."""
    rows = [(one.id, one.starts_on, one.ends_on, one.state, one.closed_at, one.closed_by) for one in book.periods]
    return Table(PERIODS, book.facts, each(rows))


def period_steps(book: Exported) -> Table:
    """Return what was done to the periods of the book, in order."""

    async def rows() -> AsyncIterator[Sequence[Cell]]:
        async for row in book.rows(_STEPS):
            yield tuple(row)

    return Table(STEPS, book.facts, rows())


def exchange_rates(book: Exported) -> Table:
    """Return the exchange rates of the programme."""

    async def rows() -> AsyncIterator[Sequence[Cell]]:
        async for rate in rates(book):
            yield [rate.on, rate.base, rate.rate, rate.quote, rate.source]

    return Table(RATES, book.facts, rows())
