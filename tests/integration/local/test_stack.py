"""The stack of one machine: start, crash, restart, Ctrl-C, no orphans."""

import os
import signal
import socket
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from deploy.local.ports import free_port
from tests.integration.local.program import SERVICE, Program
from tests.unit.deploy.waiting import lives, until

pytestmark = pytest.mark.integration


@pytest.fixture
def directory(room: Path) -> Path:
    for name in ("enrollment", "billing"):
        package = room / "services" / name
        package.mkdir(parents=True)
        # Regular packages, which the import system prefers to the real services further down the path.
        (package.parent / "__init__.py").touch()
        (package / "__init__.py").touch()
        (package / "__main__.py").write_text(textwrap.dedent(SERVICE))
    return room


@pytest.fixture
def run(directory: Path) -> Iterator[Callable[..., Program]]:
    programs: list[Program] = []

    def make(base: int = 0) -> Program:
        programs.append(Program(directory, base))
        return programs[-1]

    yield make
    for program in programs:
        program.close()


async def _all_gone(processes: list[psutil.Process]) -> None:
    assert processes
    await until(lambda: not any(process.is_running() and lives(process.pid) for process in processes))


async def test_the_stack_comes_up_tells_where_it_is_and_closes_in_order(run: Callable[..., Program]) -> None:
    program = run()
    await program.until_said("ready after")
    running = program.home.running()
    assert running is not None
    assert running.status == "running"
    assert [child.name for child in running.children] == ["postgres", "broker", "enrollment", "billing"]
    connection = await asyncpg.connect(running.admin_url)
    await connection.close()
    processes = program.descendants()

    program.send(signal.SIGINT)

    assert await program.ended() == 0
    assert program.home.running() is None
    await _all_gone(processes)
    assert "greeting: hello" in program.home.log("enrollment").read_text()
    assert "greeting: good day" in program.home.log("billing").read_text()
    assert "database system is shut down" in program.home.log("postgres").read_text()


async def _crowd(program: Program) -> list[psutil.Process]:
    await program.until_said("ready after")
    return program.descendants()


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGHUP])
async def test_a_termination_is_a_stop_in_order(run: Callable[..., Program], signum: signal.Signals) -> None:
    program = run()
    processes = await _crowd(program)

    program.send(signum)

    assert await program.ended() == 0
    await _all_gone(processes)
    assert "closed in order" in program.home.log("billing").read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
async def test_a_killed_supervisor_leaves_no_orphans_and_the_next_start_works(run: Callable[..., Program]) -> None:
    program = run()
    processes = await _crowd(program)
    # More than the children: PostgreSQL has processes of its own.
    assert sum(process.name() == "postgres" for process in processes) > 2
    running = program.home.running()
    assert running is not None
    connection = await asyncpg.connect(running.admin_url)
    await connection.execute("CREATE TABLE fact (n int); INSERT INTO fact VALUES (7)")
    await connection.close()

    program.send(signal.SIGKILL)
    assert await program.ended() == -signal.SIGKILL
    assert program.home.running() is None
    again = run()
    await again.until_said("ready after")

    await _all_gone(processes)
    running = again.home.running()
    assert running is not None
    connection = await asyncpg.connect(running.admin_url)
    assert await connection.fetchval("SELECT n FROM fact") == 7
    await connection.close()


@pytest.mark.parametrize(
    "moment",
    ["postgres.new/base", "postgres/postmaster.pid", "logs/enrollment.log"],
    ids=["initdb", "servers", "services"],
)
async def test_ctrl_c_in_the_middle_of_starting_leaves_nothing_and_hurts_nothing(
    run: Callable[..., Program], moment: str
) -> None:
    program = run()
    await program.until((program.home.path / moment).exists)
    processes = program.descendants()

    program.send(signal.SIGINT)

    assert await program.ended() == 128 + signal.SIGINT
    assert "Stopped." in program.said
    assert "Traceback" not in program.said
    await _all_gone(processes)
    assert not (program.home.path / "postgres.new").exists()
    again = run()
    await again.until_said("ready after")


async def test_a_second_ctrl_c_ends_everything_at_once(directory: Path, run: Callable[..., Program]) -> None:
    deaf = directory / "services" / "billing" / "__main__.py"
    deaf.write_text(SERVICE.replace("threading.Thread(target=server.shutdown).start()", "None"))
    program = run()
    processes = await _crowd(program)

    program.send(signal.SIGINT)
    await until(lambda: not all(lives(process.pid) for process in processes))
    assert any(lives(process.pid) for process in processes)
    program.send(signal.SIGINT)

    assert await program.ended() == 0
    await _all_gone(processes)


async def test_a_second_start_is_refused_and_the_first_runs_on(run: Callable[..., Program]) -> None:
    first = run()
    await first.until_said("ready after")

    second = run()

    assert await second.ended() == 2
    assert f"in use by process {first._process.pid}" in second.said
    assert "Traceback" not in second.said
    assert first.home.running() is not None


async def test_a_busy_port_is_told_before_anything_starts(run: Callable[..., Program]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", free_port()))
        other.listen()
        port = other.getsockname()[1]

        program = run(port - 1)

        assert await program.ended() == 2
    assert f"Port {port} is needed for the enrollment service but is taken by process {os.getpid()}" in program.said
    assert not program.home.postgres.exists()
    assert program.home.running() is None


async def test_a_service_that_fails_to_start_shows_its_log_and_takes_the_rest_down(
    directory: Path, run: Callable[..., Program]
) -> None:
    (directory / "services" / "billing" / "__main__.py").write_text("raise SystemExit('no price list')")
    program = run()

    assert await program.ended() == 2
    assert "billing ended with exit code 1 before it was ready" in program.said
    assert "no price list" in program.said
    assert program.home.running() is None


async def test_a_killed_server_or_service_comes_back_under_the_running_stack(run: Callable[..., Program]) -> None:
    program = run()
    await program.until_said("ready after")
    running = program.home.running()
    assert running is not None

    for child in running.children:
        os.kill(child.pid, signal.SIGKILL)
        await program.until_said(f"{child.name} is back")

    await program.until_said("the broker is refilled")
    after = program.home.running()
    assert after is not None
    assert {child.name for child in after.children} == {child.name for child in running.children}
    assert not {child.pid for child in after.children} & {child.pid for child in running.children}
    connection = await asyncpg.connect(after.admin_url)
    await connection.close()
