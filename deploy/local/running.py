"""What runs now: the content of `state.json`."""

from datetime import datetime
from typing import Literal

import psutil
from pydantic import BaseModel, ConfigDict, Field

from deploy.local.child import Child


class RunningChild(BaseModel):
    """One process; `started` is the kernel's creation time, which tells it from a later one of the same number."""

    model_config = ConfigDict(frozen=True)

    name: str
    pid: int
    started: float
    stop_signal: int

    @classmethod
    def of(cls, child: Child) -> "RunningChild | None":
        """The process as it is now, None when it has ended."""
        if child.pid is None:
            return None
        try:
            started = psutil.Process(child.pid).create_time()
        except psutil.Error:
            return None
        spec = child.spec
        return cls(name=spec.name, pid=child.pid, started=started, stop_signal=int(spec.stop_signal))

    def process(self) -> psutil.Process | None:
        """The process if it still lives."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) < _CLOCK_SLACK
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.Error:
            return None


class Running(BaseModel):
    """One running stack, as other commands find it; `admin_url` holds a password, so never print it whole."""

    model_config = ConfigDict(frozen=True)

    status: Literal["starting", "running"]
    pid: int
    since: datetime
    admin_url: str = Field(repr=False)
    bootstrap: str
    embedded_postgres: bool
    embedded_broker: bool
    ports: dict[str, int]
    urls: dict[str, str]
    children: tuple[RunningChild, ...] = ()
    ready_seconds: float | None = None


# Creation times are counted from the boot, whose own time shifts by a little when the clock is set.
_CLOCK_SLACK = 2.0
