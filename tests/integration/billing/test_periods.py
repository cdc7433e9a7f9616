"""The life of an accounting period: review, closing, reopening by two persons; balances kept with it."""

import asyncio
from datetime import date, timedelta

import asyncpg
import pytest

from tests.integration.billing.facts import START, Json
from tests.integration.billing.raw import connected, line, post
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration
REASON = {"reason": "a bill came late"}


async def two_months(world: World) -> tuple[Json, Json]:
    """Post in January and in February; return the two periods."""
    await posted(world, START)
    await posted(world, date(2016, 2, 3))
    january, february = sorted(await world.all("/periods"), key=lambda row: str(row["starts_on"]))
    return january, february


async def posted(world: World, on: date, actor: str = "tester", *, may_move: bool = False) -> date | str:
    """Post 500 through the ledger's function as the application; returns its day or the SQLSTATE of the refusal."""
    async with connected(world, "application") as connection:
        try:
            done = await connection.fetchrow(
                "SELECT posted_on FROM ledger.post_entry(gen_random_uuid(), $1, 'journal', $2, $3, 'test', "
                "gen_random_uuid(), 1, 'test', gen_random_uuid()::text, $4, NULL, $5::text::jsonb)",
                world.partner,
                on,
                may_move,
                actor,
                '[{"account": "1010", "amount": 500, "currency": "BOB"}, '
                '{"account": "3010", "amount": -500, "currency": "BOB"}]',
            )
        except asyncpg.PostgresError as error:
            return str(error.sqlstate)
        day: date = done["posted_on"]
        return day


async def test_a_period_closed_for_review_takes_entries_of_whom_somebody_else_allowed_only(world: World) -> None:
    january, february = await two_months(world)
    assert await world.refused(f"/periods/{february['id']}/soft-close", {}) == (409, "period", "in-order")
    shut = await world.done(f"/periods/{january['id']}/soft-close", {})
    assert shut["state"] == "soft-closed"
    assert await posted(world, START) == "LG004"
    assert await posted(world, START, may_move=True) == date(2016, 2, 1)
    assert await world.refused(f"/periods/{february['id']}/grants", {"subject": "ana", **REASON}) == (
        409,
        "period",
        "asked-before",
    )
    # The caller of these tests is "tester": nobody allows themselves.
    refused = await world.refused(f"/periods/{january['id']}/grants", {"subject": "tester", **REASON})
    assert refused == (409, "authorization", "two-persons")
    await world.done(f"/periods/{january['id']}/grants", {"subject": "ana", **REASON})
    assert await posted(world, START) == "LG004"
    assert await posted(world, START, "ana") == START
    shown = await world.show(f"/periods/{january['id']}")
    assert [(step["action"], step["actor"], step["subject"]) for step in shown["steps"]] == [
        ("soft-close", "tester", None),
        ("grant", "tester", "ana"),
    ]
    await world.clean()


async def test_leave_to_post_ends_when_the_period_is_reopened_and_closed_for_review_again(world: World) -> None:
    january, _ = await two_months(world)
    await world.done(f"/periods/{january['id']}/soft-close", {})
    await world.done(f"/periods/{january['id']}/grants", {"subject": "ana", **REASON})
    await world.done(f"/periods/{january['id']}/reopening-requests", REASON)
    await reopened_by_another(world, january)
    assert await posted(world, START) == START
    await world.done(f"/periods/{january['id']}/soft-close", {})
    assert await posted(world, START, "ana") == "LG004"
    await world.clean()


async def reopened_by_another(world: World, period: Json) -> Json:
    """Agree to a reopening as somebody else than who asked."""
    answer = await world.client.post(
        f"{world.path}/periods/{period['id']}/reopen",
        {"reason": "agreed"},
        programme=world.programme,
        role="programme-manager",
        subject="another",
    )
    assert answer.status_code == 201, answer.text
    result: Json = answer.json()
    return result


async def test_a_closed_period_is_reopened_by_two_persons_last_one_first(world: World) -> None:
    january, february = await two_months(world)
    for period in (january, february):
        await world.done(f"/periods/{period['id']}/close", {})
    reopen = f"/periods/{february['id']}/reopen"
    assert await world.refused(reopen, REASON) == (409, "period", "asked-before")
    await world.done(f"/periods/{february['id']}/reopening-requests", REASON)
    assert await world.refused(reopen, REASON) == (409, "authorization", "two-persons")
    await world.done(f"/periods/{january['id']}/reopening-requests", REASON)
    answer = await world.client.post(
        f"{world.path}/periods/{january['id']}/reopen",
        REASON,
        programme=world.programme,
        role="programme-manager",
        subject="another",
    )
    assert answer.json()["errors"][0]["rule"] == "last-closed-first"
    again = await reopened_by_another(world, february)
    assert (again["state"], again["closed_by"]) == ("open", None)
    assert await posted(world, date(2016, 2, 3)) == date(2016, 2, 3)
    assert await posted(world, START, may_move=True) == date(2016, 2, 1)
    [said] = await world.said("period-reopened")
    assert (said["period_id"], said["reason"]) == (february["id"], "agreed")
    # A request is used up by the next close: reopening again needs another one.
    await world.done(f"/periods/{february['id']}/close", {})
    assert await world.refused(reopen, REASON) == (409, "period", "asked-before")
    await world.clean()


