"""Route dependencies: who calls, whether the role may, and the transaction the answer comes from.

Rights are checked here by role and programme, and again in the domain rule by partner and state.
"""

import hashlib
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Concatenate, Final, ParamSpec, TypeVar
from uuid import UUID

import structlog
from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.auth.actor import READERS, Actor, Role
from shared.database.transaction import Transaction
from shared.errors import Conflict, NotAuthenticated, ScorebookError
from shared.events.vocabulary import ProgrammeCode
from shared.messaging.envelope import valid_traceparent
from shared.runtime import Runtime
from shared.web.body import read_json, require_json

P = ParamSpec("P")


class Resource(BaseModel):
    """What a write answers with: every resource has an id and belongs to a programme."""

    id: UUID
    programme: ProgrammeCode


ResourceT = TypeVar("ResourceT", bound=Resource)


class IdempotencyKeyMissing(ScorebookError):
    """A write without an Idempotency-Key cannot be sent again safely."""

    code = "idempotency-key-missing"
    status = 400
    title = "An Idempotency-Key is needed"

    def __init__(self) -> None:
        super().__init__(
            "every write needs one Idempotency-Key header of 8 to 200 visible characters",
            field="Idempotency-Key",
            rule="required",
        )


def runtime_of(request: Request) -> Runtime:
    """Return the process's runtime."""
    runtime: Runtime = request.app.state.runtime
    return runtime


class Access:
    """Requires one of `roles`, and the programme of the path to lie in the caller's scope."""

    def __init__(self, roles: frozenset[Role]) -> None:
        self.roles = roles

    async def actor(self, request: Request) -> Actor:
        """Return the caller; raises NotAuthenticated, NotAllowed or NotFound (another's programme)."""
        given = request.headers.getlist("authorization")
        if len(given) > 1:
            # Whoever stands before us may have looked at the other one.
            raise NotAuthenticated("one token is needed, not several", field="authorization", rule="bearer-token")
        actor = await runtime_of(request).verifier.actor(given[0] if given else None)
        structlog.contextvars.bind_contextvars(actor=actor.subject)
        actor.require_role(self.roles, f"{request.method} {request.url.path}")
        programme = request.path_params.get("programme")
        if programme is not None:
            actor.require_programme(programme)
        return actor


@dataclass(frozen=True, slots=True)
class Reading:
    """A connection to read from, and who reads."""

    connection: AsyncConnection
    actor: Actor
    runtime: Runtime


class ReadAccess(Access):
    """Dependency of a GET route; by default every role may read within its scope."""

    def __init__(self, *roles: Role) -> None:
        super().__init__(frozenset(roles) or READERS)

    async def __call__(self, request: Request) -> AsyncIterator[Reading]:
        """Open a read-only transaction with one snapshot for the whole answer."""
        actor = await self.actor(request)
        runtime = runtime_of(request)
        async with runtime.engine.connect() as connection:
            await connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield Reading(connection, actor, runtime)


@dataclass(frozen=True, slots=True)
class Writing:
    """One idempotent write."""

    actor: Actor
    runtime: Runtime
    key: str
    request_hash: bytes
    request_body: Any
    traceparent: str | None

    async def run(
        self,
        command: Callable[Concatenate[Transaction, P], Awaitable[Resource]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Response:
        """Carry out `command(transaction, *args)` once for this Idempotency-Key and answer with its resource.

        Key, state, events and audit commit together. The same key and request gets the first answer again with
        `Idempotency-Hit: true`; the same key with another request raises Conflict.
        """
        correlation = structlog.contextvars.get_contextvars().get("correlation_id")
        async with self.runtime.transactions.begin(
            self.actor, correlation_id=correlation, traceparent=self.traceparent
        ) as transaction:
            hit = await self._claim(transaction.connection)
            if hit is not None:
                return hit
            resource = await command(transaction, *args, **kwargs)
            body = resource.model_dump_json()
            name = getattr(command, "__name__", "command")
            reason = next((value for arg in args if (value := getattr(arg, "reason", None))), None)
            await self._record(transaction, name, resource, reason, body)
        return Response(body, status_code=201, media_type="application/json")

    async def _claim(self, connection: AsyncConnection) -> Response | None:
        # A second request with the same key waits here for the first to commit or roll back.
        claimed = await connection.exec_driver_sql(_CLAIM, (self._caller, self.key, self.request_hash))
        if claimed.first() is not None:
            return None
        row = (await connection.exec_driver_sql(_FIRST_ANSWER, (self._caller, self.key))).one()
        if row.request_hash != self.request_hash:
            raise Conflict(
                "this Idempotency-Key was used for another request", field="Idempotency-Key", rule="same-request"
            )
        return Response(
            row.body, status_code=row.status, media_type="application/json", headers={"Idempotency-Hit": "true"}
        )

    async def _record(
        self, transaction: Transaction, name: str, resource: Resource, reason: str | None, body: str
    ) -> None:
        await transaction.connection.exec_driver_sql(
            _ANSWER_AND_AUDIT,
            (
                self._caller,
                self.key,
                201,
                body,
                transaction.now,
                self.actor.subject,
                name,
                resource.programme,
                f"{_noun(resource)}/{resource.id}",
                reason,
                transaction.correlation_id,
                json.dumps(self.request_body),
            ),
        )

    @property
    def _caller(self) -> str:
        return f"{self.actor.programme}/{self.actor.subject}"


_CLAIM: Final = """
INSERT INTO idempotency_key (caller, key, request_hash) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING 1
"""
_FIRST_ANSWER: Final = "SELECT request_hash, status, body FROM idempotency_key WHERE caller = $1 AND key = $2"
_ANSWER_AND_AUDIT: Final = """
WITH answer AS (UPDATE idempotency_key SET status = $3, body = $4 WHERE caller = $1 AND key = $2)
INSERT INTO audit_trail (at, actor, action, programme, entity, reason, correlation_id, request)
VALUES ($5, $6, $7, $8, $9, $10, $11, $12::text::jsonb)
"""


class WriteAccess(Access):
    """Dependency of a writing route."""

    def __init__(self, *roles: Role) -> None:
        if not roles:
            raise TypeError("a write names the roles that may")
        super().__init__(frozenset(roles))

    async def __call__(self, request: Request) -> Writing:
        """Check rights and the Idempotency-Key header."""
        actor = await self.actor(request)
        keys = request.headers.getlist("idempotency-key")
        key = keys[0] if len(keys) == 1 else ""
        if not (8 <= len(key) <= 200 and key.isprintable()):
            raise IdempotencyKeyMissing
        require_json(request)
        body = await request.body()
        parsed = read_json(body)
        target = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
        return Writing(
            actor=actor,
            runtime=runtime_of(request),
            key=key,
            request_hash=hashlib.sha256(target + body).digest(),
            request_body=parsed,
            traceparent=valid_traceparent(request.headers.get("traceparent")),
        )


def _noun(resource: Resource) -> str:
    """Return what a resource is called in the audit trail: `CreditNoteOut` is a `credit-note`."""
    name = type(resource).__name__.removesuffix("Out")
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()
