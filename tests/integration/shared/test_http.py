"""HTTP conventions: rights, idempotency, problems."""

import pytest

from shared.ids import new_id
from tests.integration.conftest import ServiceClient
from tests.support.tally.service import TALLY

pytestmark = pytest.mark.integration

PATH = "/v1/programmes/bolivia/tallies"


async def test_the_same_key_and_request_gets_the_first_answer_again(service_client: ServiceClient) -> None:
    async with service_client(TALLY) as client:
        body = {"tally": str(new_id()), "amount": 3}
        first = await client.post(PATH, body, role="ops", key="key-00001")
        again = await client.post(PATH, body, role="ops", key="key-00001")
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.content == again.content
        assert "idempotency-hit" not in first.headers
        assert again.headers["idempotency-hit"] == "true"
        assert len(await client.events()) == 1
        other = await client.post(PATH, body | {"amount": 4}, role="ops", key="key-00001")
        assert other.status_code == 409
        assert other.json()["errors"][0]["rule"] == "same-request"
        assert other.headers["content-type"] == "application/problem+json"


async def test_a_refused_command_leaves_nothing_behind(service_client: ServiceClient) -> None:
    async with service_client(TALLY) as client:
        body = {"tally": str(new_id()), "amount": 3, "reason": "change your mind"}
        refused = await client.post(PATH, body, role="ops", key="key-00002")
        assert refused.status_code == 404
        assert await client.events() == []
        async with client.connection() as connection:
            for table in ("idempotency_key", "audit_trail", "tally", "stream_head"):
                assert (await connection.exec_driver_sql(f"SELECT count(*) FROM {table}")).scalar_one() == 0


async def test_wrong_programme_role_token_and_json_are_refused_with_field_and_rule(
    service_client: ServiceClient,
) -> None:
    async with service_client(TALLY) as client:
        body = {"tally": str(new_id()), "amount": 3}
        assert (await client.post(PATH, body, role="ops", programme="peru")).status_code == 404
        assert (await client.post(PATH, body, role="trainer")).status_code == 403
        assert (await client.post(PATH, body, role="ops", headers={"authorization": "Bearer x.y.z"})).status_code == 401
        broken = await client.post(PATH, role="ops", content=b'{"tally": ')
        assert broken.status_code == 400
        assert broken.json()["type"] == "urn:scorebook:problem:malformed-json"
        wrong = await client.post(PATH, body | {"amount": -1}, role="ops")
        assert wrong.status_code == 422
        assert wrong.json()["errors"] == [
            {"field": "amount", "rule": "greater-than-equal", "message": "Input should be greater than or equal to 0"}
        ]
        missing = await client.post(PATH, body, role="ops", key=" ")
        assert missing.json()["errors"][0]["field"] == "Idempotency-Key"
        assert await client.events() == []
