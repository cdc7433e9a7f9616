"""What an installation costs while nothing happens: memory and processor time, by process."""

import asyncio

from pydantic import BaseModel

from deploy.bench.processes import MEGABYTE, groups, memory, processor_seconds
from deploy.bench.running import Installation


class ProcessCost(BaseModel):
    """One process with its own children; `cpu_percent` 100 is one core."""

    processes: int
    memory_mb: float
    cpu_percent: float


class IdleCost(BaseModel):
    """The whole installation after `idle_seconds` of rest; `measure` says how memory was counted, see `memory`."""

    idle_seconds: float
    measure: str
    by_process: dict[str, ProcessCost]
    total_memory_mb: float
    total_cpu_percent: float


async def measure_idle(running: Installation, seconds: float) -> IdleCost:
    """Leave the installation alone for `seconds`, then say what it holds and what it used meanwhile."""
    found = groups(running)
    before = processor_seconds(found)
    await asyncio.sleep(seconds)
    used = processor_seconds(found)
    held = {name: memory(processes) for name, processes in found.items()}
    costs = {
        name: ProcessCost(
            processes=len(processes),
            memory_mb=round(held[name][1] / MEGABYTE, 1),
            cpu_percent=round(100 * (used[name] - before[name]) / seconds, 1),
        )
        for name, processes in found.items()
    }
    return IdleCost(
        idle_seconds=seconds,
        measure="/".join(sorted({measure for measure, _ in held.values()})),
        by_process=costs,
        total_memory_mb=round(sum(cost.memory_mb for cost in costs.values()), 1),
        total_cpu_percent=round(sum(cost.cpu_percent for cost in costs.values()), 1),
    )
