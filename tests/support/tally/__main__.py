"""Run the tally or the counter as a process of its own: `python -m tests.support.tally tally|counter`."""

import sys
from typing import Final

from shared.process import run
from shared.runtime import Service
from tests.support.tally.counter import COUNTER
from tests.support.tally.service import TALLY

SERVICES: Final[dict[str, Service]] = {"tally": TALLY, "counter": COUNTER}

if __name__ == "__main__":
    run(SERVICES[sys.argv[1]], consume=True, serve_all=sys.argv[2:] != ["--worker"])
