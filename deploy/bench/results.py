"""Everything one run found, as it is written to the file."""

import os
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel

from deploy.bench.aim import Aim
from deploy.bench.books.figures import LedgerFigures
from deploy.bench.machine import Machine
from deploy.bench.scale import Scale
from deploy.bench.stack import StackFigures
from deploy.bench.throughput import ConsumerThroughput, RelayThroughput


class Results(BaseModel):
    """One run. With `quick` only the shape of this document means anything."""

    taken_at: datetime
    quick: bool
    machine: Machine
    versions: dict[str, str]
    servers: dict[str, str]
    consumer: ConsumerThroughput
    relay: RelayThroughput
    ledger: LedgerFigures
    stack: StackFigures
    aims: list[Aim]

    def write(self, directory: Path) -> Path:
        """Write the document to `directory`, named by the time in UTC; returns the file."""
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / f"{self.taken_at.astimezone(UTC):%Y%m%dT%H%M%SZ}.json"
        part = path.with_suffix(f".part{os.getpid()}")
        part.write_text(self.model_dump_json(indent=1) + "\n", "utf-8")
        part.replace(path)
        return path


def aims(consumer: ConsumerThroughput, stack: StackFigures, scale: Scale) -> list[Aim]:
    """Set what was found beside the aims of the project's first issue."""
    at_target = next(loop for loop in stack.open_loops if loop.rate == scale.target_rate)
    p99 = at_target.effect_ms.p99
    starts = stack.starts
    return [
        Aim(
            what="consumer throughput, of the bare loop's in the same run",
            aim="at least 60 %",
            found=f"{consumer.ratio.median:.0%}",
            holds=consumer.ratio.median >= 0.6,
        ),
        Aim(
            what="from up to ready",
            aim="under 10 s",
            found=f"{starts.usual:.1f} s, with an empty home {starts.first:.1f} s",
            holds=max(starts.usual, starts.first) < 10,
        ),
        Aim(
            what="memory of the whole stack at rest",
            aim="under 600 MB",
            found=f"{stack.idle.total_memory_mb:.0f} MB, after load {stack.idle_after_load.total_memory_mb:.0f} MB",
            holds=stack.idle.total_memory_mb < 600,
        ),
        Aim(
            what=f"p99 from request to invoice at {scale.target_rate:.0f} requests/s",
            aim="under 250 ms",
            found=f"{p99:.0f} ms" + (f", {at_target.turned_away} turned away" if at_target.turned_away else ""),
            holds=p99 < 250 and not at_target.turned_away,
        ),
    ]
