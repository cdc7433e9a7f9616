"""A raw record: what tells it from others."""

import itertools
from dataclasses import replace

import pytest

from shared.messaging.record import Record


def record(
    value: bytes | None = b"{}", key: bytes | None = b"k", headers: tuple[tuple[str, bytes | None], ...] = ()
) -> Record:
    """Return a record that is nothing special."""
    return Record("t", 0, 0, key, headers, value)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (record(value=b"", key=None), record(value=None, key=b"")),
        (record(value=None), record(value=b"")),
        (record(value=b"a", key=b"bc"), record(value=b"ab", key=b"c")),
        (record(headers=(("a", b"b"),)), record(headers=(("ab", b""),))),
        (record(headers=(("a", None),)), record(headers=(("a", b""),))),
    ],
)
def test_near_misses_have_different_digests(one: Record, other: Record) -> None:
    assert one.digest != other.digest


def test_no_two_messages_of_nearly_the_same_parts_share_a_digest() -> None:
    # Bytes that a digest without lengths could take for the beginning of the next part.
    parts = (None, b"", b"\x00", b"\x01", b"\x01\x01")
    headers = tuple(itertools.product(("", "\x00", "\x01"), parts))
    lists = ((), *((one,) for one in headers), *itertools.product(headers, repeat=2))
    digests = {
        Record("t", 0, 0, key, listed, value).digest for key, listed, value in itertools.product(parts, lists, parts)
    }
    assert len(digests) == len(parts) * len(lists) * len(parts)


def test_where_a_message_lies_is_no_part_of_it() -> None:
    here = Record("t", 0, 0, b"k", (("a", b"b"),), b"{}")
    assert replace(here, topic="u", partition=1, offset=7).digest == here.digest
