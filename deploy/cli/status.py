"""What an installation is doing: URLs, lag, outbox backlog, parked messages."""

import asyncio
from typing import Any

import httpx
from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

from deploy.cli.target import Target
from shared.web.ops_answers import Progress


class ServiceStatus(BaseModel):
    """One service as it answers now; `lag` is how many events of each topic it has not applied yet."""

    name: str
    url: str
    ready: bool
    problem: str | None = None
    produced: int = 0
    unpublished: int = 0
    oldest_unpublished_seconds: float | None = None
    failing: int = 0
    lag: dict[str, int] = {}
    parked: dict[str, int] = {}
    oldest_parked_seconds: float | None = None


class Status(BaseModel):
    """The whole installation; `settled` when every event has arrived everywhere and nothing is parked."""

    services: list[ServiceStatus]
    kafka: str | None = None
    processes: dict[str, int] = {}
    settled: bool


async def progress_of(target: Target, name: str) -> Progress | str:
    """Return a service's progress, or why it cannot be had."""
    try:
        async with target.ops(name) as http:
            answer = await http.get("/v1/ops/progress")
            if answer.status_code != 200:
                return f"answers {answer.status_code}: {answer.text[:200]}"
            return Progress.model_validate_json(answer.content)
    except httpx.HTTPError as error:
        return f"does not answer: {str(error) or type(error).__name__}"


async def measure(target: Target) -> Status:
    """Ask every service and compare what was produced with what was applied."""
    names = list(target.urls)
    answers = dict(zip(names, await asyncio.gather(*(progress_of(target, name) for name in names)), strict=True))
    produced = {name: answer.produced for name, answer in answers.items() if isinstance(answer, Progress)}
    services = [_service(target, name, answers[name], produced) for name in names]
    running = target.home.running()
    return Status(
        services=services,
        kafka=running.bootstrap if running else None,
        processes={child.name: child.pid for child in running.children} if running else {},
        settled=all(s.ready and s.unpublished == 0 and not s.parked and not any(s.lag.values()) for s in services),
    )


def _service(target: Target, name: str, answer: Progress | str, produced: dict[str, int]) -> ServiceStatus:
    if isinstance(answer, str):
        return ServiceStatus(name=name, url=target.urls[name], ready=False, problem=answer)
    lag = {
        topic: produced[producer] - applied
        for topic, applied in answer.consumed.items()
        if (producer := topic.rpartition(".")[2]) in produced
    }
    kept: dict[str, Any] = answer.model_dump(exclude={"service", "consumed"})
    return ServiceStatus(name=name, url=target.urls[name], ready=True, lag=lag, **kept)


def show(status: Status, console: Console) -> None:
    """Print the status for a person."""
    table = Table(title="Scorebook", title_justify="left")
    for column, justify in (
        ("service", "left"),
        ("URL", "left"),
        ("state", "left"),
        ("events", "right"),
        ("unsent", "right"),
        ("lag", "right"),
        ("parked", "right"),
    ):
        table.add_column(column, justify=justify)  # type: ignore[arg-type]
    for one in status.services:
        table.add_row(
            one.name,
            one.url,
            "ready" if one.ready else f"not ready: {one.problem}",
            str(one.produced),
            str(one.unpublished),
            str(sum(one.lag.values())),
            ", ".join(f"{count} {state}" for state, count in one.parked.items()) or "0",
        )
    console.print(table)
    if status.kafka:
        console.print(f"broker {status.kafka}; processes {', '.join(f'{n} {p}' for n, p in status.processes.items())}")
    console.print(
        "Every event has arrived everywhere."
        if status.settled
        else "Events are still on their way, or something is stuck."
    )
