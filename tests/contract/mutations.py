"""Changes to a schema, one at a time at every place: those that break readers, and those that do not."""

import copy
from collections.abc import Callable, Iterator
from typing import Any, Final

Node = dict[str, Any]
Mutation = Callable[[Node], Iterator[Node]]

_OTHER_TYPE: Final = {
    "string": "integer",
    "integer": "string",
    "boolean": "string",
    "array": "object",
    "object": "array",
}
_NEW_FIELD: Final[Node] = {"type": "string", "default": ""}


def mutants(schema: Node, mutation: Mutation) -> Iterator[Node]:
    """Return `schema` with `mutation` applied once, at every place and in every way it can be."""
    for path in _paths(schema):
        for changed in mutation(copy.deepcopy(_at(schema, path))):
            whole = copy.deepcopy(schema)
            if path:
                _at(whole, path[:-1])[path[-1]] = changed
            else:
                whole = changed
            yield whole


def remove_field(node: Node) -> Iterator[Node]:
    """Leave out a field."""
    for name in node.get("properties", {}):
        yield _without(node, name)


def rename_field(node: Node) -> Iterator[Node]:
    """Give a field another name."""
    for name, field in node.get("properties", {}).items():
        changed = _without(node, name)
        changed["properties"][f"{name}_2"] = field
        if name in node.get("required", ()):
            changed["required"].append(f"{name}_2")
        yield changed


def retype(node: Node) -> Iterator[Node]:
    """Make a value something else."""
    if node.get("type") in _OTHER_TYPE:
        yield {**node, "type": _OTHER_TYPE[node["type"]]}


def reformat(node: Node) -> Iterator[Node]:
    """Make a date a time, an id a text."""
    if "format" in node:
        yield {**node, "format": "date-time"}
        yield {key: value for key, value in node.items() if key != "format"}


def make_nullable(node: Node) -> Iterator[Node]:
    """Let a field be null."""
    for name, field in node.get("properties", {}).items():
        if "anyOf" not in field:
            yield _with(node, name, {"anyOf": [field, {"type": "null"}]})


def forbid_null(node: Node) -> Iterator[Node]:
    """Forbid a field to be null."""
    for name, field in node.get("properties", {}).items():
        if {"type": "null"} in field.get("anyOf", ()):
            (value,) = (each for each in field["anyOf"] if each != {"type": "null"})
            yield _with(node, name, value)


def add_required(node: Node) -> Iterator[Node]:
    """Add a field every event must have."""
    if "properties" in node:
        changed = _with(node, "added", {"type": "string"})
        changed["required"] = [*node.get("required", ()), "added"]
        yield changed


def add_without_default(node: Node) -> Iterator[Node]:
    """Add a field that may be missing and has no default."""
    if "properties" in node:
        yield _with(node, "added", {"type": "string"})


def make_required(node: Node) -> Iterator[Node]:
    """Demand a field that could be missing."""
    for name in node.get("properties", {}):
        if name not in node.get("required", ()):
            yield {**node, "required": [*node.get("required", ()), name]}


def make_optional(node: Node) -> Iterator[Node]:
    """Let a field be missing that was always there."""
    for name in node.get("required", ()):
        yield {**node, "required": [each for each in node["required"] if each != name]}


def narrow_enum(node: Node) -> Iterator[Node]:
    """Take a value away."""
    for value in node.get("enum", ()):
        yield {**node, "enum": [each for each in node["enum"] if each != value]}


def widen_enum(node: Node) -> Iterator[Node]:
    """Add a value."""
    if "enum" in node:
        yield {**node, "enum": [*node["enum"], "something-new"]}


def move_limit(node: Node) -> Iterator[Node]:
    """Move a bound, both ways, or drop it."""
    for limit in ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"):
        if limit in node:
            yield {**node, limit: node[limit] + 1}
            yield {**node, limit: node[limit] - 1}
            yield {key: value for key, value in node.items() if key != limit}


def change_pattern(node: Node) -> Iterator[Node]:
    """Ask for another shape of text."""
    if "pattern" in node:
        yield {**node, "pattern": "^.*$"}


def change_default(node: Node) -> Iterator[Node]:
    """Let a missing field mean something else."""
    if "default" in node:
        yield {**node, "default": "something-else"}
        yield {key: value for key, value in node.items() if key != "default"}


def change_origin(node: Node) -> Iterator[Node]:
    """Say it of another aggregate."""
    if "x-aggregate" in node:
        yield {**node, "x-aggregate": "something-else"}
        yield {**node, "x-producer": "something-else"}


def close(node: Node) -> Iterator[Node]:
    """Refuse unknown fields where they were ignored, or ignore them where they were refused."""
    if "properties" in node:
        yield {**node, "additionalProperties": node.get("additionalProperties") is False}


BREAKING: Final[dict[Mutation, str]] = {
    remove_field: "removed",
    rename_field: "removed",
    retype: "retyped",
    reformat: "retyped",
    make_nullable: "retyped",
    forbid_null: "retyped",
    add_required: "added-required",
    add_without_default: "added-without-default",
    make_required: "became-required",
    make_optional: "became-optional",
    narrow_enum: "enum-changed",
    widen_enum: "enum-changed",
    move_limit: "constraint-changed",
    change_pattern: "constraint-changed",
    change_default: "constraint-changed",
    change_origin: "constraint-changed",
    close: "constraint-changed",
}


def add_optional(node: Node) -> Iterator[Node]:
    """Add a field with a default: the one thing that is allowed."""
    if "properties" in node and node.get("additionalProperties") is not False:
        yield _with(node, "added", _NEW_FIELD)
        yield _with(node, "added", {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None})


def reword(node: Node) -> Iterator[Node]:
    """Say the same in other words and order."""
    yield {**node, "description": "In other words.", "title": "Another title", "examples": ["x"]}
    if "properties" in node:
        yield {**node, "properties": dict(reversed(node["properties"].items()))}
    for keyword in ("enum", "required", "anyOf"):
        if keyword in node:
            yield {**node, keyword: node[keyword][::-1]}


HARMLESS: Final[tuple[Mutation, ...]] = (add_optional, reword)


def _paths(schema: Node) -> Iterator[tuple[str | int, ...]]:
    yield ()
    for keyword in ("properties", "$defs"):
        for name, field in schema.get(keyword, {}).items():
            yield from ((keyword, name, *path) for path in _paths(field))
    for place, each in enumerate(schema.get("anyOf", ())):
        yield from (("anyOf", place, *path) for path in _paths(each))
    if "items" in schema:
        yield from (("items", *path) for path in _paths(schema["items"]))


def _at(schema: Any, path: tuple[str | int, ...]) -> Any:  # noqa: ANN401 - any place in a schema
    for step in path:
        schema = schema[step]
    return schema


def _with(node: Node, name: str, field: Node) -> Node:
    return {**node, "properties": {**node.get("properties", {}), name: field}}


def _without(node: Node, name: str) -> Node:
    changed = copy.deepcopy(node)
    del changed["properties"][name]
    changed["required"] = [each for each in changed.get("required", ()) if each != name]
    return changed
