"""Asking a service that may be restarting."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import httpx

_SLOWEST_PAUSE: Final = 1.0
_UNAVAILABLE: Final = 503


async def patiently(send: Callable[[], Awaitable[httpx.Response]], seconds: float) -> httpx.Response:
    """Send until the service answers anything but 503, for `seconds` at most; only for requests that may be repeated.

    Returns the last answer, which is 503 when patience ended. Raises httpx.TransportError when there was no answer.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    pause = 0.05
    while True:
        try:
            answer = await send()
            if answer.status_code != _UNAVAILABLE or loop.time() > deadline:
                return answer
        except httpx.TransportError:
            if loop.time() > deadline:
                raise
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, _SLOWEST_PAUSE)
