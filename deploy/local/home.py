"""The directory of one local installation: its lock, its secrets, its data, and what is running now."""

import contextlib
import fcntl
import json
import os
import secrets
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from deploy.local.errors import HomeLocked, HomeNotWritable
from deploy.local.running import Running, RunningChild

_LOCK_SECONDS = 0.5
_DEFAULT = ".scorebook"


class Home:
    """`path`, else SCOREBOOK_HOME, else `.scorebook` in the working directory; nothing is made before `prepare`."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = (path or Path(os.environ.get("SCOREBOOK_HOME") or _DEFAULT)).absolute()
        self._lock: int | None = None

    @property
    def logs(self) -> Path:
        """One file per process."""
        return self.path / "logs"

    @property
    def postgres(self) -> Path:
        """The data directory of the embedded PostgreSQL, owned by the account that runs it."""
        return self.path / "postgres"

    def log(self, name: str) -> Path:
        """The log of one process."""
        return self.logs / f"{name}.log"

    def prepare(self) -> None:
        """Make the directories; raises `HomeNotWritable`."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self.logs.mkdir(exist_ok=True)
            self._secrets.mkdir(mode=0o700, exist_ok=True)
            self._secrets.chmod(0o700)
        except OSError as error:
            raise HomeNotWritable(self.path, error.strerror or str(error)) from error

    def secret(self, name: str, make: Callable[[], str] = lambda: secrets.token_urlsafe(32)) -> str:
        """The secret of that name, made at the first call; its file is readable by its owner only."""
        path = self._secrets / name
        with contextlib.suppress(FileNotFoundError):
            return path.read_text()
        value = make()
        _write(path, value)
        return value

    def acquire(self) -> None:
        """Take the exclusive lock, kept until `release` or the end of the process; raises `HomeLocked`.

        The lock is the kernel's, not the file: what a dead process left behind is no obstacle.
        """
        self.prepare()
        try:
            descriptor = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise HomeNotWritable(self.path, error.strerror or str(error)) from error
        # A reader that only asks whether it is held holds it for an instant: not worth giving up for.
        deadline = time.monotonic() + _LOCK_SECONDS
        while not _try_lock(descriptor, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                os.close(descriptor)
                pid, since = self._holder()
                raise HomeLocked(self.path, pid, since)
            time.sleep(0.02)
        note = {"pid": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds")}
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(note).encode(), 0)
        self._lock = descriptor

    def release(self) -> None:
        """Nothing runs any more: remove the note and give the lock back; does nothing without the lock."""
        if self._lock is not None:
            self._state_path.unlink(missing_ok=True)
            os.ftruncate(self._lock, 0)
            os.close(self._lock)
            self._lock = None

    def note(self, running: Running) -> None:
        """Tell other commands what runs."""
        _write(self._state_path, running.model_dump_json(indent=2))

    def running(self) -> Running | None:
        """What runs now; None when nothing does, also when a killed stack left its note behind."""
        return self._noted() if self._is_held() else None

    def left_behind(self) -> Sequence[RunningChild]:
        """Processes that a killed stack noted; only to be asked while holding the lock."""
        noted = self._noted()
        return noted.children if noted is not None else ()

    @property
    def _secrets(self) -> Path:
        return self.path / "secrets"

    @property
    def _lock_path(self) -> Path:
        return self.path / "lock"

    @property
    def _state_path(self) -> Path:
        return self.path / "state.json"

    def _noted(self) -> Running | None:
        try:
            return Running.model_validate_json(self._state_path.read_bytes())
        except (FileNotFoundError, ValidationError):
            return None

    def _is_held(self) -> bool:
        if self._lock is not None:
            return True
        try:
            descriptor = os.open(self._lock_path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            return not _try_lock(descriptor, fcntl.LOCK_SH)
        finally:
            os.close(descriptor)

    def _holder(self) -> tuple[int | None, str | None]:
        try:
            note = json.loads(self._lock_path.read_text())
            return int(note["pid"]), str(note["since"])
        except (OSError, ValueError, KeyError, TypeError):
            return None, None


def _try_lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write(path: Path, text: str) -> None:
    """Replace the file as a whole, readable by its owner only."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
