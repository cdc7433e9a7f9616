"""What passes by itself is tried again; what does not is parked or refused."""

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

from shared.database.transient import is_transient


def wrapped(cause: Exception) -> DBAPIError:
    """Return the error as SQLAlchemy hands it on: its own, around the dialect's, around the driver's."""
    dialect = Exception(str(cause))
    dialect.__cause__ = cause
    return DBAPIError("SELECT 1", None, dialect)


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        TimeoutError(),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress"),
        asyncpg.InvalidCachedStatementError("cached statement plan is invalid"),
        asyncpg.DeadlockDetectedError("deadlock"),
    ],
)
def test_what_passes_by_itself(error: Exception) -> None:
    assert is_transient(error)
    assert is_transient(wrapped(error))


@pytest.mark.parametrize(
    "error",
    [
        ValueError("x"),
        asyncpg.InterfaceError("the number of query arguments cannot exceed 32767"),
        asyncpg.UniqueViolationError("twice"),
    ],
)
def test_what_stays_wrong(error: Exception) -> None:
    assert not is_transient(error)
    assert not is_transient(wrapped(error))


def test_a_chain_that_bites_its_tail_ends() -> None:
    one, other = ValueError("one"), ValueError("other")
    one.__cause__, other.__cause__ = other, one
    assert not is_transient(one)