async def test_steps_cannot_be_invented_by_writing_the_state(world: World) -> None:
    january, _ = await two_months(world)
    await world.done(f"/periods/{january['id']}/close", {})
    for who in ("application", "owner", "superuser", "replica"):
        async with connected(world, who) as connection:
            for change in (
                "UPDATE ledger.period SET state = 'open', closed_at = NULL, closed_by = NULL",
                "UPDATE ledger.period SET state = 'soft-closed', closed_at = NULL, closed_by = NULL",
                "UPDATE ledger.period_step SET actor = 'another'",
                "DELETE FROM ledger.period_step",
                "TRUNCATE ledger.period_step",
            ):
                with pytest.raises(Exception, match=r"not a step|refused|permission denied|append"):
                    await connection.execute(change)


async def test_balances_are_the_same_with_without_and_after_rebuilt_checkpoints(world: World) -> None:
    await two_months(world)
    moments: list[str] = []
    async with connected(world, "superuser") as connection:

        async def all_balances() -> list[tuple[object, ...]]:
            found: list[tuple[object, ...]] = []
            for day in (None, date(2015, 12, 31), START, date(2016, 1, 31), date(2016, 2, 3), date(2016, 3, 1)):
                for moment in (None, *moments):
                    rows = await connection.fetch(
                        "SELECT b.account_id, b.balance_minor, b.base_minor, "
                        "ledger.balance(a.uid, $2, $3::text::timestamptz) AS single "
                        "FROM ledger.balances($1, $2, $3::text::timestamptz) b "
                        "JOIN ledger.account a ON a.id = b.account_id ORDER BY 1",
                        world.partner,
                        day,
                        moment,
                    )
                    assert all(row["balance_minor"] == row["single"] for row in rows)
                    found += [(day, moment, *row) for row in rows]
            return found

        moments.append(str(await connection.fetchval("SELECT clock_timestamp()")))
        before = await all_balances()
        for row in sorted(await world.all("/periods"), key=lambda row: str(row["starts_on"])):
            await world.done(f"/periods/{row['id']}/close", {})
        assert await connection.fetchval("SELECT count(*) FROM ledger.balance_checkpoint") == 4
        assert await all_balances() == before
        await post(connection, world.partner, (line("1010", 7), line("3010", -7)), on=date(2016, 3, 1))
        moments.append(str(await connection.fetchval("SELECT clock_timestamp()")))
        after = await all_balances()
        assert [row for row in after if row[1] == moments[0]] == [row for row in before if row[1] == moments[0]]
        await connection.execute("DELETE FROM ledger.checkpoint; DELETE FROM ledger.balance_checkpoint")
        assert await all_balances() == after
        assert await connection.fetchval("SELECT ledger.rebuild_checkpoints($1)", world.partner) == 2
        assert await connection.fetchval("SELECT count(*) FROM ledger.balance_checkpoint") == 4
        assert await all_balances() == after
    await world.clean()


async def test_a_reopened_period_loses_its_checkpoint(world: World) -> None:
    january, february = await two_months(world)
    for period in (january, february):
        await world.done(f"/periods/{period['id']}/close", {})
    await world.done(f"/periods/{february['id']}/reopening-requests", REASON)
    await reopened_by_another(world, february)
    await posted(world, date(2016, 2, 9))
    assert await world.balances(as_of="2016-02-29") == {"1010": "15.00", "3010": "-15.00"}
    assert await world.balances(as_of="2016-01-31") == {"1010": "5.00", "3010": "-5.00"}
    async with connected(world, "superuser") as connection:
        kept = await connection.fetch("SELECT period_id FROM ledger.checkpoint")
    assert [str(row["period_id"]) for row in kept] == [january["id"]]
    await world.clean()


async def test_two_who_reopen_at_once_do_it_once(world: World) -> None:
    january, _ = await two_months(world)
    for _round in range(3):
        await world.done(f"/periods/{january['id']}/close", {})
        await world.done(f"/periods/{january['id']}/reopening-requests", REASON)
        answers = await asyncio.gather(
            *(
                world.client.post(
                    f"{world.path}/periods/{january['id']}/reopen",
                    REASON,
                    programme=world.programme,
                    role="programme-manager",
                    subject=f"person {number}",
                )
                for number in range(3)
            )
        )
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    await world.clean()


async def test_a_period_that_is_not_over_is_not_closed_for_review(world: World) -> None:
    await posted(world, world.client.clock.now.date())
    [period] = await world.all("/periods")
    refused = await world.refused(f"/periods/{period['id']}/soft-close", {})
    assert refused == (422, "ends_on", "not-in-the-future")
    assert timedelta(0) <= date.fromisoformat(period["ends_on"]) - world.client.clock.now.date()
