"""What the figures were taken on."""

import importlib.metadata
import os
import platform
from pathlib import Path
from typing import Final

import psutil
from pydantic import BaseModel

from deploy.bench.processes import MEGABYTE

_PACKAGES: Final = ("scorebook", "faststream", "aiokafka", "sqlalchemy", "asyncpg", "pydantic", "fastapi", "uvicorn")


class Machine(BaseModel):
    """Processor, memory, system, and how busy others kept it: run-queue lengths over 1, 5 and 15 minutes."""

    processor: str
    cores: int
    memory_mb: int
    system: str
    python: str
    bytecode: str
    load_before: tuple[float, float, float]
    load_after: tuple[float, float, float] | None = None

    @classmethod
    def here(cls, bytecode: str) -> "Machine":
        """Describe this machine now."""
        return cls(
            processor=_processor(),
            cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
            memory_mb=psutil.virtual_memory().total // MEGABYTE,
            system=f"{platform.system()} {platform.release()} {platform.machine()}",
            python=platform.python_version(),
            bytecode=bytecode,
            load_before=os.getloadavg(),
        )


def versions() -> dict[str, str]:
    """Return the versions of what is measured."""
    return {name: importlib.metadata.version(name) for name in _PACKAGES}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
