"""Identifiers: UUIDv7 from an injected factory, so that tests are exact."""

from collections.abc import Callable
from uuid import UUID

import uuid_utils
from asyncpg.pgproto import pgproto

IdFactory = Callable[[], UUID]


def new_id() -> UUID:
    """Return a fresh UUIDv7 (RFC 9562): sorts by the time it was made, to the millisecond."""
    # The database driver's UUID is the standard one, as a subclass in C: made, written and sent many times faster.
    made: UUID = pgproto.UUID(uuid_utils.uuid7().bytes)
    return made


def parse_id(text: str) -> UUID:
    """Return the id written as `text`, in any form that `uuid.UUID` takes; raises ValueError."""
    try:
        read: UUID = pgproto.UUID(text)
    except ValueError:
        return UUID(text)
    return read


class SequentialIds:
    """An id factory for tests: 1, 2, 3 ... shaped as UUIDv7."""

    def __init__(self, start: int = 1) -> None:
        self._next = start

    def __call__(self) -> UUID:
        """Return the next id; never repeats within one factory."""
        value = self._next
        self._next += 1
        return UUID(int=(7 << 76) | (0b10 << 62) | value)
