"""The hash chain of a book: its blocks, which entry is in which, and the very text that was hashed."""

from collections.abc import AsyncIterator, Sequence
from typing import Final

from services.billing.exports.book import Exported
from services.billing.exports.table import Cell, Kind, Layout, Table, columns

BLOCKS: Final = Layout(
    "blocks",
    "Blocks of the hash chain",
    columns(
        ("seq", Kind.COUNT, "number of the block"),
        ("entries", Kind.COUNT, "entries in it"),
        (
            "previous_hash",
            Kind.TEXT,
            "hash of the block before; of the first: SHA-256 of 'scorebook ledger ' and the book",
        ),
        ("hash", Kind.TEXT, "SHA-256 of the previous hash and the content hashes of its entries, as bytes, in order"),
        ("sealed_at", Kind.MOMENT, "when it was sealed, and its hash published as an event"),
    ),
)
SEALED: Final = Layout(
    "entries",
    "Entries in the order they were sealed",
    columns(
        ("seq", Kind.COUNT, "number of the block"),
        ("entry", Kind.TEXT, "id of the entry"),
        ("content_hash", Kind.TEXT, "SHA-256 of its line in contents.txt"),
    ),
)

_BLOCKS: Final = """
SELECT seq, entries, encode(prev_hash, 'hex'), encode(hash, 'hex'), sealed_at
FROM ledger.seal WHERE book_id = :book ORDER BY seq
"""
_SEALED: Final = """
SELECT s.seq, e.uid, encode(s.content_hash, 'hex')
FROM ledger.entry_seal s JOIN ledger.entry e ON e.id = s.entry_id
WHERE s.book_id = :book ORDER BY s.seq, s.entry_id
"""
_CONTENTS: Final = """
SELECT c.content FROM ledger.entry_seal s JOIN ledger.entry_content c ON c.entry_id = s.entry_id
WHERE s.book_id = :book ORDER BY s.seq, s.entry_id
"""


def blocks(book: Exported) -> Table:
    """Return the blocks of the chain."""
    return Table(BLOCKS, book.facts, _rows(book, _BLOCKS))


def sealed(book: Exported) -> Table:
    """Return the entries that are sealed."""
    return Table(SEALED, book.facts, _rows(book, _SEALED))


async def contents(book: Exported) -> AsyncIterator[str]:
    """Give what each sealed entry says now, a line for each, as the database wrote it when it was hashed."""
    async for row in book.rows(_CONTENTS):
        yield f"{row.content}\n"


async def _rows(book: Exported, query: str) -> AsyncIterator[Sequence[Cell]]:
    async for row in book.rows(query):
        yield tuple(row)
