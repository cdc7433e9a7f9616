"""Processes of a stack that was killed: the next start waits for them and ends those that stay."""

import asyncio
import signal
import time
from collections.abc import Sequence

import psutil

from deploy.local.child import Progress
from deploy.local.running import RunningChild

_GOING_SECONDS = 3.0
_STOP_SECONDS = 20.0


async def end_leftovers(children: Sequence[RunningChild], progress: Progress) -> None:
    """Return when none of `children` lives any more.

    On Linux the kernel ends them with their parent, so this mostly waits an instant for their ports; elsewhere it
    is what ends them.
    """
    if await _gone(children, _GOING_SECONDS):
        return
    for child in _living(children):
        progress(f"ending {child.name} (process {child.pid}), left behind by a stack that was killed")
        _send(child, child.stop_signal)
    if not await _gone(children, _STOP_SECONDS):
        for child in _living(children):
            _send(child, signal.SIGKILL)
        await _gone(children, _STOP_SECONDS)


async def _gone(children: Sequence[RunningChild], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while _living(children):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.05)
    return True


def _living(children: Sequence[RunningChild]) -> list[RunningChild]:
    return [child for child in children if child.process() is not None]


def _send(child: RunningChild, signum: int) -> None:
    process = child.process()
    if process is not None:
        try:
            process.send_signal(signum)
        except psutil.NoSuchProcess:
            return
