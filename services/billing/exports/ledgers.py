"""The ledger as tables: journal, trial balance, one account, and what the book is made of."""

from collections.abc import AsyncIterator, Mapping, Sequence
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.billing.exports.book import BookAccount, BookPeriod, Exported
from services.billing.exports.entries import DIMENSIONS, JournalEntry, Line, journal_entries
from services.billing.exports.table import Amount, Cell, Column, Kind, Layout, Table, columns
from services.billing.queries.scope import AnyRow
from shared.errors import NotFound

_ENTRY: Final = columns(
    ("effective_on", Kind.DAY, "business day; decides the period"),
    ("entry", Kind.TEXT, "id of the entry"),
    ("kind", Kind.TEXT, "what happened; a reversal has the kind of what it reverses"),
    ("source_type", Kind.TEXT, "kind of document it comes from; of a reversal: that of what it reverses"),
    ("source_id", Kind.TEXT, "id of that document"),
    ("document", Kind.TEXT, "its number, or the payer's reference"),
    ("fact_on", Kind.DAY, "day of the fact; earlier than effective_on where that day's period was closed"),
    ("recorded_at", Kind.MOMENT, "when it was written into the book"),
    ("reverses", Kind.TEXT, "entry that this one reverses"),
    ("reversed_by", Kind.TEXT, "entry that reverses this one"),
    ("actor", Kind.TEXT, "who"),
    ("reason", Kind.TEXT, "why"),
)
_MEANT_BY: Final = {
    "phase": "phase of the programme",
    "training_id": "training",
    "module": "module of the training",
    "region": "region",
    "delivery": "direct or indirect",
    "payer_class": "F enterprise, P partner, G government, B lead buyer, D donor, I ILO, K in kind",
    "agreement_id": "subsidy agreement that funds the line",
    "cost_kind": "kind of cost",
    "is_in_kind": "valued, not paid",
}
_CUTS: Final = columns(
    *((name, Kind.FLAG if name == "is_in_kind" else Kind.TEXT, _MEANT_BY[name]) for name in DIMENSIONS)
)
_ACCOUNT: Final = columns(
    ("code", Kind.TEXT, "code of the chart"),
    ("name", Kind.TEXT, "name of that code"),
)
_PARTY: Final = columns(
    ("party_kind", Kind.TEXT, "whose sub-account it is: enterprise, agreement or bank-account"),
    ("party_id", Kind.TEXT, "id of that party"),
    ("party", Kind.TEXT, "its name today"),
)
_MONEY: Final = (
    Column("debit", Kind.MONEY, "debit in the currency of the account", totalled=True),
    Column("credit", Kind.MONEY, "credit in the currency of the account", totalled=True),
    Column("currency", Kind.TEXT, "currency of the account"),
    Column("base_debit", Kind.MONEY, "debit in the currency of the book", totalled=True),
    Column("base_credit", Kind.MONEY, "credit in the currency of the book", totalled=True),
    Column("base_currency", Kind.TEXT, "currency of the book"),
)

JOURNAL: Final = Layout(
    "journal",
    "Journal",
    (
        *_ENTRY,
        Column("line", Kind.COUNT, "number of the line in its entry"),
        *_ACCOUNT,
        Column("account", Kind.TEXT, "id of the account"),
        *_PARTY,
        *_MONEY,
        *_CUTS,
    ),
)


class By(StrEnum):
    """What a line of a trial balance stands for."""

    CODE = "code"
    ACCOUNT = "account"


def _span(prefix: str, where: str) -> tuple[Column, ...]:
    return (
        Column(f"{prefix}opening", Kind.MONEY, f"balance before the span, debit positive, in {where}", totalled=True),
        Column(f"{prefix}debits", Kind.MONEY, f"debits of the span, in {where}", totalled=True),
        Column(f"{prefix}credits", Kind.MONEY, f"credits of the span, in {where}", totalled=True),
        Column(
            f"{prefix}closing", Kind.MONEY, f"balance at the end of the span, debit positive, in {where}", totalled=True
        ),
    )


