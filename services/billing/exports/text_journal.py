"""What a Beancount and an hledger journal have in common: the prices, and the balances that prove the text.

The balances are asked of the database, period by period, by the function that also makes the trial balance. They are
never added up from what is being written, so a line that is lost or wrong contradicts them.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from services.billing.exports.book import BookAccount, BookPeriod, Exported
from services.billing.exports.table import Amount

_BALANCES: Final = """
SELECT b.account_id, b.balance_minor FROM ledger.balances(:book, :day, CAST(:recorded_at AS timestamptz)) b
JOIN ledger.account a ON a.id = b.account_id
ORDER BY a.code, a.party_id, a.currency
"""

_RATES: Final = """
SELECT on_date, base, quote, rate, source, id FROM ledger.fx_rate
WHERE programme = :programme AND (CAST(:recorded_at AS timestamptz) IS NULL OR captured_at <= :recorded_at)
ORDER BY on_date, base, quote, captured_at, id
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """What one unit of `base` was worth in `quote` on a day, by a source."""

    on: date
    base: str
    quote: str
    rate: str
    source: str


async def closing_balances(book: Exported, period: BookPeriod) -> AsyncIterator[tuple[BookAccount, Amount]]:
    """Give the balance of every account that had postings by the end of a period, debit positive."""
    async for row in book.rows(_BALANCES, day=period.ends_on):
        account = book.accounts.get(row.account_id)
        if account is not None and account.first_on <= period.ends_on:
            yield account, Amount(row.balance_minor, account.currency)


async def rates(book: Exported) -> AsyncIterator[Rate]:
    """Give the exchange rates of the programme, oldest first."""
    async for row in book.rows(_RATES, programme=book.programme):
        yield Rate(row.on_date, row.base, row.quote, _shortest(row.rate), row.source)


def _shortest(rate: Decimal) -> str:
    text = format(rate, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


async def commodities(book: Exported) -> list[str]:
    """Return the currencies that the book or its rates mention, the book's own first."""
    others = {account.currency for account in book.accounts.values()}
    async for rate in rates(book):
        others |= {rate.base, rate.quote}
    return [book.currency, *sorted(others - {book.currency})]
