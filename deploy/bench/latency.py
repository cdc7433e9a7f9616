"""From an HTTP request to its effect in the last service: an enrollment taken, an invoice drafted in billing."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Final
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.engine import make_url

from deploy.bench.http_client import BadAnswer, Connections
from deploy.bench.processes import groups, processor_seconds
from deploy.bench.programme import PROGRAMME, Places
from deploy.bench.running import Installation
from deploy.bench.watching import Invoices
from deploy.cli.target import Target
from deploy.local.errors import LocalError
from shared.auth.actor import Actor, Role

_PATH: Final = f"/v1/programmes/{PROGRAMME}/enrollments"
ARRIVAL_SECONDS: Final = 120.0


class Spread(BaseModel):
    """Milliseconds."""

    p50: float
    p90: float
    p99: float
    maximum: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Spread":
        """Summarise durations; percentiles are values that were really measured (nearest rank)."""
        ordered = sorted(seconds)

        def rank(percent: int) -> float:
            return round(1000 * ordered[-(-len(ordered) * percent // 100) - 1], 1)

        return cls(p50=rank(50), p90=rank(90), p99=rank(99), maximum=round(1000 * ordered[-1], 1))


class OpenLoop(BaseModel):
    """Requests at a fixed rate whether or not earlier ones were answered; time counts from when each was due.

    `turned_away` were told to come back later, as an overloaded service does; what is said of times leaves them out.
    `cpu_ms_per_request` is the processor time of each process from the first request to the last effect.
    """

    rate: float
    seconds: float
    warm_up_seconds: float
    requests: int
    turned_away: int
    answer_ms: Spread
    effect_ms: Spread
    effects_per_second: float
    cpu_ms_per_request: dict[str, float]


class ClosedLoop(BaseModel):
    """Clients that send the next request when the last was answered; `effects_per_second` until the last effect."""

    clients: int
    seconds: float
    requests: int
    turned_away: int
    requests_per_second: float
    effects_per_second: float
    effect_ms: Spread


class EffectMissing(LocalError):
    """Requests were answered well and yet their effect never came, or requests were refused."""

    def __init__(self, sentence: str) -> None:
        super().__init__(f"the measurement is void: {sentence}")


@dataclass(slots=True)
class _Sent:
    due: dict[str, float] = field(default_factory=dict)
    answered: dict[str, float] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    turned_away: int = 0

    def answered_since(self, begin: float) -> dict[str, float]:
        """Return resource -> due time of the requests that count; raises EffectMissing when they say nothing."""
        if self.refused:
            raise EffectMissing(f"{len(self.refused)} requests were refused, the first: {self.refused[0]}")
        counted = {one: due for one, due in self.due.items() if due >= begin}
        if not counted:
            raise EffectMissing(f"none was answered, {self.turned_away} were told to come back later")
        return counted


class Enrolling:
    """Takes places one after another and watches their invoices."""

    def __init__(self, running: Installation, target: Target, places: Places, invoices: Invoices) -> None:
        actor = Actor("bench", frozenset({Role.PARTNER_ADMIN}), PROGRAMME, UUID(places.partner))
        self._token = target.token(actor, timedelta(hours=2))
        self._url = running.state.urls["enrollment"]
        self._running = running
        self._places = places
        self._invoices = invoices
        self._next = 0

    async def _take(self, connections: Connections, sent: _Sent, due: float) -> None:
        index, self._next = self._next, self._next + 1
        try:
            made = await connections.post(
                _PATH, self._places.body(index), token=self._token, key=f"bench/enrollment/{index}"
            )
        except (BadAnswer, OSError) as error:
            if isinstance(error, BadAnswer) and error.status == HTTPStatus.SERVICE_UNAVAILABLE:
                sent.turned_away += 1
            else:
                sent.refused.append(str(error))
            return
        sent.due[made["id"]] = due
        sent.answered[made["id"]] = time.perf_counter()

    async def at_rate(self, rate: float, seconds: float, warm_up: float) -> OpenLoop:
        """Send `rate` requests a second for `seconds` after `warm_up` seconds that do not count."""
        count = int(rate * (warm_up + seconds))
        sent, seen_before = _Sent(), len(self._invoices.seen)
        found = groups(self._running)
        used_before = processor_seconds(found)
        async with Connections(self._url) as connections, asyncio.TaskGroup() as tasks:
            begin = time.perf_counter() + 0.1
            for number in range(count):
                due = begin + number / rate
                # A client that is late does not wait any longer: what it owes goes out at once.
                if (pause := due - time.perf_counter()) > 0:
                    await asyncio.sleep(pause)
                tasks.create_task(self._take(connections, sent, due))
        counted = sent.answered_since(begin + warm_up)
        await self._all_seen(seen_before, len(sent.due))
        used = processor_seconds(found)
        seen = self._invoices.seen
        return OpenLoop(
            rate=rate,
            seconds=seconds,
            warm_up_seconds=warm_up,
            requests=len(counted),
            turned_away=sent.turned_away,
            answer_ms=Spread.of([sent.answered[one] - due for one, due in counted.items()]),
            effect_ms=Spread.of([seen[one] - due for one, due in counted.items()]),
            effects_per_second=round(len(sent.due) / (max(seen[one] for one in sent.due) - begin), 1),
            cpu_ms_per_request={name: round(1000 * (used[name] - used_before[name]) / count, 2) for name in used},
        )

    async def by_clients(self, clients: int, seconds: float) -> ClosedLoop:
        """Let `clients` send one request after another for `seconds`, or until no places are left."""
        sent, seen_before = _Sent(), len(self._invoices.seen)
        begin = time.perf_counter()
        deadline = begin + seconds
        async with Connections(self._url) as connections, asyncio.TaskGroup() as tasks:

            async def client() -> None:
                while (now := time.perf_counter()) < deadline and self._next < len(self._places.pairs):
                    await self._take(connections, sent, now)

            for _ in range(clients):
                tasks.create_task(client())
        sending = time.perf_counter() - begin
        counted = sent.answered_since(begin)
        await self._all_seen(seen_before, len(counted))
        seen = self._invoices.seen
        return ClosedLoop(
            clients=clients,
            seconds=round(sending, 2),
            requests=len(counted),
            turned_away=sent.turned_away,
            requests_per_second=round(len(counted) / sending, 1),
            effects_per_second=round(len(counted) / (max(seen[one] for one in counted) - begin), 1),
            effect_ms=Spread.of([seen[one] - due for one, due in counted.items()]),
        )

    async def _all_seen(self, before: int, sent: int) -> None:
        found = await self._invoices.count(before + sent, within=ARRIVAL_SECONDS)
        if found < before + sent:
            raise EffectMissing(f"{before + sent - found} of {sent} invoices never came")


def billing_database(running: Installation, prefix: str) -> str:
    """Return the administrator's URL of billing's database."""
    return make_url(running.state.admin_url).set(database=f"{prefix}_billing").render_as_string(hide_password=False)
