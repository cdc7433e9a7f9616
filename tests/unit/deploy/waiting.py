"""Waiting for what processes do, and looking at what they left, for tests."""

import asyncio
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

_PAUSE = 0.02


async def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Return as soon as the condition holds; fails the test after `seconds`."""
    for _ in range(int(seconds / _PAUSE)):
        if condition():
            return
        await asyncio.sleep(_PAUSE)
    raise AssertionError(f"did not come true within {seconds} s")


def lives(pid: int) -> bool:
    """A process of that number runs; one that only waits to be reaped does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def lines(path: Path) -> list[str]:
    """The lines of a file, none where it is not there."""
    return path.read_text().splitlines() if path.exists() else []


def names(directory: Path) -> set[str]:
    """What is in a directory."""
    return {path.name for path in directory.iterdir()}


def background(argv: Sequence[str], *, user: int | None = None) -> subprocess.Popen[bytes]:
    """A process of the test's own."""
    return subprocess.Popen(argv, user=user)
