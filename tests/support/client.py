"""A service in this process over a real database: HTTP without a socket, events without a broker."""

import itertools
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import httpx
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.auth.actor import PARTNER_ROLES, Actor, Role
from shared.auth.signing import SigningKey
from shared.auth.tokens import TokenVerifier
from shared.clock import FixedClock
from shared.database.engine import database_engine
from shared.database.provision import Provisioned
from shared.database.transaction import Transactions
from shared.events.base import EventData, service_of
from shared.ids import new_id
from shared.messaging.envelope import Envelope, to_headers
from shared.messaging.parking import Parking
from shared.messaging.pipeline import Pipeline
from shared.messaging.record import Record
from shared.messaging.topics import topic_of
from shared.runtime import Runtime, Service
from shared.settings import ServiceSettings
from shared.web.app import create_app

NOW: Final = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ISSUER: Final = "scorebook"
STRANGER: Final = UUID("0198c0de-0000-7000-8000-0000000000ff")
"""A partner that owns nothing."""


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One row of the outbox."""

    type: str
    data: dict[str, Any]
    aggregate_id: UUID
    sequence: int
    programme: str


@dataclass(slots=True)
class Client:
    """Speaks to one service as anybody, and to its pipeline as the broker would."""

    runtime: Runtime
    http: httpx.AsyncClient
    key: SigningKey
    clock: FixedClock
    pipeline: Pipeline
    _sequences: dict[UUID, "itertools.count[int]"] = field(default_factory=dict)

    def token(
        self, role: str | Role, programme: str = "bolivia", partner: UUID | str | None = None, subject: str = "tester"
    ) -> str:
        """Return a bearer token for one role; a partner's is for a stranger unless a partner is named."""
        if partner is None and role in PARTNER_ROLES:
            partner = STRANGER
        actor = Actor(subject, frozenset({Role(role)}), programme, None if partner is None else UUID(str(partner)))
        return self.key.issue(actor, clock=self.clock, lifetime=timedelta(hours=1), issuer=ISSUER, audience=ISSUER)

    async def post(
        self,
        path: str,
        body: object = None,
        *,
        role: str | Role = Role.PROGRAMME_MANAGER,
        programme: str = "bolivia",
        partner: UUID | str | None = None,
        subject: str = "tester",
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        """POST `body` (JSON) or `content` (raw bytes) with a fresh Idempotency-Key unless `key` is given."""
        sent = {
            "authorization": f"Bearer {self.token(role, programme, partner, subject)}",
            "idempotency-key": key or str(new_id()),
            "content-type": "application/json",
            **(headers or {}),
        }
        payload = content if content is not None else json.dumps(body).encode()
        return await self.http.post(path, content=payload, headers=sent)

    async def get(
        self,
        path: str,
        *,
        role: str | Role = Role.AUDITOR,
        programme: str = "bolivia",
        partner: UUID | str | None = None,
        subject: str = "tester",
        headers: Mapping[str, str] | None = None,
        **params: str | int,
    ) -> httpx.Response:
        """GET `path` with query parameters."""
        sent = {"authorization": f"Bearer {self.token(role, programme, partner, subject)}", **(headers or {})}
        return await self.http.get(path, params=params, headers=sent)

    async def deliver(
        self,
        data: EventData,
        *,
        aggregate_id: UUID,
        programme: str = "bolivia",
        sequence: int | None = None,
        event_id: UUID | None = None,
    ) -> Record:
        """Feed an event to the service's pipeline, as its topic would; returns the record, to deliver it again."""
        record = self.record(data, aggregate_id=aggregate_id, programme=programme, sequence=sequence, event_id=event_id)
        await self.deliver_records(record)
        return record

    async def deliver_records(self, *records: Record) -> None:
        """Feed records as one batch and let parked queues move."""
        outcome = await self.pipeline.handle(records)
        await self.runtime.parking.after_batch(outcome)

    def record(
        self,
        data: EventData,
        *,
        aggregate_id: UUID,
        programme: str = "bolivia",
        sequence: int | None = None,
        event_id: UUID | None = None,
    ) -> Record:
        """Return the record of an event; without `sequence`, the aggregate's next one."""
        if sequence is None:
            sequence = next(self._sequences.setdefault(aggregate_id, itertools.count(1)))
        service = service_of(data.type)
        envelope = Envelope(
            id=event_id or new_id(),
            type=data.type,
            source=f"/scorebook/{service}",
            subject=f"{data.aggregate}/{aggregate_id}",
            time=self.clock(),
            programme=programme,
            key=str(aggregate_id),
            sequence=sequence,
            correlation_id="test",
            causation_id=None,
            actor="tester",
        )
        return Record(
            topic=topic_of(self.runtime.settings.topic_prefix, service),
            partition=0,
            offset=0,
            key=envelope.key.encode(),
            headers=tuple(to_headers(envelope)),
            value=data.model_dump_json().encode(),
        )

    async def events(self) -> list[StoredEvent]:
        """Return everything in the outbox, in order."""
        async with self.connection() as connection:
            rows = await connection.exec_driver_sql(
                "SELECT event_type, payload, aggregate_id, sequence, programme FROM outbox ORDER BY id"
            )
            return [
                StoredEvent(r.event_type, json.loads(r.payload), r.aggregate_id, r.sequence, r.programme) for r in rows
            ]

    async def parked(self) -> list[tuple[str, str | None]]:
        """Return (state, error code) of every open parked message, oldest first."""
        async with self.connection() as connection:
            rows = await connection.exec_driver_sql(
                "SELECT state, error_code FROM parked WHERE closed_at IS NULL ORDER BY id"
            )
            return [(row.state, row.error_code) for row in rows]

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction as the application role."""
        async with self.runtime.engine.begin() as connection:
            yield connection

    async def findings(self) -> list[str]:
        """Return what the service's own verification finds."""
        answer = await self.get("/v1/ops/verification", role=Role.AUDITOR, programme="*")
        assert answer.status_code == 200, answer.text
        return [
            f"{check['name']}: {finding['row']}: {finding['message']}"
            for check in answer.json()["checks"]
            if check["name"] != "outbox-unsent"
            for finding in check["findings"]
        ]


@asynccontextmanager
async def service_in_process(
    service: Service, database: Provisioned, key: SigningKey, jwks: str
) -> AsyncIterator[Client]:
    """Run `service` on `database` in this process, at the fixed moment NOW."""
    settings = ServiceSettings(database_url=database.application_url, jwks=jwks, database_pool=10)
    clock = FixedClock(NOW)
    engine = database_engine(settings)
    transactions = Transactions(engine, clock, new_id)
    pipeline = Pipeline(service.handlers, transactions)
    runtime = Runtime(
        service=service,
        settings=settings,
        engine=engine,
        transactions=transactions,
        verifier=TokenVerifier(settings, clock),
        parking=Parking(pipeline),
        clock=clock,
        ids=new_id,
    )
    app = create_app(service, runtime)
    try:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://service", timeout=60
        ) as http:
            yield Client(runtime, http, key, clock, pipeline)
    finally:
        await engine.dispose()
