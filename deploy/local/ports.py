"""Ports on 127.0.0.1: finding free ones and saying who holds a busy one."""

import errno
import fcntl
import os
import secrets
import socket
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import psutil

from deploy.local.errors import NoFreePort, PortBusy, PortForbidden

_LOOPBACK = "127.0.0.1"

# Below the ranges that Linux (32768 up) and macOS (49152 up) take outgoing ports from. A client that keeps
# dialling a stopped server inside such a range in the end connects to itself and then holds the server's port.
_FIRST, _LAST = 20_000, 32_000

_given: set[int] = set()


def free_port() -> int:
    """A port nobody listens on, never given twice to processes of this user while they run; raises `NoFreePort`."""
    for port in _candidates():
        if port not in _given and _reserve(port) and _is_free(port):
            _given.add(port)
            return port
    raise NoFreePort


def ensure_free(port: int, what: str) -> None:
    """Return if a server could listen on `port`.

    Raises `PortBusy`, which names the holder where the system shows it, or `PortForbidden`.
    """
    try:
        free = _is_free(port)
    except PermissionError:
        raise PortForbidden(port, what) from None
    if not free:
        raise PortBusy(port, what, holder(port))


def holder(port: int) -> str | None:
    """Process id and name of whoever listens on `port`; None when nobody does or the system does not tell."""
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:
        return None
    for connection in connections:
        if connection.status != psutil.CONN_LISTEN or not connection.laddr or not connection.pid:
            continue
        if connection.laddr.port == port:
            return _describe(connection.pid)
    return None


def _describe(pid: int) -> str:
    try:
        return f"process {pid} ({psutil.Process(pid).name()})"
    except psutil.Error:
        return f"process {pid}"


def _candidates() -> Iterator[int]:
    for _ in range(500):
        # Not `random`: test runs seed it alike, and two of them on one machine would pick the same ports.
        yield _FIRST + secrets.randbelow(_LAST - _FIRST)


def _reserve(port: int) -> bool:
    # Between finding a port and listening there lie the seconds of a start, in which another start may find the same.
    try:
        fcntl.lockf(_register(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except (BlockingIOError, PermissionError):
        return False
    return True


@cache
def _register() -> int:
    """A file of which each process locks the bytes of its ports; the locks end with the process."""
    path = Path(tempfile.gettempdir()) / f"scorebook-ports-{os.getuid()}"
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the servers themselves do: connections in TIME_WAIT do not count as busy.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_LOOPBACK, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
    return True
