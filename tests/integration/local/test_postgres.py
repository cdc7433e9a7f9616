"""The PostgreSQL of the wheel and that of the machine: durable, local, closed, and never half made."""

import asyncio
import os
from pathlib import Path

import asyncpg
import pytest

from deploy.local.errors import DatabaseDirectoryBusy, LocalError
from deploy.local.ports import free_port
from deploy.local.postgres import EmbeddedPostgres
from tests.unit.deploy.waiting import background, names, until

pytestmark = pytest.mark.integration


async def _ask(server: EmbeddedPostgres, *statements: str) -> object:
    connection = await asyncpg.connect(server.admin_url)
    try:
        answer = None
        for statement in statements:
            answer = await connection.fetchval(statement)
        return answer
    finally:
        await connection.close()


async def test_postgres_is_durable_small_local_and_speaks_utf8(postgres: EmbeddedPostgres) -> None:
    assert await _ask(postgres, "SHOW fsync") == "on"
    assert await _ask(postgres, "SHOW synchronous_commit") == "on"
    assert await _ask(postgres, "SHOW server_encoding") == "UTF8"
    assert await _ask(postgres, "SHOW timezone") == "UTC"
    assert await _ask(postgres, "SHOW listen_addresses") == "127.0.0.1"
    assert await _ask(postgres, "SHOW unix_socket_directories") == ""
    assert await _ask(postgres, "SELECT upper('ñandú')") == "ÑANDÚ"


async def test_postgres_lets_nobody_in_without_the_password(postgres: EmbeddedPostgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(host="127.0.0.1", port=postgres.port, user="postgres", password="guess")


async def test_what_postgres_committed_survives_a_kill(postgres: EmbeddedPostgres) -> None:
    await _ask(postgres, "CREATE TABLE fact (n int)", "INSERT INTO fact SELECT generate_series(1, 1000)")

    await postgres.kill()
    assert postgres.pid is None
    await postgres.start()

    assert await _ask(postgres, "SELECT count(*) FROM fact") == 1000


async def test_a_wiped_postgres_starts_empty(postgres: EmbeddedPostgres) -> None:
    await _ask(postgres, "CREATE TABLE fact (n int)")

    await postgres.restart(wipe=True)

    assert await _ask(postgres, "SELECT to_regclass('fact')") is None


async def test_a_pid_file_whose_number_another_process_took_is_no_obstacle(postgres: EmbeddedPostgres) -> None:
    pid_file = postgres.data_dir / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    await postgres.kill()
    # Of the same account: a process of another one PostgreSQL would know not to be its own.
    owner = pid_file.stat().st_uid
    with background(["/bin/sleep", "60"], user=owner if os.geteuid() == 0 else None) as other:
        pid_file.write_text("\n".join([str(other.pid), *lines[1:]]) + "\n")

        await postgres.start()

        assert await _ask(postgres, "SELECT 1") == 1
        assert other.poll() is None
        other.kill()


async def test_a_second_server_on_the_same_data_is_refused(
    postgres: EmbeddedPostgres, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.local.postgres._LEAVING_SECONDS", 0.3)
    second = EmbeddedPostgres(postgres.data_dir, free_port(), "p/w @", room / "second.log")

    with pytest.raises(DatabaseDirectoryBusy) as refusal:
        await second.start()

    assert refusal.value.pid == postgres.pid
    assert await _ask(postgres, "SELECT 1") == 1


async def test_a_lost_password_is_told_and_nothing_is_left_running(postgres: EmbeddedPostgres, room: Path) -> None:
    await postgres.stop()
    forgetful = EmbeddedPostgres(postgres.data_dir, postgres.port, "another", room / "second.log")
    forgetful._bin = postgres._bin

    with pytest.raises(LocalError, match="another password"):
        await forgetful.start()

    assert forgetful.pid is None


async def test_an_interrupted_first_start_leaves_no_half_made_data(room: Path) -> None:
    server = EmbeddedPostgres(room / "data", free_port(), "pw", room / "postgres.log")
    starting = asyncio.create_task(server.start())
    await until((room / "data.new" / "base").exists)

    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting

    assert names(room) == {"postgres.log"}
    await server.start()
    assert await _ask(server, "SELECT 1") == 1
    await server.stop()
