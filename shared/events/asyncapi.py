"""The event contracts as one AsyncAPI 3 document: a channel per topic, a message per type."""

from collections.abc import Mapping
from inspect import getdoc
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from shared.events.base import EventData, service_of
from shared.events.schemas import Schema
from shared.messaging.envelope import CONTENT_TYPE
from shared.messaging.topics import topic_of
from shared.settings import ServiceSettings

VERSION: Final = "3.0.0"
_BINDING: Final = "0.5.0"
_HEADERS: Final = "CloudEventHeaders"
_UUID: Final = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"

HEADERS: Final[Schema] = {
    "type": "object",
    "description": "CloudEvents 1.0, Kafka binary mode: attributes are headers, the value is the JSON data only.",
    "properties": {
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_id": {"type": "string", "format": "uuid", "description": "Unique for ever; the inbox knows it again."},
        "ce_type": {"type": "string", "pattern": r"^[a-z]+\.[a-z-]+\.v[1-9][0-9]*$"},
        "ce_source": {"type": "string", "pattern": "^/scorebook/[a-z]+$"},
        "ce_subject": {"type": "string", "pattern": f"^[a-z-]+/{_UUID}$", "description": "Aggregate and its id."},
        "ce_time": {
            "type": "string",
            "format": "date-time",
            "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})$",
            "description": "When it was recorded, UTC.",
        },
        "ce_partitionkey": {"type": "string", "format": "uuid", "description": "The record key: the aggregate's id."},
        "ce_programme": {"type": "string", "pattern": "^[a-z][a-z0-9-]{1,30}$"},
        "ce_sequence": {
            "type": "string",
            "pattern": "^[1-9][0-9]{0,17}$",
            "description": "Counts the events of its aggregate from 1, without gap.",
        },
        "ce_correlationid": {"type": "string", "minLength": 1, "description": "One for a request and all it caused."},
        "ce_causationid": {"type": "string", "format": "uuid", "description": "The event that caused this one."},
        "ce_actor": {"type": "string", "minLength": 1, "description": "Who did it; `system:<service>` for a handler."},
        "content-type": {"type": "string", "const": CONTENT_TYPE},
        "traceparent": {"type": "string", "pattern": "^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"},
    },
    "required": [
        "ce_specversion",
        "ce_id",
        "ce_type",
        "ce_source",
        "ce_subject",
        "ce_time",
        "ce_partitionkey",
        "ce_programme",
        "ce_sequence",
        "ce_correlationid",
        "ce_actor",
        "content-type",
    ],
}


def asyncapi(contracts: Mapping[str, type[EventData]]) -> dict[str, Any]:
    """Return the AsyncAPI 3.0.0 document of `contracts`; topics with the default prefix."""
    names, definitions = models_json_schema(
        [(contract, "serialization") for contract in contracts.values()],
        ref_template="#/components/schemas/{model}",
    )
    by_service: dict[str, list[str]] = {}
    for event_type in contracts:
        by_service.setdefault(service_of(event_type), []).append(event_type)
    return {
        "asyncapi": VERSION,
        "info": {
            "title": "Scorebook events",
            "version": "1.0.0",
            "description": "What the services of a national SCORE Training programme say to each other. "
            "Delivery is at least once; order is kept per record key.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {service: _channel(service, types) for service, types in by_service.items()},
        "operations": {f"{service}-says": _operation(service, types) for service, types in by_service.items()},
        "components": {
            "messages": {
                event_type: _message(contract, names[contract, "serialization"]["$ref"])
                for event_type, contract in contracts.items()
            },
            "schemas": {_HEADERS: HEADERS, **definitions["$defs"]},
        },
    }


def headers_schema(contract: type[EventData]) -> Schema:
    """Return what the headers of a contract's events keep to."""
    return {
        "allOf": [{"$ref": f"#/components/schemas/{_HEADERS}"}],
        "type": "object",
        "properties": {
            "ce_type": {"type": "string", "const": contract.type},
            "ce_source": {"type": "string", "const": f"/scorebook/{service_of(contract.type)}"},
            "ce_subject": {"type": "string", "pattern": f"^{contract.aggregate}/{_UUID}$"},
        },
    }


def _channel(service: str, types: list[str]) -> dict[str, Any]:
    topic = topic_of(ServiceSettings.model_fields["topic_prefix"].default, service)
    return {
        "address": topic,
        "title": f"What {service} says",
        "messages": {event_type: {"$ref": f"#/components/messages/{event_type}"} for event_type in types},
        "bindings": {"kafka": {"topic": topic, "bindingVersion": _BINDING}},
    }


def _operation(service: str, types: list[str]) -> dict[str, Any]:
    return {
        "action": "send",
        "title": f"{service} says",
        "channel": {"$ref": f"#/channels/{service}"},
        "messages": [{"$ref": f"#/channels/{service}/messages/{event_type}"} for event_type in types],
    }


def _message(contract: type[EventData], payload: str) -> dict[str, Any]:
    return {
        "name": contract.type,
        "title": contract.__name__,
        "summary": summary(contract),
        "contentType": "application/json",
        "headers": headers_schema(contract),
        "payload": {"$ref": payload},
        "correlationId": {"location": "$message.header#/ce_correlationid"},
        "bindings": {
            "kafka": {
                "key": {"type": "string", "format": "uuid", "description": f"Id of the {contract.aggregate}."},
                "bindingVersion": _BINDING,
            }
        },
    }


def summary(contract: type[EventData]) -> str:
    """Return the first sentence of what a contract says of itself."""
    return (getdoc(contract) or "").partition("\n")[0]
