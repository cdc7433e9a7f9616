"""Which process listens where."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from deploy.local.ports import ensure_free, free_port

DEFAULT_BASE = 8100

_SERVICE_OFFSETS = {"enrollment": 1, "assessment": 2, "certification": 3, "billing": 4}
_POSTGRES_OFFSET = 32
_BROKER_OFFSET = 92


@dataclass(frozen=True)
class PortPlan:
    """Ports on 127.0.0.1, decided before anything starts."""

    services: dict[str, int]
    postgres: int
    broker: int

    @classmethod
    def make(cls, services: Sequence[str], base: int | None) -> Self:
        """Fixed distances from `base`, a further service behind the known ones; free ports where it is 0 or None."""
        if not base:
            return cls({name: free_port() for name in services}, free_port(), free_port())
        offsets = dict(_SERVICE_OFFSETS)
        for name in services:
            offsets.setdefault(name, len(offsets) + 1)
        return cls({name: base + offsets[name] for name in services}, base + _POSTGRES_OFFSET, base + _BROKER_OFFSET)

    def ensure_free(self, *, postgres: bool, broker: bool) -> None:
        """Raise `PortBusy` for the first port that is taken; servers only where they are ours to start."""
        for port, what in self._wanted(postgres=postgres, broker=broker):
            ensure_free(port, what)

    def _wanted(self, *, postgres: bool, broker: bool) -> Iterator[tuple[int, str]]:
        if postgres:
            yield self.postgres, "PostgreSQL"
        if broker:
            yield self.broker, "the broker"
        for name, port in self.services.items():
            yield port, f"the {name} service"
