"""Fault injection for tests: crash at named points, send everything twice. Off unless a setting turns it on.

The setting is a comma-separated list: `kill:<point>:<probability>`, `duplicate` and `seed:<number>`. It is a seam for
the fault tests, which run the real processes; production leaves it empty and pays one attribute test per point.
"""

import os
import random
import signal


class Faults:
    """The faults of one process."""

    def __init__(self, specification: str = "") -> None:
        self.duplicate = False
        self._kill: dict[str, float] = {}
        seed = 0
        for part in filter(None, (part.strip() for part in specification.split(","))):
            kind, _, rest = part.partition(":")
            if kind == "duplicate":
                self.duplicate = True
            elif kind == "seed":
                seed = int(rest)
            elif kind == "kill":
                point, _, probability = rest.partition(":")
                self._kill[point] = float(probability)
            else:
                raise ValueError(f"faults: {part!r} is not kill:<point>:<probability>, duplicate or seed:<number>")
        # A restarted process must not die at the same draw for ever, so its pid takes part.
        self._random = random.Random(f"{seed}/{os.getpid()}")  # noqa: S311 - test seam, not security

    def point(self, name: str) -> None:
        """Die by SIGKILL here, if the setting and the dice say so."""
        probability = self._kill.get(name)
        if probability is not None and self._random.random() < probability:
            os.kill(os.getpid(), signal.SIGKILL)
