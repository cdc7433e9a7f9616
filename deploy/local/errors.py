"""What keeps a local installation from running, each as a sentence for the person at the terminal."""

from pathlib import Path


class LocalError(Exception):
    """Base of the refusals below; `str()` is the sentence to show, no traceback needed."""


class PortBusy(LocalError):
    """Another process listens where one of our servers must."""

    def __init__(self, port: int, what: str, holder: str | None) -> None:
        by = f"by {holder}" if holder else "by a process that this user may not see"
        super().__init__(
            f"Port {port} is needed for {what} but is taken {by}. Stop that process or choose other ports."
        )
        self.port = port


class PortForbidden(LocalError):
    """The system keeps this port for root."""

    def __init__(self, port: int, what: str) -> None:
        super().__init__(f"Port {port}, needed for {what}, is reserved for root: choose ports above 1023.")


class NoFreePort(LocalError):
    """The machine has no port left to give."""

    def __init__(self) -> None:
        super().__init__("No free port was found on 127.0.0.1.")


class HomeLocked(LocalError):
    """Another running installation holds this home directory."""

    def __init__(self, home: Path, pid: int | None, since: str | None) -> None:
        who = f"process {pid}" if pid is not None else "another process"
        when = f" since {since}" if since else ""
        stop = f"stop it (Ctrl-C there, or kill {pid})" if pid is not None else "stop it"
        super().__init__(f"{home} is in use by {who}{when}: {stop}, or set SCOREBOOK_HOME to another directory.")
        self.pid = pid


class HomeNotWritable(LocalError):
    """The home directory belongs to another user, typically because it was first used as root."""

    def __init__(self, home: Path, reason: str) -> None:
        super().__init__(
            f"{home} cannot be written ({reason}): run as the user who made it, "
            "or set SCOREBOOK_HOME to another directory."
        )


class ServerMissing(LocalError):
    """A server's program is not installed."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what} is not installed: {remedy}.")


class ServerUnreachable(LocalError):
    """A server given by address does not answer."""

    def __init__(self, what: str, address: str, reason: str) -> None:
        super().__init__(f"{what} at {address} does not answer: {reason}.")


class LoginRefused(LocalError):
    """PostgreSQL answers but does not let this user in; waiting would not help."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"PostgreSQL refuses the login: {reason}.")


class DatabaseDirectoryBusy(LocalError):
    """A PostgreSQL server that is not ours to stop runs on this data directory."""

    def __init__(self, directory: Path, pid: int) -> None:
        super().__init__(f"PostgreSQL process {pid} already runs on {directory}: stop it first (kill -INT {pid}).")
        self.pid = pid


class ChildFailed(LocalError):
    """A child process ended or never became ready; carries the end of its log."""

    def __init__(self, name: str, reason: str, log: Path, tail: str) -> None:
        shown = "\n".join(f"  {line}" for line in tail.splitlines()) or "  (nothing was written)"
        super().__init__(f"{name} {reason}. The end of {log}:\n{shown}")
        self.name = name


class StoppedBySignal(LocalError):
    """The person or the system asked to stop; everything was stopped in order."""

    def __init__(self, signum: int) -> None:
        super().__init__("Stopped.")
        self.signum = signum
        self.exit_code = 128 + signum
