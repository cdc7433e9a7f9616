"""Harm done to a running demo, by a seeded plan."""

import asyncio
import contextlib
import os
import random
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final
from uuid import uuid4

import httpx
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from deploy.cli.services import NAMES
from deploy.cli.target import Target
from deploy.local.errors import LocalError
from deploy.local.home import Home
from deploy.local.http import http_client
from deploy.local.running import Running

Harm = Callable[["Victim", random.Random], Awaitable[None]]

_POISON: Final[tuple[tuple[bytes | None, list[tuple[str, bytes | None]]], ...]] = (
    (b"not json at all", [("ce_type", b"billing.invoice-issued.v1")]),
    (b"{}", []),
    (None, [("ce_specversion", b"1.0")]),
    (b'{"a": 1}', [("ce_id", b"\xff\xfe"), ("ce_specversion", None)]),
    (b"\x00" * 2000, [("ce_specversion", b"0.3"), ("ce_id", b"x")]),
)


@dataclass
class Victim:
    """A demo that runs in `home`; `done` is set when it has ended. Remembers what was done to it."""

    home: Home
    done: asyncio.Event = field(default_factory=asyncio.Event)
    harm_done: list[str] = field(default_factory=list)

    def running(self) -> Running | None:
        """What runs, once everything is up."""
        running = self.home.running()
        return running if running is not None and running.status == "running" else None

    async def wait_until_up(self) -> None:
        """Return when the stack serves, or the demo has ended."""
        while self.running() is None and not self.done.is_set():
            await asyncio.sleep(0.05)

    async def pause(self, seconds: float) -> None:
        """Wait, at most until the demo ends."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.done.wait()

    async def wait_until_ready(self, name: str) -> None:
        """Return when a service answers that it is ready, or the demo has ended."""
        running = self.running()
        async with http_client(timeout=5) as http:
            while running is not None and not self.done.is_set():
                with contextlib.suppress(httpx.HTTPError):
                    if (await http.get(f"{running.urls[name]}/health/ready")).status_code == 200:
                        return
                await self.pause(0.2)

    def kill(self, name: str) -> None:
        """SIGKILL a process of the stack by name."""
        running = self.running()
        if running is None:
            return
        for child in running.children:
            process = child.process() if child.name == name else None
            if process is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)
                    self.harm_done.append(name)


async def kill_every_service(victim: Victim, dice: random.Random) -> None:
    """Kill -9 each service twice, in random order and at random moments; each may come back in between."""
    order = [*NAMES, *NAMES]
    dice.shuffle(order)
    for name in order:
        await victim.pause(dice.uniform(0.5, 3.0))
        victim.kill(name)
        await victim.wait_until_ready(name)


async def lose_the_broker(victim: Victim, dice: random.Random) -> None:
    """Kill the broker twice; its memory, topics and offsets are gone each time."""
    for _ in range(2):
        await victim.pause(dice.uniform(2, 7))
        victim.kill("broker")


async def kill_the_database(victim: Victim, dice: random.Random) -> None:
    """Kill -9 PostgreSQL twice."""
    for _ in range(2):
        await victim.pause(dice.uniform(2, 7))
        victim.kill("postgres")


async def nothing(victim: Victim, dice: random.Random) -> None:
    """Do no harm from outside; the services harm themselves by their fault setting."""
    victim.harm_done.append("faults inside the services")


async def poison(victim: Victim, dice: random.Random) -> None:
    """Send what no consumer can apply, some under keys of real aggregates, and discard it as an operator would."""
    running = victim.running()
    if running is None:
        return
    target = Target(victim.home, running.urls)
    producer = AIOKafkaProducer(bootstrap_servers=running.bootstrap, enable_idempotence=False)
    await producer.start()
    try:
        for _ in range(30):
            if victim.done.is_set():
                break
            await victim.pause(dice.uniform(0.05, 0.4))
            value, headers = dice.choice(_POISON)
            topic = dice.choice(NAMES)
            key = dice.choice([None, str(uuid4()).encode(), await _real_key(target, topic, dice)])
            if key is None and value is None:
                key = b"nobody"  # the client refuses to send a record that has neither
            with contextlib.suppress(KafkaError):
                await producer.send_and_wait(f"scorebook-demo.{topic}", value, key=key, headers=headers)
                victim.harm_done.append(f"poison in {topic}")
    finally:
        await producer.stop()
    while not victim.done.is_set():
        await _discard_failed(target)
        await victim.pause(0.5)


async def _real_key(target: Target, service: str, dice: random.Random) -> bytes | None:
    try:
        async with target.ops(service) as http:
            heads = (await http.get("/v1/ops/heads", params={"limit": 200})).json()["items"]
    except (httpx.HTTPError, LocalError, ValueError, KeyError):
        return None
    return str(dice.choice(heads)["aggregate_id"]).encode() if heads else None


async def _discard_failed(target: Target) -> None:
    for name in NAMES:
        with contextlib.suppress(httpx.HTTPError, ValueError):
            async with target.ops(name) as http:
                items = (await http.get("/v1/ops/parked", params={"limit": 500})).json()["items"]
                for item in items:
                    if item["state"] == "failed":
                        await http.post(
                            f"/v1/ops/parked/{item['id']}/discard", json={"reason": "poison sent by a test"}
                        )
