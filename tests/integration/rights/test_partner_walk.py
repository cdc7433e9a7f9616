"""Architecture section 7: a chamber sees its own enterprises and its own book.

Every route once more, with the tokens of a partner that has nothing yet, in a programme where all belongs to another.
"""

from typing import Final

import httpx
import pytest

from shared.auth.actor import Role
from tests.integration.rights.routes import Route, right_of
from tests.integration.rights.scenery import below
from tests.integration.rights.walker import Walker, problem, refused_for

pytestmark = pytest.mark.integration

PARTNERS: Final = (Role.PARTNER_ADMIN, Role.PARTNER_FINANCE, Role.TRAINER)
"""The roles whose tokens are bound to a partner."""

SHARED: Final = frozenset(
    {
        "enrollment GET /v1/programmes",
        "enrollment GET /v1/programmes/{programme}",
        "enrollment GET /v1/programmes/{programme}/policy-versions",
        "enrollment GET /v1/programmes/{programme}/trainers",
        "enrollment GET /v1/programmes/{programme}/trainers/{trainer_id}",
        "assessment GET /v1/programmes/{programme}/kpis",
        "assessment GET /v1/programmes/{programme}/kpis/{kpi_id}",
        "certification GET /v1/programmes/{programme}/scheme-versions",
        "billing GET /v1/programmes/{programme}/cost-kinds",
        "billing GET /v1/programmes/{programme}/cost-recovery/measurements",
        "billing GET /v1/programmes/{programme}/cost-recovery/targets",
        "billing GET /v1/programmes/{programme}/fx-rates",
        "billing GET /v1/programmes/{programme}/tax-rules",
    }
)
"""What partners read together: nothing in the answers belongs to one of them."""


def partners_of(route: Route) -> list[Role]:
    """Return the roles bound to a partner that may use a route."""
    right = right_of(route)
    return [] if right.is_open or right.of_installation else [role for role in PARTNERS if role in right.roles]


async def test_a_partner_is_shown_nothing_of_another(walker: Walker) -> None:
    scenery = walker.scenery
    hidden = await walker.storage.ids_of(scenery.partner)
    shared = set()
    for route in walker.routes:
        if route.is_write:
            continue
        nothing = {**walker.parts(route), **walker.unknown_parts(route)}
        for role in partners_of(route):
            own, foreign = (walker.bearer(role, partner=partner) for partner in (scenery.partner, scenery.other))
            to_owner, to_other = await walker.ask(route, own), await walker.ask(route, foreign)
            assert to_owner.status_code == 200, (route.name, role, to_owner.text)
            if to_other.status_code == 404:
                unknown = await walker.ask(route, foreign, parts=nothing)
                assert problem(to_other, walker.parts(route).values()) == problem(unknown, nothing.values()), route.name
                continue
            assert to_other.status_code == 200, (route.name, role, to_other.text)
            assert not shown(hidden, to_other), (route.name, role, to_other.text)
            as_csv = await walker.ask(route, foreign, accept="text/csv")
            assert not shown(hidden, as_csv), (route.name, role, as_csv.text)
            if not shown(hidden, to_owner):
                shared.add(route.name)
    assert sorted(shared) == sorted(name for name in SHARED if name.startswith(walker.service.name))


def shown(hidden: frozenset[str], answer: httpx.Response) -> list[str]:
    """Return what an answer shows of what is hidden."""
    return [one for one in hidden if one in answer.text]


async def test_a_partner_that_filters_by_what_is_anothers_is_shown_nothing_of_it(walker: Walker) -> None:
    scenery = walker.scenery
    hidden = await walker.storage.ids_of(scenery.partner)
    for route in walker.routes:
        for role in partners_of(route) if not route.is_write else ():
            for name in set(route.ids) - {"after"}:
                asked = scenery.named(name)
                answer = await walker.ask(route, walker.bearer(role, partner=scenery.other), query={name: asked})
                assert answer.status_code in (200, 403, 404), (route.name, role, name, answer.text)
                said = {asked, *walker.parts(route).values()}
                assert not set(shown(hidden, answer)) - said, (route.name, role, name, answer.text)


async def test_a_partner_changes_nothing_of_another_and_the_owner_may(fresh_walker: Walker) -> None:
    walker, scenery = fresh_walker, fresh_walker.scenery
    writes = {below(route): route for route in walker.routes if route.is_write and partners_of(route)}
    assert set(writes) == set(scenery.writes), "each route that a partner writes to has an example"
    for path, write in scenery.writes.items():
        route = writes[path]
        async with walker.nothing_stored(route):
            for role in partners_of(route):
                token = walker.bearer(role, partner=scenery.other, subject=write.subject)
                answer = await walker.ask(route, token)
                assert answer.status_code in (403, 404), (route.name, role, answer.text)
                assert refused_for(answer) != [("authorization", "role")], (route.name, role)
    for path, write in scenery.writes.items():
        role = partners_of(writes[path])[0]
        answer = await walker.ask(writes[path], walker.bearer(role, partner=scenery.partner, subject=write.subject))
        assert answer.status_code == 201, (path, answer.text)
