"""PostgreSQL and brokers of every kind that this machine can run."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from deploy.kafka.server import ApacheKafka, available
from deploy.local.broker import EmbeddedBroker
from deploy.local.ports import free_port
from deploy.local.postgres import EmbeddedPostgres, find_system_postgres
from deploy.local.server import Server


@pytest.fixture
def room() -> Iterator[Path]:
    """A directory of the test's own, not below pytest's: each new session of pytest closes that one to others.

    As root PostgreSQL runs under another account, which then could no longer reach its data.
    """
    with tempfile.TemporaryDirectory(prefix="scorebook-") as directory:
        yield Path(directory)


@pytest.fixture(params=["wheel", "system"])
async def postgres(request: pytest.FixtureRequest, room: Path) -> AsyncIterator[EmbeddedPostgres]:
    bin_dir = None
    if request.param == "system":
        bin_dir = find_system_postgres()
        if bin_dir is None:
            pytest.skip("no PostgreSQL server is installed on this machine")
    server = EmbeddedPostgres(room / "data", free_port(), "p/w @", room / "postgres.log", bin_dir=bin_dir)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def embedded(room: Path) -> EmbeddedBroker:
    """The embedded broker, not started."""
    return EmbeddedBroker(free_port(), room / "broker.log")


@pytest.fixture
def kafka(room: Path) -> ApacheKafka:
    """Apache Kafka, not started."""
    reason = available()
    if reason is not None:
        pytest.skip(f"Apache Kafka cannot run here: {reason}")
    return ApacheKafka(room / "kafka", free_port())


@pytest.fixture(params=["embedded", "kafka"])
async def broker(request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    server: Server = request.getfixturevalue(request.param)
    await server.start()
    yield server
    await server.stop()
