"""Servers that are given by address: used, left running, and told about when they are not there."""

from pathlib import Path

import pytest

from deploy.local.errors import ServerUnreachable
from deploy.local.home import Home
from deploy.local.ports import free_port
from deploy.local.postgres import EmbeddedPostgres
from deploy.local.server import Server
from deploy.local.stack import Stack

pytestmark = pytest.mark.integration


async def _nothing_to_prepare(admin_url: str, bootstrap: str) -> dict[str, dict[str, str]]:
    return {}


async def test_servers_given_by_address_are_used_and_left_running(
    postgres: EmbeddedPostgres, broker: Server, room: Path
) -> None:
    heard: list[tuple[str, str]] = []

    async def prepare(admin_url: str, bootstrap: str) -> dict[str, dict[str, str]]:
        heard.append((admin_url, bootstrap))
        return {}

    async with Stack(
        Home(room / "home"),
        services=[],
        prepare=prepare,
        kafka=broker.address,
        postgres=postgres.admin_url,
        port_base=None,
        handle_signals=False,
    ) as stack:
        assert list(stack.children) == []
        running = stack.home.running()
        assert running is not None
        assert not running.embedded_postgres
        assert not running.embedded_broker

    assert heard == [(postgres.admin_url, broker.address)]
    assert await postgres.missing() is None
    assert await broker.missing() is None


@pytest.mark.parametrize("what", ["kafka", "postgres"])
async def test_a_server_that_does_not_answer_is_told_without_its_password(
    room: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setattr("deploy.local.stack._EXTERNAL_SECONDS", 0.3)
    nowhere = f"127.0.0.1:{free_port()}"
    stack = Stack(
        Home(room / "home"),
        services=[],
        prepare=_nothing_to_prepare,
        kafka=nowhere if what == "kafka" else None,
        postgres=f"postgresql://someone:secret@{nowhere}/postgres" if what == "postgres" else None,
        port_base=None,
        handle_signals=False,
    )

    with pytest.raises(ServerUnreachable) as refusal:
        await stack.start()

    assert nowhere in str(refusal.value)
    assert "secret" not in str(refusal.value)
    assert not any(child.running for child in stack.children)
    assert stack.home.running() is None
