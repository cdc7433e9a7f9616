"""Which service reacts to which event; `python -m tests.contract.consumers` writes it down for the published table."""

import importlib
import importlib.util
import pkgutil
import sys
from typing import Final

import services
from shared.events.publish import CONSUMERS, DIRECTORY, as_json
from shared.messaging.handlers import Handlers

FILE: Final = DIRECTORY / CONSUMERS


def all_handlers() -> list[Handlers]:
    """Return the handlers of every service that has some."""
    names = sorted(module.name for module in pkgutil.iter_modules(services.__path__, "services.") if module.ispkg)
    return [
        importlib.import_module(f"{name}.handlers").handlers
        for name in names
        if importlib.util.find_spec(f"{name}.handlers") is not None
    ]


def consumers() -> dict[str, list[str]]:
    """Return the consumers of each event type, both sorted."""
    found: dict[str, list[str]] = {}
    for handlers in all_handlers():
        for event_type in handlers.types():
            found.setdefault(event_type, []).append(handlers.consumer)
    return dict(sorted(found.items()))


def main() -> int:
    """Write the file; returns the exit code."""
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(as_json(consumers()), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
