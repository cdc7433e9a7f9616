"""Connections to the broker: topics are provisioned by us, never by accident."""

import contextlib
from collections.abc import AsyncIterator, Collection

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from shared.messaging.topics import topic_of
from shared.settings import ServiceSettings


def new_producer(settings: ServiceSettings) -> AIOKafkaProducer:
    """Return an unstarted producer: every record acknowledged by all replicas, small linger for batching."""
    return AIOKafkaProducer(
        bootstrap_servers=settings.kafka,
        acks="all",
        enable_idempotence=settings.kafka_idempotence,
        linger_ms=2,
        max_batch_size=131_072,
        max_request_size=1_048_576,
        request_timeout_ms=15_000,
        metadata_max_age_ms=30_000,
    )


@contextlib.asynccontextmanager
async def admin_client(settings: ServiceSettings) -> AsyncIterator[AIOKafkaAdminClient]:
    """Open an admin client for the settings' broker."""
    client = AIOKafkaAdminClient(bootstrap_servers=settings.kafka, request_timeout_ms=10_000)
    await client.start()
    try:
        yield client
    finally:
        await client.close()


async def ensure_topics(settings: ServiceSettings, services: Collection[str]) -> list[str]:
    """Create the topics of `services` that do not exist yet and return their names.

    Partition count and replication come from the settings and count only at creation. Raises KafkaError.
    """
    wanted = [topic_of(settings.topic_prefix, service) for service in services]
    async with admin_client(settings) as admin:
        missing = sorted(set(wanted) - set(await admin.list_topics()))
        if not missing:
            return []
        response = await admin.create_topics(
            [
                NewTopic(
                    name,
                    num_partitions=settings.topic_partitions,
                    replication_factor=settings.topic_replication,
                )
                for name in missing
            ]
        )
        for error in response.topic_errors:
            failure = for_code(error[1])
            if error[1] != 0 and failure is not TopicAlreadyExistsError:
                raise failure(f"topic {error[0]} could not be created")
        return missing
