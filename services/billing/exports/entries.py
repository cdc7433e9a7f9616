"""The journal of a book: its entries with all that is known of them, one after the other."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from services.billing.exports.book import IN_CUT, Exported
from services.billing.exports.numbered import NUMBERED
from services.billing.exports.table import moment
from services.billing.queries.scope import AnyRow

DIMENSIONS: Final = (
    "phase",
    "training_id",
    "module",
    "region",
    "delivery",
    "payer_class",
    "agreement_id",
    "cost_kind",
    "is_in_kind",
)
"""What a line can be cut by, in the order every export has them."""


@dataclass(frozen=True, slots=True)
class Line:
    """One posting: signed minor units, debit positive; `base` is the same in the book's currency."""

    number: int
    account: int
    amount: int
    currency: str
    base: int
    dimensions: tuple[str | bool | UUID | None, ...]


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """An entry with its lines. `document`: number or reference of the document it comes from, where that has one.

    A reversal comes from the document of what it reverses.
    """

    uid: UUID
    kind: str
    period: UUID
    effective_on: date
    fact_on: date
    recorded_at: datetime
    source_type: str
    source_id: UUID
    document: str | None
    reverses: UUID | None
    reversed_by: UUID | None
    actor: str
    reason: str | None
    lines: tuple[Line, ...]


_LINES: Final = f"""
SELECT e.id, e.uid, e.kind, e.period_id, e.effective_on, e.fact_on, e.recorded_at, e.actor, e.reason,
       coalesce(o.source_type, e.source_type) AS source_type, coalesce(o.source_id, e.source_id) AS source_id,
       d.number AS document, o.uid AS reverses, r.uid AS reversed_by,
       p.line, p.account_id, p.amount_minor, p.currency, p.base_minor,
       {", ".join(f"p.{name}" for name in DIMENSIONS)}
FROM ledger.entry e
JOIN ledger.posting p ON p.entry_id = e.id
LEFT JOIN ledger.entry o ON o.id = e.reverses_entry_id
LEFT JOIN ledger.entry r ON r.reverses_entry_id = e.id
     AND (CAST(:recorded_at AS timestamptz) IS NULL OR r.recorded_at <= :recorded_at)
LEFT JOIN ({NUMBERED}) AS d
     ON d.source_type = coalesce(o.source_type, e.source_type) AND d.id = coalesce(o.source_id, e.source_id)
WHERE e.book_id = :book AND {IN_CUT}
      AND (CAST(:period AS uuid) IS NULL OR e.period_id = :period)
      AND (CAST(:account AS bigint) IS NULL OR p.account_id = :account)
ORDER BY e.effective_on, e.id, p.line
"""  # noqa: S608 - our own text


async def journal_entries(
    book: Exported, period: UUID | None = None, account: int | None = None
) -> AsyncIterator[JournalEntry]:
    """Give the entries of the cut by day and, within a day, as they were recorded.

    `period`: only those in it. `account`: only those that touch it, with their lines on it.
    """
    rows: list[AnyRow] = []
    async for row in book.rows(_LINES, period=period, account=account):
        if rows and rows[0].id != row.id:
            yield _entry(rows)
            rows.clear()
        rows.append(row)
    if rows:
        yield _entry(rows)


def _entry(rows: list[AnyRow]) -> JournalEntry:
    first = rows[0]
    return JournalEntry(
        uid=first.uid,
        kind=first.kind,
        period=first.period_id,
        effective_on=first.effective_on,
        fact_on=first.fact_on,
        recorded_at=first.recorded_at,
        source_type=first.source_type,
        source_id=first.source_id,
        document=first.document,
        reverses=first.reverses,
        reversed_by=first.reversed_by,
        actor=first.actor,
        reason=first.reason,
        lines=tuple(
            Line(
                row.line,
                row.account_id,
                row.amount_minor,
                row.currency,
                row.base_minor,
                tuple(getattr(row, name) for name in DIMENSIONS),
            )
            for row in rows
        ),
    )


def told(entry: JournalEntry) -> list[tuple[str, str]]:
    """Return what a text journal says about an entry beside its lines, by name; what is not known is left out."""
    facts: list[tuple[str, str | None]] = [
        ("entry", str(entry.uid)),
        ("kind", entry.kind),
        ("recorded-at", moment(entry.recorded_at)),
        ("fact-on", None if entry.fact_on == entry.effective_on else str(entry.fact_on)),
        ("source", entry.source_type),
        ("source-id", str(entry.source_id)),
        ("document", entry.document),
        ("reverses", None if entry.reverses is None else str(entry.reverses)),
        ("reversed-by", None if entry.reversed_by is None else str(entry.reversed_by)),
        ("actor", entry.actor),
        ("reason", entry.reason),
    ]
    return [(name, value) for name, value in facts if value]


def cut_by(line: Line) -> list[tuple[str, str]]:
    """Return the dimensions of a line that say something, by the name they have in a text journal."""
    return [
        (_tag(name), "true" if value is True else str(value))
        for name, value in zip(DIMENSIONS, line.dimensions, strict=True)
        if value is not None and value is not False
    ]


def _tag(dimension: str) -> str:
    return dimension.removeprefix("is_").removesuffix("_id").replace("_", "-")


def headline(entry: JournalEntry) -> str:
    """Return the words an entry is listed under."""
    words = entry.kind if entry.reverses is None else f"{entry.kind} reversed"
    return words if entry.document is None else f"{words} {entry.document}"


def is_priced(entry: JournalEntry, book_currency: str) -> bool:
    """Tell whether the lines in other currencies can carry their worth in the book's as a total price.

    A price has no sign of its own and nothing can be priced that is no amount, as in a revaluation: such an entry is
    written in its currencies alone, in each of which it balances too, and its worth stands beside it.
    """
    foreign = [line for line in entry.lines if line.currency != book_currency]
    return bool(foreign) and all(line.amount * line.base > 0 for line in foreign)
