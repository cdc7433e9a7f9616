"""`scorebook verify`: re-derive everything from its sources, name every row that differs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Final

import httpx
from pydantic import BaseModel
from rich.console import Console

from deploy.cli.crossing import CROSS_CHECKS, Facts
from deploy.cli.target import Target
from shared.web.ops_answers import Heads, Progress, Verification

_SHOWN: Final = 20
_RESTART_SECONDS: Final = 20
_FLIGHT_SECONDS: Final = 3


class Result(BaseModel):
    """One check; no findings means the rows agree with their sources."""

    service: str
    name: str
    describes: str
    findings: list[str] = []


class Report(BaseModel):
    """Every check that ran. A check that could not run is a finding too."""

    ok: bool
    results: list[Result]


async def verify(target: Target) -> Report:
    """Run each service's own checks, then the comparisons between services."""
    names = list(target.urls)
    own = await asyncio.gather(*(_guarded(name, "own-checks", partial(_own_checks, target, name)) for name in names))
    arrival = await asyncio.gather(
        *(_guarded(name, "events-applied", partial(_arrival, target, name)) for name in names)
    )
    crossing = [
        await _guarded("all", name, partial(_crossing, target, name, run)) for name, run in CROSS_CHECKS.items()
    ]
    results = [result for group in (*own, *arrival, *crossing) for result in group]
    return Report(ok=not any(result.findings for result in results), results=results)


async def _guarded(service: str, name: str, run: Callable[[], Awaitable[list[Result]]]) -> list[Result]:
    """Run a check, from the start again while a service is restarting; what cannot run is a finding.

    What is found is looked at once more a moment later: a service that works by itself as time passes always has an
    event on its way now and then.
    """
    deadline = asyncio.get_running_loop().time() + _RESTART_SECONDS
    looked_twice = False
    while True:
        try:
            results = await run()
            if looked_twice or not any(result.findings for result in results):
                return results
            looked_twice = True
            await asyncio.sleep(_FLIGHT_SECONDS)
            continue
        except (httpx.HTTPError, ValueError, KeyError) as error:
            passing = isinstance(error, httpx.TransportError) or (
                isinstance(error, httpx.HTTPStatusError) and error.response.status_code == 503
            )
            if not passing or asyncio.get_running_loop().time() > deadline:
                reason = f"the check could not run: {str(error) or type(error).__name__}"
                return [Result(service=service, name=name, describes="the service answers", findings=[reason])]
        await asyncio.sleep(0.5)


async def _own_checks(target: Target, name: str) -> list[Result]:
    async with target.ops(name) as http:
        answer = (await http.get("/v1/ops/verification", timeout=600)).raise_for_status()
    verification = Verification.model_validate_json(answer.content)
    return [
        Result(
            service=name,
            name=check.name,
            describes=check.describes,
            findings=[f"{finding['row']}: {finding['message']}" for finding in check.findings],
        )
        for check in verification.checks
    ]


async def _arrival(target: Target, consumer: str) -> list[Result]:
    """Compare what each producer has said of every aggregate with how far `consumer` has applied it."""
    results = []
    async with target.ops(consumer) as http:
        progress = Progress.model_validate_json((await http.get("/v1/ops/progress")).raise_for_status().content)
        for topic in progress.consumed:
            producer = topic.rpartition(".")[2]
            async with target.ops(producer) as other:
                produced = {h async for h in _pages(other, "/v1/ops/heads", {})}
            applied = {h async for h in _pages(http, "/v1/ops/positions", {"topic": topic})}
            findings = [
                f"{producer} aggregate {key}: produced {dict(produced).get(key, 0)} events, "
                f"{consumer} applied {dict(applied).get(key, 0)}"
                for key in sorted({key for key, _ in produced ^ applied})[:_SHOWN]
            ]
            results.append(
                Result(
                    service=consumer,
                    name=f"events-applied:{producer}",
                    describes=f"every event of {producer} was applied, aggregate by aggregate",
                    findings=findings,
                )
            )
    return results


async def _pages(http: httpx.AsyncClient, path: str, params: dict[str, str]) -> AsyncIterator[tuple[str, int]]:
    after: dict[str, str] = {}
    while True:
        answer = (await http.get(path, params={**params, **after, "limit": "5000"})).raise_for_status()
        items = Heads.model_validate_json(answer.content).items
        for head in items:
            yield head.aggregate_id, head.sequence
        if len(items) < 5000:
            return
        after = {"after": items[-1].aggregate_id}


async def _crossing(target: Target, name: str, run: Callable[[Facts], Awaitable[list[str]]]) -> list[Result]:
    async with Facts.open(target) as facts:
        findings = await run(facts)
    return [Result(service="all", name=name, describes=(run.__doc__ or name).strip(), findings=findings[:_SHOWN])]


def show(report: Report, console: Console) -> None:
    """Print what was checked and every finding."""
    for result in report.results:
        mark = "[green]agrees[/]" if not result.findings else f"[red]{len(result.findings)} differ[/]"
        console.print(f"{result.service:14} {result.name:32} {mark}  [dim]{result.describes}[/]", highlight=False)
        for finding in result.findings[:_SHOWN]:
            console.print(f"    {finding}", markup=False, highlight=False)
    differing = sum(1 for result in report.results if result.findings)
    console.print(
        f"{len(report.results)} checks, all agree."
        if report.ok
        else f"{differing} of {len(report.results)} checks differ."
    )
