"""Many entries in one call: the same guards, hashes and answers as one by one."""

import json
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from shared.ids import new_id
from tests.integration.billing.facts import START
from tests.integration.billing.raw import BALANCED, connected, line, post
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration


def asked(key: str, lines: tuple[dict[str, Any], ...] = BALANCED, **more: object) -> dict[str, Any]:
    """Return an entry as ledger.post_entries takes it."""
    right = {"uid": str(new_id()), "kind": "cost", "fact_on": str(START), "source_type": "test", "source_version": 1}
    return {**right, "source_id": str(new_id()), "idem_key": key, "reason": None, "postings": lines, **more}


async def post_all(connection: asyncpg.Connection, world: World, *entries: dict[str, Any]) -> list[asyncpg.Record]:
    """Post entries through the ledger's function."""
    rows = await connection.fetch(
        "SELECT * FROM ledger.post_entries($1, false, 'tester', $2::text::jsonb) ORDER BY place",
        world.partner,
        json.dumps(entries),
    )
    return list(rows)


async def counted(connection: asyncpg.Connection) -> tuple[int, int]:
    row = await connection.fetchrow("SELECT (SELECT count(*) FROM ledger.entry), (SELECT count(*) FROM ledger.posting)")
    return (row[0], row[1])


async def test_many_entries_are_answered_in_order_and_replayed_like_one(world: World) -> None:
    async with connected(world, "application") as connection:
        source = new_id()
        first = await post(connection, world.partner, key="k0", source=source)
        again = asked("k0", source_id=str(source))
        others = [asked(f"k{n}", fact_on=str(START + timedelta(days=20 * n))) for n in (1, 2)]
        rows = await post_all(connection, world, others[0], again, others[1])
        assert [row["place"] for row in rows] == [1, 2, 3]
        assert [row["was_replayed"] for row in rows] == [False, True, False]
        assert rows[1]["posted_uid"] == first["posted_uid"]
        assert rows[2]["posted_on"] == START + timedelta(days=40)
        before = await counted(connection)
        replayed = await post_all(connection, world, *({**each, "uid": str(new_id())} for each in others))
        assert [row["posted_uid"] for row in replayed] == [rows[0]["posted_uid"], rows[2]["posted_uid"]]
        assert await counted(connection) == before == (3, 6)
    await world.clean()


@pytest.mark.parametrize(
    ("wrong", "sqlstate"),
    [
        (asked("k", (line("1010", 5), line("3010", -4))), "LG001"),
        (asked("k", ()), "LG001"),
        (asked("known", (line("1010", 6), line("3010", -6))), "LG003"),
        (asked("k", fact_on="2015-12-31"), "LG004"),
        (asked("k", (line("2110", 5, enterprise=str(new_id())), line("1010", -5))), "LG007"),
        (asked("k", (line("1110", 5), line("1010", -5))), "LG010"),
        (asked("k", ({**line("1010", 5), "currency": "USD"}, {**line("3010", -5), "currency": "USD"})), "LG013"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
async def test_one_wrong_entry_refuses_all_of_them(world: World, wrong: dict[str, Any], sqlstate: str) -> None:
    async with connected(world, "application") as connection:
        await post(connection, world.partner, on=START - timedelta(days=10), key="old")
        await post(connection, world.partner, key="known")
    [december, _] = sorted(await world.all("/periods"), key=lambda row: str(row["starts_on"]))
    await world.done(f"/periods/{december['id']}/close", {})
    async with connected(world, "application") as connection:
        before = await counted(connection)
        with pytest.raises(asyncpg.PostgresError) as refused:
            await post_all(connection, world, asked("good"), wrong, asked("fine"))
        assert refused.value.sqlstate == sqlstate
        assert await counted(connection) == before
    await world.clean()
