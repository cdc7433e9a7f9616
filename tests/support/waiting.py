"""Waiting for a condition with a deadline, instead of sleeping and hoping."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(check: Callable[[], Awaitable[T]], *, within: float = 150.0, pause: float = 0.02) -> T:
    """Return what `check` returns as soon as it is true and raises no AssertionError; fails after `within` seconds."""
    deadline = time.monotonic() + within
    while True:
        said = ""
        found: T | None = None
        try:
            found = await check()
        except AssertionError as error:
            said = f": {error}"
        if found:
            return found
        if time.monotonic() > deadline:
            name = getattr(check, "__name__", "the condition")
            raise AssertionError(f"{name} did not hold within {within:.0f} s{said or f': {found!r}'}")
        await asyncio.sleep(pause)
