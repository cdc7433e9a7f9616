"""Starting a program so that it never outlives us: the one place where that is done."""

import asyncio
import ctypes
import os
import pwd
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence


async def spawn(
    argv: Sequence[str], *, env: Mapping[str, str], user: str | None, log: int, if_parent_dies: signal.Signals
) -> asyncio.subprocess.Process:
    """Start a program that writes to the open file `log` and gets the signal when this process dies (Linux).

    Raises `OSError` when the program cannot be run.
    """
    return await asyncio.create_subprocess_exec(
        *argv,
        env=dict(env),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        # Its own session, so that Ctrl-C in the terminal reaches only the supervisor, which then stops in order.
        start_new_session=True,
        user=user,
        group=_group_of(user),
        extra_groups=None if user is None else [],
        preexec_fn=_die_with_parent(if_parent_dies),
    )


def _group_of(user: str | None) -> int | None:
    if user is None:
        return None
    return pwd.getpwnam(user).pw_gid


def _die_with_parent(signum: signal.Signals) -> Callable[[], None] | None:
    """What the new process runs before its program: asks the kernel for `signum` when the parent dies.

    Runs after the switch of user, which would clear the request. The kernel watches the *thread* that started the
    process, so only the main thread may. Elsewhere than Linux children watch `SCOREBOOK_PARENT_PID` themselves.
    """
    if sys.platform != "linux":
        return None
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("children must be started from the main thread, or they die with the thread")
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()
    set_pdeathsig = 1

    def arm() -> None:
        # The second half closes the gap in which the parent died before the request was made.
        if prctl(set_pdeathsig, int(signum), 0, 0, 0) != 0 or os.getppid() != parent:
            os._exit(127)

    return arm
