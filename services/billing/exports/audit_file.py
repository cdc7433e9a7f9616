"""The audit file: one ZIP with the whole book, its documents, and all a stranger needs to check them without us.

Names, order and times of its parts are fixed: the same book gives the same bytes.
"""

import asyncio
import hashlib
import json
import zipfile
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import IO, Final

from services.billing.exports import ledgers, lists, seals
from services.billing.exports.banked import BANKED
from services.billing.exports.beancount import as_beancount
from services.billing.exports.billed import BILLED
from services.billing.exports.book import Exported
from services.billing.exports.funded import FUNDED
from services.billing.exports.hledger import as_hledger
from services.billing.exports.numbered import NUMBERS
from services.billing.exports.paid import PAID
from services.billing.exports.readme import readme
from services.billing.exports.spent import SPENT
from services.billing.exports.table import Cell, Column, Kind, Layout, Table, Totals, columns, each
from services.billing.exports.texts import as_csv

FORMAT: Final = "scorebook-audit-file"
VERSION: Final = 1
DOCUMENTS: Final = (*BILLED, *FUNDED, *PAID, *BANKED, *SPENT, *NUMBERS)
"""Every kind of document, in the order of the archive."""
BEANCOUNT: Final = "book.beancount"
HLEDGER: Final = "book.journal"

_SCHEMA: Final = Layout(
    "schema",
    "Every column of every table",
    columns(
        ("file", Kind.TEXT, "the table"),
        ("column", Kind.TEXT, "the column"),
        ("kind", Kind.TEXT, "what it holds"),
        ("meaning", Kind.TEXT, "what it means"),
    ),
)


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the archive as it was written."""

    name: str
    bytes: int
    sha256: str
    totals: Totals | None = None

    @property
    def entry(self) -> dict[str, object]:
        """How the manifest lists it."""
        listed: dict[str, object] = {"file": self.name, "bytes": self.bytes, "sha256": self.sha256}
        if self.totals is not None:
            listed["rows"] = self.totals.rows
            listed["totals"] = [
                {"column": name, "amount": amount.text, "currency": amount.currency}
                for name, amount in self.totals.lines()
            ]
        return listed


class Archive:
    """Writes parts one after the other and remembers their digests."""

    def __init__(self, out: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        self.parts: list[Part] = []

    async def add(self, name: str, chunks: AsyncIterator[str], totals: Totals | None = None) -> None:
        """Write one file from its pieces."""
        digest, size = hashlib.sha256(), 0
        # The earliest moment a ZIP can say, and the usual rights: nothing of when and where it was made.
        made = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
        made.compress_type = zipfile.ZIP_DEFLATED
        made.create_system = 3
        made.external_attr = 0o644 << 16
        with self._zip.open(made, "w", force_zip64=True) as file:
            async for chunk in chunks:
                await asyncio.sleep(0)  # others are answered in between
                data = chunk.encode()
                digest.update(data)
                size += len(data)
                file.write(data)
        self.parts.append(Part(name, size, digest.hexdigest(), totals))

    async def add_table(self, folder: str, table: Table) -> None:
        """Write a table as CSV."""
        totals = Totals(table.layout)
        await self.add(f"{folder}{table.layout.name}.csv", as_csv(table, totals), totals)

    def close(self) -> None:
        """Finish the archive."""
        self._zip.close()


async def write_audit_file(book: Exported, out: IO[bytes]) -> None:
    """Write the audit file of `book` to `out`."""
    archive = Archive(out)
    await archive.add("README.txt", _said(readme(book)))
    await archive.add(BEANCOUNT, as_beancount(book))
    await archive.add(HLEDGER, as_hledger(book))
    tables = _tables(book)
    for folder, table in tables:
        await archive.add_table(folder, table)
    await archive.add("seals/contents.txt", seals.contents(book))
    schema = [row for folder, table in tables for row in _described(folder, table.layout)]
    await archive.add_table("", Table(_SCHEMA, book.facts, each(schema)))
    await archive.add("manifest.json", _said(_manifest(book, archive.parts)))
    await archive.add("SHA256SUMS", _said("".join(f"{part.sha256}  {part.name}\n" for part in archive.parts)))
    archive.close()


def _tables(book: Exported) -> list[tuple[str, Table]]:
    ledger = (
        ledgers.journal(book),
        ledgers.trial_balances(book),
        lists.chart(book),
        lists.accounts(book),
        lists.periods(book),
        lists.period_steps(book),
        lists.exchange_rates(book),
    )
    return [
        *(("", table) for table in ledger),
        *(("documents/", one.table(book)) for one in DOCUMENTS),
        *(("seals/", table) for table in (seals.blocks(book), seals.sealed(book))),
    ]


def _described(folder: str, layout: Layout) -> Iterable[Sequence[Cell]]:
    def row(column: Column) -> Sequence[Cell]:
        return (f"{folder}{layout.name}.csv", column.name, column.kind.value, column.meaning)

    return map(row, layout.columns)


def _manifest(book: Exported, parts: Sequence[Part]) -> str:
    said = {
        "format": FORMAT,
        "version": VERSION,
        **dict(book.facts),
        "entries": book.entries,
        "accounts": len(book.accounts),
        "periods": len(book.periods),
        "files": [part.entry for part in parts],
    }
    return json.dumps(said, ensure_ascii=False, indent=2) + "\n"


async def _said(text: str) -> AsyncIterator[str]:
    yield text
