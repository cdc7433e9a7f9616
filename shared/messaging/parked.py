"""The parking table: messages that cannot be applied now, whole, with the reason and everything behind them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.errors import FactMissing, ScorebookError
from shared.messaging.envelope import Envelope, MalformedEvent
from shared.messaging.record import Record

FIRST_RETRY: Final = timedelta(milliseconds=200)
SLOWEST_RETRY: Final = timedelta(seconds=15)


class ParkedState(StrEnum):
    """Why a message is parked, or how it left.

    failed: cannot succeed as it is, a person decides. waiting: needs a fact that has not arrived. gap: an earlier
    message of its aggregate is missing. behind: another one of its key is in front. released, discarded: closed.
    """

    FAILED = "failed"
    WAITING = "waiting"
    GAP = "gap"
    BEHIND = "behind"
    RELEASED = "released"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class ParkedMessage:
    """One open row of the parking table."""

    id: int
    topic: str
    key: str
    state: ParkedState
    attempts: int
    record: Record

    @property
    def sequence(self) -> int | None:
        """The sequence, or None for a message that is not one of our events."""
        envelope = self.record.envelope
        return None if isinstance(envelope, MalformedEvent) else envelope.sequence


_PARK: Final = """
INSERT INTO parked (consumer, topic, partition, "offset", key, digest, event_id, event_type, sequence, programme,
                    headers, payload, state, waits_for, error_code, error, attempts, last_attempt_at, next_attempt_at,
                    header_bytes, key_bytes)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::text::jsonb, $12, $13, $14, $15, $16, $17,
        CASE WHEN $17 > 0 THEN statement_timestamp() END,
        CASE WHEN $13 = 'waiting' THEN statement_timestamp() + $18::interval END, $19, $20)
ON CONFLICT (consumer, topic, digest) WHERE closed_at IS NULL DO NOTHING
"""


def describe(error: Exception | None) -> tuple[str | None, str | None, str | None]:
    """Return code, sentence and awaited aggregate of `error`, as the parking table keeps them."""
    if error is None:
        return None, None, None
    if isinstance(error, MalformedEvent):
        code = error.rule
    elif isinstance(error, ScorebookError):
        code = error.code
    else:
        code = type(error).__name__
    waits_for = error.aggregate_id if isinstance(error, FactMissing) else None
    return code, str(error).replace("\x00", "\\x00")[:4000], waits_for


async def park(
    connection: AsyncConnection, consumer: str, record: Record, state: ParkedState, error: Exception | None
) -> None:
    """Keep `record` whole in the parking table; parking what is already parked changes nothing."""
    envelope = record.envelope
    known = envelope if isinstance(envelope, Envelope) else None
    code, sentence, waits_for = describe(error)
    event_id: UUID | None = known.id if known else None
    await connection.exec_driver_sql(
        _PARK,
        (
            consumer,
            record.topic,
            record.partition,
            record.offset,
            record.order_key,
            record.digest,
            event_id,
            known.type if known else None,
            known.sequence if known else None,
            known.programme if known else None,
            record.headers_as_json(),
            record.value,
            state.value,
            waits_for,
            code,
            sentence,
            1 if state in (ParkedState.FAILED, ParkedState.WAITING) else 0,
            FIRST_RETRY,
            _pack(record.headers),
            record.key,
        ),
    )


_NEXT: Final = """
SELECT id, topic, key, state, attempts, partition, "offset", payload, header_bytes, key_bytes FROM parked
WHERE consumer = $1 AND topic = $2 AND key = $3 AND closed_at IS NULL
ORDER BY sequence NULLS FIRST, id LIMIT 1
"""
_CLOSE: Final = """
UPDATE parked SET state = $2, closed_at = clock_timestamp(), closed_by = $3, close_reason = $4 WHERE id = $1
"""
_FAIL: Final = """
UPDATE parked SET state = $2, error_code = $3, error = $4, waits_for = $5, attempts = attempts + 1,
       last_attempt_at = statement_timestamp(),
       next_attempt_at = CASE WHEN $2 = 'waiting' THEN statement_timestamp() + $6::interval END
WHERE id = $1
"""
_SET_STATE: Final = "UPDATE parked SET state = $2 WHERE id = $1 AND state <> $2"


async def next_parked(connection: AsyncConnection, consumer: str, topic: str, key: str) -> ParkedMessage | None:
    """Return the message of a key that has to go first, or None when nothing of it is parked.

    What is not one of our events has no sequence and goes first: everything of its key waits for a person.
    """
    row = (await connection.exec_driver_sql(_NEXT, (consumer, topic, key))).one_or_none()
    return None if row is None else _message(row)


def _message(row: Any) -> ParkedMessage:  # noqa: ANN401 - a driver row
    record = Record(
        topic=row.topic,
        partition=row.partition,
        offset=row.offset,
        key=row.key_bytes,
        headers=_unpack(row.header_bytes),
        value=row.payload,
    )
    return ParkedMessage(row.id, row.topic, row.key, ParkedState(row.state), row.attempts, record)


async def close(
    connection: AsyncConnection,
    parked_id: int,
    state: ParkedState,
    *,
    by: str | None = None,
    reason: str | None = None,
) -> None:
    """Close an open row as released or discarded."""
    await connection.exec_driver_sql(_CLOSE, (parked_id, state.value, by, reason))


async def keep_parked(connection: AsyncConnection, message: ParkedMessage, error: Exception) -> ParkedState:
    """Record one more failed attempt; a missing fact backs off, anything else waits for a person."""
    state = ParkedState.WAITING if isinstance(error, FactMissing) else ParkedState.FAILED
    code, sentence, waits_for = describe(error)
    delay = min(SLOWEST_RETRY, FIRST_RETRY * 2 ** min(message.attempts, 10))
    await connection.exec_driver_sql(_FAIL, (message.id, state.value, code, sentence, waits_for, delay))
    return state


async def set_state(connection: AsyncConnection, parked_id: int, state: ParkedState) -> None:
    """Change why an open row is parked, without counting an attempt."""
    await connection.exec_driver_sql(_SET_STATE, (parked_id, state.value))


def _pack(headers: Sequence[tuple[str, bytes | None]]) -> bytes:
    # Length-prefixed, so that a replay sees the very bytes that came, also the malformed ones.
    parts: list[bytes] = []
    for name, value in headers:
        encoded = name.encode(errors="surrogateescape")
        parts.append(len(encoded).to_bytes(4, "big") + encoded)
        parts.append(b"\xff" * 4 if value is None else len(value).to_bytes(4, "big") + value)
    return b"".join(parts)


def _unpack(packed: bytes) -> tuple[tuple[str, bytes | None], ...]:
    headers: list[tuple[str, bytes | None]] = []
    at = 0

    def take() -> bytes | None:
        nonlocal at
        prefix = packed[at : at + 4]
        at += 4
        if prefix == b"\xff" * 4:
            return None
        length = int.from_bytes(prefix, "big")
        at += length
        return packed[at - length : at]

    while at < len(packed):
        name = take() or b""
        headers.append((name.decode(errors="surrogateescape"), take()))
    return tuple(headers)
