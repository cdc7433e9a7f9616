"""The posting function beside bare inserts, on one hot account, and while the sealer is at work."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from deploy.bench.books.clients import Clients, Sides
from deploy.bench.books.ground import ACTOR, BOOK, FIRST_DAY, PROGRAMME, Office, as_owner, fill, vacuum
from deploy.bench.books.scale import BookScale
from deploy.bench.measure import Measured, Rate, Ratio
from deploy.bench.servers import Rounds
from deploy.local.child import Progress
from deploy.local.errors import LocalError
from services.billing.commands.sealing import seal_ledger
from shared.database.provision import Provisioned

_BARE: Final = Path(__file__).with_name("bare.sql")
_DAYS: Final = 28
_COPY: Final = (
    "INSERT INTO bare.entry OVERRIDING SYSTEM VALUE SELECT * FROM ledger.entry",
    "INSERT INTO bare.posting SELECT * FROM ledger.posting",
    "SELECT setval(pg_get_serial_sequence('bare.entry', 'id'), (SELECT max(id) FROM bare.entry))",
)
_SIDES: Final = """
SELECT r.enterprise_id, r.id, d.id FROM ledger.account r JOIN ledger.account d USING (book_id, enterprise_id)
WHERE r.code = '1110' AND d.code = '2130' AND book_id = $1
"""
_SEAL_EVERY: Final = 1.0
_KINDS: Final = ("driver", "bare", "cold", "sealed", "hot")


class PostingFigures(BaseModel):
    """Entries of two postings a second, one commit each, by `clients` at once.

    `driver` is how often the same clients get an answer to a query of nothing: what no entry can be faster than.
    `seal_ms` are the sealer's runs while `sealed` was measured, `unsealed` what it had left right afterwards.
    """

    clients: int
    entries_before: int
    driver: Rate
    bare: Rate
    cold: Rate
    sealed: Rate
    hot: Rate
    of_bare: Ratio
    hot_of_cold: Ratio
    sealed_of_cold: Ratio
    seal_ms: list[float]
    unsealed: list[int]


class Unposted(LocalError):
    """The tables do not hold what the clients counted."""

    def __init__(self, what: str, counted: int, found: int) -> None:
        super().__init__(f"the measurement is void: {counted} entries were counted for {what}, {found} were added")


@dataclass(slots=True)
class Posting:
    """Measures one database, round by round."""

    database: Provisioned
    clients: Clients
    sides: Sides
    scale: BookScale
    seal_ms: list[float]
    unsealed: list[int]

    async def once(self, what: str) -> Measured:
        """Measure one round; raises Unposted."""
        await vacuum(self.database)
        table = "bare.entry" if what == "bare" else "ledger.entry"
        before = await self._count(table)
        if what == "sealed":
            async with self._sealing():
                measured = await self._work("cold")
            self.unsealed.append(await self._unsealed())
        else:
            measured = await self._work(what)
        added = await self._count(table) - before
        # What was posted before the clock started is there too.
        if what != "driver" and added < measured.events:
            raise Unposted(what, measured.events, added)
        return measured

    async def _work(self, what: str) -> Measured:
        scale = self.scale
        return await self.clients.work(
            self.database.application_url, what, self.sides, scale.ramp_seconds, scale.post_seconds
        )

    @asynccontextmanager
    async def _sealing(self) -> AsyncIterator[None]:
        async with Office.open(self.database) as office:
            while await self._seal(office):
                pass
            at_work = asyncio.create_task(self._every_second(office))
            try:
                yield
            finally:
                at_work.cancel()
                await asyncio.wait([at_work])
                if not at_work.cancelled() and (error := at_work.exception()) is not None:
                    raise error

    async def _every_second(self, office: Office) -> None:
        loop = asyncio.get_running_loop()
        while True:
            begun = loop.time()
            await self._seal(office)
            self.seal_ms.append(round(1000 * (loop.time() - begun), 1))
            await asyncio.sleep(max(0.0, begun + _SEAL_EVERY - loop.time()))

    async def _seal(self, office: Office) -> bool:
        async with office.transactions.begin(ACTOR) as tx:
            return await seal_ledger(tx)

    async def _count(self, table: str) -> int:
        async with as_owner(self.database) as connection:
            return int(await connection.fetchval(f"SELECT count(*) FROM {table}"))  # noqa: S608 - ours

    async def _unsealed(self) -> int:
        async with as_owner(self.database) as connection:
            return int(
                await connection.fetchval(
                    "SELECT (SELECT count(*) FROM ledger.entry) - count(*) FROM ledger.entry_seal"
                )
            )


async def measure_posting(rounds: Rounds, scale: BookScale, progress: Progress) -> PostingFigures:
    """Measure on a warm database, the kinds of work in turns."""
    async with rounds.fresh() as database:
        progress(f"posting {scale.warm_entries:,} entries to warm the tables ...")
        await fill(database, scale.warm_entries, _DAYS)
        sides = await _with_bare(database)
        clients = Clients(scale.clients, min(scale.clients, os.cpu_count() or 1))
        try:
            await clients.start()
            posting = Posting(database, clients, sides, scale, [], [])
            taken: dict[str, list[Measured]] = {name: [] for name in _KINDS}
            for number in range(1 - scale.discarded, scale.rounds + 1):
                for name in _KINDS:
                    measured = await posting.once(name)
                    if number > 0:
                        taken[name].append(measured)
                        progress(
                            f"posting round {number}/{scale.rounds}: {name} {measured.events / measured.seconds:,.0f}/s"
                        )
        finally:
            clients.close()
    return PostingFigures(
        clients=scale.clients,
        entries_before=scale.warm_entries,
        **{name: Rate.of(measured) for name, measured in taken.items()},
        of_bare=Ratio.of(taken["cold"], taken["bare"]),
        hot_of_cold=Ratio.of(taken["hot"], taken["cold"]),
        sealed_of_cold=Ratio.of(taken["sealed"], taken["cold"]),
        seal_ms=posting.seal_ms,
        unsealed=posting.unsealed,
    )


async def _with_bare(database: Provisioned) -> Sides:
    async with as_owner(database) as connection:
        # The owner of the tables is not that of the copied database, and may make no schema in it.
        await connection.execute(f'RESET ROLE; CREATE SCHEMA bare AUTHORIZATION "{database.owner}"')
        await connection.execute(f'SET ROLE "{database.owner}"')
        await connection.execute(_BARE.read_text("utf-8"))
        for statement in _COPY:
            await connection.execute(statement)
        for kind, right in (("TABLES", "SELECT, INSERT"), ("SEQUENCES", "USAGE")):
            await connection.execute(f'GRANT {right} ON ALL {kind} IN SCHEMA bare TO "{database.application}"')
        await connection.execute(f'GRANT USAGE ON SCHEMA bare TO "{database.application}"')
        period = await connection.fetchval("SELECT id FROM ledger.period WHERE book_id = $1", BOOK)
        rows = await connection.fetch(_SIDES, BOOK)
    return Sides(BOOK, PROGRAMME, period, FIRST_DAY, [tuple(row) for row in rows])
