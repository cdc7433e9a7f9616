"""Old versions of an event, lifted step by step to the newest before a contract reads them."""

from collections.abc import Callable, Mapping
from typing import Any

Upcaster = tuple[str, Callable[[dict[str, Any]], dict[str, Any]]]
"""The next version's type, and a function from the old data to the new."""

UPCASTERS: dict[str, Upcaster] = {}
"""By old type; empty while every type is at its first version."""


def newest(event_type: str, upcasters: Mapping[str, Upcaster] = UPCASTERS) -> str:
    """Return the type that events of `event_type` are lifted to; raises TypeError on a cycle."""
    seen = {event_type}
    while event_type in upcasters:
        event_type = upcasters[event_type][0]
        if event_type in seen:
            raise TypeError(f"the upcasters of {event_type} form a cycle")
        seen.add(event_type)
    return event_type


def upcast(
    event_type: str, data: dict[str, Any], upcasters: Mapping[str, Upcaster] = UPCASTERS
) -> tuple[str, dict[str, Any]]:
    """Return type and data of the newest version, applying one step after another; raises TypeError on a cycle."""
    newest(event_type, upcasters)
    while event_type in upcasters:
        event_type, step = upcasters[event_type]
        data = step(data)
    return event_type, data
