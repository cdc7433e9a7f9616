"""Settings of one service process: each has a type, a default that works, a description and one place."""

from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """Read from the environment, prefix `SCOREBOOK_`."""

    model_config = SettingsConfigDict(env_prefix="SCOREBOOK_", frozen=True)

    database_url: str = Field(
        default="postgresql://localhost/scorebook",
        repr=False,  # it holds a password
        description="This service's database, as its application role.",
    )
    database_pool: int = Field(default=8, ge=1, description="Connections the process keeps at most.")
    database_idle_seconds: int = Field(
        default=30,
        ge=1,
        description="The server ends a transaction that idles longer, s: a frozen process must not lock others out.",
    )
    kafka: str = Field(default="127.0.0.1:9092", description="Bootstrap servers, host:port, comma separated.")
    kafka_idempotence: bool = Field(
        default=True,
        description="Idempotent producer; the embedded broker cannot (InitProducerId fails there).",
    )
    topic_prefix: str = Field(default="scorebook", description="First part of every topic and group name.")
    topic_partitions: int = Field(default=12, ge=1, description="Partitions of a topic when it is created; then fixed.")
    topic_replication: int = Field(default=1, ge=1, description="Replication factor of a topic when it is created.")
    http_host: str = Field(default="127.0.0.1", description="Address the HTTP server binds to.")
    http_port: int = Field(default=8100, ge=0, le=65_535, description="Port the HTTP server binds to.")
    jwks: str = Field(
        default="",
        description="Where the token keys are: a JWKS URL of an identity provider, or a JWKS file's path.",
    )
    token_issuer: str = Field(default="scorebook", description="The `iss` that tokens must carry.")
    token_audience: str = Field(default="scorebook", description="The `aud` that tokens must carry.")
    batch_records: int = Field(default=500, ge=1, description="Most events a consumer handles in one transaction.")
    batch_wait_ms: int = Field(default=20, ge=1, description="How long a consumer waits for a batch to fill, ms.")
    group_session_ms: int = Field(default=15_000, ge=6_000, description="Group membership times out after this, ms.")
    relay_batch: int = Field(default=500, ge=1, description="Most outbox rows the relay sends at once.")
    relay_lease_seconds: int = Field(default=10, ge=2, description="A relay's hold on a shard, on the database clock.")
    outbox_retention_days: int = Field(default=0, ge=0, description="Published rows older than this go; 0 keeps all.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = Field(
        default="INFO", description="Least severe log level written."
    )
    log_json: bool = Field(default=True, description="Log lines as JSON; otherwise for reading.")
    faults: str = Field(
        default="", description="Fault injection for tests, see shared/messaging/faults.py; empty is none."
    )
    parent_pid: int | None = Field(default=None, description="Stop when this process is gone (local stack).")

    @cached_property
    def jwks_path(self) -> Path | None:
        """The JWKS file when `jwks` is a path rather than a URL."""
        return None if "://" in self.jwks or not self.jwks else Path(self.jwks)
