"""Guarantee 4: a queue behind a message that cannot be applied, and how it moves on."""

import asyncio
import logging
import random
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.auth.actor import EVERY_PROGRAMME, Role
from shared.ids import new_id
from shared.messaging.parked import FIRST_RETRY, SLOWEST_RETRY
from tests.integration.conftest import ServiceClient
from tests.support.client import Client
from tests.support.tally.events import Counted, Ignored
from tests.support.tally.gate import Gate
from tests.support.tally.service import TALLY
from tests.support.waiting import eventually

LOG = logging.getLogger(__name__)

pytestmark = pytest.mark.integration


async def totals(client: Client, thing: UUID) -> list[int]:
    """Return what the tally said of a thing, in order."""
    return [event.data["total"] for event in await client.events() if event.aggregate_id == thing]


async def parked_rows(client: Client) -> Sequence[Any]:
    """Return the open parked rows, oldest first."""
    async with client.connection() as connection:
        rows = await connection.exec_driver_sql("SELECT * FROM parked WHERE closed_at IS NULL ORDER BY id")
        return rows.all()


async def waits_for_a_lock(client: Client) -> bool:
    """Return whether a session of the tally's database waits for another one."""
    async with client.connection() as connection:
        waiting = await connection.exec_driver_sql(
            "SELECT EXISTS (SELECT FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock')"
        )
        return bool(waiting.scalar_one())


async def act(client: Client, parked_id: int, action: str, reason: str | None = "by a test") -> httpx.Response:
    """Replay or discard a parked message as the operator does."""
    body = {} if reason is None else {"reason": reason}
    return await client.post(
        f"/v1/ops/parked/{parked_id}/{action}", body, role=Role.OPS, programme=EVERY_PROGRAMME, subject="operator"
    )


