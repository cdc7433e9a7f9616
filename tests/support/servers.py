"""The three choices of real servers for the suite: embedded, Apache Kafka with the machine's PostgreSQL, containers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.kafka.server import ApacheKafka, available
from deploy.local.broker import EmbeddedBroker
from deploy.local.ports import free_port
from deploy.local.postgres import EmbeddedPostgres, find_system_postgres
from deploy.local.server import Server

CHOICES: Final = ("embedded", "kafka", "containers")


class ServersMissing(Exception):
    """The chosen servers cannot run on this machine; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Servers:
    """Running servers. `postgres` and `broker` are None where the tests may not stop them (containers)."""

    choice: str
    admin_url: str
    kafka: str
    idempotence: bool
    postgres: Server | None
    broker: Server | None


@asynccontextmanager
async def running_servers(choice: str, directory: Path) -> AsyncIterator[Servers]:
    """Start the servers of `choice` under `directory` and stop them at the end; raises ServersMissing."""
    if choice == "containers":
        async with _containers() as servers:
            yield servers
        return
    log = directory / "servers.log"
    bin_dir = None
    broker: Server
    if choice == "kafka":
        reason = available()
        bin_dir = find_system_postgres()
        if reason is not None or bin_dir is None:
            raise ServersMissing(reason or "no PostgreSQL server is installed on this machine")
        broker = ApacheKafka(directory / "kafka", free_port())
    else:
        broker = EmbeddedBroker(free_port(), log)
    postgres = EmbeddedPostgres(directory / "postgres", free_port(), "for-tests-only", log, bin_dir=bin_dir)
    await postgres.start()
    try:
        await broker.start()
        try:
            yield Servers(choice, postgres.admin_url, broker.address, choice == "kafka", postgres, broker)
        finally:
            await broker.stop()
    finally:
        await postgres.stop()


@asynccontextmanager
async def _containers() -> AsyncIterator[Servers]:
    try:
        from testcontainers.community.kafka import KafkaContainer
        from testcontainers.community.postgres import PostgresContainer
    except ImportError as error:
        raise ServersMissing(f"testcontainers is not installed: {error}") from None
    try:
        with PostgresContainer("postgres:18") as postgres, KafkaContainer("apache/kafka:4.1.0").with_kraft() as kafka:
            yield Servers(
                choice="containers",
                admin_url=postgres.get_connection_url(driver=None),
                kafka=kafka.get_bootstrap_server(),
                idempotence=True,
                postgres=None,
                broker=None,
            )
    except Exception as error:
        if type(error).__module__.startswith(("docker", "requests", "urllib3")):
            raise ServersMissing(f"no container engine or image: {error}") from None
        raise
