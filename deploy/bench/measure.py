"""One stretch of measured work, and medians of several."""

import statistics
import time
from dataclasses import dataclass

from pydantic import BaseModel


@dataclass(slots=True)
class Measured:
    """How long a loop took for how many events; `cpu` is the time of this process alone."""

    events: int = 0
    seconds: float = 0.0
    cpu: float = 0.0

    def start(self) -> None:
        """Begin."""
        self.seconds = -time.perf_counter()
        self.cpu = -time.process_time()

    def stop(self, events: int) -> None:
        """End after `events`."""
        self.seconds += time.perf_counter()
        self.cpu += time.process_time()
        self.events = events


class Rate(BaseModel):
    """Events per second of one loop over its rounds."""

    rounds: list[float]
    median: float
    cpu_us_per_event: float

    @classmethod
    def of(cls, measured: list[Measured]) -> "Rate":
        """Summarise rounds of equal size."""
        rounds = [one.events / one.seconds for one in measured]
        return cls(
            rounds=[round(rate, 1) for rate in rounds],
            median=round(statistics.median(rounds), 1),
            cpu_us_per_event=round(statistics.median(one.cpu / one.events * 1e6 for one in measured), 1),
        )


class Ratio(BaseModel):
    """One rate over another of the same run, round by round; `median` is the figure to quote."""

    rounds: list[float]
    median: float

    @classmethod
    def of(cls, ours: list[Measured], bare: list[Measured]) -> "Ratio":
        """Compare round with round, as they were taken next to each other."""
        rounds = [(o.events / o.seconds) / (b.events / b.seconds) for o, b in zip(ours, bare, strict=True)]
        return cls(rounds=[round(ratio, 3) for ratio in rounds], median=round(statistics.median(rounds), 3))
