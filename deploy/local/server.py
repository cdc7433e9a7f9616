"""What the embedded PostgreSQL, the embedded broker and Apache Kafka have in common."""

from abc import ABC, abstractmethod
from typing import Protocol

from deploy.local.child import Child, ChildSpec


class Server(Protocol):
    """A server that tests and commands can start, stop, kill and restart without knowing which it is."""

    @property
    def address(self) -> str:
        """host:port."""

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""

    async def start(self) -> None:
        """Start and return when clients are really served; raises `LocalError`."""

    async def wait_ready(self, seconds: float) -> None:
        """Return when clients are served, for instance after a pause; raises `ChildFailed`."""

    async def stop(self) -> None:
        """Stop in good order; nothing happens when it does not run."""

    async def kill(self) -> None:
        """SIGKILL, as a crash would, and return when the process is gone."""

    async def restart(self, *, wipe: bool = False) -> None:
        """Stop if it runs, lose all data if `wipe`, and start again on the same port."""

    async def missing(self) -> str | None:
        """None when clients are served now, otherwise what is wrong."""


class ChildServer(ABC):
    """A server that runs as one child process on 127.0.0.1."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._child: Child | None = None

    @abstractmethod
    def spec(self) -> ChildSpec:
        """How to run it, for `start` here or for a supervisor."""

    @abstractmethod
    async def missing(self) -> str | None:
        """None when clients are served now, otherwise what is wrong."""

    @abstractmethod
    async def wipe(self) -> None:
        """Remove all data of the stopped server."""

    @property
    def address(self) -> str:
        """host:port."""
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._child.pid if self._child is not None else None

    async def start(self) -> None:
        """Start and return when clients are really served; raises `LocalError` and leaves nothing running then."""
        self._child = Child(self.spec())
        try:
            await self._child.start()
            await self._child.wait_ready()
        except BaseException:
            await self._child.stop()
            raise

    async def wait_ready(self, seconds: float) -> None:
        """Return when clients are served, for instance after a pause; raises `ChildFailed`."""
        if self._child is not None:
            await self._child.wait_ready(seconds)

    async def stop(self) -> None:
        """Stop in good order; nothing happens when it does not run."""
        if self._child is not None:
            await self._child.stop()

    async def kill(self) -> None:
        """SIGKILL, as a crash would, and return when the process is gone."""
        if self._child is not None:
            await self._child.kill()

    async def restart(self, *, wipe: bool = False) -> None:
        """Stop if it runs, lose all data if `wipe`, and start again on the same port."""
        await self.stop()
        if wipe:
            await self.wipe()
        await self.start()
