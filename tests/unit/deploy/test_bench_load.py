"""The load generator: what it counts, and that it never looks away."""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from deploy.bench import latency
from deploy.bench.http_client import BadAnswer, Connections
from deploy.bench.latency import EffectMissing, Enrolling
from deploy.bench.programme import Places
from deploy.bench.running import Installation
from deploy.bench.watching import Invoices
from deploy.cli.target import Target
from deploy.local.home import Home
from deploy.local.running import Running

Answer = Callable[[dict[str, str]], Awaitable[tuple[int, dict[str, str]]]]


class FakeService:
    """Answers POST requests one connection at a time as it is told; counts connections."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.connections = 0
        self.keys: list[str] = []
        self.url = ""
        self._serving: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["FakeService"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()
            # The client has closed its connections by now; each ends by that.
            await asyncio.wait_for(asyncio.gather(*self._serving), 10)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
                headers = dict(line.split(": ", 1) for line in head[1:] if line)
                body = json.loads(await reader.readexactly(int(headers["content-length"])))
                self.keys.append(headers["idempotency-key"])
                status, resource = await self._answer(body)
                payload = json.dumps(resource).encode()
                writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(payload)}\r\n\r\n".encode() + payload)
        except asyncio.IncompleteReadError:
            writer.close()


async def test_a_connection_serves_one_request_after_another() -> None:
    async def answer(body: dict[str, str]) -> tuple[int, dict[str, str]]:
        return 201, {"id": body["a"]}

    async with FakeService(answer).running() as service, Connections(service.url) as connections:
        answers = [await connections.post("/x", {"a": str(n)}, token="t", key=f"key-{n}") for n in range(3)]

    assert [one["id"] for one in answers] == ["0", "1", "2"]
    assert service.keys == ["key-0", "key-1", "key-2"]
    assert service.connections == 1


async def test_a_refusal_is_an_error_with_its_sentence() -> None:
    async def answer(_: dict[str, str]) -> tuple[int, dict[str, str]]:
        return 409, {"detail": "the training is full"}

    async with FakeService(answer).running() as service, Connections(service.url) as connections:
        with pytest.raises(BadAnswer, match=r"409: .*the training is full"):
            await connections.post("/x", {}, token="t", key="key")


class Scene:
    """Enrolling against a fake service whose effect is seen as soon as it answers."""

    def __init__(
        self,
        directory: Path,
        *,
        places: int,
        pause: float = 0.0,
        status: int = 201,
        seen: bool = True,
        turned_away: int = 0,
    ) -> None:
        self.invoices = Invoices(None)
        self._directory = directory
        self._places = Places(str(UUID(int=1)), [(f"training-{n}", f"enterprise-{n}") for n in range(places)])
        self._one_at_a_time = asyncio.Lock()
        self._pause = pause
        self._status = status
        self._seen = seen
        self._turned_away = turned_away
        self.service = FakeService(self._answer)

    async def _answer(self, _: dict[str, str]) -> tuple[int, dict[str, str]]:
        async with self._one_at_a_time:
            await asyncio.sleep(self._pause)
            if self._turned_away:
                self._turned_away -= 1
                return 503, {}
        made = str(uuid4())
        if self._seen:
            self.invoices.seen[made] = time.perf_counter()
            self.invoices.changed.set()
        return self._status, {"id": made}

    @asynccontextmanager
    async def enrolling(self) -> AsyncIterator[Enrolling]:
        async with self.service.running():
            urls = {"enrollment": self.service.url}
            home = Home(self._directory)
            state = Running(
                status="running",
                pid=os.getpid(),
                since=datetime.now(UTC),
                admin_url="postgresql://nobody@127.0.0.1:1/postgres",
                bootstrap="127.0.0.1:2",
                embedded_postgres=True,
                embedded_broker=True,
                ports={},
                urls=urls,
            )
            running = Installation(home, state, os.getpid(), 1.0)
            yield Enrolling(running, Target(home, urls), self._places, self.invoices)


async def test_waiting_in_the_queue_of_a_slow_service_counts(tmp_path: Path) -> None:
    scene = Scene(tmp_path, places=40, pause=0.02)
    async with scene.enrolling() as enrolling:
        measured = await enrolling.at_rate(100, 0.4, 0.0)

    # Forty requests were due within 0.4 s and take 0.8 s one after another: the last was answered 0.4 s late. A
    # generator that waits for answers before it sends would have seen 0.02 s each.
    assert measured.requests == 40
    assert measured.effect_ms.maximum >= 390
    assert measured.answer_ms.maximum >= 390
    assert measured.effects_per_second <= 50
    assert len(set(scene.service.keys)) == 40


async def test_the_warm_up_does_not_count(tmp_path: Path) -> None:
    scene = Scene(tmp_path, places=30)
    async with scene.enrolling() as enrolling:
        measured = await enrolling.at_rate(100, 0.2, 0.1)

    assert measured.requests == 20
    assert len(scene.service.keys) == 30
    assert set(measured.cpu_ms_per_request) == {"supervisor"}


async def test_a_refused_request_makes_the_measurement_void(tmp_path: Path) -> None:
    async with Scene(tmp_path, places=10, status=422).enrolling() as enrolling:
        with pytest.raises(EffectMissing, match="10 requests were refused, the first: 422"):
            await enrolling.at_rate(100, 0.1, 0.0)


async def test_requests_that_an_overloaded_service_turns_away_are_counted(tmp_path: Path) -> None:
    async with Scene(tmp_path, places=10, turned_away=4).enrolling() as enrolling:
        measured = await enrolling.at_rate(100, 0.1, 0.0)

    assert (measured.requests, measured.turned_away) == (6, 4)


async def test_a_warm_up_that_is_all_that_was_answered_makes_the_measurement_void(tmp_path: Path) -> None:
    async with Scene(tmp_path, places=2, turned_away=1).enrolling() as enrolling:
        with pytest.raises(EffectMissing, match="none was answered, 1 were told"):
            await enrolling.at_rate(100, 0.0, 0.02)


async def test_clients_that_are_turned_away_are_counted(tmp_path: Path) -> None:
    async with Scene(tmp_path, places=7, turned_away=2).enrolling() as enrolling:
        measured = await enrolling.by_clients(3, 30)

    assert (measured.requests, measured.turned_away) == (5, 2)


async def test_a_service_that_turns_everybody_away_makes_the_measurement_void(tmp_path: Path) -> None:
    async with Scene(tmp_path, places=10, turned_away=10).enrolling() as enrolling:
        with pytest.raises(EffectMissing, match="none was answered, 10 were told to come back later"):
            await enrolling.at_rate(100, 0.1, 0.0)


async def test_an_effect_that_never_comes_makes_the_measurement_void(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(latency, "ARRIVAL_SECONDS", 0.1)
    async with Scene(tmp_path, places=10, seen=False).enrolling() as enrolling:
        with pytest.raises(EffectMissing, match="10 of 10 invoices never came"):
            await enrolling.at_rate(100, 0.1, 0.0)


async def test_clients_stop_when_no_place_is_left(tmp_path: Path) -> None:
    scene = Scene(tmp_path, places=7)
    async with scene.enrolling() as enrolling:
        measured = await enrolling.by_clients(3, 30)

    assert measured.requests == 7
    assert len(set(scene.service.keys)) == 7
    assert measured.effects_per_second > 0
