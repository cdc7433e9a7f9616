"""The demo as a newcomer runs it: from nothing to the report, and again without doing anything twice."""

import asyncio
import json
import os
import re
import shutil
import signal
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from deploy.cli.status import measure
from deploy.cli.target import Target
from deploy.local.home import Home
from tests.support.accountants import bean_check, hledger_check
from tests.support.waiting import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

EXPECTED = Path(__file__).with_name("expected_report.json")


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    # Not below pytest's own directory: as root PostgreSQL runs as another user, who may not enter there.
    with TemporaryDirectory(prefix="scorebook-e2e-") as directory:
        yield Path(directory)


async def scorebook(*arguments: str, expect: int = 0) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "deploy.cli.main",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == expect, out.decode()[-3000:] + err.decode()[-3000:]
    return out.decode() + err.decode()


async def test_the_report_equals_the_published_figures_and_a_second_run_does_nothing_twice(place: Path) -> None:
    home = str(place / "home")
    printed = await scorebook("demo", "--home", home, "--report", str(place / "first.json"))
    assert "20 of 20 published figures equal the computed ones" in printed
    assert json.loads((place / "first.json").read_text()) == json.loads(EXPECTED.read_text())
    await scorebook("demo", "--home", home, "--report", str(place / "second.json"))
    assert (place / "second.json").read_bytes() == (place / "first.json").read_bytes()


async def test_commands_work_beside_a_serving_demo_and_ctrl_c_stops_everything(place: Path) -> None:
    home = place / "home"
    serving = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "deploy.cli.main",
        "demo",
        "--home",
        str(home),
        "--report",
        str(place / "serving.json"),
        "--serve",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:

        async def reported() -> bool:
            return (place / "serving.json").exists() or serving.returncode is not None

        # Before its report the demo still writes: settled would hold for a moment only.
        await eventually(reported, within=300)
        assert serving.returncode is None
        target = await _until_settled(Home(home))
        status = json.loads(await scorebook("status", "--home", str(home), "--json"))
        assert status["settled"] is True
        assert all(value == 0 for service in status["services"] for value in service["lag"].values())
        assert "password" not in json.dumps(status)
        verified = json.loads(await scorebook("verify", "--home", str(home), "--json"))
        assert verified["ok"] is True
        assert len(verified["results"]) > 60
        locked = await scorebook("up", "--home", str(home), expect=2)
        assert "is in use by process" in locked
        assert "events are being published again" in await scorebook("replay", "--home", str(home))
        await _until_settled(Home(home))
        verified = json.loads(await scorebook("verify", "--home", str(home), "--json"))
        assert verified["ok"] is True
        await _books_are_accepted(home, place)
        running = Home(home).running()
        assert running is not None
        children = [child.process() for child in running.children]
    finally:
        serving.send_signal(signal.SIGINT)
        await serving.wait()
    assert [child for child in children if child is not None and child.is_running()] == []
    assert Home(home).running() is None
    assert target.urls
    nothing = await scorebook("status", "--home", str(home), expect=2)
    assert "nothing runs in" in nothing


async def _books_are_accepted(home: Path, place: Path) -> None:
    """Export every book of Bolivia and let programs of other people check it."""
    asked = ("export", "--home", str(home), "--programme", "bolivia")
    refused = await scorebook(*asked, "--output", str(place / "book.zip"), expect=2)
    partners = re.findall(r"[0-9a-f-]{36}", refused)
    assert len(partners) == 4
    for number, partner in enumerate(partners):
        for kind, check in (("beancount", bean_check), ("hledger", hledger_check)):
            if kind == "hledger" and shutil.which("hledger") is None:
                continue
            file = place / f"book-{number}.{kind}"
            await scorebook(*asked, "--partner", partner, "--format", kind, "--output", str(file))
            said = check(file)
            assert said.ok, said.text
    archive = place / "book.zip"
    await scorebook(*asked, "--partner", partners[0], "--output", str(archive))
    with zipfile.ZipFile(archive) as read:
        assert read.testzip() is None
        assert "SHA256SUMS" in read.namelist()


async def _until_settled(home: Home) -> Target:
    """Return when the stack serves and every event has arrived."""
    async with asyncio.timeout(300):
        while True:
            running = home.running()
            if running is not None and running.status == "running":
                target = Target(home, running.urls)
                status = await measure(target)
                if status.settled and all(one.produced for one in status.services):
                    return target
            await asyncio.sleep(0.2)


def test_the_environment_carries_no_token() -> None:
    """A token of the caller would make the commands above act as somebody else."""
    assert "SCOREBOOK_TOKEN" not in os.environ
