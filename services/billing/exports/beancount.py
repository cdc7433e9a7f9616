"""The whole book as a Beancount journal, with the balances of the database asserted after every period.

`bean-check` proves that every entry balances, that every account was opened in its currency, and that the balances are
those of the database to the minor unit.
"""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Final

from services.billing.exports.book import BookAccount, Exported
from services.billing.exports.entries import JournalEntry, cut_by, headline, is_priced, journal_entries, told
from services.billing.exports.names import quoted
from services.billing.exports.table import Amount
from services.billing.exports.text_journal import closing_balances, commodities, rates
from shared.money import minor_digits

_DAY: Final = timedelta(days=1)


async def as_beancount(book: Exported) -> AsyncIterator[str]:
    """Give the journal in pieces."""
    yield _head(book)
    currencies = await commodities(book)
    first = book.first_on or date(1970, 1, 1)
    # Only where nothing else says how exact a sum in a currency is, as in one without decimals.
    yield "".join(
        f'option "inferred_tolerance_default" "{code}:{Amount(4, code).decimal.scaleb(-1):f}"\n' for code in currencies
    )
    yield "".join(f"\n{first} commodity {code}\n  decimals: {minor_digits(code)}\n" for code in currencies)
    yield "".join(map(_opening, book.accounts.values())) + "\n"
    async for rate in rates(book):
        yield f"{rate.on} price {rate.base} {rate.rate} {rate.quote}\n  source: {quoted(rate.source)}\n"
    for period in book.periods:
        yield f"\n; ==== {period.starts_on} to {period.ends_on}\n\n"
        async for entry in journal_entries(book, period.id):
            yield _entry(book, entry)
        # Beancount looks at a balance in the morning, so the end of a period is the day after.
        day = period.ends_on + _DAY
        async for account, balance in closing_balances(book, period):
            # Left alone, it lets a balance be off by one minor unit.
            nothing = Amount(0, account.currency).text
            yield f"{day} balance {account.text_name}  {balance.text} ~ {nothing} {account.currency}\n"


def _head(book: Exported) -> str:
    facts = "".join(f"; {name.replace('_', ' ')}: {value}\n" for name, value in _comments(book))
    return (
        ";; The whole book of an implementing partner, exported from Scorebook.\n"
        f"{facts};\n"
        "; Accounts 9110 and 9910 are memo accounts: what was contracted, outside the balance sheet. They stand under\n"
        "; Equity:Memo and cancel each other. Debits are positive. Each entry carries the id it has in the book.\n"
        "; Every account's balance at the end of every period was asked of the database and is asserted without any\n"
        "; tolerance. Check this file with: bean-check FILE\n\n"
        f'option "title" {quoted(f"{book.programme}: {book.partner}")}\n'
        f'option "operating_currency" "{book.currency}"\n'
    )


def _comments(book: Exported) -> list[tuple[str, str]]:
    return [(name, quoted(value)[1:-1]) for name, value in (*book.facts, ("entries", str(book.entries)))]


def _opening(account: BookAccount) -> str:
    facts = [("account", str(account.uid)), ("code", account.code), ("name", account.name)]
    if account.party_id is not None:
        facts += [("party-kind", account.party_kind or ""), ("party-id", str(account.party_id))]
        facts += [("party", account.party or "")]
    lines = "".join(f"  {name}: {quoted(value)}\n" for name, value in facts)
    return f"\n{account.first_on} open {account.text_name} {account.currency}\n{lines}"


def _entry(book: Exported, entry: JournalEntry) -> str:
    linked = entry.reverses or (entry.uid if entry.reversed_by else None)
    link = "" if linked is None else f" ^reversal-{linked}"
    text = [f"{entry.effective_on} * {quoted(headline(entry))} #{entry.kind}{link}\n"]
    text += [f"  {name}: {value if name == 'fact-on' else quoted(value)}\n" for name, value in told(entry)]
    priced = is_priced(entry, book.currency)
    for line in entry.lines:
        account = book.accounts[line.account]
        amount, base = Amount(line.amount, line.currency), Amount(line.base, book.currency)
        price = ""
        if priced and line.currency != book.currency:
            price = f" @@ {Amount(abs(line.base), book.currency).text} {book.currency}"
        text.append(f"  {account.text_name}  {amount.text} {line.currency}{price}\n")
        if line.currency != book.currency:
            text.append(f"    base: {base.text} {base.currency}\n")
        text += [f"    {name}: {quoted(value)}\n" for name, value in cut_by(line)]
    return "".join(text) + "\n"
