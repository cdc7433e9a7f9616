"""The installation a command talks to: the one running in this home, or URLs given."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import httpx

from deploy.cli.prepare import Preparation
from deploy.cli.services import NAMES
from deploy.local.errors import LocalError
from deploy.local.home import Home
from deploy.local.http import http_client
from shared.auth.actor import EVERY_PROGRAMME, Actor, Role
from shared.clock import system_clock

ISSUER: Final = "scorebook"


class NothingRuns(LocalError):
    """No stack runs in the home and no URLs were given."""

    def __init__(self, home: Home) -> None:
        super().__init__(f"nothing runs in {home.path}: start it with `scorebook up`, or give --url NAME=URL")


class BadUrl(LocalError):
    """A --url that is not NAME=URL."""

    def __init__(self, given: str) -> None:
        super().__init__(f"--url {given!r} is not NAME=URL with NAME one of {', '.join(NAMES)}")


@dataclass(frozen=True, slots=True)
class Target:
    """Base URLs of the services and a way to get tokens for them."""

    home: Home
    urls: Mapping[str, str]

    @classmethod
    def find(cls, home: Home, given: list[str] | None = None) -> "Target":
        """Return the installation in `home`, or the one at `given` NAME=URL pairs; raises LocalError."""
        if given:
            urls: dict[str, str] = {}
            for pair in given:
                name, _, url = pair.partition("=")
                if name not in NAMES or not url.startswith(("http://", "https://")):
                    raise BadUrl(pair)
                urls[name] = url.rstrip("/")
            return cls(home, urls)
        running = home.running()
        if running is None or running.status != "running":
            raise NothingRuns(home)
        return cls(home, running.urls)

    def token(self, actor: Actor, lifetime: timedelta = timedelta(hours=1)) -> str:
        """Return a token by the installation's own key; `SCOREBOOK_TOKEN`, from an identity provider, goes first."""
        return os.environ.get("SCOREBOOK_TOKEN") or Preparation(self.home).signing_key().issue(
            actor, clock=system_clock, lifetime=lifetime, issuer=ISSUER, audience=ISSUER
        )

    def ops(self, service: str) -> httpx.AsyncClient:
        """Return a client of one service with ops and auditor rights over the whole installation."""
        actor = Actor("scorebook-cli", frozenset({Role.OPS, Role.AUDITOR}), EVERY_PROGRAMME)
        return http_client(
            base_url=self.urls[service],
            headers={"authorization": f"Bearer {self.token(actor)}"},
            timeout=httpx.Timeout(60, connect=5),
        )
