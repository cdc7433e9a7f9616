"""Consumer and relay throughput beside bare loops, in interleaved rounds on the same servers and the same records."""

import gc
from collections.abc import Awaitable, Callable
from typing import Final

import asyncpg
from pydantic import BaseModel

from deploy.bench import bare, ours
from deploy.bench.measure import Measured, Rate, Ratio
from deploy.bench.sample import RawEvent, visit_event
from deploy.bench.servers import Rounds, Servers
from deploy.local.child import Progress
from shared.messaging.broker import ensure_topics
from shared.messaging.topics import topic_of

_PRODUCER: Final = "enrollment"


class ConsumerThroughput(BaseModel):
    """Topic -> database -> outbox, events per second; `ratio` is ours over bare."""

    events: int
    bare: Rate
    ours: Rate
    ours_awaiting_each: Rate
    ratio: Ratio
    ratio_awaiting_each: Ratio


class RelayThroughput(BaseModel):
    """Outbox -> topic beside sending the same records from memory."""

    events: int
    bare_send: Rate
    relay: Rate
    ratio: Ratio


class WrongEffect(Exception):
    """A loop finished without the effect it was measured for."""

    def __init__(self, loop: str, found: dict[str, int], events: int) -> None:
        super().__init__(f"the {loop} loop left {found} instead of {events} of each")


Loop = Callable[[str, str], Awaitable[Measured]]
"""Given the database and a fresh consumer name, do the work once."""


async def consumer_throughput(rounds: Rounds, events: int, count: int, progress: Progress) -> ConsumerThroughput:
    """Measure `count` rounds of `events` each, after one that is thrown away."""
    servers = rounds.servers
    topic = await _topic_with(servers, [visit_event() for _ in range(events)])
    loops: dict[str, Loop] = {
        "bare": lambda url, name: bare.consume(servers, url, topic, name, events),
        "ours": lambda url, name: ours.consume(servers, url, name, events, writes_only=True),
        "ours_awaiting_each": lambda url, name: ours.consume(servers, url, name, events, writes_only=False),
    }
    taken: dict[str, list[Measured]] = {name: [] for name in loops}
    # As a service process does when it starts; it serves every loop alike.
    gc.collect()
    gc.freeze()
    for number in range(count + 1):
        for name, loop in loops.items():
            consumer = f"{name}-{number}"
            async with rounds.fresh() as database:
                gc.collect()
                measured = await loop(database.application_url, consumer)
                await _ensure_effect(database.admin_url, name, consumer, events)
            if number:
                taken[name].append(measured)
                progress(f"consumer round {number}/{count}: {name} {measured.events / measured.seconds:,.0f} events/s")
    return ConsumerThroughput(
        events=events,
        **{name: Rate.of(measured) for name, measured in taken.items()},
        ratio=Ratio.of(taken["ours"], taken["bare"]),
        ratio_awaiting_each=Ratio.of(taken["ours_awaiting_each"], taken["bare"]),
    )


async def _topic_with(servers: Servers, events: list[RawEvent]) -> str:
    settings = servers.settings("postgresql://unused")
    await ensure_topics(settings, (_PRODUCER,))
    topic = topic_of(settings.topic_prefix, _PRODUCER)
    await bare.send(settings, topic, events)
    return topic


async def _ensure_effect(url: str, loop: str, consumer: str, events: int) -> None:
    connection = await asyncpg.connect(url)
    try:
        found = {
            "inbox": await connection.fetchval("SELECT count(*) FROM inbox WHERE consumer LIKE '%' || $1", consumer),
            "visit_cost": await connection.fetchval("SELECT count(*) FROM visit_cost WHERE programme <> 'warm'"),
            "outbox": await connection.fetchval("SELECT count(*) FROM outbox WHERE programme <> 'warm'"),
        }
    finally:
        await connection.close()
    if set(found.values()) != {events}:
        raise WrongEffect(loop, found, events)
