"""Rows as CSV for a spreadsheet: one heading that the model gives, no cell that runs as a formula."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_NEGATIVE: Final = re.compile(r"-[0-9]+(\.[0-9]+)?")


class Sheet:
    """Writes rows of one model: every field is a column, those of a nested object under `outer.inner`.

    The columns come from the model and not from the rows, so that they are the same for every filter, and an empty list
    has a heading too. A list, or an object whose names nobody knows before, is one cell of JSON.
    """

    def __init__(self, model: type[BaseModel]) -> None:
        schema = model.model_json_schema(mode="serialization")
        self._paths = list(_paths(schema, schema.get("$defs", {})))

    def heading(self) -> str:
        """Return the first line."""
        return _lines([[".".join(path) for path in self._paths]])

    def lines(self, items: Iterable[BaseModel]) -> str:
        """Return a line for each item."""
        return _lines(
            [_cell(_at(row, path)) for path in self._paths]
            for row in (item.model_dump(mode="json", by_alias=True) for item in items)
        )


def _paths(schema: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    parts = _parts(schema, known)
    if not parts:
        yield ()
    for name, part in parts.items():
        yield from ((name, *path) for path in _paths(part, known))


def _parts(schema: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Return name -> schema of what an object, or null, is made of; nothing for any other value."""
    if "$ref" in schema:
        return _parts(known[schema["$ref"].rpartition("/")[2]], known)
    choices = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    if len(choices) == 1:
        return _parts(choices[0], known)
    names = schema.get("propertyNames", {})
    if "$ref" in names:
        return dict.fromkeys(known[names["$ref"].rpartition("/")[2]].get("enum", ()), schema["additionalProperties"])
    return dict(schema.get("properties", {}))


def _at(row: object, path: tuple[str, ...]) -> object:
    for name in path:
        row = row.get(name) if isinstance(row, dict) else None
    return row


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return neutral(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else str(value)


def neutral(text: str) -> str:
    """Return text that no spreadsheet runs as a formula."""
    # A spreadsheet must not run a cell as a formula; a plain negative number is left alone.
    if text.startswith(_FORMULA) and not _NEGATIVE.fullmatch(text):
        return "'" + text
    return text


def _lines(rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue()
