"""Options and fixtures of the whole suite."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import hypothesis
import pytest
import pytest_asyncio

from shared.auth.signing import SigningKey
from tests.support.databases import Databases
from tests.support.servers import CHOICES, Servers, ServersMissing, running_servers

# How long an example takes says how busy the machine is, not whether the example is right.
hypothesis.settings.register_profile(
    "scorebook", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True
)
hypothesis.settings.load_profile("scorebook")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the one option that selects among the three kinds of servers."""
    parser.addoption(
        "--servers",
        choices=CHOICES,
        default="embedded",
        help="embedded: from wheels; kafka: Apache Kafka from Maven and the machine's PostgreSQL; containers: Docker.",
    )
    parser.addoption("--seeds", type=int, default=1, help="How many seeds each fault test runs with.")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for a seed once for each of --seeds."""
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(1, int(metafunc.config.getoption("--seeds")) + 1))


def pytest_report_header(config: pytest.Config) -> str:
    """Say which servers the integration tests use."""
    return f"servers: {config.getoption('--servers')}"


@pytest_asyncio.fixture(scope="session")
async def servers(request: pytest.FixtureRequest) -> AsyncIterator[Servers]:
    """Real servers, started when the first test asks for them."""
    choice = str(request.config.getoption("--servers"))
    # Not below pytest's own temporary directory: every start of pytest closes that to other accounts, and as root
    # PostgreSQL runs under another one, so a second run would take the files from under the first.
    with tempfile.TemporaryDirectory(prefix="scorebook-servers-", ignore_cleanup_errors=True) as directory:
        try:
            async with running_servers(choice, Path(directory)) as running:
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
