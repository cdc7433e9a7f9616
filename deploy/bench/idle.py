"""What an installation costs while nothing happens: memory and processor time, by process."""

import asyncio
from collections.abc import Iterator

import psutil
from pydantic import BaseModel

from deploy.bench.running import Installation

_MEGABYTE = 1_000_000


class ProcessCost(BaseModel):
    """One process with its own children; `memory_mb` counts shared pages once, by share (PSS)."""

    name: str
    processes: int
    memory_mb: float
    cpu_percent: float


class IdleCost(BaseModel):
    """The whole installation after `idle_seconds` of rest; `cpu_percent` 100 is one core.

    `measure` is `pss`, or `rss` where the system does not tell, which counts shared pages several times.
    """

    idle_seconds: float
    measure: str
    processes: list[ProcessCost]
    total_memory_mb: float
    total_cpu_percent: float


async def measure_idle(running: Installation, seconds: float) -> IdleCost:
    """Leave the installation alone for `seconds`, then say what it holds and what it used meanwhile."""
    groups = dict(_groups(running))
    before = {name: _cpu(processes) for name, processes in groups.items()}
    await asyncio.sleep(seconds)
    costs = []
    measures = set()
    for name, processes in groups.items():
        used = _cpu(processes) - before[name]
        sizes = [_memory(process) for process in processes if process.is_running()]
        measures |= {measure for measure, _ in sizes}
        costs.append(
            ProcessCost(
                name=name,
                processes=len(sizes),
                memory_mb=round(sum(size for _, size in sizes) / _MEGABYTE, 1),
                cpu_percent=round(100 * used / seconds, 1),
            )
        )
    return IdleCost(
        idle_seconds=seconds,
        measure="/".join(sorted(measures)),
        processes=costs,
        total_memory_mb=round(sum(cost.memory_mb for cost in costs), 1),
        total_cpu_percent=round(sum(cost.cpu_percent for cost in costs), 1),
    )


def _groups(running: Installation) -> Iterator[tuple[str, list[psutil.Process]]]:
    yield "supervisor", [psutil.Process(running.pid)]
    for child in running.state.children:
        process = psutil.Process(child.pid)
        yield child.name, [process, *process.children(recursive=True)]


def _cpu(processes: list[psutil.Process]) -> float:
    used = 0.0
    for process in processes:
        if process.is_running():
            times = process.cpu_times()
            used += times.user + times.system
    return used


def _memory(process: psutil.Process) -> tuple[str, int]:
    full = process.memory_full_info()
    pss = getattr(full, "pss", 0)
    return ("pss", int(pss)) if pss else ("rss", int(full.rss))
