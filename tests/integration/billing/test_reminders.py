"""Reminders: one per enterprise and level, never twice, whoever runs them how often."""

import asyncio
from datetime import date, timedelta

import pytest

from tests.integration.billing.collecting import Owing, owing, paid
from tests.integration.billing.facts import START, Json
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration
DAY = timedelta(days=1)


async def schedule(world: World, *days: int, minimum: str = "1.00", valid_from: date = START) -> Json:
    return await world.done(
        f"/books/{world.partner}/reminder-schedules",
        {"valid_from": str(valid_from), "days_after_due": list(days), "minimum": world.money(minimum)},
    )


async def run(world: World, on: date) -> tuple[list[Json], list[Json]]:
    """Run reminders of a day; returns the letters and what was left alone."""
    made = await world.done(f"/books/{world.partner}/reminder-runs", {"run_on": str(on)})
    return await world.all("/reminders", {"run_id": made["id"]}), made["skipped"]


def numbers(letter: Json) -> set[str]:
    return {item["number"] for item in letter["items"]}


async def test_each_level_goes_out_once_in_one_letter_for_each_enterprise(world: World) -> None:
    await world.price("100.00")
    training = await world.training()
    path = f"/books/{world.partner}/reminder-runs"
    assert await world.refused(path, {"run_on": str(START)}) == (422, "run_on", "scheduled")
    await schedule(world, 7, 21)
    first = await owing(world, training, due=START + 10 * DAY)
    same = await owing(world, await world.training(), firm=first.firm, due=START + 12 * DAY)
    other = await owing(world, training, due=START + 10 * DAY)
    assert await run(world, START + 16 * DAY) == ([], [])
    letters, _ = await run(world, START + 19 * DAY)
    assert {letter["enterprise_id"]: letter["total"]["amount"] for letter in letters} == {
        str(first.firm): "200.00",
        str(other.firm): "100.00",
    }
    assert {letter["level"] for letter in letters} == {1}
    assert await run(world, START + 19 * DAY) == ([], [])
    await paid(world, other, "100.00", START + 20 * DAY)
    assert await run(world, START + 31 * DAY) == ([], [])  # 14 days after level 1, which came late
    letters, _ = await run(world, START + 60 * DAY)
    assert [(letter["level"], numbers(letter)) for letter in letters] == [
        (2, {first.invoice["number"], same.invoice["number"]})
    ]
    assert await run(world, START + 200 * DAY) == ([], [])
    assert len(await world.said("reminder-issued")) == 3
    late = await owing(world, training, due=START + 190 * DAY)
    letters, _ = await run(world, START + 300 * DAY)
    assert [(letter["level"], numbers(letter)) for letter in letters] == [(1, {late.invoice["number"]})]
    shown = await world.show(f"/reminders/{letters[0]['id']}")
    assert shown["items"][0]["open"]["amount"] == "100.00"
    await world.clean()


async def test_disputed_paused_small_and_covered_invoices_are_left_alone_and_the_run_says_why(world: World) -> None:
    await world.price("100.00")
    training = await world.training()
    await schedule(world, 7, minimum="50.00")
    held, small, rich = [await owing(world, training, due=START) for _ in range(3)]
    await paid(world, small, "60.00", START + DAY)
    await world.pay("100.00", START + DAY, enterprise_id=rich.firm)
    today = world.client.clock().date()
    pause = {"cause": "disputed", "until": str(today + DAY), "reason": "the second day was not held"}
    assert await world.refused(f"/invoices/{held.id}/resume-reminders", {"reason": "settled"}) == (
        409,
        "invoice_id",
        "paused",
    )
    await world.done(f"/invoices/{held.id}/pause-reminders", pause)
    letters, skipped = await run(world, START + 10 * DAY)
    assert letters == []
    causes = {skip["invoice_id"]: (skip["cause"], skip["level"]) for skip in skipped}
    assert causes == {
        held.id: ("disputed", 1),
        small.id: ("below-minimum", 1),
        rich.id: ("credit-covers", 1),
    }
    past = {**pause, "until": str(START)}
    assert await world.refused(f"/invoices/{held.id}/pause-reminders", past) == (422, "until", "date-order")
    await world.done(f"/invoices/{held.id}/resume-reminders", {"reason": "the dispute is settled"})
    letters, skipped = await run(world, START + 10 * DAY)
    assert [numbers(letter) for letter in letters] == [{held.invoice["number"]}]
    assert {skip["invoice_id"] for skip in skipped} == {small.id, rich.id}
    assert [row["cause"] for row in await world.all("/reminder-pauses", {"invoice_id": held.id})] == [
        "disputed",
        "resumed",
    ]
    draft = await world.invoice_of(await world.enroll(await world.enterprise(), training))
    assert (await world.refused(f"/invoices/{draft['id']}/pause-reminders", pause))[0] == 409
    await world.clean()


async def test_a_newer_schedule_holds_from_its_day_and_no_level_is_sent_again(world: World) -> None:
    await world.price("100.00")
    await schedule(world, 7, 14, 21)
    owed: Owing = await owing(world, await world.training(), due=START)
    await run(world, START + 7 * DAY)
    await schedule(world, 30, 60, valid_from=START + 10 * DAY)
    assert (await run(world, START + 59 * DAY))[0] == []
    letters, _ = await run(world, START + 60 * DAY)
    assert [(letter["level"], letter["enterprise_id"]) for letter in letters] == [(2, str(owed.firm))]
    assert (await run(world, START + 90 * DAY))[0] == []
    body = {"valid_from": str(START), "minimum": world.money("0.00")}
    path = f"/books/{world.partner}/reminder-schedules"
    for days in ([], [7, 7], [14, 7], [0], [7.5], list(range(1, 11))):
        assert (await world.refused(path, {**body, "days_after_due": days}))[0] == 422
    await world.clean()


async def test_eight_runs_at_once_make_one_letter(world: World) -> None:
    await world.price("100.00")
    await schedule(world, 7)
    await owing(world, await world.training(), due=START)
    path, body = f"/books/{world.partner}/reminder-runs", {"run_on": str(START + 8 * DAY)}
    answers = await asyncio.gather(*(world.send(path, body) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert sorted(len(answer.json()["reminders"]) for answer in answers) == [0] * 7 + [1]
    assert len(await world.said("reminder-issued")) == 1
    await world.clean()
