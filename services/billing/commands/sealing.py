"""Sealing the ledger, and saying so."""

from collections.abc import Iterable
from typing import Final

from services.billing import ledger
from shared.database.transaction import Transaction
from shared.events.billing import LedgerSealed

_ENTRIES_PER_RUN: Final = 50_000


async def seal_ledger(tx: Transaction) -> bool:
    """Seal new entries and publish the head of each book's chain; returns whether there may be more."""
    blocks = await ledger.seal(tx, _ENTRIES_PER_RUN)
    announce(tx, blocks)
    return sum(block.entries for block in blocks) >= _ENTRIES_PER_RUN


def announce(tx: Transaction, blocks: Iterable[ledger.Seal]) -> None:
    """Publish new heads: what somebody else has kept cannot be rewritten here unseen."""
    for block in blocks:
        tx.emit(
            LedgerSealed(
                partner_id=block.book,
                seq=block.seq,
                entries=block.entries,
                previous_hash=block.prev_hash.hex(),
                hash=block.hash.hex(),
            ),
            aggregate_id=block.book,
            programme=block.programme,
        )
