"""Options and fixtures of the whole suite."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from shared.auth.signing import SigningKey
from tests.support.databases import Databases
from tests.support.servers import CHOICES, Servers, ServersMissing, running_servers


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the one option that selects among the three kinds of servers."""
    parser.addoption(
        "--servers",
        choices=CHOICES,
        default="embedded",
        help="embedded: from wheels; kafka: Apache Kafka from Maven and the machine's PostgreSQL; containers: Docker.",
    )


def pytest_report_header(config: pytest.Config) -> str:
    """Say which servers the integration tests use."""
    return f"servers: {config.getoption('--servers')}"


@pytest_asyncio.fixture(scope="session")
async def servers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Servers]:
    """Real servers, started when the first test asks for them."""
    choice = str(request.config.getoption("--servers"))
    try:
        async with running_servers(choice, tmp_path_factory.mktemp("servers")) as running:
            yield running
    except ServersMissing as error:
        pytest.fail(f"--servers {choice}: {error}")


@pytest_asyncio.fixture(scope="session")
async def databases(servers: Servers) -> Databases:
    """Databases on the session's server."""
    return Databases(servers.admin_url)


@pytest.fixture(scope="session")
def token_keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[SigningKey, Path]:
    """The session's signing key and the JWKS file that services trust."""
    directory = tmp_path_factory.mktemp("keys")
    jwks = directory / "jwks.json"
    return SigningKey.load_or_create(directory / "key.json", jwks), jwks
