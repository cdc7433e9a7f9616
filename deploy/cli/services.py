"""The services a deployment runs, found by name."""

from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from shared.runtime import Service

NAMES: Final = ("enrollment", "assessment", "certification", "billing")


def migrations(name: str) -> Path:
    """Return where a service's migrations are, without loading the service: a supervisor would keep it in memory."""
    return Path(str(files(f"services.{name}"))) / "migrations"


def load(name: str) -> "Service":
    """Return what the service called `name` declares."""
    service: Service = import_module(f"services.{name}.app").SERVICE
    return service
