"""Which database errors pass by themselves."""

import asyncio
from typing import Final

import asyncpg
from sqlalchemy.exc import DBAPIError, ResourceClosedError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

_TRANSIENT_CLASSES: Final = ("08", "53", "57P", "58")
_TRANSIENT_STATES: Final = frozenset({"40001", "40P01", "55P03", "57014", "25006"})


def is_transient(error: BaseException) -> bool:
    """Tell whether trying again can succeed: connection lost, server starting, timeout, deadlock, serialisation, or a
    migration that changed a table under a prepared statement.

    An integrity or syntax error is not: the same message would fail the same way for ever.
    """
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or (error.orig is not None and is_transient(error.orig))
    if isinstance(error, OSError | asyncio.TimeoutError | PoolTimeoutError | ResourceClosedError):
        return True
    if isinstance(error, asyncpg.InvalidCachedStatementError | asyncpg.InternalClientError):
        return True
    if isinstance(error, asyncpg.InterfaceError) and "clos" in str(error):
        # "connection is closed" and its like; other wrong uses of the driver, such as too many arguments, stay wrong.
        return True
    state = getattr(error, "sqlstate", None) or ""
    if state in _TRANSIENT_STATES or state.startswith(_TRANSIENT_CLASSES):
        return True
    return error.__cause__ is not None and error.__cause__ is not error and is_transient(error.__cause__)
