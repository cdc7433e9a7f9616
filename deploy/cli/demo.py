"""`scorebook demo`: run whole programmes and print what came out."""

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.cli import verify
from deploy.cli.installation import new_stack, refill
from deploy.cli.target import Target
from deploy.cli.terminal import KafkaOption, PostgresOption, err, out, run, say
from deploy.demo.roster import Roster
from deploy.demo.run import DemoReport, planned_writes, report_of, rosters, run_demo
from deploy.demo.show import show
from deploy.local.home import Home


def demo(
    home: Annotated[Path, typer.Option(help="Where the demo keeps its data.")] = Path(".scorebook/demo"),
    kafka: KafkaOption = None,
    postgres: PostgresOption = None,
    prefix: Annotated[
        str, typer.Option(help="First part of every database, role, topic and group name.")
    ] = "scorebook_demo",
    report: Annotated[Path | None, typer.Option(help="Also write the report to this file, as JSON.")] = None,
    serve: Annotated[bool, typer.Option("--serve", help="Go on serving after the report, until Ctrl-C.")] = False,
) -> None:
    """Run a whole national programme through the four services and set its figures beside the published ones."""

    async def work() -> int:
        place = Home(home)
        chosen = rosters()
        started = time.monotonic()
        async with new_stack(place, kafka, postgres, prefix, port_base=0) as stack:
            if kafka is None:
                await refill(place)
            target = Target.find(place)
            await _enter(target, chosen)
            found = await report_of(target, chosen)
            verified = await verify.verify(target)
            if report is not None:
                report.write_text(found.model_dump_json(indent=1), "utf-8")
            show(found, out)
            _conclude(found, verified, time.monotonic() - started)
            if serve:
                for name, url in stack.urls.items():
                    out.print(f"{name:14} {url}/docs", highlight=False)
                await stack.run_until_stopped()
        return 0 if found.agrees and verified.ok else 1

    run(work())


async def _enter(target: Target, chosen: list[Roster]) -> None:
    columns = (TextColumn("{task.description:10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err) as progress:
        tasks = {r.code: progress.add_task(r.code, total=planned_writes(r)) for r in chosen}
        await run_demo(target, chosen, lambda code: progress.advance(tasks[code]), say)


def _conclude(found: DemoReport, verified: verify.Report, seconds: float) -> None:
    console: Console = out
    if not verified.ok:
        verify.show(verified, console)
    differing = sum(1 for one in found.programmes for row in one.published if not row.agrees)
    total = sum(len(one.published) for one in found.programmes)
    checks = len(verified.results)
    failed = sum(1 for result in verified.results if result.findings)
    console.print(
        f"{total - differing} of {total} published figures equal the computed ones; "
        f"{checks - failed} of {checks} verification checks agree; {seconds:.0f} s.",
        style="bold green" if found.agrees and verified.ok else "bold red",
        highlight=False,
    )
