"""What must not change a balance: order, batches, what the currency is called, an entry and its reversal."""

import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import pytest

from shared.events.enrollment import VisitAborted
from shared.ids import new_id
from shared.money import Money
from tests.integration.billing.busy import busy_book
from tests.integration.billing.facts import START
from tests.integration.billing.raw import connected, line, post, reverse
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration

CODES: Final = ("1020", "1130", "2210", "2310", "3010", "3020", "4090", "7110", "7210")
"""Accounts that no document has to agree with."""
DAY: Final = timedelta(days=1)
Posted = tuple[date, tuple[dict[str, Any], ...]]


def entries(seed: int, number: int = 40) -> list[Posted]:
    """Return balanced entries of two to five lines on days of four months."""
    chance = random.Random(seed)
    made = []
    for _ in range(number):
        codes = chance.sample(CODES, chance.randint(2, 5))
        amounts = [chance.choice((-1, 1)) * chance.randint(1, 10**6) for _ in codes[1:]]
        if not sum(amounts):
            amounts[0] += 1
        lines = [line(code, amount) for code, amount in zip(codes, [-sum(amounts), *amounts], strict=True)]
        made.append((START + chance.randint(0, 120) * DAY, tuple(lines)))
    return made


async def post_all(world: World, book: UUID, made: Sequence[Posted], *, at_once: int = 1) -> list[UUID]:
    """Post entries, so many in one transaction."""
    uids = []
    async with connected(world, "application") as connection:
        for first in range(0, len(made), at_once):
            async with connection.transaction():
                for day, lines in made[first : first + at_once]:
                    uids.append((await post(connection, book, lines, on=day))["posted_uid"])
    return uids


async def balances(
    world: World, book: UUID, on: date | None = None, recorded: datetime | None = None
) -> dict[str, int]:
    """Return the balances of a book by code, from the database's function."""
    async with connected(world, "application") as connection:
        rows = await connection.fetch(
            "SELECT a.code, sum(b.balance_minor)::bigint AS minor FROM ledger.balances($1, $2, $3) b "
            "JOIN ledger.account a ON a.id = b.account_id GROUP BY a.code",
            book,
            on,
            recorded,
        )
    return {row["code"]: row["minor"] for row in rows if row["minor"]}


async def every_day(world: World, book: UUID) -> list[dict[str, int]]:
    """Return the balances at the end of every tenth day."""
    return [await balances(world, book, START + n * DAY) for n in range(0, 130, 10)]


@pytest.mark.parametrize("deal", [1, 2, 3])
async def test_the_order_of_independent_entries_changes_no_balance_on_any_day(world: World, deal: int) -> None:
    made = entries(deal)
    other = await world.join()
    await post_all(world, world.partner, made)
    await post_all(world, other, random.Random(deal).sample(made, len(made)))
    days = await every_day(world, world.partner)
    assert days == await every_day(world, other)
    assert days[-1]
    await world.clean()


@pytest.mark.parametrize("at_once", [2, 7, 40])
async def test_how_many_entries_share_a_transaction_changes_no_balance(world: World, at_once: int) -> None:
    made = entries(at_once)
    other = await world.join()
    await post_all(world, world.partner, made)
    await post_all(world, other, made, at_once=at_once)
    assert await every_day(world, world.partner) == await every_day(world, other)
    await world.clean()


async def test_how_many_events_come_in_a_batch_changes_no_balance(world: World) -> None:
    books = (world.partner, await world.join())
    for book, at_once in zip(books, (1, 6), strict=True):
        await world.price("500.00", partner=book)
        firm = await world.enterprise(partner=book)
        training = await world.training(partner=book)
        enrollment = await world.enroll(firm, training, partner=book)
        records = [
            world.client.record(
                VisitAborted(
                    enrollment_id=enrollment,
                    training_id=training,
                    enterprise_id=firm,
                    partner_id=book,
                    number=number,
                    attempted_on=START + number * DAY,
                    trainer_id=new_id(),
                    reason="workers not released",
                    cost=Money(1_000 + number, "BOB"),
                ),
                aggregate_id=enrollment,
                programme=world.programme,
            )
            for number in range(1, 7)
        ]
        for first in range(0, len(records), at_once):
            await world.client.deliver_records(*records[first : first + at_once])
    one, other = [await every_day(world, book) for book in books]
    assert one == other
    assert one[-1]["2010"] == -6_021
    await world.clean()


