"""Starting in order, bringing back, stopping in reverse."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from deploy.local.child import ChildSpec
from deploy.local.errors import ChildFailed
from deploy.local.processes import Backoff, Supervisor
from tests.unit.deploy.waiting import lines, until

Make = Callable[..., ChildSpec]

# Appends "<name> up", then "<name> down" at SIGTERM.
_RECORDER = """
import pathlib, signal, sys, time
name, record = sys.argv[1], pathlib.Path(sys.argv[2])
def note(word):
    with record.open("a") as file:
        file.write(f"{name} {word}\\n")
def stop(*_):
    note("down")
    raise SystemExit(0)
signal.signal(signal.SIGTERM, stop)
note("up")
while True:
    time.sleep(60)
"""


@pytest.fixture
def record(tmp_path: Path) -> Path:
    path = tmp_path / "record"
    path.touch()
    return path


@pytest.fixture
def recorder(tmp_path: Path, record: Path) -> Make:
    """A spec of a child that records its ups and downs; ready once it is up."""

    def make(name: str, **changes: object) -> ChildSpec:
        async def ready() -> str | None:
            return None if f"{name} up" in lines(record) else "not up"

        parts: dict[str, object] = {
            "name": name,
            "argv": [sys.executable, "-c", _RECORDER, name, str(record)],
            "env": {},
            "log_path": tmp_path / f"{name}.log",
            "ready": ready,
            **changes,
        }
        return ChildSpec(**parts)  # type: ignore[arg-type]

    return make


@pytest.fixture
async def supervisor() -> AsyncIterator[Supervisor]:
    supervisor = Supervisor()
    yield supervisor
    await supervisor.stop()


async def test_a_group_starts_when_the_one_before_is_ready_and_stops_before_it(
    supervisor: Supervisor, recorder: Make, record: Path
) -> None:
    await supervisor.start([recorder("one")], [recorder("two")], [recorder("three")])
    await supervisor.stop()

    assert lines(record) == [
        "one up",
        "two up",
        "three up",
        "three down",
        "two down",
        "one down",
    ]


async def test_later_groups_may_be_added(supervisor: Supervisor, recorder: Make, record: Path) -> None:
    await supervisor.start([recorder("one")])
    await supervisor.start([recorder("two")])

    assert [child.spec.name for child in supervisor.children] == ["one", "two"]


async def test_a_group_that_fails_keeps_the_later_ones_from_starting(
    supervisor: Supervisor, recorder: Make, record: Path
) -> None:
    broken = recorder("broken", argv=[sys.executable, "-c", "print('no'); raise SystemExit(4)"])

    with pytest.raises(ChildFailed, match="exit code 4"):
        await supervisor.start([recorder("one")], [broken, recorder("beside")], [recorder("later")])
    started = supervisor.children
    await supervisor.stop()

    assert [child.spec.name for child in started] == ["one", "broken", "beside"]
    assert not any(child.running for child in started)
    assert "one down" in lines(record)


async def test_a_killed_child_comes_back_and_its_hook_runs(recorder: Make, record: Path) -> None:
    heard: list[str] = []
    hooked: list[str] = []

    async def hook() -> None:
        hooked.append("hook")

    supervisor = Supervisor(progress=heard.append)
    await supervisor.start([recorder("one", on_restart=hook)])
    first = supervisor.child("one").pid

    await supervisor.child("one").kill()
    await until(lambda: bool(hooked))

    assert supervisor.child("one").pid not in (None, first)
    assert hooked == ["hook"]
    assert any("SIGKILL" in line for line in heard)
    await supervisor.stop()


async def test_the_hook_does_not_run_at_the_first_start(recorder: Make, supervisor: Supervisor) -> None:
    hooked: list[str] = []

    async def hook() -> None:
        hooked.append("hook")

    await supervisor.start([recorder("one", on_restart=hook)])
    await asyncio.sleep(0.1)

    assert hooked == []


async def test_a_hook_that_fails_is_tried_again(recorder: Make, supervisor: Supervisor) -> None:
    tries: list[int] = []

    async def hook() -> None:
        tries.append(1)
        if len(tries) < 3:
            raise OSError("the database is away")

    await supervisor.start([recorder("one", on_restart=hook)])
    await supervisor.child("one").kill()

    await until(lambda: len(tries) == 3)


async def test_one_that_keeps_failing_is_tried_ever_more_rarely(recorder: Make, tmp_path: Path) -> None:
    heard: list[str] = []
    allowed = tmp_path / "allowed"
    allowed.touch()
    code = f"import pathlib, time\nif not pathlib.Path({str(allowed)!r}).exists(): raise SystemExit(9)\ntime.sleep(60)"

    async def ready() -> str | None:
        await asyncio.sleep(0.1)
        return None

    supervisor = Supervisor(progress=heard.append)
    await supervisor.start([recorder("one", argv=[sys.executable, "-c", code], ready=ready)])
    allowed.unlink()
    await supervisor.child("one").kill()

    await until(lambda: sum("starting it again" in line for line in heard) >= 3)
    allowed.touch()
    await until(lambda: "one is back" in heard)

    pauses = [line.rsplit(" in ", 1)[1] for line in heard if "starting it again" in line]
    assert pauses[:3] == ["0.2 s", "0.4 s", "0.8 s"]
    await supervisor.stop()


async def test_a_stop_that_is_cancelled_still_leaves_nothing_running(recorder: Make, tmp_path: Path) -> None:
    code = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    log = tmp_path / "deaf.log"

    async def ready() -> str | None:
        return None if "deaf" in lines(log) else "not deaf yet"

    supervisor = Supervisor()
    deaf = recorder("deaf", argv=[sys.executable, "-c", code], ready=ready, stop_timeout=60.0)
    await supervisor.start([deaf])
    child = supervisor.child("deaf")

    stopping = asyncio.create_task(supervisor.stop())
    await asyncio.sleep(0.2)
    stopping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(stopping, 30)

    assert not child.running


def test_pauses_double_up_to_five_seconds() -> None:
    backoff = Backoff()

    assert [backoff.after(0.0) for _ in range(7)] == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


def test_a_healthy_while_starts_the_pauses_over() -> None:
    backoff = Backoff()
    for _ in range(5):
        backoff.after(1.0)

    assert backoff.after(10.0) == 0.2
    assert backoff.after(9.9) == 0.4
