"""A raw record: what tells it from others."""

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
