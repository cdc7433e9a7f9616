"""Ctrl-C and its relatives, turned into one orderly stop."""

import asyncio
import signal
from collections.abc import Callable

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopSignals:
    """The first SIGINT, SIGTERM or SIGHUP asks to stop; a SIGINT after that calls `on_hurry`.

    To ask means: `wait()` returns if somebody waits there, otherwise the task that called `install` is cancelled,
    so that an interrupt in the middle of starting up unwinds like any other failure.
    """

    def __init__(self, on_hurry: Callable[[], None]) -> None:
        self._on_hurry = on_hurry
        self._owner: asyncio.Task[object] | None = None
        self._asked = asyncio.Event()
        self._interrupts = True
        self.received: signal.Signals | None = None
        self.cancelled_owner = False

    def install(self) -> None:
        """Take over the three signals for the running event loop; main thread only."""
        self._owner = asyncio.current_task()
        loop = asyncio.get_running_loop()
        for signum in _SIGNALS:
            # Under nohup the terminal may go away.
            if signum is signal.SIGHUP and signal.getsignal(signum) is signal.SIG_IGN:
                continue
            loop.add_signal_handler(signum, self._receive, signum)

    def remove(self) -> None:
        """Give the signals back to their defaults."""
        loop = asyncio.get_running_loop()
        for signum in _SIGNALS:
            loop.remove_signal_handler(signum)  # says False for one that was not taken over

    async def wait(self) -> None:
        """Return at the first signal."""
        self._interrupts = False
        await self._asked.wait()

    def stopping(self) -> None:
        """The stop has begun: from here on a signal interrupts nothing, it only may hurry."""
        self._interrupts = False

    def _receive(self, signum: signal.Signals) -> None:
        if self.received is not None:
            if signum is signal.SIGINT:
                self._on_hurry()
            return
        self.received = signum
        self._asked.set()
        if self._interrupts and self._owner is not None:
            self.cancelled_owner = True
            self._owner.cancel()
