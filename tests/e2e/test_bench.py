"""`scorebook bench` measures everything it promises; how fast that was is nobody's business here."""

import asyncio
import json
import sys
from pathlib import Path

import pytest

from deploy.bench.results import Results
from services.billing.checks.ledger import LEDGER_CHECKS
from tests.support.servers import Servers

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


def _only_document(directory: Path) -> tuple[Path, Results]:
    (written,) = directory.glob("*.json")
    return written, Results.model_validate_json(written.read_bytes())


async def test_a_quick_run_writes_every_figure_with_the_one_beside_it(servers: Servers, tmp_path: Path) -> None:
    given = [] if servers.choice == "embedded" else ["--kafka", servers.kafka, "--postgres", servers.admin_url]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deploy.cli.main", "bench", "--quick", "--out", str(tmp_path), *given),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said = (await process.communicate())[0].decode()

    assert process.returncode == 0, said[-3000:]
    written, results = _only_document(tmp_path)
    assert results.quick
    assert results.machine.load_after is not None
    for throughput in (results.consumer, results.relay):
        figures = json.loads(throughput.model_dump_json())
        events = figures.pop("events")
        assert events == 1_000
        for rate in figures.values():
            assert len(rate["rounds"]) == 1
            assert rate["median"] > 0
    stack = results.stack
    assert stack.starts.first > 0
    for cost in (stack.idle, stack.idle_after_load):
        assert set(cost.by_process) >= {"supervisor", "enrollment", "assessment", "certification", "billing"}
        assert cost.total_memory_mb == pytest.approx(sum(one.memory_mb for one in cost.by_process.values()), abs=0.1)
    (loop,) = stack.open_loops
    assert loop.requests == 20
    assert 0 < loop.effect_ms.p50 <= loop.effect_ms.p99 <= loop.effect_ms.maximum
    assert stack.closed_loop.requests > 0
    assert [aim.what for aim in results.aims] == [
        "consumer throughput, of the bare loop's in the same run",
        "from up to ready",
        "memory of the whole stack at rest",
        "p99 from request to invoice at 10 requests/s",
        "posting with every guard, of bare inserts, 4 clients",
        "posting on one hot account, of the rate on cold ones",
        "what sealing each second costs of the posting rate",
        "20 invoices with numbers and postings in one run",
        "their PDFs, a core",
        "balance of an account with 2,000 postings",
        "the same as of another day",
        "trial balance of 4,000 postings",
        "all 8 ledger checks over 2,000 entries",
    ]
    posting = results.ledger.posting
    for rate in (posting.driver, posting.bare, posting.cold, posting.sealed, posting.hot):
        assert rate.median > 0
    assert posting.seal_ms
    assert results.ledger.issuing.facturx == results.ledger.issuing.papers == 4
    assert results.ledger.book.closed == 2
    assert set(results.ledger.book.checks_seconds) == {check.name for check in LEDGER_CHECKS}
    assert str(written) in said.replace("\n", "")
