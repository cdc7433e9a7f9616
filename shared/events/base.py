"""What every event contract is: frozen, tolerant of fields it does not know, registered under its published type."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

_REGISTRY: dict[str, type["EventData"]] = {}


class EventData(BaseModel):
    """The data of one event type.

    Subclass with `class X(EventData, type="<service>.<noun>-<past-verb>.v<N>", aggregate="<noun>")`. Readers ignore
    unknown fields, so a field may be added with a default; anything else is a new version with an upcaster.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: ClassVar[str]
    aggregate: ClassVar[str]

    def __init_subclass__(cls, *, type: str, aggregate: str) -> None:  # noqa: A002 - reads best at the declaration
        """Register the contract; two contracts with one type are a programming error."""
        super().__init_subclass__()
        if type in _REGISTRY:
            raise TypeError(f"event type {type} is declared twice")
        cls.type = type
        cls.aggregate = aggregate
        _REGISTRY[type] = cls


def service_of(event_type: str) -> str:
    """Return the producing service of `event_type`: its first dotted part."""
    return event_type.partition(".")[0]


def name_of(event_type: str) -> str:
    """Return what all versions of `event_type` share: its first two dotted parts."""
    return ".".join(event_type.split(".", 2)[:2])


def registered() -> Mapping[str, type[EventData]]:
    """Return every contract by its type."""
    return MappingProxyType(_REGISTRY)