_BASE: Final = (*_span("", "the currency of the book"), Column("currency", Kind.TEXT, "currency of the book"))
_OWN: Final = (
    Column("account", Kind.TEXT, "id of the account"),
    *_PARTY,
    *_span("own_", "the currency of the account"),
    Column("own_currency", Kind.TEXT, "currency of the account"),
    Column("text_name", Kind.TEXT, "name of the account in the Beancount and hledger journals"),
)

BY_CODE: Final = Layout("trial-balance", "Trial balance by code", (*_ACCOUNT, *_BASE))
BY_ACCOUNT: Final = Layout("trial-balance", "Trial balance by account", (*_ACCOUNT, *_BASE, *_OWN))
BY_PERIOD: Final = Layout(
    "trial-balances",
    "Trial balance of every period by account",
    (
        *columns(
            ("period_from", Kind.DAY, "first day of the period"), ("period_to", Kind.DAY, "last day of the period")
        ),
        *BY_ACCOUNT.columns,
    ),
)
ACCOUNT: Final = Layout(
    "account",
    "Account",
    (
        *_ENTRY,
        *_MONEY,
        Column("balance", Kind.MONEY, "running balance, debit positive, in the currency of the account"),
        Column("base_balance", Kind.MONEY, "running balance, debit positive, in the currency of the book"),
    ),
)


def journal(book: Exported) -> Table:
    """Return the journal of the cut: a row for each line of each entry."""

    async def rows() -> AsyncIterator[Sequence[Cell]]:
        async for entry in journal_entries(book):
            for line in entry.lines:
                account = book.accounts[line.account]
                yield [
                    *_of_entry(entry),
                    line.number,
                    *_of_account(account),
                    account.uid,
                    *_of_party(account),
                    *_of_line(line, book.currency),
                    *line.dimensions,
                ]

    return Table(JOURNAL, book.facts, rows())


_MOVED: Final = """
SELECT p.account_id,
       coalesce(sum(p.amount_minor) FILTER (WHERE before), 0)::bigint AS own_opening,
       coalesce(sum(p.amount_minor) FILTER (WHERE NOT before AND p.amount_minor > 0), 0)::bigint AS own_debits,
       coalesce(-sum(p.amount_minor) FILTER (WHERE NOT before AND p.amount_minor < 0), 0)::bigint AS own_credits,
       coalesce(sum(p.base_minor) FILTER (WHERE before), 0)::bigint AS opening,
       coalesce(sum(p.base_minor) FILTER (WHERE NOT before AND p.base_minor > 0), 0)::bigint AS debits,
       coalesce(-sum(p.base_minor) FILTER (WHERE NOT before AND p.base_minor < 0), 0)::bigint AS credits
FROM ledger.posting p
JOIN ledger.entry e ON e.id = p.entry_id
CROSS JOIN LATERAL (SELECT coalesce(e.effective_on < CAST(:from AS date), false) AS before) AS place
WHERE e.book_id = :book
  AND (CAST(:to AS date) IS NULL OR e.effective_on <= :to)
  AND (CAST(:recorded_at AS timestamptz) IS NULL OR e.recorded_at <= :recorded_at)
GROUP BY p.account_id
"""


async def _moved(book: Exported, period: BookPeriod | None) -> Mapping[int, AnyRow]:
    """Return by account what it held before a span and what moved in it: the cut's, or one period of the book."""
    since, until = (book.cut.since, book.cut.until) if period is None else (period.starts_on, period.ends_on)
    return {row.account_id: row async for row in book.rows(_MOVED, **{"from": since, "to": until})}


def _balances(row: AnyRow, prefix: str, currency: str) -> list[Cell]:
    opening, debits, credits_ = (getattr(row, f"{prefix}{name}") for name in ("opening", "debits", "credits"))
    return [Amount(each, currency) for each in (opening, debits, credits_, opening + debits - credits_)]


async def _by_account(book: Exported, period: BookPeriod | None = None) -> AsyncIterator[Sequence[Cell]]:
    moved = await _moved(book, period)
    for account in book.accounts.values():
        row = moved.get(account.number)
        if row is not None:
            base = [*_balances(row, "", book.currency), book.currency]
            own = [*_balances(row, "own_", account.currency), account.currency]
            yield [*_of_account(account), *base, account.uid, *_of_party(account), *own, account.text_name]


