"""The directory of one local installation."""

import os
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from deploy.local.errors import HomeLocked, HomeNotWritable
from deploy.local.home import Home
from deploy.local.running import Running, RunningChild


def _running(**changes: object) -> Running:
    return Running.model_validate(
        {
            "status": "running",
            "pid": os.getpid(),
            "since": datetime(2026, 1, 2, tzinfo=UTC),
            "admin_url": "postgresql://postgres:pw@127.0.0.1:1/postgres",
            "bootstrap": "127.0.0.1:2",
            "embedded_postgres": True,
            "embedded_broker": True,
            "ports": {"enrollment": 3},
            "urls": {"enrollment": "http://127.0.0.1:3"},
            **changes,
        }
    )


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def test_the_environment_names_the_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCOREBOOK_HOME", str(tmp_path / "elsewhere"))

    assert Home().path == tmp_path / "elsewhere"


def test_without_a_word_it_is_in_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCOREBOOK_HOME", raising=False)
    monkeypatch.chdir(tmp_path)

    assert Home().path == tmp_path / ".scorebook"


def test_a_second_start_is_refused_and_told_who_holds_it(home: Home) -> None:
    home.acquire()
    try:
        with pytest.raises(HomeLocked) as refusal:
            Home(home.path).acquire()
    finally:
        home.release()

    assert refusal.value.pid == os.getpid()
    assert f"process {os.getpid()}" in str(refusal.value)
    assert "SCOREBOOK_HOME" in str(refusal.value)


def test_a_lock_file_without_a_holder_is_no_obstacle(home: Home) -> None:
    home.prepare()
    (home.path / "lock").write_text('{"pid": 1, "since": "2020-01-01T00:00:00+00:00"}')

    home.acquire()
    home.release()


def test_the_lock_of_a_killed_process_is_gone(home: Home) -> None:
    program = (
        "import sys, time\nfrom pathlib import Path\nfrom deploy.local.home import Home\n"
        "Home(Path(sys.argv[1])).acquire()\nprint('held', flush=True)\ntime.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program, home.path], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(HomeLocked):
            Home(home.path).acquire()
        holder.kill()

    home.acquire()
    home.release()


def test_a_secret_is_made_once_and_only_its_owner_may_read_it(home: Home) -> None:
    home.prepare()

    first = home.secret("postgres-password")

    assert home.secret("postgres-password") == first
    assert len(first) >= 32
    path = home.path / "secrets" / "postgres-password"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_secret_can_be_of_a_given_kind(home: Home) -> None:
    home.prepare()

    assert home.secret("key", lambda: "made here") == "made here"
    assert home.secret("key", lambda: "made again") == "made here"


def test_others_see_what_runs_while_the_lock_is_held(home: Home) -> None:
    home.acquire()
    home.note(_running())

    assert Home(home.path).running() == _running()
    assert stat.S_IMODE((home.path / "state.json").stat().st_mode) == 0o600
    home.release()
    assert Home(home.path).running() is None
    assert not (home.path / "state.json").exists()


def test_a_note_that_a_killed_stack_left_does_not_count_as_running(home: Home) -> None:
    home.prepare()
    child = RunningChild(name="broker", pid=1, started=0.0, stop_signal=15)
    home.note(_running(children=(child,)))

    assert home.running() is None
    assert list(home.left_behind()) == [child]


def test_a_damaged_note_counts_as_none(home: Home) -> None:
    home.acquire()
    (home.path / "state.json").write_text('{"status": "run')

    assert home.running() is None
    assert list(home.left_behind()) == []
    home.release()


def test_the_password_does_not_show_when_a_running_stack_is_printed() -> None:
    assert "pw@" not in repr(_running())


def test_a_process_is_recognised_by_number_and_start_time() -> None:
    me = RunningChild(name="me", pid=os.getpid(), started=_started(os.getpid()), stop_signal=15)
    earlier = me.model_copy(update={"started": me.started - 60})

    assert me.process() is not None
    assert earlier.process() is None


def test_a_home_below_a_file_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(HomeNotWritable, match="SCOREBOOK_HOME"):
        Home(tmp_path / "file" / "home").acquire()


def _started(pid: int) -> float:
    return psutil.Process(pid).create_time()
