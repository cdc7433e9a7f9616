"""Guarantees 1 and 3: from concurrent commands to the topic and to the consumer, each aggregate in order."""

import asyncio
import random
from collections import defaultdict
from uuid import UUID

import pytest

from shared.ids import new_id
from shared.messaging.envelope import Envelope
from shared.messaging.topics import topic_of
from tests.support.tally.counter import PERSON, count
from tests.support.tally.events import Counted, Ignored
from tests.support.tally.pair import Pair
from tests.support.topic import read_topic

pytestmark = pytest.mark.integration


async def test_concurrent_writers_get_sequences_without_gap_and_every_reader_sees_them_in_order(pair: Pair) -> None:
    things = [new_id() for _ in range(5)]

    async def write(writer: int) -> None:
        dice = random.Random(writer)
        for _ in range(8):
            amounts = [dice.randrange(100) for _ in range(dice.randrange(1, 4))]
            await count(pair.transactions(), dice.choice(things), *amounts)

    async with pair.counting(), pair.tallying():
        await asyncio.gather(*(write(writer) for writer in range(20)))
        async with pair.counter_engine.connect() as connection:
            recorded = await connection.exec_driver_sql(
                "SELECT event_id, aggregate_id, sequence, (convert_from(payload, 'UTF8')::jsonb->>'amount')::int "
                "AS amount FROM outbox ORDER BY id"
            )
            by_thing = defaultdict(list)
            for row in recorded:
                by_thing[row.aggregate_id].append(row)
        for thing, rows in by_thing.items():
            assert [row.sequence for row in rows] == list(range(1, len(rows) + 1))
            pair.model[thing] = [row.amount for row in rows]
        await pair.all_applied()
        await pair.clean()
    published: dict[UUID, list[tuple[int, UUID]]] = defaultdict(list)
    for record in await read_topic(pair.counter, topic_of(pair.counter.topic_prefix, "enrollment")):
        envelope = record.envelope
        assert isinstance(envelope, Envelope)
        published[UUID(envelope.key)].append((envelope.sequence, envelope.id))
    assert published == {thing: [(row.sequence, row.event_id) for row in rows] for thing, rows in by_thing.items()}


async def test_events_of_several_aggregates_in_one_transaction_keep_the_order_they_were_emitted_in(pair: Pair) -> None:
    first, second = new_id(), new_id()
    async with pair.transactions().begin(PERSON) as transaction:
        for n in range(50):
            data = Counted(amount=n) if n % 3 else Ignored(note=str(n))
            transaction.emit(data, aggregate_id=(first, second)[n % 2], programme="bolivia")
    async with pair.counter_engine.connect() as connection:
        rows = (await connection.exec_driver_sql("SELECT aggregate_id, sequence FROM outbox ORDER BY id")).all()
    assert [tuple(row) for row in rows] == [((first, second)[n % 2], n // 2 + 1) for n in range(50)]


async def test_a_rolled_back_command_takes_no_sequence_and_publishes_nothing(pair: Pair) -> None:
    thing = new_id()
    await pair.count(thing, 1)

    async def refused() -> None:
        async with pair.transactions().begin(PERSON) as transaction:
            transaction.emit(Counted(amount=2), aggregate_id=thing, programme="bolivia")
            await transaction.flush()
            raise LookupError

    with pytest.raises(LookupError):
        await refused()
    await pair.count(thing, 3)
    async with pair.counter_engine.connect() as connection:
        rows = await connection.exec_driver_sql("SELECT sequence FROM outbox ORDER BY id")
        assert list(rows.scalars()) == [1, 2]
    async with pair.counting(), pair.tallying():
        await pair.all_applied()