async def test_a_thousand_messages_behind_a_poison_head_are_drained_in_order(service_client: ServiceClient) -> None:
    async with service_client(TALLY) as client:
        thing = new_id()
        records = [client.record(Counted(amount=-1), aggregate_id=thing)]
        records += [client.record(Counted(amount=n), aggregate_id=thing) for n in range(1000)]
        shuffled = records[1:]
        random.shuffle(shuffled)
        await client.deliver_records(records[0])
        for start in range(0, 1000, 250):
            # Behind the head they arrive in any order, as a zombie's late sends and several batches leave them.
            await client.deliver_records(*shuffled[start : start + 250])
        assert len(await parked_rows(client)) == 1001
        head = (await parked_rows(client))[0]
        started = time.perf_counter()
        moved = await act(client, head.id, "discard")
        LOG.warning("drained in %.1f s", time.perf_counter() - started)
        assert moved.json() == {"released": 1000, "head": None, "head_state": None}
        assert await totals(client, thing) == [n * (n + 1) // 2 for n in range(1000)]
        assert await client.findings() == []


async def test_a_replay_tries_the_head_again_and_then_the_rest_in_order(service_client: ServiceClient) -> None:
    async with service_client(TALLY) as client:
        thing = new_id()
        async with client.connection() as connection:
            # Something in the service's own data is in the way of the second message.
            await connection.exec_driver_sql(
                "INSERT INTO tally_step (tally_id, sequence, amount) VALUES ($1, 2, 999)", (thing,)
            )
        await client.deliver_records(
            *(client.record(Counted(amount=amount), aggregate_id=thing) for amount in (1, 5, 3, 4))
        )
        head = (await parked_rows(client))[0]
        again = await act(client, head.id, "replay", None)
        assert again.json() == {"released": 0, "head": head.id, "head_state": "failed"}
        assert (await parked_rows(client))[0].attempts == 2
        async with client.connection() as connection:
            await connection.exec_driver_sql("DELETE FROM tally_step WHERE amount = 999")
        # Asking for any message of the queue moves the queue, always from its head.
        last = (await parked_rows(client))[-1]
        moved = await act(client, last.id, "replay")
        assert moved.json() == {"released": 3, "head": None, "head_state": None}
        assert await totals(client, thing) == [1, 6, 9, 13]
        assert (await act(client, head.id, "replay")).status_code == 409
        assert (await act(client, head.id, "discard")).json()["errors"][0]["rule"] == "still-parked"
        async with client.connection() as connection:
            actions = await connection.exec_driver_sql("SELECT action, actor, reason, outcome FROM parked_action")
            assert [tuple(row) for row in actions] == [
                ("replay", "operator", None, "released 0"),
                ("replay", "operator", "by a test", "released 3"),
            ]
        assert await client.findings() == []


async def test_a_second_poison_message_stops_the_queue_again(service_client: ServiceClient) -> None:
    async with service_client(TALLY) as client:
        thing = new_id()
        await client.deliver_records(
            *(client.record(Counted(amount=amount), aggregate_id=thing) for amount in (-1, 2, -3, 4))
        )
        first = (await parked_rows(client))[0]
        moved = (await act(client, first.id, "discard")).json()
        assert (moved["released"], moved["head_state"]) == (1, "failed")
        assert await client.parked() == [("failed", "IntegrityError"), ("behind", None)]
        await client.deliver(Counted(amount=5), aggregate_id=thing)
        assert await totals(client, thing) == [2]
        await act(client, moved["head"], "discard")
        assert await totals(client, thing) == [2, 6, 11]
        assert await client.findings() == []


@pytest.mark.parametrize(
    "reason", [None, "", "  ", "ab", "x" * 501, "by\x00me", "by\x1b[2Jme", "by\u202eme", "half \ud800"]
)
async def test_a_discard_without_a_proper_reason_is_refused(service_client: ServiceClient, reason: str | None) -> None:
    async with service_client(TALLY) as client:
        await client.deliver(Counted(amount=-1), aggregate_id=new_id())
        [row] = await parked_rows(client)
        refused = await act(client, row.id, "discard", reason)
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["field"] == "reason"
        assert [r.state for r in await parked_rows(client)] == ["failed"]


async def test_a_message_that_is_not_there_or_not_ours_cannot_be_moved(service_client: ServiceClient) -> None:
    async with service_client(TALLY) as client:
        assert (await act(client, 4711, "replay")).status_code == 404
        assert (await act(client, 4711, "discard")).status_code == 404
        assert (await act(client, 0, "discard")).status_code == 422
        assert (await act(client, 2**63, "discard")).status_code == 422


async def test_a_waiting_head_backs_off_however_many_wait_behind_it(service_client: ServiceClient) -> None:
    async with service_client(TALLY) as client:
        thing = new_id()
        await client.deliver(Counted(amount=1, needs=new_id()), aggregate_id=thing)
        await client.deliver(Counted(amount=2), aggregate_id=thing)
        head = (await parked_rows(client))[0]
        delays = [head.next_attempt_at - head.last_attempt_at]
        async with client.connection() as connection:
            await connection.exec_driver_sql("UPDATE parked SET next_attempt_at = next_attempt_at + interval '1 hour'")
        for _ in range(5):
            await client.runtime.parking.sweep()
        assert (await parked_rows(client))[0].attempts == 1, "not before its time"
        for _ in range(8):
            async with client.connection() as connection:
                await connection.exec_driver_sql("UPDATE parked SET next_attempt_at = clock_timestamp()")
            await client.runtime.parking.sweep()
            head = (await parked_rows(client))[0]
            delays.append(head.next_attempt_at - head.last_attempt_at)
        assert head.attempts == 9
        assert delays == [min(SLOWEST_RETRY, FIRST_RETRY * 2**n) for n in range(9)]


async def test_the_sweep_finds_what_is_due_among_more_stuck_queues_than_it_looks_at(
    service_client: ServiceClient,
) -> None:
    async with service_client(TALLY) as client:
        needed = new_id()
        stuck = [new_id() for _ in range(520)]
        records = []
        for thing in stuck:
            good = client.record(Counted(amount=1), aggregate_id=thing)
            records += [replace(good, headers=()), good]
        await client.deliver_records(*records)
        # The last of all keys in the order of the sweep; its fact arrives where this worker does not see it.
        late = UUID("ffffffff-ffff-7fff-bfff-ffffffffffff")
        await client.deliver(Counted(amount=1, needs=needed), aggregate_id=late)
        async with client.connection() as connection:
            await connection.exec_driver_sql(
                "INSERT INTO tally (id, programme, total, applied) VALUES ($1, 'bolivia', 0, 0)", (needed,)
            )
            await connection.exec_driver_sql("UPDATE parked SET next_attempt_at = now() WHERE state = 'waiting'")
        await client.runtime.parking.sweep()
        assert await totals(client, late) == [1]


async def test_a_gap_that_never_fills_keeps_only_its_own_aggregate_waiting(service_client: ServiceClient) -> None:
    async with service_client(TALLY) as client:
        thing, other = new_id(), new_id()
        await client.deliver(Counted(amount=1), aggregate_id=thing)
        lost = client.record(Counted(amount=2), aggregate_id=thing)
        kept = client.record(Counted(amount=3), aggregate_id=thing)
        await client.deliver_records(kept)
        await client.deliver(Counted(amount=9), aggregate_id=other)
        [row] = await parked_rows(client)
        assert (row.state, row.sequence, row.error) == ("gap", 3, "sequence 2 of this aggregate has not arrived")
        # Given up for now, and then published again after all, with what was missing.
        assert (await act(client, row.id, "discard")).status_code == 200
        assert await client.findings() == []
        await client.deliver_records(lost, kept)
        assert await totals(client, thing) == [1, 3, 6]
        assert await totals(client, other) == [9]
        assert await client.findings() == []


async def test_replay_discard_delivery_and_sweep_at_once_apply_everything_once_and_in_order(
    service_client: ServiceClient,
) -> None:
    async with service_client(TALLY) as client:
        thing = new_id()
        records = [client.record(Counted(amount=amount), aggregate_id=thing) for amount in (-1, *range(1, 60))]
        await client.deliver_records(*records[:20])
        head = (await parked_rows(client))[0]
        answers = await asyncio.gather(
            act(client, head.id, "discard"),
            act(client, head.id, "replay"),
            act(client, head.id, "discard"),
            client.runtime.parking.sweep(),
            *(client.deliver_records(*records[n : n + 10]) for n in range(10, 60, 10)),
            client.runtime.parking.sweep(),
        )
        assert [answer.status_code for answer in answers[:3] if answer is not None].count(200) >= 1

        async def all_there() -> bool:
            await client.runtime.parking.sweep()
            return len(await totals(client, thing)) == 59

        await eventually(all_there)
        assert await totals(client, thing) == [n * (n + 1) // 2 for n in range(1, 60)]
        assert await client.findings() == []


async def test_a_malformed_message_blocks_its_key_also_against_a_worker_that_met_the_key_at_the_same_time(
    service_client: ServiceClient,
) -> None:
    gate = Gate()
    async with service_client(gate.tally()) as client:
        thing = new_id()
        good, next_one = (client.record(Counted(amount=n), aggregate_id=thing) for n in (1, 2))
        # The first worker has read the position of a key nobody knew; in its handler it is overtaken by the second,
        # which has another partition: the topic has got more of them since.
        slow = asyncio.create_task(client.deliver_records(good))
        await asyncio.wait_for(gate.entered.wait(), 30)
        await client.deliver_records(replace(good, headers=(), partition=1))
        gate.open.set()
        await slow
        await client.deliver_records(next_one)
        assert await client.parked() == [("failed", "missing-header"), ("behind", None)]
        assert await totals(client, thing) == [1]


async def test_two_workers_with_one_partition_and_a_key_nobody_knew_take_turns(service_client: ServiceClient) -> None:
    gate = Gate()
    async with service_client(gate.tally()) as client:
        thing = new_id()
        malformed = replace(client.record(Ignored(), aggregate_id=thing), headers=())
        late = client.record(Ignored(), aggregate_id=thing)

        async def overtake() -> None:
            await client.deliver_records(malformed)
            await client.deliver_records(late)

        # The first worker has parked `late`, not yet written the key's position, and is held up by another key. Could
        # the second one go on, it would write that position and wait for `late`: each would wait for the other.
        slow = asyncio.create_task(
            client.deliver_records(late, client.record(Counted(amount=1), aggregate_id=new_id()))
        )
        await asyncio.wait_for(gate.entered.wait(), 30)
        fast = asyncio.create_task(overtake())
        await eventually(lambda: waits_for_a_lock(client))
        gate.open.set()
        await asyncio.gather(slow, fast)
        assert sorted(await client.parked()) == [("failed", "missing-header"), ("gap", "gap")]


async def test_two_workers_with_the_same_batch_of_new_keys_apply_it_once(service_client: ServiceClient) -> None:
    async with service_client(TALLY) as client:
        things = [new_id() for _ in range(5)]
        records = [client.record(Counted(amount=n), aggregate_id=thing) for n in range(4) for thing in things]
        await asyncio.gather(*(client.deliver_records(*records) for _ in range(4)))
        for _ in range(3):
            await client.runtime.parking.sweep()
        for thing in things:
            assert await totals(client, thing) == [0, 1, 3, 6]
        assert await client.parked() == []
        assert await client.findings() == []


async def test_a_discard_that_is_cut_off_before_the_queue_moves_is_finished_by_the_sweep(
    service_client: ServiceClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with service_client(TALLY) as client:
        alone, queued = new_id(), new_id()
        await client.deliver(Counted(amount=-1), aggregate_id=alone)
        await client.deliver_records(
            client.record(Counted(amount=-1), aggregate_id=queued),
            client.record(Counted(amount=7), aggregate_id=queued),
        )

        async def die(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        parking = client.runtime.parking
        with monkeypatch.context() as patched:
            patched.setattr(type(parking), "drain", die)
            for row in await parked_rows(client):
                if row.state == "failed":
                    with pytest.raises(KeyboardInterrupt):
                        await parking.discard(row.id, "operator", "cut off")
        await parking.sweep()
        assert await totals(client, queued) == [7]
        assert await client.findings() == []
