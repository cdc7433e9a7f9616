"""The way into the ledger: its SQL functions, and its refusals as sentences."""

import json
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, Final
from uuid import UUID

from sqlalchemy.exc import DBAPIError

from services.billing.domain.fx_rates import Pair
from services.billing.domain.posting import Entry, EntryKind, Posting, Source
from services.billing.errors import LedgerRefusal, PeriodClosed, PeriodNotReady, SecondPersonNeeded
from services.billing.settings import billing_settings
from shared.database.transaction import Transaction
from shared.errors import ScorebookError


class Late(Enum):
    """What becomes of an entry whose day lies in a closed period.

    REFUSE: a person chose the day and can choose another. MOVE: the fact comes from an event and has happened; it goes
    to the first open day and keeps its own day as `fact_on`.
    """

    REFUSE = False
    MOVE = True


@dataclass(frozen=True, slots=True)
class Posted:
    """An entry in the ledger; `replayed`: it was there already, from the same request."""

    entry_id: UUID
    effective_on: date
    replayed: bool


@dataclass(frozen=True, slots=True)
class Seal:
    """A new block of a book's chain: its place, how many entries it holds, and its link."""

    book: UUID
    programme: str
    seq: int
    entries: int
    prev_hash: bytes
    hash: bytes


_OPEN_BOOK: Final = "SELECT ledger.open_book($1, $2, $3, $4)"
POST: Final = """
SELECT posted_uid, posted_on, was_replayed
FROM ledger.post_entry($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::text::jsonb)
"""
"""Books one entry; takes `post_arguments`."""
_POST_ALL: Final = """
SELECT posted_uid, posted_on, was_replayed FROM ledger.post_entries($1, $2, $3, $4::text::jsonb) ORDER BY place
"""
_REVERSE: Final = """
SELECT posted_uid, posted_on, was_replayed FROM ledger.reverse_entry($1, $2, $3, $4, $5, $6, $7, $8)
"""
_FIND: Final = """
SELECT uid, effective_on FROM ledger.entry
WHERE book_id = $1 AND source_type = $2 AND source_id = $3 AND source_version = $4 AND kind = $5
"""
_RECORD_RATE: Final = "SELECT ledger.record_rate($1, $2, $3, $4, $5, $6, $7, $8, $9)"
_SOFT_CLOSE: Final = "SELECT ledger.soft_close_period($1, $2)"
_CLOSE: Final = "SELECT * FROM ledger.close_period($1, $2)"
_GRANT: Final = "SELECT ledger.grant_posting($1, $2, $3, $4)"
_ASK_REOPENING: Final = "SELECT ledger.ask_reopening($1, $2, $3)"
_REOPEN: Final = "SELECT ledger.reopen_period($1, $2, $3)"
_SEAL: Final = "SELECT * FROM ledger.seal($1)"


async def open_book(tx: Transaction, partner_id: UUID, programme: str, currency: str) -> None:
    """Open the book of a partner, in the programme's currency."""
    await tx.connection.exec_driver_sql(_OPEN_BOOK, (partner_id, programme, currency, billing_settings().period_length))


async def post(tx: Transaction, book: UUID, entry: Entry, late: Late = Late.REFUSE) -> Posted:
    """Book `entry`; the same entry of the same source again changes nothing and is answered as a replay.

    Raises PeriodClosed, or LedgerRefusal for whatever else the ledger does not allow.
    """
    async with _refusals():
        row = (await tx.connection.exec_driver_sql(POST, post_arguments(tx, book, entry, late))).one()
    return Posted(row.posted_uid, row.posted_on, row.was_replayed)


def post_arguments(tx: Transaction, book: UUID, entry: Entry, late: Late) -> tuple[object, ...]:
    """Return the arguments of `POST` for `entry`; its source is its idempotency key."""
    return (
        tx.ids(),
        book,
        entry.kind.value,
        entry.fact_on,
        late.value,
        entry.source.type,
        entry.source.id,
        entry.source.version,
        entry.source.type,
        _key(entry),
        tx.actor.subject,
        entry.reason,
        json.dumps([_line(posting) for posting in entry.postings]),
    )


def _key(entry: Entry) -> str:
    return f"{entry.source.id}/{entry.kind}/{entry.source.version}"


async def post_all(tx: Transaction, book: UUID, entries: Sequence[Entry], late: Late = Late.REFUSE) -> list[Posted]:
    """Book many entries of a book at once, by the same guards as `post`; all of them or none.

    Raises PeriodClosed, or LedgerRefusal for whatever else the ledger does not allow.
    """
    if not entries:
        return []
    asked = [
        {
            "uid": str(tx.ids()),
            "kind": entry.kind.value,
            "fact_on": entry.fact_on.isoformat(),
            "source_type": entry.source.type,
            "source_id": str(entry.source.id),
            "source_version": entry.source.version,
            "idem_key": _key(entry),
            "reason": entry.reason,
            "postings": [_line(posting) for posting in entry.postings],
        }
        for entry in entries
    ]
    async with _refusals():
        rows = (
            await tx.connection.exec_driver_sql(_POST_ALL, (book, late.value, tx.actor.subject, json.dumps(asked)))
        ).all()
    return [Posted(row.posted_uid, row.posted_on, row.was_replayed) for row in rows]


