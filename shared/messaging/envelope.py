"""CloudEvents 1.0 in Kafka binary mode: attributes are headers, the value is the JSON data only.

Source of the rule: CloudEvents Kafka protocol binding, section 3.2; the extensions are architecture section 4.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from shared.ids import parse_id

_LONGEST_HEADER: Final = 500
CONTENT_TYPE: Final = "application/json; charset=utf-8"


_TRACEPARENT: Final = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


class MalformedEvent(Exception):
    """A message that is not one of our events; `rule` names what is wrong with it."""

    def __init__(self, rule: str, detail: str) -> None:
        super().__init__(detail)
        self.rule = rule
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Envelope:
    """The attributes of one event; `sequence` counts the events of its aggregate from 1."""

    id: UUID
    type: str
    source: str
    subject: str
    time: datetime
    programme: str
    key: str
    sequence: int
    correlation_id: str
    causation_id: str | None
    actor: str
    traceparent: str | None = None


def valid_traceparent(text: str | None) -> str | None:
    """Return `text` if it is a trace context (W3C Trace Context, section 3.2), else None: nothing fails for a trace."""
    return text if text is not None and _TRACEPARENT.fullmatch(text) else None


def to_headers(envelope: Envelope) -> list[tuple[str, bytes]]:
    """Return the Kafka headers of `envelope`."""
    headers = {
        "ce_specversion": "1.0",
        "ce_id": str(envelope.id),
        "ce_type": envelope.type,
        "ce_source": envelope.source,
        "ce_subject": envelope.subject,
        "ce_time": envelope.time.isoformat(),
        "ce_partitionkey": envelope.key,
        "ce_programme": envelope.programme,
        "ce_sequence": str(envelope.sequence),
        "ce_correlationid": envelope.correlation_id,
        "ce_actor": envelope.actor,
        "content-type": CONTENT_TYPE,
    }
    if envelope.causation_id is not None:
        headers["ce_causationid"] = envelope.causation_id
    if envelope.traceparent is not None:
        headers["traceparent"] = envelope.traceparent
    return [(name, value.encode()) for name, value in headers.items()]


def from_headers(key: bytes | None, headers: Iterable[tuple[str, bytes | None]]) -> Envelope:
    """Return the envelope of a received record.

    Headers that are not CloudEvents attributes are others' business, and a trace context that is none is left out.

    Raises MalformedEvent `missing-header`, `duplicate-header`, `header-not-utf8`, `bad-header`, `bad-specversion`,
    `bad-id`, `bad-sequence`, `bad-time` or `bad-key`.
    """
    found: dict[str, str] = {}
    for name, value in headers:
        if not name.startswith("ce_"):
            if name == "traceparent":
                found[name] = valid_traceparent((value or b"").decode("latin-1")) or ""
            continue
        if name in found:
            # Kafka allows it, but two readers that choose differently would see two different events.
            raise MalformedEvent("duplicate-header", f"header {name[:40]!r} comes more than once")
        try:
            text = "" if value is None else value.decode()
        except UnicodeDecodeError:
            raise MalformedEvent("header-not-utf8", f"header {name[:40]!r} is not UTF-8") from None
        if len(text) > _LONGEST_HEADER or not text.isprintable():
            raise MalformedEvent("bad-header", f"header {name[:40]!r} is too long or not printable")
        found[name] = text

    def need(name: str) -> str:
        value = found.get(name, "")
        if not value:
            raise MalformedEvent("missing-header", f"header {name} is missing or empty")
        return value

    if need("ce_specversion") != "1.0":
        raise MalformedEvent("bad-specversion", f"ce_specversion is {found['ce_specversion']!r}, not 1.0")
    try:
        event_id = parse_id(need("ce_id"))
    except ValueError:
        raise MalformedEvent("bad-id", "ce_id is not a UUID") from None
    sequence = need("ce_sequence")
    if not (sequence.isascii() and sequence.isdigit() and 0 < len(sequence) <= 18 and int(sequence) > 0):
        raise MalformedEvent("bad-sequence", f"ce_sequence is {sequence[:40]!r}, not a number from 1")
    try:
        time = datetime.fromisoformat(need("ce_time"))
    except ValueError:
        raise MalformedEvent("bad-time", "ce_time is not an RFC 3339 time") from None
    if time.tzinfo is None:
        raise MalformedEvent("bad-time", "ce_time has no time zone")
    try:
        text_key = (key or b"").decode()
        aggregate_id = str(parse_id(text_key))
    except ValueError:
        raise MalformedEvent("bad-key", "the record key is not an aggregate id") from None
    if text_key != aggregate_id:
        # Another spelling is another partition and another position: the order of the aggregate would be lost.
        raise MalformedEvent("bad-key", f"the record key {text_key[:60]!r} is not spelled as {aggregate_id}")
    subject = need("ce_subject")
    if subject.rpartition("/")[2] != aggregate_id:
        raise MalformedEvent("bad-key", "the record key and ce_subject name different aggregates")
    return Envelope(
        id=event_id,
        type=need("ce_type"),
        source=need("ce_source"),
        subject=subject,
        time=time,
        programme=need("ce_programme"),
        key=aggregate_id,
        sequence=int(sequence),
        correlation_id=need("ce_correlationid"),
        causation_id=found.get("ce_causationid") or None,
        actor=need("ce_actor"),
        traceparent=found.get("traceparent") or None,
    )
