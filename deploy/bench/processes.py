"""The processes of a running installation, and what they hold and use."""

from collections.abc import Sequence

import psutil

from deploy.bench.running import Installation

MEGABYTE = 1_000_000

Groups = dict[str, list[psutil.Process]]
"""Processes by name: the supervisor, each server with its own children, each service."""


def groups(running: Installation) -> Groups:
    """Return the processes as they are now."""
    found = {"supervisor": [psutil.Process(running.pid)]}
    for child in running.state.children:
        process = psutil.Process(child.pid)
        found[child.name] = [process, *process.children(recursive=True)]
    return found


def processor_seconds(found: Groups) -> dict[str, float]:
    """Return the processor time that each group has used since its start."""
    return {name: sum(map(_used, processes)) for name, processes in found.items()}


def _used(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def memory(processes: Sequence[psutil.Process]) -> tuple[str, int]:
    """Return how the memory was counted and how many bytes it is.

    `pss` counts a shared page once, divided among those who share it; `rss`, where the system tells no better, counts
    it for each.
    """
    measure, total = "pss", 0
    for process in processes:
        try:
            full = process.memory_full_info()
        except psutil.NoSuchProcess:
            continue
        pss = int(getattr(full, "pss", 0))
        if not pss:
            measure = "rss"
        total += pss or int(full.rss)
    return measure, total
