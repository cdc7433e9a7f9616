"""Requests that cannot be, and what is to come of them."""

from tests.integration.enrollment.builders import Body, Country, everything_stored, refusal

Wrong = tuple[str, Body, int, str, list[tuple[str, str]]]


async def all_refused(country: Country, wrong: dict[str, Wrong]) -> None:
    """Send every wrong request and see that each is refused as said, and that nothing is left of it."""
    before = await everything_stored(country.client)
    for name, (path, body, status, code, errors) in wrong.items():
        role = "programme-manager" if path in ("", "/partners", "/policy-versions") else "partner-admin"
        partner = None if role == "programme-manager" else country.partner
        answer = await country.client.post(country.base + path, body, role=role, partner=partner)
        assert refusal(answer) == (status, code, errors), name
        assert await everything_stored(country.client) == before, name
    assert await country.client.findings() == []


def shape(path: str, body: Body, field: str, rule: str) -> Wrong:
    """Return a request whose form is wrong."""
    return path, body, 422, "invalid-request", [(field, rule)]


def rule(path: str, body: Body, code: str, *fields: str, status: int = 422, named: str | None = None) -> Wrong:
    """Return a request that breaks a rule of the programme."""
    return path, body, status, code, [(field, named or code) for field in fields]
