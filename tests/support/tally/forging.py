"""Messages as a broken or hostile producer would write them, with what must become of each."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from shared.ids import new_id
from shared.messaging.envelope import Envelope, to_headers
from tests.support.tally.events import Counted

Headers = list[tuple[str, bytes | None]]

NOW: Final = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Forged:
    """A raw message about one thing."""

    key: bytes | None
    headers: Headers
    value: bytes | None


def genuine(thing: UUID, sequence: int, amount: int = 1, event_type: str = Counted.type) -> Forged:
    """Return a message as the counter would send it."""
    envelope = Envelope(
        id=new_id(),
        type=event_type,
        source="/scorebook/enrollment",
        subject=f"thing/{thing}",
        time=NOW,
        programme="bolivia",
        key=str(thing),
        sequence=sequence,
        correlation_id="test",
        causation_id=None,
        actor="tester",
    )
    return Forged(str(thing).encode(), list(to_headers(envelope)), json.dumps({"amount": amount}).encode())


def header(name: str, value: bytes | None) -> Callable[[Forged], Forged]:
    """Replace one header."""
    return lambda m: Forged(m.key, [(n, value if n == name else v) for n, v in m.headers], m.value)


def without(*names: str) -> Callable[[Forged], Forged]:
    """Leave headers out."""
    return lambda m: Forged(m.key, [(n, v) for n, v in m.headers if n not in names], m.value)


def value(data: bytes | None) -> Callable[[Forged], Forged]:
    """Replace the value."""
    return lambda m: Forged(m.key, m.headers, data)


def key(change: Callable[[bytes], bytes | None]) -> Callable[[Forged], Forged]:
    """Replace the key."""
    return lambda m: Forged(change(m.key or b""), m.headers, m.value)


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to be wrong.

    `code`: the error it is parked with, or None where it is ignored or applied. `counts`: its envelope is sound, so it
    takes its place in the sequence of its aggregate. `alone`: nothing of its aggregate waits behind it.
    """

    name: str
    forge: Callable[[Forged], Forged]
    code: str | None
    counts: bool = False
    alone: bool = False


KINDS: Final[Sequence[Kind]] = (
    Kind("no headers", lambda m: Forged(m.key, [], m.value), "missing-header"),
    Kind("an empty header", header("ce_type", b""), "missing-header"),
    Kind("a null header", header("ce_programme", None), "missing-header"),
    Kind("no id", without("ce_id"), "missing-header"),
    Kind("no actor", without("ce_actor"), "missing-header"),
    Kind("a header that is not UTF-8", header("ce_type", b"\xff\xfe\x00"), "header-not-utf8"),
    Kind("a header of NUL bytes", header("ce_correlationid", b"\x00\x00"), "bad-header"),
    Kind("a header with a line break", header("ce_actor", b"tester\nINFO all is well"), "bad-header"),
    Kind("an endless header", header("ce_subject", b"thing/" * 2000), "bad-header"),
    Kind("an attribute twice", lambda m: Forged(m.key, [*m.headers, *m.headers[:2]], m.value), "duplicate-header"),
    Kind("CloudEvents 0.3", header("ce_specversion", b"0.3"), "bad-specversion"),
    Kind("an id that is none", header("ce_id", b"42"), "bad-id"),
    Kind("sequence 0", header("ce_sequence", b"0"), "bad-sequence"),
    Kind("a negative sequence", header("ce_sequence", b"-1"), "bad-sequence"),
    Kind("a sequence of 30 digits", header("ce_sequence", b"9" * 30), "bad-sequence"),
    Kind("a sequence in Arabic digits", header("ce_sequence", "\N{ARABIC-INDIC DIGIT ONE}".encode()), "bad-sequence"),
    Kind("a time without a zone", header("ce_time", b"2026-03-02T09:00:00"), "bad-time"),
    Kind("a time that is none", header("ce_time", b"yesterday"), "bad-time"),
    Kind("another aggregate's key", key(lambda k: str(new_id()).encode()), "bad-key", alone=True),
    Kind("its key in capitals", key(bytes.upper), "bad-key", alone=True),
    Kind("its key with a NUL byte", key(lambda k: k + b"\x00"), "bad-key", alone=True),
    Kind("a key that is not UTF-8", key(lambda k: b"\xff" * 300), "bad-key", alone=True),
    Kind("an empty key", key(lambda k: b""), "bad-key", alone=True),
    Kind("no key", key(lambda k: None), "bad-key", alone=True),
    Kind("no value", value(None), "no-data", counts=True),
    Kind("an empty value", value(b""), "bad-json", counts=True),
    Kind("half a JSON object", value(b'{"amount": '), "bad-json", counts=True),
    Kind("a value of NUL bytes", value(b"\x00" * 50), "bad-json", counts=True),
    Kind("a value that is not UTF-8", value(b'{"amount": "\xff"}'), "bad-json", counts=True),
    Kind("a list", value(b"[1]"), "bad-json", counts=True),
    Kind("a deeply nested value", value(b"[" * 100_000), "bad-json", counts=True),
    Kind("a huge value", value(b'{"amount": "' + b"9" * 900_000 + b'"}'), "bad-data", counts=True),
    Kind("a number of a thousand digits", value(b'{"amount": ' + b"9" * 1000 + b"}"), "DBAPIError", counts=True),
    Kind("a number beyond all limits", value(b'{"amount": ' + b"9" * 10_000 + b"}"), "bad-json", counts=True),
    Kind("a field of the wrong type", value(b'{"amount": "many"}'), "bad-data", counts=True),
    Kind("a missing field", value(b"{}"), "bad-data", counts=True),
    Kind("a number that is none", value(b'{"amount": NaN}'), "bad-data", counts=True),
    Kind("an amount the database refuses", value(b'{"amount": -1}'), "IntegrityError", counts=True),
    Kind("an unknown field with NUL and half a surrogate", value(b'{"amount": 1, "x": "\\u0000"}'), None, counts=True),
    Kind("an unknown type", header("ce_type", b"enrollment.thing-forgotten.v1"), None, counts=True),
    Kind("an unknown version of it", header("ce_type", b"enrollment.thing-forgotten.v99"), None, counts=True),
    Kind("another version of what is ignored", header("ce_type", b"enrollment.thing-looked-at.v2"), None, counts=True),
    Kind("another service's type", header("ce_type", b"assessment.thing-counted.v1"), None, counts=True),
    Kind("a newer version", header("ce_type", b"enrollment.thing-counted.v99"), "unknown-version", counts=True),
    Kind("an older version", header("ce_type", b"enrollment.thing-counted.v0"), "unknown-version", counts=True),
    Kind("no version", header("ce_type", b"enrollment.thing-counted"), "unknown-version", counts=True),
    Kind("half a version", header("ce_type", b"enrollment.thing-counted.v1.1"), "unknown-version", counts=True),
    Kind(
        "a binary header of somebody else",
        lambda m: Forged(m.key, [*m.headers, ("b3", b"\xff\x00")], m.value),
        None,
        counts=True,
    ),
    Kind(
        "a broken trace context",
        lambda m: Forged(m.key, [*m.headers, ("traceparent", b"\xff" * 900)], m.value),
        None,
        counts=True,
    ),
)
"""Each is sent as the first message of a new thing."""
