"""The services a deployment runs, found by name."""

from importlib import import_module
from typing import Final

from shared.runtime import Service

NAMES: Final = ("enrollment", "assessment", "certification", "billing")


def load(name: str) -> Service:
    """Return what the service called `name` declares."""
    service: Service = import_module(f"services.{name}.app").SERVICE
    return service
