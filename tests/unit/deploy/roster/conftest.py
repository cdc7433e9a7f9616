"""The demo's two rosters."""

import pytest

from tests.unit.deploy.roster.rows import Roster


@pytest.fixture(scope="module", params=["bolivia", "peru"])
def roster(request: pytest.FixtureRequest) -> Roster:
    return Roster(request.param)


@pytest.fixture(scope="module")
def bolivia() -> Roster:
    return Roster("bolivia")


@pytest.fixture(scope="module")
def peru() -> Roster:
    return Roster("peru")
