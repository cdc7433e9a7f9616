"""One run from beginning to end."""

import os
import secrets
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from deploy.bench import bytecode
from deploy.bench.books.figures import measure_ledger
from deploy.bench.machine import Machine, versions
from deploy.bench.results import Results, aims
from deploy.bench.scale import Scale
from deploy.bench.servers import Rounds, forget, servers, with_events
from deploy.bench.stack import StackBench
from deploy.bench.throughput import consumer_throughput, relay_throughput
from deploy.local.child import Progress


@dataclass(frozen=True, slots=True)
class Bench:
    """What to measure and on which servers; None starts embedded ones in a directory that is gone afterwards."""

    scale: Scale
    quick: bool
    kafka: str | None
    postgres: str | None
    progress: Progress

    async def run(self) -> Results:
        """Measure everything, one thing after another; raises LocalError when a measurement is void."""
        taken_at = datetime.now(UTC)
        prefix = f"bench{secrets.token_hex(3)}"
        with tempfile.TemporaryDirectory(prefix="scorebook-bench-", ignore_cleanup_errors=True) as name:
            directory = Path(name)
            environment, source = await bytecode.environment(directory)
            machine = Machine.here(source)
            scale = self.scale
            try:
                async with servers(directory, self.kafka, self.postgres, prefix, self.progress) as used:
                    described = await used.describe()
                    async with Rounds.prepared(used, "template", with_events) as rounds:
                        sizes = (scale.events, scale.rounds, scale.discarded)
                        consumer = await consumer_throughput(rounds, *sizes, self.progress)
                        relay = await relay_throughput(rounds, *sizes, self.progress)
                    ledger = await measure_ledger(used, scale.books, self.progress)
                stack = await StackBench(
                    directory, self.kafka, self.postgres, f"{prefix}s", environment, scale, self.progress
                ).run()
            finally:
                await forget(prefix, self.kafka, self.postgres)
        machine.load_after = os.getloadavg()
        return Results(
            taken_at=taken_at,
            quick=self.quick,
            machine=machine,
            versions=versions(),
            servers=described,
            consumer=consumer,
            relay=relay,
            ledger=ledger,
            stack=stack,
            aims=[*aims(consumer, stack, scale), *ledger.aims()],
        )
