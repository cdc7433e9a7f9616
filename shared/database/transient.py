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
    link: BaseException | None = error
    seen: set[int] = set()
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        if _passes(link):
            return True
        link = link.orig if isinstance(link, DBAPIError) else link.__cause__
    return False


def _passes(error: BaseException) -> bool:
    if isinstance(error, DBAPIError):
        return error.connection_invalidated
    if isinstance(error, OSError | asyncio.TimeoutError | PoolTimeoutError | ResourceClosedError):
        return True
    if isinstance(error, asyncpg.InvalidCachedStatementError | asyncpg.InternalClientError):
        return True
    if isinstance(error, asyncpg.InterfaceError):
        # "connection is closed" and its like; other wrong uses of the driver, such as too many arguments, stay wrong.
        return "clos" in str(error)
    state = getattr(error, "sqlstate", None) or ""
    return state in _TRANSIENT_STATES or state.startswith(_TRANSIENT_CLASSES)
