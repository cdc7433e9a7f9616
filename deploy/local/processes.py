"""The supervisor: starts children in order, brings a crashed one back, stops all in reverse."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from deploy.local.child import Child, ChildSpec, Progress, describe_exit, silent
from deploy.local.errors import LocalError

__all__ = ["Backoff", "ChildSpec", "Supervisor"]

logger = logging.getLogger(__name__)


@dataclass
class Backoff:
    """Seconds to wait before the next try: doubling, and from the start again after a healthy while."""

    first: float = 0.2
    longest: float = 5.0
    healthy_after: float = 10.0
    _next: float = 0.0

    def after(self, lived: float) -> float:
        """The pause after a run that lasted `lived` seconds."""
        if lived >= self.healthy_after or self._next == 0.0:
            self._next = self.first
        pause = self._next
        self._next = min(self.longest, pause * 2)
        return pause


class Supervisor:
    """Owns the children of one local installation."""

    def __init__(self, *, progress: Progress = silent, on_started: Callable[[Child], None] = lambda _: None) -> None:
        self._progress = progress
        self._on_started = on_started
        self._groups: list[list[Child]] = []
        self._keepers: set[asyncio.Task[None]] = set()

    @property
    def children(self) -> list[Child]:
        """All children, in starting order."""
        return [child for group in self._groups for child in group]

    def child(self, name: str) -> Child:
        """The child of that name; raises `KeyError`."""
        return {child.spec.name: child for child in self.children}[name]

    async def start(self, *groups: Sequence[ChildSpec]) -> None:
        """Start group after group, each when the one before is ready; may be called again for later groups.

        Raises the first child's `LocalError`; what was started by then keeps running until `stop`.
        """
        for specs in groups:
            children = [Child(spec) for spec in specs]
            # Known before they are started, so that a stop in the middle finds them.
            self._groups.append(children)
            try:
                async with asyncio.TaskGroup() as starting:
                    for child in children:
                        starting.create_task(self._bring_up(child))
            except ExceptionGroup as failures:
                raise failures.exceptions[0] from None
            self._keepers.update(asyncio.create_task(self._keep(child)) for child in children)

    async def watch(self) -> None:
        """Run until cancelled; raises only if supervising itself breaks."""
        while self._keepers:
            done, _ = await asyncio.wait(self._keepers, return_when=asyncio.FIRST_COMPLETED)
            for keeper in done:
                keeper.result()

    async def stop(self) -> None:
        """Stop all children, last group first; a cancellation meanwhile only makes it hurry, and is raised after."""
        stopping = asyncio.create_task(self._stop())
        cancelled = False
        while not stopping.done():
            try:
                await asyncio.shield(stopping)
            except asyncio.CancelledError:
                cancelled = True
                self.hurry()
        stopping.result()
        if cancelled:
            raise asyncio.CancelledError

    def hurry(self) -> None:
        """End every child at once."""
        for child in self.children:
            child.abort()

    async def _stop(self) -> None:
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        for group in reversed(self._groups):
            await asyncio.gather(*(child.stop() for child in group))
        self._groups.clear()
        self._keepers.clear()

    async def _bring_up(self, child: Child) -> None:
        await child.start()
        self._on_started(child)
        await child.wait_ready()

    async def _keep(self, child: Child) -> None:
        backoff = Backoff()
        while True:
            code = await child.wait()
            lived = child.uptime
            while not await self._bring_back(child, code, backoff.after(lived)):
                lived = 0.0
            await self._after_restart(child)

    async def _bring_back(self, child: Child, code: int, pause: float) -> bool:
        self._progress(f"{child.spec.name} ended with {describe_exit(code)}; starting it again in {pause:.1f} s")
        await asyncio.sleep(pause)
        try:
            await self._bring_up(child)
        except (LocalError, OSError) as error:
            self._progress(str(error))
            await child.stop()
            return False
        self._progress(f"{child.spec.name} is back")
        return True

    async def _after_restart(self, child: Child) -> None:
        """Run the child's hook until it succeeds or the child ends again."""
        backoff = Backoff()
        while child.spec.on_restart is not None and child.running:
            try:
                await child.spec.on_restart()
            except Exception as error:
                logger.exception("the hook after a restart of %s failed", child.spec.name)
                self._progress(f"after the restart of {child.spec.name}: {error}; trying again")
                await asyncio.sleep(backoff.after(0.0))
            else:
                return
