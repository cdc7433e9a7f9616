"""What billing knows of a programme's policy."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase of a programme, both ends included."""

    code: str
    starts_on: date
    ends_on: date | None


def phase_on(phases: Iterable[Phase], day: date) -> str | None:
    """Return the phase of `day`; where phases overlap, the one that began last."""
    running = [p for p in phases if p.starts_on <= day and (p.ends_on is None or day <= p.ends_on)]
    return max(running, key=lambda phase: phase.starts_on).code if running else None


@dataclass(frozen=True, slots=True)
class Programme:
    """A programme: its currency, its codes, and which modules come first (`modules`: code -> is first)."""

    code: str
    id: UUID
    currency: str
    modules: Mapping[str, bool]
    size_classes: frozenset[str]
    phases: tuple[Phase, ...]

    def phase_on(self, day: date) -> str | None:
        """Return the phase of `day`."""
        return phase_on(self.phases, day)

    def is_first_module(self, module: str) -> bool:
        """Tell whether `module` is the compulsory first one; fees of it and of the others are kept apart."""
        return self.modules.get(module, False)
