"""Checks every service shares: the outbox, the inbox and the parking table against each other."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.runtime import Check, Finding

_LIMIT: Final = 50

_QUERIES: Final[tuple[tuple[str, str, str], ...]] = (
    (
        "outbox-sequence",
        "events of each aggregate are numbered 1..n without gap, the head says n, and only retention removed any",
        """
        SELECT h.aggregate_type || '/' || h.aggregate_id,
               format('head says %s, outbox holds %s up to %s and forgot %s', h.last_sequence, count(o.id),
                      max(o.sequence), h.forgotten)
        FROM stream_head h LEFT JOIN outbox o USING (aggregate_id)
        GROUP BY h.aggregate_id
        HAVING count(o.id) + h.forgotten <> h.last_sequence OR max(o.sequence) > h.last_sequence
            OR (h.forgotten = 0 AND max(o.sequence) <> h.last_sequence)
        UNION ALL
        SELECT 'outbox/' || o.id, format('%s of %s has no head', o.event_type, o.aggregate_id)
        FROM outbox o WHERE NOT EXISTS (SELECT FROM stream_head h WHERE h.aggregate_id = o.aggregate_id)
        """,
    ),
    (
        "outbox-unsent",
        "nothing is left unpublished",
        "SELECT 'outbox/' || id, format('%s of %s is unpublished: %s', event_type, aggregate_id, "
        "coalesce(last_error, 'not tried yet')) FROM outbox WHERE published_at IS NULL ORDER BY id",
    ),
    (
        "parked-open",
        "no message is parked",
        "SELECT 'parked/' || id, format('%s: %s %s of key %s: %s', state, event_type, event_id, key, error) "
        "FROM parked WHERE closed_at IS NULL ORDER BY id",
    ),
    (
        "inbox-position",
        "no event was applied beyond the position of its aggregate, and no position is blocked without cause",
        """
        SELECT 'inbox/' || i.event_id,
               format('sequence %s is beyond position %s', i.sequence, coalesce(max(p.last_sequence), 0))
        FROM inbox i LEFT JOIN consumer_position p ON p.consumer = i.consumer AND p.key = i.key
        WHERE NOT EXISTS (SELECT FROM parked k WHERE k.event_id = i.event_id)
        GROUP BY i.event_id, i.sequence HAVING i.sequence > coalesce(max(p.last_sequence), 0)
        UNION ALL
        SELECT 'position/' || p.key, 'is blocked though nothing of it is parked' FROM consumer_position p
        WHERE p.blocked IS NOT NULL
          AND NOT EXISTS (SELECT FROM parked k WHERE k.key = p.key AND k.closed_at IS NULL)
        """,
    ),
)


def sql_check(name: str, describes: str, query: str) -> Check:
    """Return a check from a query that yields (row name, message) for everything that is wrong."""

    async def run(connection: AsyncConnection) -> Sequence[Finding]:
        rows = await connection.exec_driver_sql(
            f"SELECT row::text, message::text FROM ({query}) AS found (row, message) LIMIT {_LIMIT}"  # noqa: S608 - our text
        )
        return [Finding(found.row, found.message) for found in rows]

    return Check(name, describes, run)


def platform_checks() -> list[Check]:
    """Return the checks of the messaging tables."""
    return [sql_check(*parts) for parts in _QUERIES]
