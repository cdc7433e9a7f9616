"""Work that a service does because time passes: sealing, reminding. Each run is a transaction of its own."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from shared.auth.actor import system_actor
from shared.database.transaction import Transaction, Transactions
from shared.database.transient import is_transient
from shared.logs import logger

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Chore:
    """One piece of work, done every `seconds`; must bear being done twice, late, and by two processes at once.

    `run` returns True when there is more to do at once.
    """

    name: str
    seconds: float
    run: Callable[[Transaction], Awaitable[bool]]


async def do(chore: Chore, transactions: Transactions) -> bool:
    """Do `chore` once as the system; returns whether there is more."""
    async with transactions.begin(system_actor(chore.name)) as tx:
        return await chore.run(tx)


async def repeat(chore: Chore, transactions: Transactions) -> None:
    """Do `chore` for ever; a failure is logged and tried again at its next time."""
    while True:
        more = False
        try:
            more = await do(chore, transactions)
        except Exception as error:
            if is_transient(error):
                log.warning("chore_delayed", chore=chore.name, error=str(error)[:300])
            else:
                log.exception("chore_failed", chore=chore.name)
        if not more:
            await asyncio.sleep(chore.seconds)


def start(chores: Sequence[Chore], transactions: Transactions) -> list[asyncio.Task[None]]:
    """Start every chore beside the others; the caller cancels the tasks."""
    return [asyncio.create_task(repeat(chore, transactions), name=f"chore-{chore.name}") for chore in chores]
