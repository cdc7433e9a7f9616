"""The checker refuses every kind of breaking change at every place, and allows what only adds."""

from typing import Any

import pytest

from shared.events.catalogue import contracts
from shared.events.schemas import json_schemas
from tests.contract.compatibility import breaks, inlined
from tests.contract.mutations import BREAKING, HARMLESS, Mutation, mutants

SCHEMAS = json_schemas(contracts())
# No contract has every feature; this one has those that may be missing from all others.
EVERYTHING: dict[str, Any] = {
    "x-producer": "enrollment",
    "x-aggregate": "thing",
    "type": "object",
    "$defs": {
        "Part": {"type": "object", "properties": {"count": {"type": "integer", "minimum": 0}}, "required": ["count"]}
    },
    "properties": {
        "parts": {"type": "array", "items": {"$ref": "#/$defs/Part"}, "minItems": 1, "maxItems": 9},
        "kind": {"type": "string", "enum": ["a", "b"], "default": "a"},
        "name": {"type": "string", "minLength": 1, "maxLength": 9, "pattern": "^x"},
        "seen_on": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}], "default": None},
        "closed": {"type": "object", "properties": {}, "additionalProperties": False},
    },
    "required": ["parts", "name"],
}
ALL = {**SCHEMAS, "everything": EVERYTHING}


@pytest.mark.parametrize("event_type", SCHEMAS)
def test_a_schema_is_compatible_with_itself(event_type: str) -> None:
    assert breaks(SCHEMAS[event_type], SCHEMAS[event_type]) == []


@pytest.mark.parametrize(("mutation", "rule"), BREAKING.items(), ids=lambda each: getattr(each, "__name__", each))
def test_every_breaking_change_is_refused_wherever_it_is_made(mutation: Mutation, rule: str) -> None:
    count = 0
    for event_type, schema in ALL.items():
        for mutant in mutants(schema, mutation):
            found = breaks(schema, mutant)
            # In an object that is closed to additions, that is what is wrong with an added field.
            expected = {rule, "added-to-closed"} if rule.startswith("added") else {rule}
            assert expected & {each.rule for each in found}, (event_type, mutant)
            count += 1
    assert count > 0


@pytest.mark.parametrize("mutation", HARMLESS, ids=lambda each: each.__name__)
def test_what_only_adds_or_rewords_is_allowed_wherever_it_is_made(mutation: Mutation) -> None:
    count = 0
    for event_type, schema in ALL.items():
        for mutant in mutants(schema, mutation):
            assert breaks(schema, mutant) == [], (event_type, mutant)
            count += 1
    assert count > len(SCHEMAS)


def test_a_break_says_where_it_is() -> None:
    changed = {**EVERYTHING, "$defs": {"Part": {"type": "object", "properties": {"count": {"type": "string"}}}}}
    found = {(each.path, each.rule) for each in breaks(EVERYTHING, changed)}
    assert found == {
        ("$.parts[].count", "retyped"),
        ("$.parts[].count", "became-optional"),
        ("$.parts[].count", "constraint-changed"),
    }


def test_the_name_of_a_nested_model_is_not_part_of_the_contract() -> None:
    renamed = {
        **EVERYTHING,
        "$defs": {"Piece": EVERYTHING["$defs"]["Part"]},
        "properties": {
            **EVERYTHING["properties"],
            "parts": {**EVERYTHING["properties"]["parts"], "items": {"$ref": "#/$defs/Piece"}},
        },
    }
    assert breaks(EVERYTHING, renamed) == []


@pytest.mark.parametrize("reference", ["https://example.org/part.json", "#/properties/parts", "#/$defs/Loop"])
def test_a_reference_that_cannot_be_followed_is_told(reference: str) -> None:
    loop = {"$defs": {"Loop": {"items": {"$ref": "#/$defs/Loop"}}}, "properties": {"part": {"$ref": reference}}}
    with pytest.raises(ValueError, match="reference"):
        inlined(loop)
