"""The whole stack: from `up` to ready, at rest, and from a request to its effect in the last service."""

import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from deploy.bench.idle import IdleCost, measure_idle
from deploy.bench.latency import ClosedLoop, Enrolling, OpenLoop, billing_database
from deploy.bench.programme import prepare
from deploy.bench.running import Installation, Place, installation
from deploy.bench.scale import Scale
from deploy.bench.watching import Invoices
from deploy.cli.target import Target
from deploy.local.child import Progress


class Starts(BaseModel):
    """Seconds from `up` to ready: with an empty home (databases made and migrated), then with what is there already.

    A command counts from its own start as a process; `after_the_command_runs` is what it says itself, without the time
    that Python takes to load it.
    """

    first: float
    later: list[float]
    after_the_command_runs: list[float]

    @property
    def usual(self) -> float:
        """The median of the later starts, or the first where there was only one."""
        return statistics.median(self.later) if self.later else self.first


class StackFigures(BaseModel):
    """What was measured on running installations."""

    starts: Starts
    idle: IdleCost
    idle_after_load: IdleCost
    open_loops: list[OpenLoop]
    closed_loop: ClosedLoop


@dataclass(frozen=True, slots=True)
class StackBench:
    """Measures installations below `directory`, on embedded servers or on those given."""

    directory: Path
    kafka: str | None
    postgres: str | None
    prefix: str
    environment: Mapping[str, str]
    scale: Scale
    progress: Progress

    async def run(self) -> StackFigures:
        """Start several times, and measure the last installation at rest and under load."""
        place = Place(self.directory / "home", self.kafka, self.postgres, self.prefix, self.environment)
        seconds: list[float] = []
        inside: list[float] = []
        for number in range(1, self.scale.starts + 1):
            async with installation(place) as running:
                seconds.append(round(running.seconds, 2))
                inside.append(round(running.state.ready_seconds or 0.0, 2))
                self.progress(f"start {number}/{self.scale.starts}: ready after {running.seconds:.1f} s")
                if number == self.scale.starts:
                    starts = Starts(first=seconds[0], later=seconds[1:], after_the_command_runs=inside)
                    return await self._measure(running, starts)
        raise ValueError("at least one start is measured")

    async def _measure(self, running: Installation, starts: Starts) -> StackFigures:
        scale = self.scale
        idle = await measure_idle(running, scale.idle_seconds)
        self.progress(f"at rest: {idle.total_memory_mb:.0f} MB, {idle.total_cpu_percent:.0f} % of a core")
        target = Target(running.home, running.state.urls)
        self.progress(f"entering a programme with {scale.places} enterprises ...")
        places = await prepare(target, scale.places)
        async with Invoices.watched(billing_database(running, self.prefix)) as invoices:
            enrolling = Enrolling(running, target, places, invoices)
            loops = []
            for rate, seconds in zip(scale.rates, scale.rate_seconds, strict=True):
                measured = await enrolling.at_rate(rate, seconds, scale.warm_up_seconds)
                self.progress(f"{rate:.0f} requests/s: effect after p99 {measured.effect_ms.p99:.0f} ms")
                loops.append(measured)
            closed = await enrolling.by_clients(scale.clients, scale.closed_seconds)
        self.progress(f"{scale.clients} clients: {closed.effects_per_second:.0f} effects/s")
        after = await measure_idle(running, scale.idle_seconds)
        return StackFigures(starts=starts, idle=idle, idle_after_load=after, open_loops=loops, closed_loop=closed)
