"""A service behind a real socket, and requests written byte by byte."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from shared.process import http_server
from shared.runtime import Runtime
from shared.web.app import create_app

_SECONDS: Final = 60


@asynccontextmanager
async def serving(runtime: Runtime) -> AsyncIterator[int]:
    """Serve an open runtime as its process would, on a free port of 127.0.0.1, and give the port."""
    server = http_server(create_app(runtime.service, runtime), runtime.settings)
    listening = socket.create_server(("127.0.0.1", 0))
    port: int = listening.getsockname()[1]
    running = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        while not server.started:
            assert not running.done(), "the server ended at once"
            await asyncio.sleep(0.01)
        yield port
    finally:
        server.should_exit = True
        await running
        listening.close()


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """An answer as it came."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:  # noqa: ANN401 - JSON
        """Return the body read as JSON."""
        return json.loads(self.body)


async def exchange(port: int, *sent: bytes) -> RawAnswer:
    """Send bytes as they are, on a connection of their own, and return the answer; the rest is not sent after it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(_SECONDS):
            answer = asyncio.create_task(_read(reader))
            for part in sent:
                writer.write(part)
                await asyncio.wait([asyncio.create_task(_drained(writer)), answer], return_when="FIRST_COMPLETED")
                if answer.done():
                    break
            return await answer
    finally:
        writer.transport.abort()


async def _drained(writer: asyncio.StreamWriter) -> None:
    # It may answer and close without reading to the end.
    with contextlib.suppress(ConnectionError):
        await writer.drain()


async def _read(reader: asyncio.StreamReader) -> RawAnswer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = (
        await reader.readexactly(int(headers["content-length"])) if "content-length" in headers else await reader.read()
    )
    return RawAnswer(int(head[0].split()[1]), headers, body)
