"""JSON Schemas of the event contracts, as the producers write them."""

import re
from collections.abc import Mapping
from typing import Any, Final

from shared.events.base import EventData, service_of

Schema = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_TYPE: Final = re.compile(r"(?P<name>[a-z]+\.[a-z]+(?:-[a-z]+)+)\.v(?P<version>[1-9][0-9]*)")


def split_type(event_type: str) -> tuple[str, int]:
    """Return name and version of a type such as `billing.cost-recorded.v1`.

    Raises ValueError when it is not `<service>.<noun>-<past-verb>.v<N>` (architecture section 4).
    """
    found = _TYPE.fullmatch(event_type)
    if found is None:
        raise ValueError(f"{event_type!r} is not <service>.<noun>-<past-verb>.v<N>")
    return found["name"], int(found["version"])


def schema_path(event_type: str) -> str:
    """Return where the schema of a type lies below the events directory."""
    name, version = split_type(event_type)
    return f"{name}/v{version}.json"


def json_schema(contract: type[EventData]) -> Schema:
    """Return the JSON Schema (2020-12) of a contract; open for fields to come, with producer and aggregate."""
    schema = contract.model_json_schema(mode="serialization")
    return {
        "$schema": DIALECT,
        "$id": f"urn:scorebook:event:{contract.type}",
        "x-producer": service_of(contract.type),
        "x-aggregate": contract.aggregate,
        **schema,
    }


def json_schemas(contracts: Mapping[str, type[EventData]]) -> dict[str, Schema]:
    """Return the schema of every contract by its type."""
    return {event_type: json_schema(contract) for event_type, contract in contracts.items()}
