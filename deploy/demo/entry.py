"""What the parts of the demo share while one programme is being entered."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from deploy.demo.caller import Caller
from deploy.demo.roster import Roster
from shared.money import Money


class Known:
    """Ids by the roster's own codes; whoever asks for one that is not there yet waits for it."""

    def __init__(self) -> None:
        self._futures: dict[str, asyncio.Future[Any]] = {}

    def _future(self, code: str) -> asyncio.Future[Any]:
        return self._futures.setdefault(code, asyncio.get_running_loop().create_future())

    def set(self, code: str, value: object) -> None:
        """Make a value known."""
        self._future(code).set_result(value)

    def mark(self, code: str) -> None:
        """Make it known that something has happened."""
        self.set(code, code)

    def has(self, code: str) -> bool:
        """Tell whether the value of a code is known already."""
        return code in self._futures and self._futures[code].done()

    async def get(self, code: str) -> Any:  # noqa: ANN401 - an id, or whatever was set
        """Return the value of a code, waiting until it is known."""
        return await asyncio.shield(self._future(code))


@dataclass(slots=True)
class Entry:
    """One programme being entered: its roster, its caller, and the ids of what was entered."""

    roster: Roster
    call: Caller
    partners: Known = field(default_factory=Known)
    trainers: Known = field(default_factory=Known)
    enterprises: Known = field(default_factory=Known)
    certified: Known = field(default_factory=Known)
    trainings: Known = field(default_factory=Known)
    enrollments: Known = field(default_factory=Known)
    completed: Known = field(default_factory=Known)
    agreements: Known = field(default_factory=Known)
    invoiced: Known = field(default_factory=Known)
    issued: Known = field(default_factory=Known)

    def money(self, amount: str) -> dict[str, str]:
        """Return an amount of the roster as the APIs take it."""
        return Money.parse(amount, self.roster.settings["currency"]).to_wire()
