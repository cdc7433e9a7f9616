"""How much is measured."""

from dataclasses import dataclass
from typing import Final

from deploy.bench.books.scale import BookScale


@dataclass(frozen=True, slots=True)
class Scale:
    """Sizes and times (seconds) of one run; `target_rate`, in requests a second, is the last of `rates`."""

    events: int
    rounds: int
    discarded: int
    starts: int
    idle_seconds: float
    rates: tuple[float, ...]
    rate_seconds: tuple[float, ...]
    warm_up_seconds: float
    clients: int
    closed_seconds: float
    closed_places: int
    books: BookScale

    @property
    def target_rate(self) -> float:
        """The rate an aim is set for."""
        return self.rates[-1]

    @property
    def places(self) -> int:
        """How many enrollments a run makes at most."""
        open_loops = sum(
            int(rate * (seconds + self.warm_up_seconds))
            for rate, seconds in zip(self.rates, self.rate_seconds, strict=True)
        )
        return open_loops + self.closed_places


FULL: Final = Scale(
    events=20_000,
    rounds=5,
    discarded=1,
    starts=3,
    idle_seconds=10,
    rates=(25, 50, 100, 200),
    rate_seconds=(10, 10, 10, 20),
    warm_up_seconds=2,
    clients=16,
    closed_seconds=10,
    closed_places=3_000,
    books=BookScale(
        rounds=3,
        discarded=1,
        enterprises=1_000,
        clients=16,
        warm_entries=200_000,
        ramp_seconds=2,
        post_seconds=5,
        invoices=10_000,
        papers=2_000,
        entries=1_000_000,
        months=36,
        reads=50,
    ),
)
QUICK: Final = Scale(
    events=1_000,
    rounds=1,
    discarded=0,
    starts=1,
    idle_seconds=1,
    rates=(10,),
    rate_seconds=(2,),
    warm_up_seconds=0.5,
    clients=4,
    closed_seconds=1,
    closed_places=40,
    books=BookScale(
        rounds=1,
        discarded=0,
        enterprises=20,
        clients=4,
        warm_entries=200,
        ramp_seconds=1,
        post_seconds=0.5,
        invoices=20,
        papers=4,
        entries=2_000,
        months=3,
        reads=5,
    ),
)
