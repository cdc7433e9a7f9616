"""One programme per service in which every route has something to show, all of it of one partner."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from tests.integration.rights.routes import Route
from tests.support.client import Client

Body = dict[str, Any]
HERE: Final = "bolivia"


@dataclass(frozen=True, slots=True)
class Write:
    """A request that the partner's own token may make: the body, the places of the path, and who must send it."""

    body: Body
    parts: Mapping[str, str]
    subject: str = "tester"


@dataclass(frozen=True, slots=True)
class Scenery:
    """The programme HERE in one service: a `partner` with things of every kind, and one more that has nothing yet."""

    client: Client
    partner: UUID
    other: UUID
    parts: Mapping[str, str]
    """Something of the partner's for every place of a path, and for every parameter that names a thing by its id."""
    writes: Mapping[str, Write]
    """By method and path below the programme, in an order in which all of them succeed."""

    def write_of(self, route: Route) -> Write:
        """Return what to send to a route that writes; without one of its own, an empty body."""
        return self.writes.get(below(route), Write({}, self.parts)) if route.is_write else Write({}, self.parts)

    def named(self, parameter: str) -> str:
        """Return something of the partner's for a parameter of a query, such as `partner` or `training_id`."""
        return self.parts[parameter] if parameter in self.parts else self.parts[f"{parameter}_id"]


def below(route: Route) -> str:
    """Return the path of a route below the programme."""
    return route.path.removeprefix("/v1/programmes/{programme}")
