"""The whole book as an hledger journal, with the balances of the database asserted after every period.

`hledger check -s` proves what `bean-check` proves of the other file, with another program written by other people.
"""

from collections.abc import AsyncIterator
from typing import Final

from services.billing.exports.book import BookAccount, BookPeriod, Exported
from services.billing.exports.entries import JournalEntry, cut_by, headline, is_priced, journal_entries, told
from services.billing.exports.names import description, tag_value
from services.billing.exports.table import Amount
from services.billing.exports.text_journal import closing_balances, commodities, rates
from shared.money import minor_digits

_TYPES: Final = {"asset": "A", "liability": "L", "equity": "E", "income": "R", "expense": "X", "memo": "E"}


async def as_hledger(book: Exported) -> AsyncIterator[str]:
    """Give the journal in pieces."""
    yield _head(book)
    # A format needs its decimal mark, also where no decimals follow.
    for code in await commodities(book):
        yield f"commodity 1000.{'0' * minor_digits(code)} {code}\n"
    yield "\n" + "".join(map(_opening, book.accounts.values())) + "\n"
    async for rate in rates(book):
        yield f"P {rate.on} {rate.base} {rate.rate} {rate.quote}\n"
    for period in book.periods:
        yield f"\n; ==== {period.starts_on} to {period.ends_on}\n\n"
        async for entry in journal_entries(book, period.id):
            yield _entry(book, entry)
        async for text in _assertions(book, period):
            yield text


def _head(book: Exported) -> str:
    facts = "".join(
        f"; {name.replace('_', ' ')}: {description(value)}\n"
        for name, value in (*book.facts, ("entries", str(book.entries)))
    )
    return (
        "; The whole book of an implementing partner, exported from Scorebook.\n"
        f"{facts};\n"
        "; Accounts 9110 and 9910 are memo accounts: what was contracted, outside the balance sheet. They stand under\n"
        "; Equity:Memo and cancel each other. Debits are positive. Each entry carries the id it has in the book.\n"
        "; At the end of every period a transaction of nothing asserts every account's balance in the database.\n"
        "; Commas in the values of tags are written as semicolons, semicolons in descriptions as commas.\n"
        "; Check this file with: hledger -f FILE check -s ordereddates\n\n"
        "decimal-mark .\n\n"
    )


def _opening(account: BookAccount) -> str:
    facts = [("type", _TYPES[account.type]), ("account", str(account.uid)), ("name", account.name)]
    if account.party_id is not None:
        facts += [("party", account.party or "")]
    lines = "".join(f"    ; {name}: {tag_value(value)}\n" for name, value in facts)
    return f"account {account.text_name}\n{lines}"


def _entry(book: Exported, entry: JournalEntry) -> str:
    text = [f"{entry.effective_on} * {description(headline(entry))}\n"]
    text += [f"    ; {name}: {tag_value(value)}\n" for name, value in told(entry)]
    priced = is_priced(entry, book.currency)
    for line in entry.lines:
        account = book.accounts[line.account]
        amount = Amount(line.amount, line.currency)
        tags = cut_by(line)
        price = ""
        if line.currency != book.currency:
            base = Amount(line.base, book.currency)
            tags.insert(0, ("base", f"{base.text} {base.currency}"))
            if priced:
                price = f" @@ {Amount(abs(line.base), book.currency).text} {book.currency}"
        comment = "  ; " + ", ".join(f"{name}: {tag_value(value)}" for name, value in tags) if tags else ""
        text.append(f"    {account.text_name}  {amount.text} {line.currency}{price}{comment}\n")
    return "".join(text) + "\n"


async def _assertions(book: Exported, period: BookPeriod) -> AsyncIterator[str]:
    begun = False
    async for account, balance in closing_balances(book, period):
        if not begun:
            yield f"{period.ends_on} * balances at the end of the period\n    ; assertion: {period.id}\n"
            begun = True
        nothing = Amount(0, account.currency).text
        yield f"    {account.text_name}  {nothing} {account.currency} = {balance.text} {account.currency}\n"
    if begun:
        yield "\n"
