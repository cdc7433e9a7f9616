"""Writes the event contracts for people and tools: JSON Schemas, an AsyncAPI document, a table.

`python -m shared.events.publish` writes them below `docs/events/`, `--check` only says what is not up to date. Who
consumes what is read from `consumers.json` beside them: shared code knows no service.
"""

import argparse
import json
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from shared.events.asyncapi import asyncapi, summary
from shared.events.base import EventData, service_of
from shared.events.catalogue import contracts
from shared.events.schemas import json_schemas, schema_path

DIRECTORY: Final = Path(__file__).resolve().parents[2] / "docs" / "events"
CONSUMERS: Final = "consumers.json"

_INTRODUCTION: Final = """# Events

Written by `python -m shared.events.publish`; do not edit. CloudEvents 1.0 in Kafka binary mode: attributes are headers,
the value is the JSON data only, the record key is the id of the aggregate. One topic a service; order is kept per key.
[`asyncapi.json`](asyncapi.json) has everything in one document, headers included.

A published version never changes its meaning: an optional field with a default may be added, anything else is a new
version with an upcaster. `tests/contract/` compares every schema with its frozen copy.

"""


def as_json(document: object) -> str:
    """Return `document` as it lies in a file."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def events_table(known: Mapping[str, type[EventData]], consumers: Mapping[str, Collection[str]]) -> str:
    """Return the catalogue as a Markdown table; `consumers` names the services that react to each type."""
    lines = ["| type | producer | aggregate | consumers | says |", "|---|---|---|---|---|"]
    for event_type, contract in known.items():
        link = f"[`{event_type}`]({schema_path(event_type)})"
        heard = ", ".join(sorted(consumers.get(event_type, ()))) or "nobody yet"
        lines.append(f"| {link} | {service_of(event_type)} | {contract.aggregate} | {heard} | {summary(contract)} |")
    return "\n".join(lines) + "\n"


def documents(known: Mapping[str, type[EventData]], consumers: Mapping[str, Collection[str]]) -> dict[str, str]:
    """Return every generated file by its path below the events directory."""
    files = {schema_path(event_type): as_json(schema) for event_type, schema in json_schemas(known).items()}
    files["asyncapi.json"] = as_json(asyncapi(known))
    files["README.md"] = _INTRODUCTION + events_table(known, consumers)
    return files


def differences(directory: Path, files: Mapping[str, str]) -> list[str]:
    """Return what in `directory` is missing, differs from `files`, or should not be there; nothing when up to date."""
    found = [
        f"{path}: missing" if not (directory / path).exists() else f"{path}: differs"
        for path, text in files.items()
        if not (directory / path).exists() or (directory / path).read_text("utf-8") != text
    ]
    return found + [f"{path}: no contract of that name" for path in _left_over(directory, files)]


def write(directory: Path, files: Mapping[str, str]) -> None:
    """Write `files` below `directory` and remove schemas that are no more."""
    for path, text in files.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_text(text, "utf-8")
    for path in _left_over(directory, files):
        (directory / path).unlink()
        if not any((directory / path).parent.iterdir()):
            (directory / path).parent.rmdir()


def read_consumers(directory: Path) -> dict[str, list[str]]:
    """Return the consumers of each type as they were last written down; none when the file is missing."""
    file = directory / CONSUMERS
    found: dict[str, list[str]] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m shared.events.publish", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when something is not up to date")
    parser.add_argument("--directory", type=Path, default=DIRECTORY, help="where the files lie")
    asked = parser.parse_args(arguments)
    files = documents(contracts(), read_consumers(asked.directory))
    found = differences(asked.directory, files)
    if not asked.check:
        write(asked.directory, files)
        sys.stdout.write(f"{len(files)} files, {len(found)} changed\n")
        return 0
    for difference in found:
        sys.stderr.write(f"{difference}\n")
    if found:
        sys.stderr.write("run: python -m shared.events.publish\n")
    return 1 if found else 0


def _left_over(directory: Path, files: Mapping[str, Any]) -> list[str]:
    present = sorted(path.relative_to(directory).as_posix() for path in directory.glob("*/v*.json"))
    return [path for path in present if path not in files]


if __name__ == "__main__":
    sys.exit(main())
