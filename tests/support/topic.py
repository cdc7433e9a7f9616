"""Reading a topic from its beginning and writing whatever one likes to it, past all our own code."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.codec import gzip_encode, lz4_encode, snappy_encode, zstd_encode
from aiokafka.record.util import calc_crc32c_py

from shared.messaging.broker import admin_client
from shared.messaging.record import Record
from shared.settings import ServiceSettings

Headers = Sequence[tuple[str, bytes | None]]

_HEADER_BYTES: Final = 61
CODECS: Final[Mapping[str, tuple[int, Callable[[bytes], bytes]]]] = {
    "none": (0, bytes),
    "gzip": (1, gzip_encode),
    "snappy": (2, snappy_encode),
    "snappy without frames": (2, partial(snappy_encode, xerial_compatible=False)),
    "lz4": (3, lz4_encode),
    "zstd": (4, zstd_encode),
}
"""Number in a batch's attributes, and encoder. Snappy comes framed from Java clients and bare from others."""


async def read_topic(settings: ServiceSettings, topic: str) -> list[Record]:
    """Return all records of `topic`, partition by partition, each in order of offset; none while it does not exist."""
    if not await topic_exists(settings, topic):
        # Asking for its offsets would make the broker create it, with as many partitions as the broker likes.
        return []
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka, auto_offset_reset="earliest", enable_auto_commit=False, group_id=None
    )
    await consumer.start()
    try:
        partitions = [TopicPartition(topic, number) for number in range(settings.topic_partitions)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        await consumer.seek_to_beginning()
        found: dict[TopicPartition, list[Record]] = {partition: [] for partition in partitions}
        quiet = False
        while not quiet or any([await consumer.position(partition) < ends[partition] for partition in partitions]):
            # The embedded broker's end offset is only a lower bound: that of the last batch's first record.
            arrived = await consumer.getmany(timeout_ms=300)
            quiet = not arrived
            for partition, records in arrived.items():
                found[partition] += [record_of(raw) for raw in records]
        return [record for partition in partitions for record in found[partition]]
    finally:
        await consumer.stop()


def record_of(raw: Any) -> Record:  # noqa: ANN401 - aiokafka ships no types
    """Return a consumed record as our own code sees it."""
    return Record(raw.topic, raw.partition, raw.offset, raw.key, tuple(raw.headers), raw.value)


@dataclass(slots=True)
class TopicWriter:
    """Produces raw bytes to one topic."""

    topic: str
    _producer: Any

    async def write(self, value: bytes | None, *, key: bytes | None, headers: Headers = ()) -> None:
        """Produce one record and wait for the broker."""
        if key is None and value is None:
            # Neither is refused by the client alone; the protocol allows it.
            partition = next(iter(await self._producer.partitions_for(self.topic)))
            batch = self._producer.create_batch()
            batch.append(key=None, value=None, timestamp=None, headers=list(headers))
            await (await self._producer.send_batch(batch, self.topic, partition=partition))
            return
        await self._producer.send_and_wait(self.topic, value, key=key, headers=list(headers))

    async def write_patched(
        self, key: bytes, value: bytes, find: bytes, replace: bytes, *, codec: str = "none", headers: Headers = ()
    ) -> None:
        """Produce a record with one more header named `find`, and that name replaced on the wire, checksum and all.

        No client lets one write a header name that is not UTF-8, or choose among the framings of a codec; the protocol
        does.
        """
        assert len(find) == len(replace)
        number, encode = CODECS[codec]
        partitions = sorted(await self._producer.partitions_for(self.topic))
        batch = self._producer.create_batch()
        batch.append(key=key, value=value, timestamp=None, headers=[*headers, (find.decode(), b"1")])
        wire = bytearray(batch._build())
        records = bytes(wire[_HEADER_BYTES:])
        assert records.count(find) == 1
        wire[_HEADER_BYTES:] = encode(records.replace(find, replace))
        wire[8:12] = (len(wire) - 12).to_bytes(4, "big")
        wire[21:23] = number.to_bytes(2, "big")
        wire[17:21] = calc_crc32c_py(bytes(wire[21:])).to_bytes(4, "big")
        batch._buffer = wire
        await (await self._producer.send_batch(batch, self.topic, partition=partitions[0]))


@asynccontextmanager
async def open_writer(
    settings: ServiceSettings, topic: str, *, compression: str | None = None
) -> AsyncIterator[TopicWriter]:
    """Open a producer to `topic`."""
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka, acks="all", max_request_size=2_000_000, compression_type=compression
    )
    await producer.start()
    try:
        yield TopicWriter(topic, producer)
    finally:
        await producer.stop()


async def topic_exists(settings: ServiceSettings, topic: str) -> bool:
    """Tell whether the broker knows `topic`."""
    async with admin_client(settings) as admin:
        return topic in await admin.list_topics()