async def test_an_entry_and_its_reversal_are_nothing_on_both_time_axes(world: World) -> None:
    made = entries(11, 12)
    await post_all(world, world.partner, made)
    before = {n: await balances(world, world.partner, START + n * DAY) for n in range(0, 160, 8)}
    on, reversed_on = START + 40 * DAY, START + 90 * DAY
    extra = (line("7110", 123_456), line("2310", -123_456))
    async with connected(world, "application") as connection:
        known_before = await connection.fetchval("SELECT clock_timestamp()")
        entry = await post(connection, world.partner, extra, on=on)
        known_between = await connection.fetchval("SELECT clock_timestamp()")
        await reverse(connection, entry["posted_uid"], on=reversed_on)
    for n, held in before.items():
        day = START + n * DAY
        with_it = {code: minor for code, minor in plus(held, extra).items() if minor}
        assert await balances(world, world.partner, day) == (with_it if on <= day < reversed_on else held), day
        assert await balances(world, world.partner, day, known_before) == held, day
        assert await balances(world, world.partner, day, known_between) == (with_it if day >= on else held), day
    await world.clean()


def plus(held: dict[str, int], lines: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Return balances with the lines of one entry more."""
    sums = defaultdict(int, held)
    for each in lines:
        sums[each["account"]] += each["amount"]
    return sums


async def test_reversing_everything_leaves_nothing(world: World) -> None:
    uids = await post_all(world, world.partner, entries(5))
    last = START + 130 * DAY
    async with connected(world, "application") as connection:
        for uid in random.Random(5).sample(uids, len(uids)):
            await reverse(connection, uid, on=last)
    assert await balances(world, world.partner) == {}
    assert await balances(world, world.partner, last - DAY) != {}
    await world.clean()


@pytest.mark.parametrize("currency", ["USD", "KWD", "JPY"])
async def test_what_the_currency_is_called_changes_no_amount(empty_world: World, currency: str) -> None:
    client, database = empty_world.client, empty_world.database
    worlds = [
        await World(client, database, programme, called).begin()
        for programme, called in (("bolivia", "BOB"), ("relabelled", currency))
    ]
    for world in worlds:
        digits = {"BOB": 2, "USD": 2, "KWD": 3, "JPY": 0}[world.currency]
        await _bill(world, digits)
    one, other = [await balances(world, world.partner) for world in worlds]
    assert one == other
    assert one["1110"] == 6_930_00 - 1_234_56
    await worlds[0].clean()


async def _bill(world: World, digits: int) -> None:
    def amount(minor: int) -> str:
        return Money(minor, world.currency).amount if digits else str(minor)

    await world.price(amount(770_000))
    await world.agreement("G-1", "G", {"medium": "10"}, ceiling=amount(10_000_000))
    firm, training = await world.enterprise(), await world.training()
    invoice = await world.issue(await world.invoice_of(await world.enroll(firm, training)))
    paid = await world.pay(amount(123_456), START + DAY, enterprise_id=firm)
    await world.allocate(paid, amount(123_456), START + DAY, invoice_id=invoice["id"])
    await world.cost(amount(999), "venue", START, training)


async def test_every_summary_is_the_fold_of_the_accounts(world: World) -> None:
    await busy_book(world)
    for as_of in (None, "2016-01-04", "2016-01-07", "2016-01-31", "2016-02-10", "2016-03-31"):
        cut = {} if as_of is None else {"as_of": as_of}
        folded: defaultdict[str, int] = defaultdict(int)
        for account in await world.all(f"/books/{world.partner}/accounts", cut):
            side = 1 if account["normal_side"] == "debit" else -1
            if account["balance"]["currency"] == "BOB":
                folded[account["code"]] += side * int(account["balance"]["amount"].replace(".", ""))
        trial = await world.show(f"/books/{world.partner}/trial-balance", cut)
        summary = {
            each["code"]: int(each["debit"]["amount"].replace(".", "")) - int(each["credit"]["amount"].replace(".", ""))
            for each in trial["lines"]
        }
        # Of accounts in dollars the summary holds the worth in bolivianos, which no account list adds up.
        in_dollars = {"1010", "7940"}
        assert {code: minor for code, minor in folded.items() if code not in in_dollars} == {
            code: minor for code, minor in summary.items() if code not in in_dollars
        }
        assert sum(summary.values()) == 0
