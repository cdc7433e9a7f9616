"""Sealing: nothing is left out, a rewritten entry is named, whatever the order of commits."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from services.billing.chores import CHORES
from shared.chores import do
from shared.ids import new_id
from tests.integration.billing.facts import START
from tests.integration.billing.raw import connected, line, post
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration
[SEALING] = [chore for chore in CHORES if chore.name == "seal-ledger"]


async def sealed(world: World) -> None:
    """Run the chore once."""
    await do(SEALING, world.client.runtime.transactions)


async def unsealed(world: World) -> int:
    """Count entries without a seal."""
    async with connected(world, "superuser") as connection:
        count: int = await connection.fetchval(
            "SELECT count(*) FROM ledger.entry e WHERE NOT EXISTS "
            "(SELECT FROM ledger.entry_seal s WHERE s.entry_id = e.id)"
        )
    return count


@asynccontextmanager
async def rewriting(world: World) -> AsyncIterator[asyncpg.Connection]:
    """Connect as a superuser with the guards of the ledger switched off, as a dishonest owner could."""
    async with connected(world, "superuser") as connection:
        tables = ("entry", "posting", "seal", "entry_seal")
        for table in tables:
            await connection.execute(f"ALTER TABLE ledger.{table} DISABLE TRIGGER ALL")
        try:
            yield connection
        finally:
            for table in tables:
                await connection.execute(f"ALTER TABLE ledger.{table} ENABLE TRIGGER ALL")
                await connection.execute(
                    f"""DO $$ DECLARE t record; BEGIN
                    FOR t IN SELECT tgname FROM pg_trigger
                             WHERE tgrelid = 'ledger.{table}'::regclass AND NOT tgisinternal
                    LOOP EXECUTE format('ALTER TABLE ledger.{table} ENABLE ALWAYS TRIGGER %I', t.tgname); END LOOP;
                    END $$"""
                )


async def test_the_head_of_each_books_chain_is_published_and_can_be_recomputed(world: World) -> None:
    other = await world.join(region="SC")
    async with connected(world, "application") as connection:
        for _ in range(3):
            await post(connection, world.partner)
        await post(connection, other)
        await sealed(world)
        await sealed(world)  # nothing new, nothing said
        await post(connection, world.partner)
        await sealed(world)
        rows = await connection.fetch(
            "SELECT s.seq, c.content FROM ledger.entry_seal s JOIN ledger.entry_content c USING (entry_id) "
            "WHERE s.book_id = $1 ORDER BY s.entry_id",
            world.partner,
        )
    said = [each for each in await world.said("ledger-sealed") if each["partner_id"] == str(world.partner)]
    assert [(each["seq"], each["entries"]) for each in said] == [(1, 3), (2, 1)]
    # A stranger's recipe: hash every entry's text, hash the previous link and these, compare with what was published.
    link = hashlib.sha256(f"scorebook ledger {world.partner}".encode()).digest()
    for each in said:
        assert each["previous_hash"] == link.hex()
        contents = [row["content"] for row in rows if row["seq"] == each["seq"]]
        link = hashlib.sha256(link + b"".join(hashlib.sha256(text.encode()).digest() for text in contents)).digest()
        assert each["hash"] == link.hex()
    listed = await world.all(f"/books/{world.partner}/seals")
    assert [(row["seq"], row["hash"]) for row in listed] == [(each["seq"], each["hash"]) for each in said]
    await world.clean()


async def test_an_entry_of_a_slow_transaction_is_sealed_when_it_has_committed(world: World) -> None:
    async with connected(world, "application") as slow, connected(world, "application") as quick:
        await post(quick, world.partner)  # so that the accounts and the period are there
        held = slow.transaction()
        await held.start()
        await post(slow, world.partner)  # takes the lower id
        await post(quick, world.partner)
        await sealed(world)
        assert await unsealed(world) == 1, "nothing after the slow one may be sealed as if it were not there"
        await post(quick, world.partner)
        await held.commit()
        await sealed(world)
    assert await unsealed(world) == 0
    await world.clean()


async def test_under_load_every_entry_is_sealed_once(world: World) -> None:
    stop = asyncio.Event()

    async def write() -> int:
        done = 0
        async with connected(world, "application") as connection:
            while not stop.is_set():
                await post(connection, world.partner, (line("1010", 5), line("3010", -5)))
                done += 1
        return done

    async with asyncio.TaskGroup() as tasks:
        writers = [tasks.create_task(write()) for _ in range(6)]
        for _ in range(15):
            await sealed(world)
            await asyncio.sleep(0.02)
        stop.set()
    await sealed(world)
    assert await unsealed(world) == 0
    async with connected(world, "superuser") as connection:
        assert await connection.fetchval("SELECT sum(entries) FROM ledger.seal") == sum(w.result() for w in writers)
    await world.clean()


async def test_two_sealers_at_once_make_one_chain(world: World) -> None:
    for _ in range(5):
        async with connected(world, "application") as connection:
            await post(connection, world.partner)
        await asyncio.gather(*(sealed(world) for _ in range(4)))
    await sealed(world)
    assert await unsealed(world) == 0
    await world.clean()


REWRITES = (
    ("UPDATE ledger.posting SET amount_minor = amount_minor * 2, base_minor = base_minor * 2", "does not say any more"),
    ("UPDATE ledger.posting SET module = 'OSH' WHERE line = 1", "does not say any more"),
    ("UPDATE ledger.entry SET reason = 'another'", "does not say any more"),
    ("UPDATE ledger.entry SET recorded_at = recorded_at - interval '1 microsecond'", "does not say any more"),
    ("UPDATE ledger.entry_seal SET content_hash = sha256('x')", "its hash is not that of its entries"),
    ("UPDATE ledger.seal SET hash = sha256('x') WHERE seq = 1", "does not follow from the block before it"),
    ("UPDATE ledger.seal SET prev_hash = sha256('x') WHERE seq = 1", "does not follow from the block before it"),
    ("DELETE FROM ledger.entry_seal WHERE seq = 2", "is not sealed"),
    ("DELETE FROM ledger.posting; DELETE FROM ledger.entry_seal; DELETE FROM ledger.entry", "2 entries, 0 are there"),
)


@pytest.mark.parametrize(("rewrite", "message"), REWRITES, ids=[rewrite[:60] for rewrite, _ in REWRITES])
async def test_a_rewritten_past_is_named(world: World, rewrite: str, message: str) -> None:
    async with connected(world, "application") as connection:
        await post(connection, world.partner)
        await post(connection, world.partner)
        await sealed(world)
        await post(connection, world.partner)
        await sealed(world)
    await world.clean()
    async with rewriting(world) as connection:
        await connection.execute(rewrite)
    found = await world.client.findings()
    assert any(finding.startswith("ledger-seals: ") and message in finding for finding in found), found


async def test_what_was_restored_into_a_younger_cluster_is_sealed_in_a_new_epoch(world: World) -> None:
    async with connected(world, "application") as connection:
        await post(connection, world.partner)
        await sealed(world)
        await post(connection, world.partner)
    async with rewriting(world) as connection:
        # As after a restore: transaction ids of the past lie in the future.
        await connection.execute("UPDATE ledger.entry SET tx = ((tx::text)::bigint + 1000000)::text::xid8")
        await connection.execute("ALTER TABLE ledger.seal_run DISABLE TRIGGER ALL")
        await connection.execute("UPDATE ledger.seal_run SET horizon = ((horizon::text)::bigint + 1000000)::text::xid8")
        await connection.execute("ALTER TABLE ledger.seal_run ENABLE ALWAYS TRIGGER seal_run_append_only")
    async with connected(world, "application") as connection:
        await post(connection, world.partner)
        await sealed(world)
        await post(connection, world.partner)
        await sealed(world)
    assert await unsealed(world) == 0
    async with connected(world, "superuser") as connection:
        assert await connection.fetchval("SELECT max(epoch) FROM ledger.seal_run") == 2
    await world.clean()


async def test_closing_a_period_seals_its_entries_even_while_something_old_is_under_way(world: World) -> None:
    async with connected(world, "application") as slow, connected(world, "application") as quick:
        held = slow.transaction()
        await held.start()
        await slow.execute("SELECT pg_current_xact_id()")
        await post(quick, world.partner, on=START)
        await sealed(world)
        assert await unsealed(world) == 1
        [period] = await world.all("/periods")
        await world.done(f"/periods/{period['id']}/close", {})
        assert await unsealed(world) == 0
        await held.rollback()
    await sealed(world)
    await world.clean()


async def test_only_the_ledger_itself_seals(world: World) -> None:
    async with connected(world, "application") as connection:
        for forbidden in (
            "SELECT ledger.seal_entries('{1}')",
            "INSERT INTO ledger.seal_run (epoch, horizon) VALUES (1, '0')",
            "INSERT INTO ledger.entry_seal (entry_id) VALUES (1)",
            f"SELECT ledger.make_checkpoint('{new_id()}')",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(forbidden)
