"""How much of the ledger is measured."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BookScale:
    """Sizes and times (seconds) of one run."""

    rounds: int
    discarded: int
    enterprises: int
    clients: int
    warm_entries: int
    ramp_seconds: float
    post_seconds: float
    invoices: int
    papers: int
    entries: int
    months: int
    reads: int
