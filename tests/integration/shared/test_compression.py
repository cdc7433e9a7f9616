"""Records that another producer compressed are read like any other, whatever the codec."""

import json

import pytest

from shared.ids import new_id
from shared.messaging.topics import topic_of
from tests.support.tally.forging import genuine
from tests.support.tally.pair import Pair
from tests.support.topic import CODECS, open_writer, topic_exists
from tests.support.waiting import eventually

pytestmark = pytest.mark.integration

PADDING = "a text that repeats itself, so that it pays to compress it; " * 50


def padded(amount: int) -> bytes:
    """Return data of a count that every codec makes smaller; readers ignore fields they do not know."""
    return json.dumps({"amount": amount, "padding": PADDING}).encode()


@pytest.mark.parametrize("compression", ["gzip", "snappy", "lz4", "zstd"])
async def test_records_of_a_producer_that_compresses_are_applied_in_order(pair: Pair, compression: str) -> None:
    topic = topic_of(pair.counter.topic_prefix, "enrollment")
    thing = new_id()
    async with pair.counting(), pair.tallying():
        await eventually(lambda: topic_exists(pair.counter, topic))
        async with open_writer(pair.counter, topic, compression=compression) as writer:
            for number in range(1, 21):
                message = genuine(thing, number)
                await writer.write(padded(number), key=message.key, headers=message.headers)
                pair.model[thing].append(number)
        # What our own relay sends after it lies in the same partitions, uncompressed.
        await pair.count(new_id(), 1, 2, 3)
        await pair.all_applied()


async def test_every_codec_is_read_past_a_header_name_that_is_not_utf8(pair: Pair) -> None:
    topic = topic_of(pair.counter.topic_prefix, "enrollment")
    async with pair.counting(), pair.tallying():
        await eventually(lambda: topic_exists(pair.counter, topic))
        async with open_writer(pair.counter, topic) as writer:
            for codec in CODECS:
                thing = new_id()
                message = genuine(thing, 1)
                key, value = str(thing).encode(), padded(7)
                await writer.write_patched(
                    key, value, b"HEADER", b"\xff\xfe\xfd\xfc\xfb\xfa", codec=codec, headers=message.headers
                )
                pair.model[thing].append(7)
        await pair.count(new_id(), 1)
        await pair.all_applied()
