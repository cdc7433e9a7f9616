"""Records straight into the tally's pipeline, in a process that dies at the named points: no waiting for a group."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from shared.clock import system_clock
from shared.database.engine import database_engine
from shared.database.transaction import Transactions
from shared.ids import new_id
from shared.messaging.faults import Faults
from shared.messaging.parking import Parking
from shared.messaging.pipeline import Pipeline
from shared.messaging.record import Record
from shared.settings import ServiceSettings
from tests.support.tally.processes import FORKED
from tests.support.tally.service import TALLY


def _feed(settings: ServiceSettings, faults: str, records: Sequence[Record], committed: Path, batch: int) -> None:
    start = int(committed.read_text()) if committed.exists() else 0

    async def main() -> None:
        engine = database_engine(settings)
        pipeline = Pipeline(TALLY.handlers, Transactions(engine, system_clock, new_id), Faults(faults))
        parking = Parking(pipeline)
        offset = start
        while offset < len(records):
            taken = records[offset : offset + batch]
            await parking.after_batch(await pipeline.handle(taken))
            offset += len(taken)
            # As a broker keeps the offset: after the effect, so a crash in between delivers again.
            part = committed.with_suffix(".part")
            part.write_text(str(offset))
            part.replace(committed)
        await engine.dispose()

    descriptor = os.open(committed.with_suffix(".log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(descriptor, 2)
    asyncio.run(main())


async def feed_through_crashes(
    settings: ServiceSettings, records: Sequence[Record], committed: Path, *, faults: str, seed: int, batch: int
) -> int:
    """Feed `records` in batches, restarting after each death, and return how often it died."""
    for deaths in range(500):
        process = FORKED.Process(
            target=_feed, args=(settings, f"{faults},seed:{seed + deaths}", records, committed, batch), daemon=True
        )
        process.start()
        await asyncio.to_thread(process.join, 60)
        if process.exitcode == 0:
            return deaths
        log = committed.with_suffix(".log").read_text("utf-8", errors="replace")[-3000:]
        assert process.exitcode == -9, f"exit code {process.exitcode}\n{log}"
    raise AssertionError("it never gets through")
