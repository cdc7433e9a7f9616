"""Consumer and relay throughput beside bare loops, in interleaved rounds on the same servers and the same records."""

import gc
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import asyncpg
from pydantic import BaseModel

from deploy.bench import bare, ours
from deploy.bench.measure import Measured, Rate, Ratio
from deploy.bench.sample import RawEvent, cost_payload, visit_event
from deploy.bench.servers import Rounds, Servers
from deploy.local.child import Progress
from deploy.local.errors import LocalError
from shared.ids import new_id
from shared.messaging.broker import ensure_topics
from shared.messaging.topics import topic_of

_PRODUCER: Final = "enrollment"
_RELAYED: Final = "billing"
# As many events as asked for, of the size of those that the bare loop sends, each of an aggregate of its own.
_FILL: Final = """
WITH head AS (
    INSERT INTO stream_head (aggregate_id, aggregate_type, last_sequence)
    SELECT gen_random_uuid(), 'cost', 1 FROM generate_series(1, $1::integer) RETURNING aggregate_id
)
INSERT INTO outbox (event_id, event_type, aggregate_type, aggregate_id, sequence, programme, occurred_at,
                    correlation_id, actor, payload, shard)
SELECT gen_random_uuid(), 'billing.cost-recorded.v1', 'cost', aggregate_id, 1, 'bench', now(),
       gen_random_uuid()::text, 'bench', $2::bytea, row_number() OVER () % 8
FROM head
"""


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


class WrongEffect(LocalError):
    """A loop finished without the effect it was measured for."""

    def __init__(self, loop: str, found: object, wanted: object) -> None:
        super().__init__(f"the measurement is void: {loop} left {found} instead of {wanted}")


Loop = Callable[[str, str], Awaitable[Measured]]
"""Given the database and a fresh consumer name, do the work once."""


async def consumer_throughput(
    rounds: Rounds, events: int, count: int, discarded: int, progress: Progress
) -> ConsumerThroughput:
    """Measure `count` rounds of `events` each, after `discarded` ones that are thrown away."""
    servers = rounds.servers
    topic = await _topic_with(servers, [visit_event() for _ in range(events)])
    loops: dict[str, Loop] = {
        "bare": lambda url, name: bare.consume(servers, url, topic, name, events),
        "ours": lambda url, name: ours.consume(servers, url, name, events, writes_only=True),
        "ours_awaiting_each": lambda url, name: ours.consume(servers, url, name, events, writes_only=False),
    }

    async def once(name: str, number: int) -> Measured:
        consumer = f"{name}-{number}"
        async with rounds.fresh() as database:
            measured = await loops[name](database.application_url, consumer)
            await _ensure_effect(database.admin_url, name, consumer, events)
            return measured

    taken = await _interleaved("consumer", list(loops), once, count, discarded, progress)
    return ConsumerThroughput(
        events=events,
        **{name: Rate.of(measured) for name, measured in taken.items()},
        ratio=Ratio.of(taken["ours"], taken["bare"]),
        ratio_awaiting_each=Ratio.of(taken["ours_awaiting_each"], taken["bare"]),
    )


async def relay_throughput(
    rounds: Rounds, events: int, count: int, discarded: int, progress: Progress
) -> RelayThroughput:
    """Measure `count` rounds of an outbox of `events` rows being sent, beside sending as many from memory."""
    servers = rounds.servers
    settings = servers.settings("postgresql://unused")
    await ensure_topics(settings, (_RELAYED,))
    topic = topic_of(settings.topic_prefix, _RELAYED)
    records = [visit_event() for _ in range(events)]

    async def once(name: str, _: int) -> Measured:
        if name == "bare_send":
            return await bare.send(settings, topic, records)
        async with rounds.fresh() as database:
            await _fill_outbox(database.admin_url, events)
            measured = await ours.relay(servers, database.application_url, _RELAYED, events)
            await _ensure_sent(database.admin_url)
            return measured

    taken = await _interleaved("relay", ["bare_send", "relay"], once, count, discarded, progress)
    return RelayThroughput(
        events=events,
        **{name: Rate.of(measured) for name, measured in taken.items()},
        ratio=Ratio.of(taken["relay"], taken["bare_send"]),
    )


async def _interleaved(
    what: str,
    names: Sequence[str],
    once: Callable[[str, int], Awaitable[Measured]],
    count: int,
    discarded: int,
    progress: Progress,
) -> dict[str, list[Measured]]:
    taken: dict[str, list[Measured]] = {name: [] for name in names}
    # As a service process does when it starts; it serves every loop alike.
    gc.collect()
    gc.freeze()
    for number in range(1 - discarded, count + 1):
        for name in names:
            gc.collect()
            measured = await once(name, number)
            if number > 0:
                taken[name].append(measured)
                progress(f"{what} round {number}/{count}: {name} {measured.events / measured.seconds:,.0f} events/s")
    return taken


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
        raise WrongEffect(loop, found, f"{events} rows of each")


async def _fill_outbox(url: str, events: int) -> None:
    payload = cost_payload(new_id(), str(new_id()), str(new_id()), "2026-03-02")
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_FILL, events, payload)
        await connection.execute("ANALYZE outbox, stream_head")
    finally:
        await connection.close()


async def _ensure_sent(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        left = await connection.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL")
    finally:
        await connection.close()
    if left:
        raise WrongEffect("the relay", f"{left} events unsent", "none")
