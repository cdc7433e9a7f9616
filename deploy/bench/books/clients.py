"""Clients that post entry after entry, in processes of their own: the same driver on both sides of each ratio."""

import asyncio
import hashlib
import json
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context
from typing import Final
from uuid import UUID

import asyncpg

from deploy.bench.measure import Measured
from deploy.local.errors import LocalError
from services.billing.ledger import POST
from shared.ids import new_id

_BARE: Final = """
WITH header AS (
    INSERT INTO bare.entry (uid, programme, book_id, period_id, kind, effective_on, fact_on, source_type, source_id,
                            source_version, idem_scope, idem_key, req_hash, actor)
    VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $1, 1, $7, $8, $9, $10) RETURNING id
)
INSERT INTO bare.posting (entry_id, line, programme, account_id, amount_minor, currency, base_minor, effective_on)
SELECT h.id, leg.line, $2, leg.account, leg.amount, $11, leg.amount, $6
FROM header h, (VALUES (1, $12::bigint, $14::bigint), (2, $13::bigint, -$14::bigint)) AS leg (line, account, amount)
"""
STATEMENTS: Final = {"driver": "SELECT 1", "bare": _BARE, "cold": POST, "hot": POST}
"""What a client can do: nothing (what the driver alone costs), bare inserts, or our entries on two accounts of one
enterprise (`cold`) or on an enterprise's and the one of fee income (`hot`)."""
AMOUNT: Final = 120_000


@dataclass(frozen=True, slots=True)
class Sides:
    """The accounts that a client chooses from: by enterprise its receivable and its deferred income."""

    book: UUID
    programme: str
    period: UUID
    day: date
    enterprises: Sequence[tuple[UUID, int, int]]


@dataclass(frozen=True, slots=True)
class Stint:
    """Work for one process: `clients` connections until `seconds` after `begins_at` (time.time), counted from there."""

    url: str
    what: str
    clients: int
    begins_at: float
    seconds: float
    sides: Sides


class Late(LocalError):
    """The clients of a process were not at work yet when the clock started."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the measurement is void: clients were ready {seconds:.1f} s after it began")


class Clients:
    """So many clients, spread over processes that are started once."""

    def __init__(self, clients: int, processes: int) -> None:
        self._share = [clients * (n + 1) // processes - clients * n // processes for n in range(processes)]
        # Started as a fresh interpreter: forking would take the parent's event loop along.
        self._pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"))

    async def start(self) -> None:
        """Wait until every process has loaded what it needs."""
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(loop.run_in_executor(self._pool, time.sleep, 0.5) for _ in self._share))

    def close(self) -> None:
        """End the processes."""
        self._pool.shutdown()

    async def work(self, url: str, what: str, sides: Sides, ramp: float, seconds: float) -> Measured:
        """Do `what` for `seconds`, after `ramp` seconds that are not counted."""
        loop = asyncio.get_running_loop()
        begins_at = time.time() + ramp
        stints = [Stint(url, what, clients, begins_at, seconds, sides) for clients in self._share]
        done = await asyncio.gather(*(loop.run_in_executor(self._pool, _process, stint) for stint in stints))
        return Measured(sum(count for count, _ in done), seconds, sum(cpu for _, cpu in done))


def _process(stint: Stint) -> tuple[int, float]:
    return asyncio.run(_stint(stint))


async def _stint(stint: Stint) -> tuple[int, float]:
    connections = [await asyncpg.connect(stint.url, server_settings={"jit": "off"}) for _ in range(stint.clients)]
    try:
        late = time.time() - stint.begins_at
        if late > 0:
            raise Late(late)
        spent = 0.0

        def note() -> None:
            nonlocal spent
            spent -= time.process_time()

        asyncio.get_running_loop().call_later(-late, note)
        counts = await asyncio.gather(*(_client(connection, stint) for connection in connections))
        return sum(counts), spent + time.process_time()
    finally:
        for connection in connections:
            await connection.close()


async def _client(connection: asyncpg.Connection, stint: Stint) -> int:
    statement = await connection.prepare(STATEMENTS[stint.what])
    ends_at = stint.begins_at + stint.seconds
    count = 0
    while (now := time.time()) < ends_at:
        await statement.fetchrow(*arguments(stint.what, stint.sides))
        if now >= stint.begins_at:
            count += 1
    return count


def arguments(what: str, sides: Sides) -> tuple[object, ...]:
    """Return the arguments of one execution of a statement, for an enterprise chosen at random."""
    return _ARGUMENTS[what](sides)


def _nothing(_: Sides) -> tuple[object, ...]:
    return ()


def _bare(sides: Sides) -> tuple[object, ...]:
    _, receivable, deferred = random.choice(sides.enterprises)  # noqa: S311 - nothing secret
    uid = new_id()
    return (
        uid,
        sides.programme,
        sides.book,
        sides.period,
        "invoice",
        sides.day,
        "bench",
        str(uid),
        hashlib.sha256(uid.bytes).digest(),
        "bench",
        "BOB",
        receivable,
        deferred,
        AMOUNT,
    )


def _ours(sides: Sides, lines: Callable[[str], list[dict[str, object]]]) -> tuple[object, ...]:
    enterprise, _, _ = random.choice(sides.enterprises)  # noqa: S311 - nothing secret
    uid = new_id()
    return (
        uid,
        sides.book,
        "invoice",
        sides.day,
        False,
        "bench",
        uid,
        1,
        "bench",
        str(uid),
        "bench",
        None,
        json.dumps(lines(str(enterprise))),
    )


def _cold(sides: Sides) -> tuple[object, ...]:
    return _ours(sides, lambda enterprise: [_line("1110", AMOUNT, enterprise), _line("2130", -AMOUNT, enterprise)])


def _hot(sides: Sides) -> tuple[object, ...]:
    return _ours(sides, lambda enterprise: [_line("1110", AMOUNT, enterprise), _line("4010", -AMOUNT)])


def _line(account: str, amount: int, enterprise: str | None = None) -> dict[str, object]:
    line: dict[str, object] = {"account": account, "amount": amount, "currency": "BOB"}
    return line if enterprise is None else {**line, "enterprise": enterprise}


_ARGUMENTS: Final = {"driver": _nothing, "bare": _bare, "cold": _cold, "hot": _hot}
