"""`scorebook parked`: messages that could not be applied, and what to do about them."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from deploy.cli.target import Target
from deploy.cli.terminal import HomeOption, UrlOption, out, run
from deploy.local.errors import LocalError
from deploy.local.home import Home

app = typer.Typer(help="Look at parked messages, try them again, or give them up.", no_args_is_help=True)

ServiceArgument = Annotated[str, typer.Argument(help="The service that parked the message.")]
IdArgument = Annotated[int, typer.Argument(help="Number of the parked message, from `scorebook parked list`.")]


@app.command("list")
def list_parked(home: HomeOption = None, url: UrlOption = None) -> None:
    """List every parked message of every service, head of its queue or behind it."""

    async def work(target: Target) -> None:
        table = Table()
        for column in ("service", "number", "state", "event", "key", "sequence", "attempts", "error"):
            table.add_column(column)
        for name in target.urls:
            async with target.ops(name) as http:
                items = (await http.get("/v1/ops/parked", params={"limit": 500})).raise_for_status().json()["items"]
            for item in items:
                row = (item["id"], item["state"], item["event_type"], item["key"], item["sequence"], item["attempts"])
                table.add_row(name, *(str(value) for value in row), item["error"] or "")
        out.print(table)

    _with_target(home, url, work)


@app.command()
def replay(
    service: ServiceArgument,
    number: IdArgument,
    reason: str | None = None,
    home: HomeOption = None,
    url: UrlOption = None,
) -> None:
    """Try the queue of a parked message again from its head."""
    _act(home, url, service, f"/v1/ops/parked/{number}/replay", {"reason": reason})


@app.command()
def discard(
    service: ServiceArgument,
    number: IdArgument,
    reason: Annotated[str, typer.Option(help="Why; kept for ever.")],
    home: HomeOption = None,
    url: UrlOption = None,
) -> None:
    """Give up the message at the head of its queue."""
    _act(home, url, service, f"/v1/ops/parked/{number}/discard", {"reason": reason})


def _act(home: Path | None, url: list[str] | None, service: str, path: str, body: dict[str, Any]) -> None:
    async def work(target: Target) -> None:
        if service not in target.urls:
            raise LocalError(f"there is no service {service}; choose from {', '.join(target.urls)}")
        async with target.ops(service) as http:
            answer = await http.post(path, json=body)
        if answer.status_code >= 400:
            raise LocalError(answer.json().get("detail", answer.text))
        moved = answer.json()
        out.print(f"{moved['released']} messages released; " + _head(moved), highlight=False)

    _with_target(home, url, work)


def _head(moved: dict[str, Any]) -> str:
    if moved["head"] is None:
        return "the queue is empty."
    return f"message {moved['head']} now stands in front ({moved['head_state']})."


def _with_target(home: Path | None, url: list[str] | None, work: Callable[[Target], Awaitable[None]]) -> None:
    async def found() -> int:
        await work(Target.find(Home(home), url))
        return 0

    run(found())
