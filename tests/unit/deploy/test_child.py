"""One child process."""

import asyncio
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.local.child import Child, ChildSpec, Ready, run_to_end
from deploy.local.errors import ChildFailed, LocalError
from tests.unit.deploy.waiting import lives, until

Make = Callable[..., ChildSpec]


@pytest.fixture
def python(tmp_path: Path) -> Make:
    """A spec that runs a piece of Python."""

    def make(code: str, **changes: object) -> ChildSpec:
        parts: dict[str, object] = {
            "name": "thing",
            "argv": [sys.executable, "-c", code],
            "env": {},
            "log_path": tmp_path / "thing.log",
            **changes,
        }
        return ChildSpec(**parts)  # type: ignore[arg-type]

    return make


def _when(path: Path) -> Ready:
    exists = path.exists

    async def ready() -> str | None:
        return None if exists() else "its file is not there"

    return ready


async def test_it_is_ready_when_its_question_says_so(python: Make, tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    code = f"import time, pathlib; time.sleep(0.2); pathlib.Path({str(flag)!r}).touch(); time.sleep(60)"
    child = Child(python(code, ready=_when(flag)))

    await child.start()
    await child.wait_ready()

    assert flag.exists()
    assert child.running
    await child.stop()
    assert not child.running
    assert child.pid is None


async def test_an_end_before_it_is_ready_is_told_with_the_last_lines_of_its_log(python: Make, tmp_path: Path) -> None:
    code = "print('\\n'.join(f'line {n}' for n in range(30))); raise SystemExit(3)"
    child = Child(python(code, ready=_when(tmp_path / "never")))
    await child.start()

    with pytest.raises(ChildFailed) as failure:
        await child.wait_ready()

    lines = str(failure.value).splitlines()
    assert "exit code 3" in lines[0]
    assert [line.strip() for line in lines[1:]] == [f"line {n}" for n in range(10, 30)]


async def test_the_log_of_an_earlier_run_is_not_taken_for_this_one(python: Make, tmp_path: Path) -> None:
    await run_to_end(python("print('from before')"))
    child = Child(python("print('from now'); raise SystemExit(1)", ready=_when(tmp_path / "never")))
    await child.start()

    with pytest.raises(ChildFailed) as failure:
        await child.wait_ready()

    assert "from now" in str(failure.value)
    assert "from before" not in str(failure.value)
    assert "from before" in (tmp_path / "thing.log").read_text()


async def test_one_that_never_gets_ready_is_told_with_what_is_missing(python: Make, tmp_path: Path) -> None:
    child = Child(python("import time; time.sleep(60)", ready=_when(tmp_path / "never"), ready_timeout=0.3))
    await child.start()

    with pytest.raises(ChildFailed, match="its file is not there"):
        await child.wait_ready()

    await child.kill()


async def test_a_question_without_an_answer_does_not_hold_up_the_limit(python: Make) -> None:
    async def silence() -> str | None:
        await asyncio.sleep(3600)
        return None

    child = Child(python("import time; time.sleep(60)", ready=silence, ready_timeout=0.3))
    await child.start()

    with pytest.raises(ChildFailed, match="no answer"):
        await child.wait_ready()

    await child.kill()


async def test_one_that_ignores_the_polite_signal_is_killed(python: Make, tmp_path: Path) -> None:
    deaf = tmp_path / "deaf"
    code = (
        "import signal, time, pathlib; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        f"pathlib.Path({str(deaf)!r}).touch(); time.sleep(60)"
    )
    child = Child(python(code, ready=_when(deaf), stop_timeout=0.3))
    await child.start()
    await child.wait_ready()

    await child.stop()

    assert await child.wait() == -signal.SIGKILL


async def test_a_kill_takes_the_processes_of_its_group_along(python: Make, tmp_path: Path) -> None:
    note = tmp_path / "grandchild"
    code = (
        "import subprocess, sys, time, pathlib;"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        f"f = pathlib.Path({str(note)!r}); t = f.with_suffix('.part');"
        "t.write_text(str(p.pid)); t.rename(f); time.sleep(60)"
    )
    child = Child(python(code, ready=_when(note)))
    await child.start()
    await child.wait_ready()

    await child.kill()

    await until(lambda: not lives(int(note.read_text())))


async def test_it_is_in_a_session_of_its_own(python: Make, tmp_path: Path) -> None:
    child = Child(python("import os; print(os.getsid(0) == os.getpid())"))
    await child.start()
    await child.wait()

    assert child.log_tail() == "True"


async def test_a_program_that_is_not_there_is_told_in_a_sentence(python: Make, tmp_path: Path) -> None:
    child = Child(python("", argv=[str(tmp_path / "missing")]))

    with pytest.raises(ChildFailed, match="could not be started"):
        await child.start()


async def test_a_cancelled_job_does_not_go_on_alone(python: Make, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    code = (
        f"import os, time, pathlib; p = pathlib.Path({str(note)!r}); t = p.with_suffix('.part');"
        "t.write_text(str(os.getpid())); t.rename(p); time.sleep(60)"
    )
    job = asyncio.create_task(run_to_end(python(code)))
    await until(note.exists)

    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job

    assert not lives(int(note.read_text()))


async def test_a_job_that_fails_is_told_with_its_log(python: Make) -> None:
    with pytest.raises(ChildFailed, match="it went wrong"):
        await run_to_end(python("print('it went wrong'); raise SystemExit(1)"))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties children to the thread that starts them")
def test_only_the_main_thread_may_start_children(python: Make) -> None:
    caught: list[BaseException] = []

    def elsewhere() -> None:
        try:
            asyncio.run(Child(python("pass")).start())
        except RuntimeError as error:
            caught.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()

    assert "main thread" in str(caught[0])


def test_failures_of_children_are_sentences_for_the_terminal() -> None:
    assert issubclass(ChildFailed, LocalError)
