"""Every contract, imported and registered."""

from shared.events import assessment, billing, certification, enrollment
from shared.events.base import EventData, registered

PRODUCERS = ("enrollment", "assessment", "certification", "billing")

_MODULES = (enrollment, assessment, certification, billing)


def contracts() -> dict[str, type[EventData]]:
    """Return the contracts of the catalogue by type, sorted; types declared elsewhere (tests) are left out."""
    names = {module.__name__ for module in _MODULES}
    return {name: model for name, model in sorted(registered().items()) if model.__module__ in names}
