"""What the replay command asks of the services."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.cli.replay import republish
from deploy.cli.target import Target
from deploy.local.home import Home


@dataclass(frozen=True, slots=True)
class Listening(Target):
    """An installation that writes down what it is asked."""

    asked: list[Any] = field(default_factory=list)

    def ops(self, service: str) -> httpx.AsyncClient:
        """Return a client of nobody."""

        def answer(request: httpx.Request) -> httpx.Response:
            self.asked.append(json.loads(request.content))
            return httpx.Response(200, json={"events": 3})

        return httpx.AsyncClient(base_url=self.urls[service], transport=httpx.MockTransport(answer))


@pytest.mark.parametrize(
    ("since", "said"),
    [
        (None, None),
        (datetime(2026, 3, 1, 12), "2026-03-01T12:00:00+00:00"),  # noqa: DTZ001 - as it is typed
        (datetime(2026, 3, 1, 12, tzinfo=UTC), "2026-03-01T12:00:00+00:00"),
        (datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=-4))), "2026-03-01T12:00:00-04:00"),
    ],
)
async def test_since_is_in_utc_unless_it_says_otherwise(
    tmp_path: Path, since: datetime | None, said: str | None
) -> None:
    target = Listening(Home(tmp_path), {"billing": "http://billing"})
    assert await republish(target, ["billing"], since=since, reason="a new broker") == {"billing": 3}
    assert target.asked == [{"since": said, "event_types": [], "reason": "a new broker"}]
