"""Commands that name a fact billing has not heard of: refused as passing, and done once it has come."""

import pytest

from shared.ids import new_id
from tests.integration.billing.facts import START, Json
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration


class Request:
    """One request that is sent until it is done, always with the same Idempotency-Key."""

    def __init__(self, world: World, path: str, body: Json) -> None:
        self._world = world
        self._path = path
        self._body = body
        self._key = str(new_id())

    async def misses(self, field: str) -> None:
        """Send it; it is refused for now, naming `field`, and leaves nothing that could stop it later."""
        answer = await self._world.send(self._path, self._body, key=self._key)
        assert answer.status_code == 409, answer.text
        assert answer.json()["type"] == "urn:scorebook:problem:fact-missing"
        assert [(error["field"], error["rule"]) for error in answer.json()["errors"]] == [(field, "fact-missing")]

    async def succeeds(self) -> Json:
        """Send it; it is done."""
        answer = await self._world.send(self._path, self._body, key=self._key)
        assert answer.status_code == 201, answer.text
        result: Json = answer.json()
        return result


def _price(world: World) -> Json:
    return {"partner_id": str(world.partner), "module": "WPC", "valid_from": "2014-01-01", "price": world.money("9.00")}


async def test_a_programme_and_its_partner_are_awaited(empty_world: World) -> None:
    world = empty_world
    price = Request(world, "/prices", _price(world))
    own_funds = {
        "code": "P-1",
        "payer_class": "P",
        "payer_name": "Chamber (demo)",
        "partner_id": str(world.partner),
        "shares": [{"size_class": "medium", "share_pct": "10"}],
        "ceiling": world.money("100.00"),
        "valid_from": "2014-01-01",
    }
    agreement = Request(world, "/agreements", own_funds)
    measurement = Request(world, "/cost-recovery/measurements", {"as_of": str(START)})
    for request in (price, agreement, measurement):
        await request.misses("programme")
    recovery = await world.get("/cost-recovery", {"basis": "invoiced"})
    assert (recovery.status_code, recovery.json()["type"]) == (409, "urn:scorebook:problem:fact-missing")
    await world.define()
    await measurement.succeeds()
    assert (await world.get("/cost-recovery", {"basis": "invoiced"})).status_code == 200
    for request in (price, agreement):
        await request.misses("partner_id")
    await world.join(world.partner)
    for request in (price, agreement):
        await request.succeeds()
    await world.clean()


async def test_the_enterprise_that_paid_is_awaited(world: World) -> None:
    firm = new_id()
    body = {"partner_id": str(world.partner), "received_on": str(START), "amount": world.money("5.00")}
    payment = Request(world, "/payments", {**body, "enterprise_id": str(firm)})
    await payment.misses("enterprise_id")
    assert await world.balances() == {}
    await world.enterprise(enterprise_id=firm)
    await payment.succeeds()
    assert await world.balances() == {"1010": "5.00", "2110": "-5.00"}


async def test_the_training_that_cost_something_is_awaited(world: World) -> None:
    training = new_id()
    body = {
        "partner_id": str(world.partner),
        "training_id": str(training),
        "kind": "venue",
        "incurred_on": str(START),
        "amount": world.money("5.00"),
        "description": "room",
    }
    cost = Request(world, "/costs", body)
    await cost.misses("training_id")
    assert await world.all("/costs") == []
    await world.training(training_id=training)
    assert (await cost.succeeds())["training_id"] == str(training)


async def test_the_enrollment_that_is_billed_anew_is_awaited(world: World) -> None:
    await world.price("100.00")
    firm, training, enrollment = await world.enterprise(), await world.training(), new_id()
    again = Request(world, "/invoices", {"enrollment_id": str(enrollment)})
    await again.misses("enrollment_id")
    await world.enroll(firm, training, enrollment_id=enrollment)
    drafted = await world.invoice_of(enrollment)
    cancel = {"cancelled_on": str(START), "reason": "a mistake"}
    await world.done(f"/invoices/{drafted['id']}/cancel", cancel)
    assert (await again.succeeds())["enrollment_id"] == str(enrollment)


async def test_the_training_that_is_claimed_for_is_awaited(world: World) -> None:
    await world.price("100.00")
    donor = await world.agreement("D-1", "D", {"medium": "10"})
    firm, training, enrollment = await world.enterprise(), new_id(), new_id()
    body = {
        "agreement_id": donor["id"],
        "partner_id": str(world.partner),
        "submitted_on": str(START),
        "training_ids": [str(training)],
    }
    claim = Request(world, "/claims", body)
    await claim.misses("training_ids")
    await world.training(training_id=training)
    # Now that it is known, that there is nothing to claim for it is no longer a matter of waiting.
    assert await world.refused("/claims", body) == (422, "training_ids", "claimed-once")
    await world.enroll(firm, training, enrollment_id=enrollment)
    await world.issue(await world.invoice_of(enrollment))
    assert (await claim.succeeds())["submitted"] == world.money("10.00")