async def find_entry(tx: Transaction, book: UUID, source: Source, kind: EntryKind) -> Posted:
    """Return the entry of a source; raises LookupError when there is none, which is an error of ours."""
    row = (
        await tx.connection.exec_driver_sql(_FIND, (book, source.type, source.id, source.version, kind.value))
    ).one_or_none()
    if row is None:
        raise LookupError(f"{source.type} {source.id} has no {kind} entry")
    return Posted(row.uid, row.effective_on, replayed=True)


async def reverse(tx: Transaction, original: UUID, fact_on: date, reason: str, late: Late = Late.REFUSE) -> Posted:
    """Book the opposite of an entry on `fact_on`; an entry is reversed once and not before its own day.

    Raises PeriodClosed or LedgerRefusal.
    """
    async with _refusals():
        row = (
            await tx.connection.exec_driver_sql(
                _REVERSE,
                (tx.ids(), original, fact_on, late.value, "reversal", str(original), tx.actor.subject, reason),
            )
        ).one()
    return Posted(row.posted_uid, row.posted_on, row.was_replayed)


async def record_rate(
    tx: Transaction, rate_id: UUID, programme: str, pair: Pair, rate: Decimal, on: date, source: str, note: str
) -> None:
    """Record what one unit of the pair's base was worth on a day, and who says so."""
    await tx.connection.exec_driver_sql(
        _RECORD_RATE, (rate_id, programme, pair.base, pair.quote, rate, on, source, note, tx.actor.subject)
    )


async def soft_close_period(tx: Transaction, period_id: UUID) -> None:
    """Close a period for review; raises PeriodNotReady while an earlier one is open."""
    await _step(tx, _SOFT_CLOSE, (period_id, tx.actor.subject))


async def close_period(tx: Transaction, period_id: UUID) -> list[Seal]:
    """Close a period and seal what was posted in it; returns the new block, if there was anything to seal.

    Raises PeriodNotReady while an earlier one is open or money is in suspense.
    """
    async with _refusals():
        return _seals(await tx.connection.exec_driver_sql(_CLOSE, (period_id, tx.actor.subject)))


async def grant_posting(tx: Transaction, period_id: UUID, subject: str, reason: str) -> None:
    """Allow `subject` to post into a soft-closed period; raises SecondPersonNeeded for oneself, PeriodNotReady."""
    await _step(tx, _GRANT, (period_id, subject, tx.actor.subject, reason))


async def ask_reopening(tx: Transaction, period_id: UUID, reason: str) -> None:
    """Ask to reopen a period; raises PeriodNotReady for one that is open."""
    await _step(tx, _ASK_REOPENING, (period_id, tx.actor.subject, reason))


async def reopen_period(tx: Transaction, period_id: UUID, reason: str) -> None:
    """Reopen a period that somebody else asked for.

    Raises SecondPersonNeeded, or PeriodNotReady when nobody asked or a later period is closed.
    """
    await _step(tx, _REOPEN, (period_id, tx.actor.subject, reason))


async def _step(tx: Transaction, statement: str, arguments: tuple[object, ...]) -> None:
    async with _refusals():
        await tx.connection.exec_driver_sql(statement, arguments)


async def seal(tx: Transaction, limit: int) -> list[Seal]:
    """Seal what was posted by transactions that are over, about `limit` entries at most; one block per book."""
    return _seals(await tx.connection.exec_driver_sql(_SEAL, (limit,)))


def _seals(rows: Iterable[Any]) -> list[Seal]:
    return [Seal(row.book_id, row.programme, row.seq, row.entries, row.prev_hash, row.hash) for row in rows]


def _line(posting: Posting) -> dict[str, Any]:
    dimensions = posting.dimensions
    line = {
        "account": str(posting.account.code),
        "enterprise": posting.account.enterprise_id,
        "agreement": posting.account.agreement_id,
        "bank_account": posting.account.bank_account_id,
        "amount": posting.amount.minor,
        "currency": posting.amount.currency,
        "base": None if posting.base is None else posting.base.minor,
        "fx_rate": posting.fx_rate_id,
        "phase": dimensions.phase,
        "training": dimensions.training_id,
        "module": dimensions.module,
        "region": dimensions.region,
        "delivery": dimensions.delivery,
        "payer_class": dimensions.payer_class,
        "funding": dimensions.agreement_id,
        "cost_kind": dimensions.cost_kind,
        "in_kind": dimensions.is_in_kind,
    }
    return {name: str(value) if isinstance(value, UUID) else value for name, value in line.items() if value is not None}


_PERIOD_RULES: Final = {
    "LG008": "in-order",
    "LG009": "no-suspense",
    "LG011": "open",
    "LG015": "last-closed-first",
    "LG016": "asked-before",
}


@asynccontextmanager
async def _refusals() -> AsyncIterator[None]:
    try:
        yield
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None) or ""
        sentence = str(error.orig).partition(": ")[2].partition("\n")[0]
        refusal = _refusal(state, sentence)
        if refusal is None:
            raise
        raise refusal from error


def _refusal(state: str, sentence: str) -> ScorebookError | None:
    if state == "LG004":
        return PeriodClosed(sentence, rule="open-period", field="date")
    if state in _PERIOD_RULES:
        return PeriodNotReady(sentence, field="period", rule=_PERIOD_RULES[state])
    if state == "LG014":
        return SecondPersonNeeded(sentence)
    if state in ("LG003", "LG005", "LG006", "LG007"):
        rules = {"LG003": "same-entry", "LG005": "reversed-once", "LG006": "not-before", "LG007": "not-negative"}
        return LedgerRefusal(sentence, rule=rules[state], field="ledger")
    return None
