"""At once: the last seats, the same tax id, the same day, the same enterprise."""

import asyncio
from collections import Counter
from collections.abc import Awaitable

import httpx
import pytest

from services.enrollment.app import SERVICE
from tests.integration.conftest import ServiceClient
from tests.integration.enrollment.builders import (
    FIRST_DAY,
    SECOND_DAY,
    Country,
    created,
    everything_stored,
    policy,
    present,
    session,
)

pytestmark = pytest.mark.integration


async def outcomes(*requests: Awaitable[httpx.Response]) -> Counter[tuple[int, str]]:
    """Send all at once; return how often each answer came."""
    answers = await asyncio.gather(*requests)
    return Counter(
        (answer.status_code, "" if answer.status_code == 201 else answer.json()["type"].rpartition(":")[2])
        for answer in answers
    )


async def test_the_last_two_places_go_to_two_of_six(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        training = await country.training()
        enterprises = [await country.enterprise() for _ in range(6)]
        got = await outcomes(
            *(
                country.post(
                    "/enrollments", {"training_id": training, "enterprise_id": one, "enrolled_on": "2014-04-07"}
                )
                for one in enterprises
            )
        )
        assert got == {(201, ""): 2, (409, "training-full"): 4}
        enrolled = [event for event in await client.events() if event.type == "enrollment.enterprise-enrolled.v1"]
        assert len(enrolled) == 2
        assert await client.findings() == []


async def test_a_tax_id_registered_six_times_at_once_is_registered_once(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        before = await everything_stored(client)
        bodies = [country.enterprise_body(tax_id="1234567") for _ in range(6)]
        got = await outcomes(*(country.post("/enterprises", body) for body in bodies))
        assert got == {(201, ""): 1, (409, "duplicate-enterprise"): 5}
        after = await everything_stored(client)
        changed = {table: after[table] - before[table] for table in after if after[table] != before[table]}
        assert changed == {"enterprise": 1, "outbox": 1, "stream_head": 1, "audit_trail": 1, "idempotency_key": 1}
        assert await client.findings() == []


async def test_an_enterprise_takes_a_module_once_however_many_trainings_want_it(
    service_client: ServiceClient,
) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        enterprise = await country.enterprise()
        trainings = [await country.training() for _ in range(4)]
        got = await outcomes(
            *(
                country.post(
                    "/enrollments", {"training_id": one, "enterprise_id": enterprise, "enrolled_on": "2014-04-07"}
                )
                for one in trainings
            )
        )
        assert got == {(201, ""): 1, (409, "module-already-taken"): 3}
        assert await client.findings() == []


async def test_a_classroom_day_recorded_by_several_at_once_is_held_once(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        enterprise = await country.enterprise()
        training = await country.training()
        await country.enroll(training, enterprise)
        body = session(1, FIRST_DAY, present(enterprise))
        got = await outcomes(*(country.post(f"/trainings/{training}/sessions", body) for _ in range(4)))
        assert got == {(201, ""): 1, (409, "session-already-held"): 3}
        assert await client.findings() == []


async def test_both_days_at_once_never_exceed_the_seats(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        enterprise = await country.enterprise()
        training = await country.training()
        await country.enroll(training, enterprise)
        path = f"/trainings/{training}/sessions"
        first = session(1, FIRST_DAY, present(enterprise, "P-1"), present(enterprise, "P-2"))
        second = session(2, SECOND_DAY, present(enterprise, "P-3"))
        got = await outcomes(country.post(path, first), country.post(path, second))
        assert got == {(201, ""): 1, (422, "seats-exceeded"): 1}
        assert await client.findings() == []


async def test_a_person_first_seen_in_two_trainings_at_once_is_one_person(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        enterprise = await country.enterprise()
        await country.complete(await country.training(), enterprise)
        modules = [*policy()["modules"], policy()["modules"][1] | {"code": "QM", "number": 2}]
        created(await client.post(f"{country.base}/policy-versions", policy(valid_from="2014-05-01", modules=modules)))
        await country.certify(country.lead, "QM")
        days = {"starts_on": "2014-07-01", "ends_on": "2014-07-02"}
        trainings = [await country.training(module=module, **days) for module in ("OSH", "QM")]
        for training in trainings:
            await country.enroll(training, enterprise)
        contradicting = [present(enterprise, "P-9", "female"), present(enterprise, "P-9", "male")]
        got = await outcomes(
            *(
                country.post(f"/trainings/{training}/sessions", session(1, "2014-07-01", person))
                for training, person in zip(trainings, contradicting, strict=True)
            )
        )
        assert got == {(201, ""): 1, (409, "participant-contradicted"): 1}
        assert await client.findings() == []


async def test_a_withdrawal_and_a_session_at_once_come_one_after_the_other(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        enterprise = await country.enterprise()
        training = await country.training()
        enrollment = await country.enroll(training, enterprise)
        body = session(1, FIRST_DAY, present(enterprise))
        got = await outcomes(
            country.post(f"/trainings/{training}/sessions", body),
            country.post(
                f"/enrollments/{enrollment}/withdrawal", {"withdrawn_on": "2014-04-22", "reason": "change of owner"}
            ),
        )
        assert got in (
            {(201, ""): 1, (422, "too-early"): 1},
            {(201, ""): 1, (422, "not-enrolled"): 1},
        )
        assert await client.findings() == []


async def test_policy_versions_decided_at_once_are_numbered_one_after_the_other(
    service_client: ServiceClient,
) -> None:
    async with service_client(SERVICE) as client:
        country = Country(client)
        define = {"name": "Programme", "country": "BO", "currency": "BOB", **policy()}
        got = await outcomes(*(client.post(country.base, define) for _ in range(3)))
        assert got == {(201, ""): 1, (409, "programme-exists"): 2}
        days = ("2015-01-01", "2016-01-01", "2017-01-01")
        got = await outcomes(*(client.post(f"{country.base}/policy-versions", policy(valid_from=day)) for day in days))
        assert set(got) <= {(201, ""), (422, "policy-not-later")}
        listed = (await country.get("/policy-versions"))["items"]
        assert sorted(one["version"] for one in listed) == list(range(1, 2 + got[201, ""]))
        assert await client.findings() == []


async def test_two_national_partners_at_once_become_one(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = Country(client)
        await country.define()
        got = await outcomes(
            *(
                client.post(
                    f"{country.base}/partners",
                    {"name": f"Confederation {number}", "kind": "national", "registered_on": "2014-03-01"},
                )
                for number in range(3)
            )
        )
        assert got == {(201, ""): 1, (409, "national-partner-exists"): 2}
