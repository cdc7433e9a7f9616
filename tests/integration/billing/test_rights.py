"""Who is let in: tokens, roles, partners and programmes; whoever is not leaves nothing behind."""

from uuid import UUID

import pytest

from tests.integration.billing.bodies import DAY, a_cost, a_payment, a_price, an_agreement, bob, plain, stage
from tests.integration.billing.facts import START
from tests.integration.billing.raw import fingerprint
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration


async def test_malformed_json_missing_or_forged_tokens_and_missing_keys_are_refused(world: World) -> None:
    await stage(world)
    before = await fingerprint(world)
    broken = await world.send("/payments", content=b'{"partner_id": ')
    assert (broken.status_code, broken.json()["type"]) == (400, "urn:scorebook:problem:malformed-json")
    for token in ("", "Bearer ", "Bearer a.b.c", "Basic eA=="):
        assert (await world.send("/payments", {}, headers={"authorization": token})).status_code == 401
    forged = world.client.token("programme-manager", world.programme)[:-8] + "AAAAAAAA"
    assert (await world.send("/payments", {}, headers={"authorization": f"Bearer {forged}"})).status_code == 401
    assert (await world.send("/payments", {}, key="short")).status_code == 400
    assert await fingerprint(world) == before


async def test_roles_and_scopes_keep_others_out(world: World) -> None:
    ids = await stage(world)
    before = await fingerprint(world)
    other = UUID(ids["other"])
    for role in ("partner-admin", "trainer", "board-secretary", "board-member", "ops", "auditor"):
        assert (await world.send("/payments", a_payment()(ids), role=role)).status_code == 403
        assert (await world.send("/agreements", an_agreement()(ids), role=role)).status_code == 403
    assert (await world.send("/agreements", an_agreement()(ids), role="partner-finance")).status_code == 403
    for path, body in (("/prices", a_price()), ("/payments", a_payment()), ("/costs", a_cost())):
        assert await world.refused(path, body(ids), role="partner-finance", partner=other) == (
            403,
            "partner_id",
            "partner-scope",
        )
    for path, body in (
        ("/payments", a_payment(partner_id="other")),
        ("/invoices", plain(enrollment_id=ids["enrollment"])),
    ):
        assert await world.refused(path, body(ids), role="partner-finance", partner=other) == (
            403,
            "partner_id",
            "partner-scope",
        )
    for path, asked in (
        ("/invoices/{draft}/issue", {"issued_on": str(START), "due_on": str(START)}),
        ("/payments/{payment}/allocate", {"allocated_on": str(START)}),
    ):
        answer = await world.send(path.format(**ids), asked, role="partner-finance", partner=other)
        assert answer.status_code == 404
    assert await fingerprint(world) == before


async def test_another_programme_does_not_exist_for_a_token_and_shares_nothing(world: World) -> None:
    ids = await stage(world)
    peru = World(world.client, world.database, programme="peru", currency="USD")
    before = await fingerprint(world)
    path = f"{world.path}/payments"
    stranger = await world.client.post(path, a_payment()(ids), role="programme-manager", programme="peru")
    assert stranger.status_code == 404
    for method in ("/invoices", "/books", "/cost-recovery?basis=invoiced"):
        assert (await world.client.get(f"{world.path}{method}", role="auditor", programme="peru")).status_code == 404
    assert await fingerprint(world) == before
    await peru.begin()
    # A manager of Peru names Bolivia's things under Peru's path: they are as unknown as if nobody had them.
    dollar = {"amount": "1.00", "currency": "USD"}
    own = {"partner_id": str(peru.partner), "amount": dollar}
    missing = (409, "fact-missing")
    hidden = (404, "not-found")
    for where, body, expected in (
        ("/prices", a_price(price=dollar), ("partner_id", *missing)),
        ("/payments", a_payment(amount=dollar), ("partner_id", *missing)),
        ("/costs", a_cost(amount=dollar), ("partner_id", *missing)),
        ("/agreements", an_agreement(ceiling=dollar, partner_id="partner"), ("partner_id", *missing)),
        ("/payments", a_payment(**own), ("enterprise_id", *missing)),
        ("/payments", a_payment(**own, enterprise_id=None, agreement_id="agreement"), ("agreement_id", *hidden)),
        ("/costs", a_cost(**own), ("training_id", *missing)),
        ("/invoices", plain(enrollment_id=ids["enrollment"]), ("enrollment_id", *missing)),
        ("/invoices/{draft}/issue", plain(issued_on=str(START), due_on=str(START)), ("id", *hidden)),
        ("/claims/{claim}/approve", plain(approved_on=str(START + DAY), amount=bob("1.00")), ("id", *hidden)),
        ("/payments/{payment}/allocate", plain(allocated_on=str(START + DAY)), ("id", *hidden)),
    ):
        status, field, rule = await peru.refused(where.format(**ids), body(ids))
        assert (field, status, rule) == expected, where
    own_firm = await peru.enterprise()
    await peru.pay("1.00", START, enterprise_id=own_firm)
    assert await peru.balances() == {"1010": "1.00", "2110": "-1.00"}
    assert (await world.balances())["1010"] == "100.00"
    for listed in ("/invoices", "/payments", "/claims", "/agreements", "/prices", "/costs", "/books", "/periods"):
        assert {row["programme"] for row in await peru.all(listed)} <= {"peru"}
        assert {row["programme"] for row in await world.all(listed)} <= {"bolivia"}
    shown = await peru.show("/cost-recovery", {"basis": "contracted"})
    assert shown["components"]["F"] == {"amount": "0.00", "currency": "USD"}
    await world.clean()
