"""Programmes, partners and enterprises that cannot be: refused with field and rule, nothing stored, nothing said."""

import pytest

from services.enrollment.app import SERVICE
from shared.ids import new_id
from tests.integration.conftest import ServiceClient
from tests.integration.enrollment.builders import Body, Country, everything_stored, policy, refusal
from tests.integration.enrollment.wrong import all_refused, rule, shape

pytestmark = pytest.mark.integration


async def test_wrong_programmes(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = Country(client)
        good: Body = {"name": "Programme", "country": "BO", "currency": "BOB", **policy()}
        gap = [
            {"code": "small", "minimum": 30, "maximum": 50},
            {"code": "medium", "minimum": 52, "maximum": 250},
        ]
        modules = policy()["modules"]
        six_visits = [modules[0] | {"visits": 6}, modules[1]]
        no_first = [modules[0] | {"is_first": False}, modules[1]]
        await all_refused(
            country,
            {
                "unknown currency": shape("", good | {"currency": "BOX"}, "currency", "unknown-currency"),
                "country by name": shape("", good | {"country": "Bolivia"}, "country", "string-pattern-mismatch"),
                "over-long name": shape("", good | {"name": "x" * 201}, "name", "string-too-long"),
                "control characters": shape("", good | {"name": "a\u0007b"}, "name", "no-control-characters"),
                "reading turned round": shape("", good | {"name": "a\u202eb"}, "name", "no-control-characters"),
                "what no text can hold": shape("", good | {"name": "a\u0000b"}, "name", "storable"),
                "unknown field": shape("", good | {"headcount": 3}, "headcount", "extra-forbidden"),
                "text in a number": shape("", good | {"headcount_minimum": "30"}, "headcount_minimum", "int-type"),
                "six visits": shape("", good | {"modules": six_visits}, "modules.0.visits", "less-than-equal"),
                "no region": shape("", good | {"regions": []}, "regions", "too-short"),
                "a gap between size classes": rule(
                    "", good | {"size_classes": gap}, "policy-not-whole", "size_classes.1.minimum", named="no-gap"
                ),
                "no first module": rule(
                    "", good | {"modules": no_first}, "policy-not-whole", "modules", named="one-first-module"
                ),
                "version of nothing": rule("/policy-versions", policy(), "not-found", "programme", status=404),
            },
        )
        await country.define()
        await all_refused(
            country,
            {
                "defined twice": rule("", good, "programme-exists", "programme", status=409),
                "broken version": rule(
                    "/policy-versions",
                    policy(valid_from="2015-01-01", size_classes=gap),
                    "policy-not-whole",
                    "size_classes.1.minimum",
                    named="no-gap",
                ),
            },
        )


async def test_wrong_partners(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        national = (await country.get("/partners"))["items"][0]["id"]
        good: Body = {
            "name": "Another chamber",
            "kind": "regional-chamber",
            "region": "LP",
            "parent_id": national,
            "registered_on": "2014-03-01",
        }
        second = {"name": "Another", "kind": "national", "registered_on": "2014-03-01"}
        path = "/partners"
        await all_refused(
            country,
            {
                "second national": rule(path, second, "national-partner-exists", "kind", status=409),
                "same name": rule(path, good | {"name": "CHAMBER of la paz"}, "duplicate-partner", "name", status=409),
                "no region": rule(path, good | {"region": None}, "partner-misplaced", "region"),
                "no parent": rule(path, good | {"parent_id": None}, "partner-misplaced", "parent_id"),
                "under a chamber": rule(path, good | {"parent_id": country.partner}, "partner-misplaced", "parent_id"),
                "under nobody known": rule(
                    path, good | {"parent_id": str(new_id())}, "not-found", "parent_id", status=404
                ),
                "unknown region": rule(path, good | {"region": "XX"}, "region-not-eligible", "region"),
                "before any policy": rule(
                    path, good | {"registered_on": "2014-02-28"}, "no-policy-in-force", "registered_on"
                ),
                "in the future": rule(path, good | {"registered_on": "2026-03-03"}, "date-in-future", "registered_on"),
                "unknown kind": shape(path, good | {"kind": "club"}, "kind", "enum"),
            },
        )


async def test_wrong_enterprises(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        await country.enterprise(tax_id="AB-123.4")
        good = country.enterprise_body()
        path = "/enterprises"
        window = ("women", "men")
        await all_refused(
            country,
            {
                "too small": rule(path, good | {"women": 1, "men": 28}, "headcount-outside-window", *window),
                "too large": rule(path, good | {"women": 126, "men": 125}, "headcount-outside-window", *window),
                "another sector": rule(path, good | {"sector": "mining"}, "sector-not-eligible", "sector"),
                "another region": rule(path, good | {"region": "XX"}, "region-not-eligible", "region"),
                "same tax id": rule(path, good | {"tax_id": "ab 1234"}, "duplicate-enterprise", "tax_id", status=409),
                "malformed tax id": rule(path, good | {"tax_id": "12/34"}, "tax-id-malformed", "tax_id"),
                "before any policy": rule(
                    path, good | {"registered_on": "2014-02-28"}, "no-policy-in-force", "registered_on"
                ),
                "in the future": rule(path, good | {"registered_on": "2026-03-03"}, "date-in-future", "registered_on"),
                "another partner's": rule(
                    path,
                    good | {"partner_id": country.other_partner},
                    "not-allowed",
                    "partner_id",
                    status=403,
                    named="partner-scope",
                ),
                "over-long name": shape(path, good | {"name": "x" * 201}, "name", "string-too-long"),
                "over-long city": shape(path, good | {"city": "x" * 201}, "city", "string-too-long"),
                "over-long tax id": shape(path, good | {"tax_id": "1" * 65}, "tax_id", "string-too-long"),
                "no name": shape(path, good | {"name": "  "}, "name", "string-too-short"),
                "negative head-count": shape(path, good | {"women": -1}, "women", "greater-than-equal"),
                "fraction of a worker": shape(path, good | {"men": 25.5}, "men", "int-type"),
                "no such day": shape(
                    path, good | {"registered_on": "2014-02-30"}, "registered_on", "date-from-datetime-parsing"
                ),
                "year with a slip": shape(
                    path, good | {"registered_on": "0214-03-14"}, "registered_on", "greater-than-equal"
                ),
                "not an id": shape(path, good | {"partner_id": "7"}, "partner_id", "uuid-parsing"),
            },
        )
        manager = await client.post(country.base + path, good | {"partner_id": str(new_id())})
        assert refusal(manager) == (404, "not-found", [("partner_id", "not-found")])


async def test_a_duplicate_names_the_existing_enterprise_only_to_those_who_may_see_it(
    service_client: ServiceClient,
) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        existing = await country.enterprise(tax_id="1234567")
        own = await country.post("/enterprises", country.enterprise_body(tax_id="123-4567"))
        assert existing in own.json()["detail"]
        body = country.enterprise_body(tax_id="123-4567", partner_id=country.other_partner)
        others = await country.post("/enterprises", body, partner=country.other_partner)
        assert others.status_code == 409
        assert existing not in others.text


async def test_malformed_json_and_missing_key_are_refused(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        before = await everything_stored(client)
        path = f"{country.base}/enterprises"
        malformed = await client.post(path, content=b'{"name": ')
        assert refusal(malformed)[:2] == (400, "malformed-json")
        listed = await client.post(path, content=b"[]")
        assert refusal(listed)[0] == 422
        without = await client.post(path, country.enterprise_body(), headers={"idempotency-key": ""})
        assert refusal(without) == (400, "idempotency-key-missing", [("Idempotency-Key", "required")])
        assert await everything_stored(client) == before
