"""A book after many years: balances, the trial balance, and the checks that read all of it."""

import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date, timedelta
from functools import partial
from typing import Final

from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from deploy.bench.books.ground import ACTOR, BOOK, FIRST_DAY, PROGRAMME, as_owner, fill, seal_all, vacuum
from deploy.bench.books.scale import BookScale
from deploy.bench.servers import Rounds
from deploy.local.child import Progress
from deploy.local.errors import LocalError
from services.billing.checks.ledger import LEDGER_CHECKS
from services.billing.queries.books import read_book, trial_balance
from shared.database.provision import Provisioned

_BALANCE: Final = text("SELECT ledger.balance(:account, :day)")
_INCOME: Final = "SELECT uid FROM ledger.account WHERE book_id = $1 AND code = '4010'"
_DROP: Final = "SELECT ledger.drop_checkpoint(period_id) FROM ledger.checkpoint"
_SIZES: Final = """
SELECT (SELECT count(*) FROM ledger.entry) AS entries, (SELECT count(*) FROM ledger.posting) AS postings,
       (SELECT count(*) FROM ledger.posting p JOIN ledger.account a ON a.id = p.account_id WHERE a.code = '4010')
           AS busiest,
       (SELECT count(*) FROM ledger.checkpoint) AS closed
"""


class BookFigures(BaseModel):
    """Milliseconds, medians; `slowest_day` is the slowest of the days asked for. Checks are in seconds.

    `closed` months are closed and have their balances kept; `from_postings` are the same answers without those.
    """

    entries: int
    postings: int
    on_busiest_account: int
    closed: int
    building_seconds: float
    balance_ms: float
    balance_on_a_day_ms: float
    slowest_day_ms: float
    trial_balance_ms: float
    balance_from_postings_ms: float
    trial_balance_from_postings_ms: float
    checks_seconds: dict[str, float]
    all_checks_seconds: float


class WrongBook(LocalError):
    """The book that was built is not the one that was wanted, or contradicts itself."""

    def __init__(self, what: object) -> None:
        super().__init__(f"the measurement is void: {what}")


async def measure_book(rounds: Rounds, scale: BookScale, progress: Progress) -> BookFigures:
    """Build the book, close all months but the last through the ledger's functions, and read."""
    async with rounds.fresh() as database:
        progress(f"building a book of {scale.entries:,} entries over {scale.months} months ...")
        begun = time.perf_counter()
        last_day = await _build(database, scale)
        built = time.perf_counter() - begun
        progress(f"built in {built:.0f} s")
        async with as_owner(database) as owner:
            sizes = dict(await owner.fetchrow(_SIZES))
            income = await owner.fetchval(_INCOME, BOOK)
        if (sizes["entries"], sizes["busiest"], sizes["closed"]) != (scale.entries, scale.entries, scale.months - 1):
            raise WrongBook(f"the book has {sizes}")
        days = [FIRST_DAY + timedelta((last_day - FIRST_DAY).days * n // scale.reads) for n in range(scale.reads)]
        async with _reading(database.application_url) as connection:

            async def balance(day: date | None) -> None:
                await connection.execute(_BALANCE, {"account": income, "day": day})

            async def trial() -> None:
                await trial_balance(connection, await read_book(connection, ACTOR, PROGRAMME, BOOK), None, None)

            now = await _times(partial(balance, None), scale.reads)
            by_day = [statistics.median(await _times(partial(balance, day), 3)) for day in days]
            trials = await _times(trial, scale.rounds)
            checks: dict[str, list[float]] = {check.name: [] for check in LEDGER_CHECKS}
            for _ in range(scale.rounds):
                for check in LEDGER_CHECKS:
                    begun = time.perf_counter()
                    found = await check.run(connection)
                    checks[check.name].append(time.perf_counter() - begun)
                    if found:
                        raise WrongBook(found)
            progress("checked")
        postings = await _from_postings(database, str(income), scale)
    seconds = {name: statistics.median(times) for name, times in checks.items()}
    return BookFigures(
        entries=sizes["entries"],
        postings=sizes["postings"],
        on_busiest_account=sizes["busiest"],
        closed=sizes["closed"],
        building_seconds=round(built, 1),
        balance_ms=round(statistics.median(now), 2),
        balance_on_a_day_ms=round(statistics.median(by_day), 2),
        slowest_day_ms=round(max(by_day), 2),
        trial_balance_ms=round(statistics.median(trials), 1),
        balance_from_postings_ms=round(postings[0], 1),
        trial_balance_from_postings_ms=round(postings[1], 1),
        checks_seconds={name: round(time_, 2) for name, time_ in seconds.items()},
        all_checks_seconds=round(sum(seconds.values()), 2),
    )


async def _build(database: Provisioned, scale: BookScale) -> date:
    months = FIRST_DAY.month - 1 + scale.months
    last_day = date(FIRST_DAY.year + months // 12, months % 12 + 1, 1) - timedelta(1)
    await fill(database, scale.entries, (last_day - FIRST_DAY).days + 1)
    await vacuum(database)
    async with as_owner(database) as owner:
        periods = await owner.fetch("SELECT id FROM ledger.period WHERE book_id = $1 ORDER BY starts_on", BOOK)
        for period in periods[:-1]:
            await owner.fetch("SELECT * FROM ledger.close_period($1, 'bench')", period["id"])
    await seal_all(database)
    await vacuum(database)
    return last_day


@asynccontextmanager
async def _reading(url: str) -> AsyncIterator[AsyncConnection]:
    # As a service's connection, without its limit of a minute for a statement: a slow check is to be seen.
    settings = {"timezone": "UTC", "jit": "off"}
    engine = create_async_engine(
        make_url(url).set(drivername="postgresql+asyncpg"), connect_args={"server_settings": settings}
    )
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


async def _times(work: Callable[[], Awaitable[None]], count: int) -> list[float]:
    """Return milliseconds of `count` times, after one that is not counted."""
    await work()
    times = []
    for _ in range(count):
        begun = time.perf_counter()
        await work()
        times.append(1000 * (time.perf_counter() - begun))
    return times


async def _from_postings(database: Provisioned, account: str, scale: BookScale) -> tuple[float, float]:
    """Return the medians of the balance and of all balances in a transaction that has no kept balances."""
    async with as_owner(database) as owner:
        undone = owner.transaction()
        await undone.start()
        await owner.execute(_DROP)

        async def balance() -> None:
            await owner.fetchval("SELECT ledger.balance($1)", account)

        async def balances() -> None:
            await owner.fetch("SELECT * FROM ledger.balances($1)", BOOK)

        one, every = await _times(balance, scale.rounds), await _times(balances, scale.rounds)
        await undone.rollback()
    return statistics.median(one), statistics.median(every)
