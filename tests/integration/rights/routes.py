"""Every route of every service, as the applications themselves have them, and the table of who may use it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from services.assessment.app import SERVICE as ASSESSMENT
from services.billing.app import SERVICE as BILLING
from services.certification.app import SERVICE as CERTIFICATION
from services.enrollment.app import SERVICE as ENROLLMENT
from shared.auth.actor import Role
from shared.runtime import Service
from shared.web.app import create_app

SERVICES: Final = (ENROLLMENT, ASSESSMENT, CERTIFICATION, BILLING)
TABLE: Final = Path(__file__).with_name("roles.json")

ANYBODY: Final = "anybody"
EVERY_ROLE: Final = "every role"
EVERYWHERE: Final = "every service"

# Values for the query parameters that some routes insist on.
_QUERY: Final = {"as_of": "2017-09-30", "basis": "invoiced", "component": "F", "topic": "scorebook.enrollment"}


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path.

    `query`: the parameters without which it answers 422. `ids`: those that may name a thing by its id.
    """

    service: str
    method: str
    path: str
    query: tuple[str, ...]
    ids: tuple[str, ...]

    @property
    def name(self) -> str:
        """How the table calls it."""
        return f"{self.service} {self.method} {self.path}"

    @property
    def is_write(self) -> bool:
        """Whether it may change something."""
        return self.method not in ("GET", "HEAD")

    @property
    def places(self) -> tuple[str, ...]:
        """The names of the places of the path."""
        return tuple(name for _, name, _, _ in Formatter().parse(self.path) if name is not None)

    def url(self, parts: Mapping[str, str]) -> str:
        """Return a URL with `parts` in the places of the path; raises KeyError where one is missing."""
        url = self.path.format_map(parts)
        return f"{url}?{urlencode({name: _QUERY[name] for name in self.query})}" if self.query else url


def routes_of(service: Service) -> tuple[Route, ...]:
    """Return the routes of a service; HEAD comes with GET and is not counted apart."""
    return _routes_of(service.name)


@cache
def _routes_of(name: str) -> tuple[Route, ...]:
    return tuple(_found(name, create_app(next(service for service in SERVICES if service.name == name))))


def _found(service: str, app: FastAPI) -> Iterator[Route]:
    documented = app.openapi()["paths"]
    for context in iter_route_contexts(app.routes):
        path = context.path
        assert path is not None
        for method in sorted(set(context.methods or ()) - {"HEAD"}):
            parameters: list[dict[str, Any]] = documented.get(path, {}).get(method.lower(), {}).get("parameters", [])
            in_query = [each for each in parameters if each["in"] == "query"]
            needed = tuple(each["name"] for each in in_query if each.get("required"))
            ids = tuple(each["name"] for each in in_query if "'format': 'uuid'" in str(each["schema"]))
            yield Route(service, method, path, needed, ids)


@dataclass(frozen=True, slots=True)
class Right:
    """Who may use a route: anybody, or these roles, within their programme or only if they see every programme."""

    roles: frozenset[Role]
    is_open: bool = False
    of_installation: bool = False

    @classmethod
    def read(cls, words: list[str]) -> "Right":
        """Return what a line of the table says; `ops *` is ops with a token for every programme."""
        if words == [ANYBODY]:
            return cls(frozenset(Role), is_open=True)
        if words == [EVERY_ROLE]:
            return cls(frozenset(Role))
        stars = {word.endswith(" *") for word in words}
        assert len(stars) == 1, words
        return cls(frozenset(Role(word.removesuffix(" *")) for word in words), of_installation=stars == {True})


@cache
def table() -> dict[str, list[str]]:
    """Return the table as it is written."""
    written: dict[str, list[str]] = json.loads(TABLE.read_text("utf-8"))
    return written


def right_of(route: Route) -> Right:
    """Return who may use `route`; raises KeyError for one the table does not name."""
    written = table()
    shared = f"{EVERYWHERE} {route.method} {route.path}"
    return Right.read(written[shared] if shared in written else written[route.name])
