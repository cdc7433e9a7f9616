"""Seeing effects appear: an observer that asks billing's database again and again, without touching the services."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

import asyncpg

_POLL_SECONDS: Final = 0.005
_NEW: Final = "SELECT id, enrollment_id FROM invoice WHERE id >= $1 ORDER BY id"
_FIRST: Final = UUID(int=0)


class Invoices:
    """When each enrollment's invoice was first seen committed; never earlier than it was, at most a poll later."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._since = _FIRST
        self.changed = asyncio.Event()
        self.seen: dict[str, float] = {}

    @classmethod
    @asynccontextmanager
    async def watched(cls, url: str) -> AsyncIterator["Invoices"]:
        """Watch the database at `url` while the block runs."""
        connection = await asyncpg.connect(url, server_settings={"application_name": "scorebook-bench"})
        invoices = cls(connection)
        watching = asyncio.create_task(invoices._watch())
        try:
            yield invoices
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching
            await connection.close()

    async def count(self, expected: int, within: float) -> int:
        """Wait until `expected` invoices were seen, for `within` seconds at most; return how many were."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while len(self.seen) < expected:
                    self.changed.clear()
                    await self.changed.wait()
        return len(self.seen)

    async def _watch(self) -> None:
        while True:
            rows = await self._connection.fetch(_NEW, self._since)
            now = time.perf_counter()
            for row in rows:
                self.seen.setdefault(str(row["enrollment_id"]), now)
            if rows:
                # Billing has one consumer, so ids grow with commits to the millisecond: look again from its start.
                self._since = UUID(int=rows[-1]["id"].int >> 80 << 80)
                self.changed.set()
            await asyncio.sleep(_POLL_SECONDS)
