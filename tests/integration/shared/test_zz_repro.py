import asyncio, time
import pytest
from shared.ids import new_id
from shared.messaging.topics import topic_of
from tests.support.topic import read_topic
from tests.support.waiting import eventually
pytestmark = pytest.mark.integration
@pytest.mark.parametrize('N',[60,300,1500,2100,900,1200])
async def test_repro(broker, pair, N):
    things = [new_id() for _ in range(6)]
    stop = asyncio.Event()
    async def traffic():
        n = 0
        while not stop.is_set():
            n += 1
            for thing in things:
                await pair.count(thing, n)
    async with pair.counting() as counter, pair.tallying() as tally:
        commands = asyncio.create_task(traffic())
        async def flows(): return sum(map(len, (await pair.applied()).values())) >= N
        await eventually(flows)
        await broker.restart(wipe=True)
        stop.set(); await commands
        print("at restart: applied", sum(map(len, (await pair.applied()).values())), "counted", sum(map(len, pair.model.values())))
        consumer = tally.worker.consumer._subscriber.consumer
        async def state(label):
            out = []
            for tp in sorted(consumer.assignment()):
                if "enrollment" in tp.topic:
                    try:
                        async with asyncio.timeout(5):
                            out.append((tp.partition, await consumer.position(tp), await consumer.committed(tp), (await consumer.end_offsets([tp]))[tp]))
                    except BaseException as e: out.append((tp.partition, repr(e)))
            async with pair.counter_engine.connect() as c:
                un = (await c.exec_driver_sql("select count(*) from outbox where published_at is null")).scalar_one()
            print(label, out, "unpublished", un, "applied", sum(map(len, (await pair.applied()).values())), "assigned", tally.worker.consumer.assigned)
        await state("before republish")
        print("republish", await pair.republish(counter))
        t0=time.monotonic()
        while time.monotonic()-t0 < 25:
            if sum(map(len, (await pair.applied()).values())) >= sum(map(len, pair.model.values())): break
            await asyncio.sleep(0.2)
        else:
            await state("STUCK"); await asyncio.sleep(3); await state("STUCK")
            recs = await read_topic(pair.counter, topic_of(pair.counter.topic_prefix, "enrollment"))
            print("in topic", len(recs), "distinct", len({r.envelope.id for r in recs}), {p: max(r.offset for r in recs if r.partition==p) for p in range(3)})
            applied = await pair.applied()
            missing = [(str(t), n+1) for t, m in pair.model.items() for n in range(len(m)) if n >= len(applied[t])]
            print("missing", missing, [(r.partition, r.offset) for r in recs if (r.envelope.key, r.envelope.sequence) in missing])
            raise SystemExit(1)
        print("ok after", time.monotonic()-t0)
