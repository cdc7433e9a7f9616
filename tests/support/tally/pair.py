"""Counter and tally over a real broker, each with its own database, and what must be true of them at the end."""

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.local.broker import PARTITIONS
from shared.auth.actor import EVERY_PROGRAMME, Role
from shared.auth.signing import SigningKey
from shared.clock import FixedClock, system_clock
from shared.database.checks import platform_checks
from shared.database.engine import database_engine
from shared.database.transaction import Transactions
from shared.ids import new_id
from shared.messaging.pipeline import Pipeline
from shared.process import open_runtime
from shared.runtime import Runtime, Service
from shared.settings import ServiceSettings
from shared.web.app import create_app
from tests.support.client import Client
from tests.support.databases import Databases
from tests.support.servers import Servers
from tests.support.tally.counter import COUNTER, count
from tests.support.tally.processes import WorkerProcess
from tests.support.tally.service import TALLY
from tests.support.waiting import eventually


@dataclass(slots=True)
class Pair:
    """The two services of one test. Commands are given here; workers run in this process or in others."""

    counter: ServiceSettings
    tally: ServiceSettings
    counter_engine: AsyncEngine
    tally_engine: AsyncEngine
    directory: Path
    key: SigningKey
    owner_url: str
    model: dict[UUID, list[int]] = field(default_factory=lambda: defaultdict(list))
    _processes: list[WorkerProcess] = field(default_factory=list)

    def transactions(self) -> Transactions:
        """Transactions of the counter, as a command process has them: nobody wakes the relay."""
        return Transactions(self.counter_engine, system_clock, new_id)

    async def count(self, thing: UUID, *amounts: int) -> None:
        """Commit counts of `thing` in one transaction, and remember them."""
        await count(self.transactions(), thing, *amounts)
        self.model[thing].extend(amounts)

    def counting(self, **changes: object) -> AbstractAsyncContextManager[Runtime]:
        """Run the counter's worker in this process."""
        return open_runtime(COUNTER, self.counter.model_copy(update=changes), consume=True)

    def tallying(self, service: Service = TALLY, **changes: object) -> AbstractAsyncContextManager[Runtime]:
        """Run the tally's worker in this process, or that of a variant of it."""
        return open_runtime(service, self.tally.model_copy(update=changes), consume=True)

    def process(self, name: str, **changes: object) -> WorkerProcess:
        """Return a worker process of `tally` or `counter`, not started; it ends with the test."""
        settings = (self.tally if name == "tally" else self.counter).model_copy(update=changes)
        made = WorkerProcess(name, settings, self.directory / f"{name}-{len(self._processes)}.log")
        self._processes.append(made)
        return made

    @asynccontextmanager
    async def client(self, runtime: Runtime) -> AsyncIterator[Client]:
        """Speak HTTP to a service that runs in this process."""
        app = create_app(runtime.service, runtime)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://service") as http:
            clock = FixedClock(system_clock())
            yield Client(runtime, http, self.key, clock, Pipeline(runtime.service.handlers, runtime.transactions))

    async def republish(self, runtime: Runtime, **filters: object) -> int:
        """Ask a service to publish its outbox again, as the operator does, and return how many events that concerns."""
        async with self.client(runtime) as client:
            answer = await client.post("/v1/ops/republish", filters, role=Role.OPS, programme=EVERY_PROGRAMME)
            assert answer.status_code == 200, answer.text
            return int(answer.json()["events"])

    async def alter_tally(self, statement: str) -> None:
        """Change the tally's tables under its feet, as a migration does."""
        connection = await asyncpg.connect(self.owner_url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()
        # The test's own connections have prepared statements for the table as it was.
        await self.reconnect()

    async def reconnect(self) -> None:
        """Give up the test's own connections, for instance because the server was restarted."""
        await self.tally_engine.dispose()
        await self.counter_engine.dispose()

    async def end(self) -> None:
        """Kill what still runs."""
        for process in self._processes:
            await process.kill()

    def logs(self) -> str:
        """The ends of the logs of all processes."""
        return "\n".join(f"--- {process.name}\n{process.log_tail()}" for process in self._processes)

    async def applied(self) -> dict[UUID, list[int]]:
        """Return the amounts the tally has applied to each thing, in the order it applied them."""
        async with self.tally_engine.connect() as connection:
            rows = await connection.exec_driver_sql("SELECT tally_id, amount FROM tally_step ORDER BY id")
            found: dict[UUID, list[int]] = defaultdict(list)
            for row in rows:
                found[row.tally_id].append(row.amount)
            return found

    async def all_applied(self, *, within: float = 60.0) -> None:
        """Wait until the tally has applied everything that was counted, then check that it did so exactly once."""
        total = sum(len(amounts) for amounts in self.model.values())

        async def applied() -> bool:
            async with self.tally_engine.connect() as connection:
                done = await connection.exec_driver_sql("SELECT count(*) FROM tally_step")
                assert (found := done.scalar_one()) >= total, f"{found} of {total}"
            return True

        try:
            await eventually(applied, within=within)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{await self._state()}\n{self.logs()}") from None
        await self.assert_exact()

    async def assert_exact(self) -> None:
        """Check order, totals and what the tally said in return against the model."""
        assert await self.applied() == self.model
        async with self.tally_engine.connect() as connection:
            totals = await connection.exec_driver_sql("SELECT id, total, applied FROM tally")
            assert {row.id: (row.total, row.applied) for row in totals} == {
                thing: (sum(amounts), len(amounts)) for thing, amounts in self.model.items()
            }
            said = await connection.exec_driver_sql(
                "SELECT aggregate_id, array_agg(sequence ORDER BY id) AS sequences, "
                "array_agg((convert_from(payload, 'UTF8')::jsonb->>'total')::bigint ORDER BY id) AS totals "
                "FROM outbox GROUP BY aggregate_id"
            )
            for row in said:
                amounts = self.model[row.aggregate_id]
                assert row.sequences == list(range(1, len(amounts) + 1))
                assert row.totals == [sum(amounts[: n + 1]) for n in range(len(amounts))]

    async def findings(self) -> list[str]:
        """Return what the shared checks find in both databases, unpublished events included."""
        found = []
        for engine in (self.counter_engine, self.tally_engine):
            async with engine.connect() as connection:
                for check in platform_checks():
                    found += [f"{check.name}: {f.row}: {f.message}" for f in await check.run(connection)]
        return found

    async def clean(self, *, within: float = 60.0) -> None:
        """Wait until nothing is unpublished, parked or contradictory anywhere."""

        async def no_findings() -> bool:
            assert (found := await self.findings()) == [], found
            return True

        await eventually(no_findings, within=within)

    async def _state(self) -> str:
        async with self.tally_engine.connect() as connection:
            parked = (await connection.exec_driver_sql("SELECT state, error, count(*) FROM parked GROUP BY 1, 2")).all()
        async with self.counter_engine.connect() as connection:
            unsent = (
                await connection.exec_driver_sql(
                    "SELECT count(*), max(attempts), max(last_error) FROM outbox WHERE published_at IS NULL"
                )
            ).all()
        return f"parked {parked}, unsent {unsent}"


@asynccontextmanager
async def open_pair(
    servers: Servers, databases: Databases, directory: Path, token_keys: tuple[SigningKey, Path]
) -> AsyncIterator[Pair]:
    """Give a pair on fresh databases, with topics and groups of its own; nothing runs yet."""
    prefix = f"test-{new_id().hex[-12:]}"
    async with (
        databases.fresh(COUNTER.name, COUNTER.migrations) as produced,
        databases.fresh(TALLY.name, TALLY.migrations) as consumed,
    ):
        common = ServiceSettings(
            kafka=servers.kafka,
            kafka_idempotence=servers.idempotence,
            topic_prefix=prefix,
            topic_partitions=PARTITIONS,
            database_pool=6,
            group_session_ms=6_000,
            relay_lease_seconds=2,
            http_port=0,
            jwks=str(token_keys[1]),
            log_json=False,
        )
        counter = common.model_copy(update={"database_url": produced.application_url})
        tally = common.model_copy(update={"database_url": consumed.application_url})
        pair = Pair(
            counter,
            tally,
            database_engine(counter.model_copy(update={"database_pool": 24})),
            database_engine(tally),
            directory,
            token_keys[0],
            consumed.admin_url,
        )
        try:
            yield pair
        finally:
            await pair.end()
            await pair.counter_engine.dispose()
            await pair.tally_engine.dispose()
