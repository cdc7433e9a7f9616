"""Golden samples: whole records of every type, as a producer once wrote them, kept for ever."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from shared.events.base import EventData, service_of
from shared.events.schemas import schema_path
from shared.messaging.envelope import Envelope, to_headers
from shared.messaging.record import Record
from shared.messaging.topics import topic_of
from tests.contract.compatibility import inlined

SAMPLES: Final = Path(__file__).with_name("samples")

_TEXTS: Final = {
    "programme": "bolivia",
    "country": "BO",
    "currency": "BOB",
    "module": "WPC",
    "region": "LP",
    "size_class": "small",
    "formula": "CR-2",
    "name": "Enterprise 001 (sample)",
    "title": "Marked walkways in the cutting hall",
    "city": "El Alto",
    "tax_id": "9900107",
    "unit": "percent",
    "kpi": "defect-rate",
    "numerator": "126",
    "denominator": "4260",
    "value": "63",
    "amount": "1234.50",
    "number": "2016-000001",
    "certificate_number": "BO-WPC-0001",
    "reference": "WPC-LP-01/E-001",
    "window": "cumulative",
    "participant": "P-0001",
}
_NUMBERS: Final = {
    "number": 1,
    "policy_version": 1,
    "headcount_minimum": 30,
    "headcount_maximum": 250,
    "headcount": 100,
}
_PLAIN: Final = ("sample", "A1", "bolivia", "BOB")


@dataclass(frozen=True, slots=True)
class Sample:
    """One record in readable form."""

    event_type: str
    key: str
    headers: dict[str, str]
    value: dict[str, Any]

    @property
    def record(self) -> Record:
        """The record as a broker would hand it over."""
        return Record(
            topic=topic_of("scorebook", service_of(self.event_type)),
            partition=0,
            offset=0,
            key=self.key.encode(),
            headers=tuple((name, value.encode()) for name, value in self.headers.items()),
            value=json.dumps(self.value).encode(),
        )


def samples_of(event_type: str, directory: Path = SAMPLES) -> list[Sample]:
    """Return the samples of a type, oldest first; none when there is no file."""
    file = directory / schema_path(event_type)
    stored = json.loads(file.read_text("utf-8")) if file.exists() else []
    return [Sample(event_type, each["key"], each["headers"], each["value"]) for each in stored]


def all_samples(event_types: Iterable[str]) -> Iterator[Sample]:
    """Return the samples of all types."""
    for event_type in event_types:
        yield from samples_of(event_type)


def drafts(contract: type[EventData], schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return two new samples in stored form: one with everything, one with as little as the contract allows."""
    known_as = f"{contract.aggregate.replace('-', '_')}_id"
    key = _id(known_as)
    records = []
    for sequence, whole in enumerate((True, False), start=1):
        value = _draft(inlined(schema), "", whole=whole)
        contract.model_validate_json(json.dumps(value))
        envelope = Envelope(
            id=_id(f"{contract.type}/{sequence}"),
            type=contract.type,
            source=f"/scorebook/{service_of(contract.type)}",
            subject=f"{contract.aggregate}/{key}",
            time=datetime(2016, 5, 19, 14, 30, sequence, tzinfo=UTC),
            programme="bolivia",
            key=str(key),
            sequence=sequence,
            correlation_id="sample",
            causation_id=str(_id("cause")) if whole else None,
            actor="sample",
            traceparent=f"00-{'1' * 32}-{'2' * 16}-01" if whole else None,
        )
        headers = {name: header.decode() for name, header in to_headers(envelope)}
        records.append({"key": str(key), "headers": headers, "value": value})
    return records


def _id(name: str) -> UUID:
    # The same id wherever the same thing is meant, shaped as UUIDv7.
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:6], "big")
    return UUID(int=(0x0154C9B6 << 96) | (7 << 76) | (0b10 << 62) | number)


def _draft(schema: dict[str, Any], name: str, *, whole: bool) -> Any:  # noqa: ANN401 - any JSON
    if "anyOf" in schema:
        value = next(each for each in schema["anyOf"] if (each.get("type") != "null") == whole)
        return _draft(value, name, whole=whole)
    if "enum" in schema:
        return schema["enum"][0]
    match schema["type"]:
        case "null":
            return None
        case "object":
            needed = schema.get("required", ())
            fields = schema["properties"].items()
            return {key: _draft(field, key, whole=whole) for key, field in fields if whole or key in needed}
        case "array":
            return [_draft(schema["items"], name.removesuffix("s"), whole=True)] if whole else []
        case "boolean":
            return whole
        case "integer":
            return _NUMBERS.get(name, 3)
    return _text(schema, name)


def _text(schema: dict[str, Any], name: str) -> str:
    match schema.get("format"):
        case "uuid":
            return str(_id(name.removesuffix("_id") + "_id"))
        case "date":
            return "2016-05-19"
        case "date-time":
            return "2016-05-19T14:30:00Z"
    shape = re.compile(schema.get("pattern", ""))
    return next(text for text in (_TEXTS.get(name, f"sample {name}"), *_PLAIN) if shape.search(text))
