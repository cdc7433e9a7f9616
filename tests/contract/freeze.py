"""Frozen copies of the published schemas; `python -m tests.contract.freeze` freezes what is new and compatible."""

import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from shared.events.base import EventData
from shared.events.catalogue import contracts
from shared.events.publish import as_json
from shared.events.schemas import json_schema, schema_path
from tests.contract.compatibility import breaks
from tests.contract.golden import SAMPLES, drafts, samples_of

RELEASED: Final = Path(__file__).with_name("released")
SUMS: Final = "SHA256SUMS"


def frozen() -> dict[str, dict[str, Any]]:
    """Return the frozen schemas by type."""
    found = {}
    for path in sorted(RELEASED.glob("*/v*.json")):
        schema: dict[str, Any] = json.loads(path.read_text("utf-8"))
        found[f"{path.parent.name}.{path.stem}"] = schema
    return found


def checksums() -> str:
    """Return the SHA-256 of every frozen schema and golden sample, in the form of sha256sum."""
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(RELEASED.parent).as_posix()}\n"
        for directory in (RELEASED, SAMPLES)
        for path in sorted(directory.glob("*/v*.json"))
    )


def freeze(known: Mapping[str, type[EventData]]) -> list[str]:
    """Freeze every contract that is new or only adds, with samples; returns what was refused and why.

    Samples are only ever added. Nothing is written when anything is refused.
    """
    before = frozen()
    schemas = {event_type: json_schema(contract) for event_type, contract in known.items()}
    refused = [
        f"{event_type}: {each.path}: {each.rule}: {each.detail}"
        for event_type, schema in schemas.items()
        if event_type in before
        for each in breaks(before[event_type], schema)
    ]
    if refused:
        return refused
    for event_type, schema in schemas.items():
        if before.get(event_type) == schema:
            continue
        _write(RELEASED / schema_path(event_type), schema)
        drafted = drafts(known[event_type], schema)
        kept = [{"key": each.key, "headers": each.headers, "value": each.value} for each in samples_of(event_type)]
        _write(SAMPLES / schema_path(event_type), kept + [each for each in drafted if each not in kept])
    (RELEASED / SUMS).write_text(checksums(), "utf-8")
    return []


def _write(path: Path, document: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(as_json(document), "utf-8")


def main() -> int:
    """Freeze; returns the exit code."""
    refused = freeze(contracts())
    for line in refused:
        sys.stderr.write(f"{line}\n")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
