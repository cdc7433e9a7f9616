"""The whole demo under faults: the report is the same to the last digit, and verification finds nothing."""

import asyncio
import contextlib
import json
import os
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from deploy.local.home import Home
from tests.faults.harm import (
    Harm,
    Victim,
    kill_every_service,
    kill_the_database,
    lose_the_broker,
    nothing,
    poison,
)

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

EXPECTED = Path(__file__).parents[1] / "e2e" / "expected_report.json"
CRASH_POINTS = ("after_commit_before_send", "after_send_before_mark", "before_commit", "after_commit_before_ack")


@dataclass(frozen=True)
class Fault:
    """A kind of harm; `inside` is the services' own fault setting, `least` how often it must have struck to count."""

    name: str
    harm: Harm
    inside: str = ""
    least: int = 1


FAULTS = (
    Fault("every service killed", kill_every_service, least=4),
    Fault("broker loses everything", lose_the_broker, least=2),
    Fault("database killed", kill_the_database, least=2),
    Fault("every message twice", nothing, inside="duplicate"),
    Fault("crash points", nothing, inside=",".join(f"kill:{point}:0.01" for point in CRASH_POINTS)),
    Fault("poison messages", poison, least=10),
)


@pytest.fixture
def place() -> Iterator[Path]:
    # Not below pytest's own directory: as root PostgreSQL runs as another user, who may not enter there.
    with TemporaryDirectory(prefix="scorebook-faults-") as directory:
        yield Path(directory)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.replace(" ", "-"))
async def test_the_report_is_the_same_under_faults(fault: Fault, seed: int, place: Path) -> None:
    report, log, home = place / "report.json", place / "demo.log", place / "home"
    environment = {**os.environ, "SCOREBOOK_FAULTS": f"{fault.inside},seed:{seed}" if fault.inside else ""}
    with log.open("wb") as out:
        demo = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "deploy.cli.main",
            "demo",
            "--home",
            str(home),
            "--report",
            str(report),
            stdout=out,
            stderr=out,
            env=environment,
        )
        victim = Victim(Home(home))
        ending = asyncio.create_task(demo.wait())
        ending.add_done_callback(lambda _: victim.done.set())
        try:
            await victim.wait_until_up()
            await fault.harm(victim, random.Random(seed))
            code = await ending
        finally:
            if demo.returncode is None:
                demo.terminate()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(60):
                        await demo.wait()
    shown = f"seed {seed}, harm {victim.harm_done}\n{log.read_text()[-6000:]}\n{errors_of(home)}"
    assert code == 0, shown
    assert len(victim.harm_done) >= fault.least, shown
    assert json.loads(report.read_text()) == json.loads(EXPECTED.read_text()), shown


def errors_of(home: Path) -> str:
    """Return the last errors of every service's log."""
    lines: list[str] = []
    for path in sorted((home / "logs").glob("*.log")):
        errors = [line[:3000] for line in path.read_text(errors="replace").splitlines() if '"level": "error"' in line]
        lines += [f"{path.name}: {line}" for line in errors[-5:]]
    return "\n".join(lines)
