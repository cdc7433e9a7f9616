"""Facts of other services in any order, twice, and many at once: one effect each."""

from datetime import timedelta

import pytest

from shared.events.enrollment import EnrollmentCompleted
from shared.ids import new_id
from tests.integration.billing.facts import START
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration
DAY = timedelta(days=1)


async def test_facts_that_come_before_what_they_need_wait_and_then_all_take_effect(empty_world: World) -> None:
    world = empty_world
    # Everything backwards: the endline before the enrollment, the enrollment before its partner, that before its
    # programme. Enterprises and trainings wait for nobody.
    firm, training, enrollment = await world.enterprise(), new_id(), new_id()
    await world.endline(enrollment, firm, training, START + DAY)
    await world.client.deliver(
        world.enrolled(enrollment, firm, training), aggregate_id=enrollment, programme=world.programme
    )
    await world.complete(enrollment, firm, training, START + DAY)
    await world.training(training_id=training)
    await world.join(world.partner)
    states = await world.client.parked()
    assert len(states) == 4
    assert {state for state, _ in states} == {"waiting", "behind"}
    await world.define()
    for _ in range(3):  # each sweep brings the queue further; the worker sweeps by itself
        async with world.client.connection() as connection:
            await connection.exec_driver_sql("UPDATE parked SET next_attempt_at = now() WHERE closed_at IS NULL")
        await world.client.runtime.parking.sweep()
    assert await world.client.parked() == []
    assert [row["billing"] for row in await world.all("/enrollments")] == ["unpriced"]
    await world.price("100.00")
    await world.issue(await world.invoice_of(enrollment), START + DAY)
    assert (await world.balances())["4010"] == "-100.00"
    await world.clean()


async def test_a_queue_of_drafts_and_completions_is_released_in_one_transaction(world: World) -> None:
    # Released messages run with constraints set immediate after the first; entries must still go in whole.
    await world.price("100.00")
    firm, training = await world.enterprise(), new_id()
    enrollment = await world.enroll(firm, training)
    await world.complete(enrollment, firm, training, START + DAY)
    await world.withdraw(enrollment, firm, training, START + 2 * DAY)
    assert [state for state, _ in await world.client.parked()] == ["waiting", "behind", "behind"]
    await world.training(training_id=training)
    assert await world.client.parked() == []
    assert (await world.invoice_of(enrollment))["state"] == "cancelled"
    assert await world.balances() == {}
    await world.clean()


async def test_a_batch_of_many_enrollments_delivered_twice_drafts_each_once(world: World) -> None:
    await world.price("100.00")
    await world.agreement("G-1", "G", {"medium": "33.33"})
    training = await world.training()
    firms = [await world.enterprise() for _ in range(8)]
    records = []
    for firm in firms:
        enrollment = new_id()
        records.append(
            world.client.record(
                world.enrolled(enrollment, firm, training), aggregate_id=enrollment, programme=world.programme
            )
        )
        records.append(
            world.client.record(
                EnrollmentCompleted(
                    enrollment_id=enrollment,
                    training_id=training,
                    enterprise_id=firm,
                    partner_id=world.partner,
                    module="WPC",
                    completed_on=START + DAY,
                ),
                aggregate_id=enrollment,
                programme=world.programme,
            )
        )
    await world.client.deliver_records(*records)
    await world.client.deliver_records(*records)
    assert await world.client.parked() == []
    assert len(await world.all("/invoices", {"state": "draft"})) == 8
    assert (await world.balances())["9110"] == "800.00"
    await world.clean()


async def test_one_bad_message_costs_only_itself(world: World) -> None:
    await world.price("100.00")
    firm, training = await world.enterprise(), await world.training()
    good, bad, last = new_id(), new_id(), new_id()
    records = [
        world.client.record(
            world.enrolled(enrollment, enterprise, training), aggregate_id=enrollment, programme=world.programme
        )
        for enrollment, enterprise in ((good, firm), (bad, new_id()), (last, firm))
    ]
    await world.client.deliver_records(*records)
    assert await world.client.parked() == [("waiting", "fact-missing")]
    assert {row["id"] for row in await world.all("/enrollments")} == {str(good), str(last)}
    assert (await world.balances())["9110"] == "200.00"
