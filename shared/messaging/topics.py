"""Names of topics, groups and shards."""

import zlib
from typing import Final
from uuid import UUID

SHARDS: Final = 8
"""Relay shards per service; each is sent by one relay at a time."""


def topic_of(prefix: str, service: str) -> str:
    """Return the topic a service produces to, for example `scorebook.billing`."""
    return f"{prefix}.{service}"


def group_of(prefix: str, consumer: str) -> str:
    """Return the consumer group of a service."""
    return f"{prefix}.{consumer}"


def shard_of(aggregate_id: UUID) -> int:
    """Return the relay shard of an aggregate: stable across processes, so one aggregate has one sender."""
    return zlib.crc32(aggregate_id.bytes) % SHARDS
