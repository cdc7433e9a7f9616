"""Which database errors pass by themselves."""

import asyncio
from typing import Final

import asyncpg
from sqlalchemy.exc import DBAPIError, InterfaceError, ResourceClosedError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

_TRANSIENT_CLASSES: Final = ("08", "53", "57P", "58")
_TRANSIENT_STATES: Final = frozenset({"40001", "40P01", "55P03", "57014", "25006"})


def is_transient(error: BaseException) -> bool:
    """Tell whether trying again can succeed: connection lost, server starting, timeout, deadlock, serialisation.

    An integrity or syntax error is not: the same message would fail the same way for ever.
    """
    if isinstance(error, DBAPIError):
        if error.connection_invalidated or isinstance(error, InterfaceError):
            return True
        return error.orig is not None and is_transient(error.orig)
    if isinstance(error, OSError | asyncio.TimeoutError | PoolTimeoutError | ResourceClosedError):
        return True
    if isinstance(error, asyncpg.InterfaceError):
        return True
    state = getattr(error, "sqlstate", None) or ""
    if state in _TRANSIENT_STATES or state.startswith(_TRANSIENT_CLASSES):
        return True
    return error.__cause__ is not None and error.__cause__ is not error and is_transient(error.__cause__)
