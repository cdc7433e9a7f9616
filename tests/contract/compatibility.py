"""Whether a changed event schema still keeps its word: our own rules, for readers that ignore what they do not know.

Allowed is one thing: a new optional field with a default. Old readers ignore it, new readers of old events fill it in.
Everything else breaks one side, because events are stored for ever and consumers are updated later than producers:
a field removed, renamed or of another type, a new required field, an enum with fewer or more values, a limit moved.
Stock checkers do not fit: those for writers refuse what is added, those for readers what stays open
(reference/messaging.md section 4).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

Schema = Mapping[str, Any]

ANNOTATIONS: Final = frozenset({"$schema", "$id", "$defs", "title", "description", "examples", "$comment"})
_STRUCTURE: Final = frozenset({"properties", "required", "items", "anyOf", "enum", "additionalProperties"})


@dataclass(frozen=True, slots=True)
class Break:
    """One change that breaks a reader; `path` is dotted, `rule` its stable name."""

    path: str
    rule: str
    detail: str


def breaks(old: Schema, new: Schema) -> list[Break]:
    """Return every way in which `new` breaks what `old` promised; nothing when it only adds."""
    return list(_compare(inlined(old), inlined(new), "$"))


def inlined(schema: Schema) -> dict[str, Any]:
    """Return `schema` with its references replaced, so that the name of a nested model does not matter.

    Raises ValueError for a reference that is not local, or for one that leads to itself.
    """
    return dict(_inline(schema, schema.get("$defs", {}), ()))


def _inline(node: Any, definitions: Schema, within: tuple[str, ...]) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(node, list):
        return [_inline(each, definitions, within) for each in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        reference = str(node["$ref"])
        name = reference.removeprefix("#/$defs/")
        if name == reference or name in within:
            raise ValueError(f"{reference} is not a reference to a definition of this schema without a cycle")
        beside = {key: value for key, value in node.items() if key != "$ref"}
        return {**_inline(definitions[name], definitions, (*within, name)), **_inline(beside, definitions, within)}
    return {key: _inline(value, definitions, within) for key, value in node.items() if key != "$defs"}


def _compare(old: Schema, new: Schema, path: str) -> Iterator[Break]:
    if old.get("type") != new.get("type") or old.get("format") != new.get("format"):
        yield Break(path, "retyped", f"was {_type(old)}, is {_type(new)}")
    if set(map(_text, old.get("enum", ()))) != set(map(_text, new.get("enum", ()))):
        yield Break(path, "enum-changed", f"was {old.get('enum')}, is {new.get('enum')}")
    yield from _compare_fields(old, new, path)
    yield from _compare_alternatives(old.get("anyOf", ()), new.get("anyOf", ()), path)
    if ("items" in old) != ("items" in new):
        yield Break(path, "retyped", "its items are described on one side only")
    elif "items" in old:
        yield from _compare(old["items"], new["items"], f"{path}[]")
    for keyword in sorted((old.keys() | new.keys()) - ANNOTATIONS - _STRUCTURE - {"type", "format"}):
        if old.get(keyword) != new.get(keyword) or (keyword in old) != (keyword in new):
            yield Break(path, "constraint-changed", f"{keyword}: was {old.get(keyword)}, is {new.get(keyword)}")


def _compare_fields(old: Schema, new: Schema, path: str) -> Iterator[Break]:
    before, after = old.get("properties", {}), new.get("properties", {})
    needed_before, needed_after = set(old.get("required", ())), set(new.get("required", ()))
    is_closed = old.get("additionalProperties") is False
    if old.get("additionalProperties") != new.get("additionalProperties"):
        yield Break(path, "constraint-changed", "additionalProperties is not what it was")
    for name in before:
        if name not in after:
            yield Break(f"{path}.{name}", "removed", "readers still look for it")
            continue
        if (name in needed_before) != (name in needed_after):
            rule = "became-optional" if name in needed_before else "became-required"
            yield Break(f"{path}.{name}", rule, "one side relies on what it was")
        yield from _compare(before[name], after[name], f"{path}.{name}")
    for name in after:
        if name in before:
            continue
        if is_closed:
            yield Break(f"{path}.{name}", "added-to-closed", "readers of this object refuse what they do not know")
        elif name in needed_after:
            yield Break(f"{path}.{name}", "added-required", "events of the past do not have it")
        elif "default" not in after[name]:
            yield Break(f"{path}.{name}", "added-without-default", "events of the past cannot fill it in")


def _compare_alternatives(old: Any, new: Any, path: str) -> Iterator[Break]:  # noqa: ANN401 - lists of schemas
    if sorted(map(_type, old)) != sorted(map(_type, new)):
        yield Break(path, "retyped", f"was one of {sorted(map(_type, old))}, is one of {sorted(map(_type, new))}")
        return
    for before, after in zip(sorted(old, key=_type), sorted(new, key=_type), strict=True):
        yield from _compare(before, after, path)


def _type(schema: Schema) -> str:
    return "/".join(str(schema.get(part, "")) for part in ("type", "format"))


def _text(value: object) -> str:
    return json.dumps(value)
