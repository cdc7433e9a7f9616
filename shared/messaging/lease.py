"""Which relay sends which shards: leases on the database's clock, so no two machines' clocks need to agree."""

from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.messaging.topics import SHARDS

_TAKE: Final = """
INSERT INTO relay_lease AS l (shard, owner, epoch, expires_at)
SELECT shard, $1, 1, clock_timestamp() + make_interval(secs => $2) FROM generate_series(0, $3 - 1) AS shard
ORDER BY shard
ON CONFLICT (shard) DO UPDATE
SET owner = excluded.owner, expires_at = excluded.expires_at,
    epoch = CASE WHEN l.owner = excluded.owner THEN l.epoch ELSE l.epoch + 1 END
WHERE l.owner = excluded.owner OR l.expires_at < clock_timestamp()
RETURNING shard, epoch
"""
_RELEASE: Final = "UPDATE relay_lease SET expires_at = clock_timestamp() - interval '1 second' WHERE owner = $1"
_RECALL: Final = """
UPDATE relay_lease l SET epoch = l.epoch + 1
FROM (SELECT shard FROM relay_lease ORDER BY shard FOR UPDATE) AS held WHERE l.shard = held.shard
"""


async def take_leases(connection: AsyncConnection, owner: UUID, seconds: int) -> dict[int, int]:
    """Take every shard that is free or already ours, for `seconds`; return shard -> epoch."""
    rows = await connection.exec_driver_sql(_TAKE, (str(owner), float(seconds), SHARDS))
    return {row.shard: row.epoch for row in rows}


async def release_leases(connection: AsyncConnection, owner: UUID) -> None:
    """Give our shards up, so that another relay takes them at once."""
    await connection.exec_driver_sql(_RELEASE, (str(owner),))


async def recall_leases(connection: AsyncConnection) -> None:
    """Keep every relay from marking what it has sent under its present leases; it takes them again and sends again."""
    await connection.exec_driver_sql(_RECALL)
