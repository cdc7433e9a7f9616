"""What the ledger refuses whoever writes, and however: the application role, the owner, a superuser, a replica."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from uuid import UUID

import asyncpg
import pytest

from shared.ids import new_id
from tests.integration.billing.facts import START
from tests.integration.billing.raw import WHO, connected, fingerprint, line, post, reverse
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration

POWERFUL = ("owner", "superuser", "replica")
NEXT_DAY = START + timedelta(days=1)
Attempt = Callable[[asyncpg.Connection], Awaitable[object]]


async def refused(world: World, who: str, attempt: Attempt) -> str:
    """Run `attempt` in a transaction as `who`; it must fail, and leave no trace. Returns the SQLSTATE."""
    before = await fingerprint(world)
    async with connected(world, who) as connection:
        state = "committed"
        try:
            async with connection.transaction():
                await attempt(connection)
        except asyncpg.PostgresError as error:
            state = str(error.sqlstate)
    assert await fingerprint(world) == before, (who, state)
    return state


async def entry(world: World, book: UUID | None = None) -> UUID:
    """Post a balanced entry and return it."""
    async with connected(world, "application") as connection:
        posted: UUID = (await post(connection, book or world.partner))["posted_uid"]
        return posted


async def header(connection: asyncpg.Connection, on: date = START, reverses: int | None = None) -> int:
    """Insert an entry by hand, without postings; returns its number."""
    number: int = await connection.fetchval(
        """
        INSERT INTO ledger.entry (uid, programme, book_id, period_id, kind, effective_on, fact_on, source_type,
                                  source_id, source_version, idem_scope, idem_key, req_hash, actor, reverses_entry_id,
                                  reason)
        SELECT $1::uuid, programme, book_id, id, 'cost', $2::date, $2::date, 'test', $1::uuid, 1, 'test',
               $1::uuid::text, '', 'mallory', $3::bigint, 'because'
        FROM ledger.period ORDER BY starts_on, id LIMIT 1 RETURNING id
        """,
        new_id(),
        on,
        reverses,
    )
    return number


async def lines(
    connection: asyncpg.Connection, number: int, *amounts: tuple[str, int], on: date = START, first: int = 1
) -> None:
    """Insert postings by hand, all in one statement: (account code, amount)."""
    await connection.execute(
        """
        INSERT INTO ledger.posting (entry_id, line, programme, account_id, amount_minor, base_minor, currency,
                                    effective_on)
        SELECT $1, $2 + x.place, a.programme, a.id, x.amount, x.amount, a.currency, $3
        FROM unnest($4::text[], $5::bigint[]) WITH ORDINALITY AS x (code, amount, place)
        CROSS JOIN LATERAL (SELECT * FROM ledger.account WHERE code = x.code ORDER BY id LIMIT 1) AS a
        """,
        number,
        first - 1,
        on,
        [code for code, _ in amounts],
        [amount for _, amount in amounts],
    )


def statement(text: str) -> Attempt:
    """Return an attempt to run one statement."""
    return lambda connection: connection.execute(text)


CHANGES = (
    "UPDATE ledger.posting SET amount_minor = amount_minor + 1",
    "UPDATE ledger.posting SET module = 'WPC'",
    "DELETE FROM ledger.posting",
    "TRUNCATE ledger.posting",
    "UPDATE ledger.entry SET reason = 'other'",
    "DELETE FROM ledger.entry",
    "TRUNCATE ledger.entry CASCADE",
    "UPDATE ledger.account SET may_be_negative = true",
    "DELETE FROM ledger.account",
    "TRUNCATE ledger.account CASCADE",
    "UPDATE ledger.book SET currency = 'USD'",
    "UPDATE ledger.period SET ends_on = ends_on + 1",
    "DELETE FROM ledger.period",
)


async def test_nobody_changes_or_deletes_what_was_posted(world: World) -> None:
    await entry(world)
    for who in WHO:
        for change in CHANGES:
            state = await refused(world, who, statement(change))
            assert state == ("42501" if who == "application" else "23001"), (who, change)


async def test_the_application_role_may_not_write_the_ledger_itself(world: World) -> None:
    await entry(world)
    for forbidden in (
        "INSERT INTO ledger.entry (uid) VALUES (gen_random_uuid())",
        "INSERT INTO ledger.posting (entry_id, line) VALUES (1, 9)",
        "INSERT INTO ledger.period (book_id) VALUES (gen_random_uuid())",
        "INSERT INTO ledger.book (id) VALUES (gen_random_uuid())",
        "SELECT nextval('ledger.entry_id_seq')",
        "SELECT ledger.lock_guarded('{1}')",
        "SELECT ledger.open_account(gen_random_uuid(), '1010', 'BOB', NULL, NULL, NULL)",
        "CREATE TABLE ledger.mine (id int)",
        "ALTER TABLE ledger.posting DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
    ):
        assert await refused(world, "application", statement(forbidden)) == "42501", forbidden


async def without_postings(connection: asyncpg.Connection) -> None:
    await header(connection)


async def one_by_one(connection: asyncpg.Connection) -> None:
    number = await header(connection)
    await lines(connection, number, ("1010", 500))
    await lines(connection, number, ("3010", -500), first=2)


def with_lines(*amounts: tuple[str, int]) -> Attempt:
    """Return an attempt to insert an entry with these postings by hand."""

    async def attempt(connection: asyncpg.Connection) -> None:
        await lines(connection, await header(connection), *amounts)

    return attempt


async def after_its_check_has_run(connection: asyncpg.Connection) -> None:
    number = await header(connection)
    await lines(connection, number, ("1010", 5), ("3010", -5))
    await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    await lines(connection, number, ("1010", 7), first=3)


async def later(connection: asyncpg.Connection) -> None:
    number = await connection.fetchval("SELECT max(id) FROM ledger.entry")
    await lines(connection, number, ("1010", 5), ("3010", -5), first=10)


async def of_no_entry(connection: asyncpg.Connection) -> None:
    await lines(connection, 4711, ("1010", 5), ("3010", -5))


async def as_it_should_be(connection: asyncpg.Connection) -> None:
    await lines(connection, await header(connection), ("1010", 5), ("3010", -5))
    await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    await connection.execute("SELECT 1 / 0")  # all guards have passed; undone, or the next attempt counts it


async def test_an_entry_never_commits_headless_late_or_unbalanced(world: World) -> None:
    await entry(world)
    for who in POWERFUL:
        for attempt, states in (
            (without_postings, ["LG001"]),
            (one_by_one, ["LG001"]),
            (with_lines(("1010", 500)), ["LG001"]),
            (with_lines(("1010", 500), ("3010", -499)), ["LG001"]),
            (with_lines(("1010", 500), ("3010", 500)), ["LG001"]),
            (after_its_check_has_run, ["LG001"]),
            (later, ["LG002"]),
            (of_no_entry, ["LG002", "23503"]),
            (as_it_should_be, ["22012"]),
        ):
            assert await refused(world, who, attempt) in states, (who, attempt)


async def test_no_entry_enters_a_closed_period_by_any_way(world: World) -> None:
    await entry(world)
    [period] = await world.all("/periods")
    await world.done(f"/periods/{period['id']}/close", {})
    reopen = "UPDATE ledger.period SET state = 'open', closed_at = NULL, closed_by = NULL"
    for who in POWERFUL:
        assert await refused(world, who, with_lines(("1010", 5), ("3010", -5))) == "LG004"
        assert await refused(world, who, statement(reopen)) == "23001"
    for day in (START, START - timedelta(days=400)):

        async def by_function(connection: asyncpg.Connection, day: date = day) -> None:
            await post(connection, world.partner, on=day)

        assert await refused(world, "application", by_function) == "LG004"


def reversal_by_hand(uid: UUID, on: date) -> Attempt:
    """Return an attempt to insert a reversal by hand."""

    async def attempt(connection: asyncpg.Connection) -> None:
        number = await connection.fetchval("SELECT id FROM ledger.entry WHERE uid = $1", uid)
        await lines(connection, await header(connection, on, number), ("1010", -5), ("3010", 5), on=on)

    return attempt


async def test_an_entry_is_reversed_once_and_not_before_its_day_by_any_way(world: World) -> None:
    original = await entry(world)
    for who in POWERFUL:
        assert await refused(world, who, reversal_by_hand(original, START - timedelta(days=1))) == "LG006"
    async with connected(world, "application") as connection:
        undone: UUID = (await reverse(connection, original, on=NEXT_DAY, key="undo"))["posted_uid"]
        replayed = await reverse(connection, original, on=NEXT_DAY, key="undo")
    assert (replayed["posted_uid"], replayed["was_replayed"]) == (undone, True)
    assert await world.balances() == {}
    for target in (original, undone):

        async def by_function(connection: asyncpg.Connection, target: UUID = target) -> None:
            await reverse(connection, target, on=NEXT_DAY)

        assert await refused(world, "application", by_function) == "LG005"
        for who in POWERFUL:
            assert await refused(world, who, reversal_by_hand(target, NEXT_DAY)) == "LG005"


async def on_another_day(connection: asyncpg.Connection) -> None:
    await lines(connection, await header(connection), ("1010", 5), ("3010", -5), on=NEXT_DAY)


async def in_another_book(connection: asyncpg.Connection) -> None:
    number = await header(connection)
    await connection.execute(
        """
        INSERT INTO ledger.posting (entry_id, line, programme, account_id, amount_minor, base_minor, currency,
                                    effective_on)
        SELECT e.id, row_number() OVER (), a.programme, a.id, x.amount, x.amount, a.currency, e.effective_on
        FROM ledger.entry e JOIN ledger.account a ON a.book_id <> e.book_id
        CROSS JOIN LATERAL (SELECT CASE a.code WHEN '1010' THEN 5 ELSE -5 END AS amount) AS x WHERE e.id = $1
        """,
        number,
    )


async def test_a_posting_agrees_with_its_entry_in_book_and_day(world: World) -> None:
    await entry(world)
    await entry(world, await world.join())
    for who in POWERFUL:
        assert await refused(world, who, on_another_day) == "LG012"
        assert await refused(world, who, in_another_book) == "LG012"


async def test_the_posting_function_refuses_a_wrong_entry_whole(world: World) -> None:
    await entry(world)
    for wrong, state in (
        ((line("1010", 500), line("3010", -499)), "LG001"),
        ((line("1010", 500),), "LG001"),
        ((), "LG001"),
        ((line("1010", 0), line("3010", 0)), "23514"),
        ((line("1010", 5, currency="USD"), line("3010", -5, currency="USD")), "LG013"),
        ((line("1010", 5, base=6), line("3010", -5, base=-6)), "LG013"),
        ((line("1010", 5, currency="USD", base=35), line("3010", -5, currency="USD", base=-34)), "LG001"),
        ((line("1010", 5, currency="USD", base=35), line("3010", -35)), "LG001"),
        ((line("1010", 5, currency="XXY", base=35), line("3010", -5, currency="XXY", base=-35)), "23503"),
        ((line("1010", 5, bank_account=str(new_id()), agreement=str(new_id())), line("3010", -5)), "LG010"),
        ((line("9999", 500), line("3010", -500)), "LG010"),
        ((line("1110", 500), line("3010", -500)), "LG010"),
        ((line("1010", 1.5), line("3010", -1.5)), "22P02"),
    ):

        async def attempt(connection: asyncpg.Connection, wrong: tuple[dict[str, object], ...] = wrong) -> None:
            await post(connection, world.partner, wrong)

        got = await refused(world, "application", attempt)
        assert got == state, wrong

    async def elsewhere(connection: asyncpg.Connection) -> None:
        await post(connection, new_id())

    assert await refused(world, "application", elsewhere) == "LG010"


async def test_unapplied_cash_is_never_negative_on_any_day(world: World) -> None:
    firm = str(await world.enterprise())
    receipt = (line("1010", 500), line("2110", -500, enterprise=firm))
    use = (line("2110", 300, enterprise=firm), line("3010", -300))
    async with connected(world, "application") as connection:
        await post(connection, world.partner, receipt, on=START + timedelta(days=10))
    for day in (9, 10, 11):

        async def spend(connection: asyncpg.Connection, day: int = day) -> None:
            await post(connection, world.partner, use, on=START + timedelta(days=day))

        if day == 10:
            async with connected(world, "application") as connection:
                await spend(connection)
        else:
            assert await refused(world, "application", spend) == "LG007"


async def test_the_same_key_again_is_answered_as_a_replay_and_with_other_content_refused(world: World) -> None:
    source = new_id()
    async with connected(world, "application") as connection:
        first = await post(connection, world.partner, key="k", source=source)
        again = await post(connection, world.partner, key="k", source=source)
    assert (again["posted_uid"], again["was_replayed"]) == (first["posted_uid"], True)
    other = (line("1010", 501), line("3010", -501))

    async def same_key(connection: asyncpg.Connection) -> None:
        await post(connection, world.partner, other, key="k", source=source)

    async def same_source(connection: asyncpg.Connection) -> None:
        await post(connection, world.partner, key="other", source=source)

    assert await refused(world, "application", same_key) == "LG003"
    assert await refused(world, "application", same_source) == "23505"


async def test_a_fact_of_a_closed_period_moves_to_the_first_open_day_and_keeps_its_own(world: World) -> None:
    await entry(world)
    [period] = await world.all("/periods")
    await world.done(f"/periods/{period['id']}/close", {})
    async with connected(world, "application") as connection:
        moved = await post(connection, world.partner, may_move=True)
    assert str(moved["posted_on"]) == "2016-02-01"
    [shown] = await world.all(f"/books/{world.partner}/entries", {"from": "2016-02-01"})
    assert (shown["effective_on"], shown["fact_on"]) == ("2016-02-01", str(START))


async def test_documents_refuse_change_too(world: World) -> None:
    await world.price("100.00")
    await world.agreement("G-1", "G", {"medium": "10"})
    firm, training = await world.enterprise(), await world.training()
    invoice = await world.issue(await world.invoice_of(await world.enroll(firm, training)))
    payment = await world.pay("90.00", START, enterprise_id=firm)
    await world.allocate(payment, "90.00", START, invoice_id=invoice["id"])
    await world.cost("10.00", "venue", START, training)
    for who in WHO:
        for change in (
            "UPDATE invoice SET total_minor = total_minor + 1",
            "UPDATE invoice SET number = 'INV-1'",
            "UPDATE invoice SET state = 'draft'",
            "DELETE FROM invoice",
            "UPDATE invoice_share SET amount_minor = 1",
            "UPDATE payment SET id = id",
            "UPDATE payment SET amount_minor = amount_minor + 1",
            "DELETE FROM payment",
            "UPDATE allocation SET amount_minor = 1",
            "DELETE FROM allocation_part",
            "UPDATE cost SET amount_minor = 1",
            "UPDATE price SET price_minor = 1",
            "UPDATE agreement SET ceiling_minor = ceiling_minor + 1",
            "UPDATE number_series SET last = last + 2",
            "DELETE FROM number_series",
        ):
            assert await refused(world, who, statement(change)) in ("42501", "23001"), (who, change)
    await world.clean()


async def test_documents_refuse_sums_that_do_not_fit(world: World) -> None:
    await world.price("100.00")
    firm, training = await world.enterprise(), await world.training()
    invoice = await world.issue(await world.invoice_of(await world.enroll(firm, training)))
    payment = await world.pay("500.00", START, enterprise_id=firm)
    share = UUID(invoice["shares"][0]["id"])
    for who in WHO:
        for total, part in ((50_001, 50_001), (20_000, 20_000), (5_000, 4_000)):

            async def allocate(connection: asyncpg.Connection, total: int = total, part: int = part) -> None:
                made = await connection.fetchval(
                    "INSERT INTO allocation (id, programme, payment_id, invoice_id, amount_minor, allocated_on) "
                    "VALUES (gen_random_uuid(), 'bolivia', $1, $2, $3, $4) RETURNING id",
                    UUID(payment["id"]),
                    UUID(invoice["id"]),
                    total,
                    START,
                )
                await connection.execute(
                    "INSERT INTO allocation_part (allocation_id, share_id, programme, amount_minor) "
                    "VALUES ($1, $2, 'bolivia', $3)",
                    made,
                    share,
                    part,
                )

            assert await refused(world, who, allocate) == "23514", (who, total)
