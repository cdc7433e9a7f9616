"""A TCP proxy by which a test decides what becomes of a connection: passed on, delayed, held, cut at a chosen byte."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

_CHUNK: Final = 65_536


class Way(Enum):
    """Which way bytes go."""

    TO_SERVER = "to the server"
    TO_CLIENT = "to the client"


@dataclass(slots=True)
class Trap:
    """Cuts a connection on which `word` passes, or when its n-th chunk does; what it was caught in is lost.

    It goes off once. Bytes that came before, in the same chunk or earlier, have been passed on.
    """

    way: Way
    word: bytes = b""
    chunk: int = 0
    sprung: asyncio.Event = field(default_factory=asyncio.Event)
    _tail: bytes = b""
    _seen: int = 0

    def catches(self, way: Way, data: bytes) -> bool:
        """Tell whether this chunk springs it."""
        if self.sprung.is_set() or way is not self.way:
            return False
        self._seen += 1
        caught = self.word in self._tail + data if self.word else self._seen == self.chunk
        # A word may be torn between two chunks.
        self._tail = (self._tail + data)[-len(self.word) + 1 :] if len(self.word) > 1 else b""
        if caught:
            self.sprung.set()
        return caught


@dataclass(slots=True, eq=False)
class _Pair:
    """One client's connection and the one made for it; each way is copied by a task of its own."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter

    def cut(self) -> None:
        """End both with a reset, as a crashed machine or a firewall does: nothing that is buffered still arrives."""
        for writer in (self.client, self.server):
            raw = writer.get_extra_info("socket")
            if raw is not None and not writer.is_closing():
                with contextlib.suppress(OSError):
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            writer.transport.abort()


@dataclass(slots=True, eq=False)
class TcpProxy:
    """Stands before one server. `delay`: seconds that each chunk takes, either way."""

    host: str
    port: int
    target_host: str
    target_port: int
    delay: float = 0.0
    connections: int = 0
    _traps: list[Trap] = field(default_factory=list)
    _pairs: set[_Pair] = field(default_factory=set)
    _flows: asyncio.Event = field(default_factory=asyncio.Event)
    _refuses: bool = False

    def trap(self, way: Way, word: bytes = b"", *, chunk: int = 0) -> Trap:
        """Lay a trap for a word, or for the n-th chunk from now on over all connections."""
        made = Trap(way, word, chunk)
        self._traps.append(made)
        return made

    def cut(self) -> None:
        """Cut every connection there is now."""
        for pair in list(self._pairs):
            pair.cut()

    def hold(self) -> None:
        """From now on pass nothing: connections stay, new ones are taken, and nobody is answered."""
        self._flows.clear()

    def refuse(self) -> None:
        """Cut every connection, and each new one at once."""
        self._refuses = True
        self.cut()

    def release(self) -> None:
        """Pass on again what was held, and what comes."""
        self._refuses = False
        self._flows.set()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client."""
        self.connections += 1
        try:
            # The client's half is there before the server's: a held proxy takes connections as a hanging machine does.
            await self._flows.wait()
            if not self._refuses:
                await self._join(reader, writer)
        except OSError:
            pass  # no server: the client is cut as well
        finally:
            writer.transport.abort()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection(self.target_host, self.target_port)
        pair = _Pair(writer, to_server)
        self._pairs.add(pair)
        try:
            await asyncio.gather(
                self._copy(pair, Way.TO_SERVER, reader, to_server), self._copy(pair, Way.TO_CLIENT, from_server, writer)
            )
        finally:
            self._pairs.discard(pair)
            pair.cut()

    async def _copy(self, pair: _Pair, way: Way, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(_CHUNK):
                if self.delay:
                    await asyncio.sleep(self.delay)
                await self._flows.wait()
                caught = [trap.catches(way, data) for trap in self._traps]  # every trap looks at every chunk
                if any(caught):
                    pair.cut()
                    return
                writer.write(data)
                await writer.drain()
            if writer.can_write_eof():
                writer.write_eof()


@asynccontextmanager
async def open_proxy(target_host: str, target_port: int) -> AsyncIterator[TcpProxy]:
    """Open a proxy on a free port of 127.0.0.1 that passes everything on."""
    tasks: set[asyncio.Task[None]] = set()
    listening = socket.create_server(("127.0.0.1", 0))
    proxy = TcpProxy("127.0.0.1", listening.getsockname()[1], target_host, target_port)
    proxy.release()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(proxy.carry(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(connected, sock=listening)
    try:
        yield proxy
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        proxy.cut()
