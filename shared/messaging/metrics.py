"""Counters of event delivery, for Prometheus."""

from prometheus_client import Counter, Gauge, Histogram

EVENTS = Counter("scorebook_events_total", "Events received, by outcome.", ["consumer", "event_type", "outcome"])
BATCH_SECONDS = Histogram("scorebook_batch_seconds", "Time of one consumer transaction.", ["consumer"])
RETRIES = Counter("scorebook_batch_retries_total", "Batches tried again after a passing error.", ["consumer"])
PUBLISHED = Counter("scorebook_published_total", "Outbox rows the broker acknowledged.", ["service"])
PUBLISH_FAILURES = Counter("scorebook_publish_failures_total", "Outbox rows the broker did not take.", ["service"])
OUTBOX_BACKLOG = Gauge("scorebook_outbox_backlog", "Outbox rows not yet published.", ["service"])
PARKED_OPEN = Gauge("scorebook_parked_open", "Parked messages not yet released or discarded.", ["consumer"])
