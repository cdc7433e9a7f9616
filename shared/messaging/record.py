"""A record as the broker gave it, before anything about it is trusted."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import ValidationError

from shared.events.base import EventData
from shared.events.upcast import newest, upcast
from shared.messaging.envelope import Envelope, MalformedEvent, from_headers


@dataclass(frozen=True)
class Record:
    """Raw bytes and where they lay."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    value: bytes | None

    @cached_property
    def envelope(self) -> Envelope | MalformedEvent:
        """The envelope, or what is wrong with it."""
        try:
            return from_headers(self.key, self.headers)
        except MalformedEvent as error:
            return error

    @cached_property
    def order_key(self) -> str:
        """What orders this record: its key; a record without one stands alone and holds nobody up."""
        if self.key is None:
            return f"no-key/{self.digest.hex()[:24]}"
        return self.key.decode(errors="backslashreplace").replace("\x00", "\\x00")[:200]

    @cached_property
    def digest(self) -> bytes:
        """SHA-256 of key, headers and value: the same message delivered twice is recognised even when malformed."""
        digest = hashlib.sha256()
        for part in (
            self.key,
            self.value,
            *(part for name, value in self.headers for part in (name.encode(), value)),
        ):
            digest.update(b"\x00" if part is None else b"\x01" + len(part).to_bytes(8, "big") + part)
        return digest.digest()

    def headers_as_json(self) -> str:
        """Return the headers as a JSON object for the parking table; bytes that are not UTF-8 are escaped."""
        readable = {
            name.replace("\x00", "\\x00"): None
            if value is None
            else value.decode(errors="backslashreplace").replace("\x00", "\\x00")
            for name, value in self.headers
        }
        return json.dumps(readable)


def parse(contract_of: Mapping[str, type[EventData]], event_type: str, value: bytes | None) -> EventData:
    """Return the data of a received event as its contract.

    Raises MalformedEvent `unknown-version`, `no-data`, `bad-json`, or `bad-data` naming the first field that breaks its
    rule.
    """
    target = newest(event_type)
    if target not in contract_of:
        raise MalformedEvent("unknown-version", f"this program reads no {event_type}; a newer one may")
    if value is None:
        raise MalformedEvent("no-data", "the record has no value")
    if target == event_type:
        try:
            return contract_of[event_type].model_validate_json(value)
        except ValidationError:
            pass  # read again below, step by step, to name what is wrong
    try:
        data: Any = json.loads(value)
    except (ValueError, RecursionError):
        raise MalformedEvent("bad-json", "the value is not JSON") from None
    if not isinstance(data, dict):
        raise MalformedEvent("bad-json", "the value is not a JSON object")
    _, lifted = upcast(event_type, data)
    try:
        return contract_of[target].model_validate_json(value if target == event_type else json.dumps(lifted))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "(root)"
        raise MalformedEvent("bad-data", f"{where}: {first['msg']}") from None