def trial_balance(book: Exported, by: By) -> Table:
    """Return the trial balance of the cut's span; the totals of debits and credits are equal, those of balances nil."""

    async def codes() -> AsyncIterator[Sequence[Cell]]:
        folded: dict[tuple[str, str], list[int]] = {}
        for number, row in (await _moved(book, None)).items():
            account = book.accounts[number]
            sums = folded.setdefault((account.code, account.name), [0, 0, 0])
            for place, each in enumerate((row.opening, row.debits, row.credits)):
                sums[place] += each
        for (code, name), (opening, debits, credits_) in sorted(folded.items()):
            figures = (opening, debits, credits_, opening + debits - credits_)
            yield [code, name, *(Amount(each, book.currency) for each in figures), book.currency]

    return Table(BY_CODE, book.facts, codes()) if by is By.CODE else Table(BY_ACCOUNT, book.facts, _by_account(book))


def trial_balances(book: Exported) -> Table:
    """Return the trial balance of every period, one after the other."""

    async def rows() -> AsyncIterator[Sequence[Cell]]:
        for period in book.periods:
            async for cells in _by_account(book, period):
                yield [period.starts_on, period.ends_on, *cells]

    return Table(BY_PERIOD, book.facts, rows())


_OPENING: Final = """
SELECT coalesce(sum(p.amount_minor), 0)::bigint AS own, coalesce(sum(p.base_minor), 0)::bigint AS base
FROM ledger.posting p JOIN ledger.entry e ON e.id = p.entry_id
WHERE p.account_id = :account AND e.effective_on < CAST(:since AS date)
  AND (CAST(:recorded_at AS timestamptz) IS NULL OR e.recorded_at <= :recorded_at)
"""


def account_ledger(book: Exported, account_id: UUID) -> Table:
    """Return one account: its opening balance, each of its lines with the balance after it, its closing balance.

    Raises NotFound for an account that is not of this book or has no postings.
    """
    account = next((each for each in book.accounts.values() if each.uid == account_id), None)
    if account is None:
        raise NotFound("account", account_id, field="account_id")
    facts = [("code", account.code), ("name", account.name), ("account", str(account.uid))]
    if account.party_id is not None:
        facts.append(("party", f"{account.party or ''} ({account.party_kind} {account.party_id})".strip()))
    return Table(ACCOUNT, (*book.facts, *facts, ("currency", account.currency)), _account_rows(book, account))


async def _account_rows(book: Exported, account: BookAccount) -> AsyncIterator[Sequence[Cell]]:
    def balance(on: Cell, words: str) -> list[Cell]:
        nothing: list[Cell] = [None] * (len(_ENTRY) + len(_MONEY) - 3)
        return [on, None, words, *nothing, Amount(own, account.currency), Amount(base, book.currency)]

    [opening] = [row async for row in book.rows(_OPENING, account=account.number)]
    own, base = opening.own, opening.base
    yield balance(book.cut.since, "opening balance")
    async for entry in journal_entries(book, account=account.number):
        for line in entry.lines:
            own, base = own + line.amount, base + line.base
            money = [Amount(own, account.currency), Amount(base, book.currency)]
            yield [*_of_entry(entry), *_of_line(line, book.currency), *money]
    yield balance(book.cut.until, "closing balance")


def _of_entry(entry: JournalEntry) -> list[Cell]:
    return [getattr(entry, "uid" if column.name == "entry" else column.name) for column in _ENTRY]


def _of_account(account: BookAccount) -> list[Cell]:
    return [account.code, account.name]


def _of_party(account: BookAccount) -> list[Cell]:
    return [account.party_kind, account.party_id, account.party]


def _of_line(line: Line, base_currency: str) -> list[Cell]:
    def sides(minor: int, currency: str) -> list[Cell]:
        amount = Amount(abs(minor), currency)
        return [amount, None, currency] if minor >= 0 else [None, amount, currency]

    return [*sides(line.amount, line.currency), *sides(line.base, base_currency)]
