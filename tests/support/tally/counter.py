"""The counter: a service that only says things, for the tally to add up."""

from pathlib import Path
from typing import Final
from uuid import UUID

from shared.auth.actor import Actor, Role
from shared.database.transaction import Transactions
from shared.messaging.handlers import Handlers
from shared.runtime import Service
from tests.support.tally.events import Counted

PERSON: Final = Actor("tester", frozenset({Role.OPS}), "bolivia")

COUNTER: Final = Service(
    name="enrollment",
    title="Counter",
    handlers=Handlers("enrollment"),
    routers=(),
    migrations=Path(__file__).parent / "migrations",
)


async def count(transactions: Transactions, thing: UUID, *amounts: int, needs: UUID | None = None) -> None:
    """Say in one transaction that `thing` was counted, once for each of `amounts`."""
    async with transactions.begin(PERSON) as transaction:
        for amount in amounts:
            transaction.emit(Counted(amount=amount, needs=needs), aggregate_id=thing, programme="bolivia")
