"""Fault injection for tests: crash or freeze at named points, send everything twice. Off unless a setting turns it on.

The setting is a comma-separated list: `kill:<point>:<probability>`, `stop:<point>:<probability>`, `duplicate` and
`seed:<number>`. `kill` is SIGKILL, `stop` is SIGSTOP: frozen until somebody sends SIGCONT. It is a seam for the fault
tests, which run the real processes; production leaves it empty and pays one dictionary lookup per point.
"""

import os
import random
import signal
from typing import Final

_SIGNALS: Final = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}
_POINTS: Final = frozenset(
    {"after_commit_before_send", "after_send_before_mark", "before_commit", "after_commit_before_ack"}
)


class Faults:
    """The faults of one process."""

    def __init__(self, specification: str = "") -> None:
        self.duplicate = False
        self._at: dict[str, tuple[signal.Signals, float]] = {}
        seed = 0
        for part in filter(None, (part.strip() for part in specification.split(","))):
            kind, _, rest = part.partition(":")
            point, _, probability = rest.partition(":")
            if part == "duplicate":
                self.duplicate = True
            elif kind == "seed" and rest.isdecimal():
                seed = int(rest)
            elif kind in _SIGNALS and point in _POINTS and _is_probability(probability):
                self._at[point] = (_SIGNALS[kind], float(probability))
            else:
                raise ValueError(
                    f"faults: {part!r} is not kill:<point>:<probability>, stop:<point>:<probability>, duplicate or "
                    f"seed:<number>, with a point of {', '.join(sorted(_POINTS))}"
                )
        # A restarted process must not die at the same draw for ever, so its pid takes part.
        self._random = random.Random(f"{seed}/{os.getpid()}")  # noqa: S311 - test seam, not security

    def point(self, name: str) -> None:
        """Die or freeze here, if the setting and the dice say so."""
        found = self._at.get(name)
        if found is not None and self._random.random() < found[1]:
            os.kill(os.getpid(), found[0])


def _is_probability(text: str) -> bool:
    try:
        return 0 <= float(text) <= 1
    except ValueError:
        return False
