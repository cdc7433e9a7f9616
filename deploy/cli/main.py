"""The `scorebook` command: run an installation, look at it, check it, mend it."""

import sys
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import typer

from deploy.cli import bench, demo, export, parked, replay, status, verify
from deploy.cli.installation import new_stack, refill
from deploy.cli.prepare import Preparation
from deploy.cli.services import NAMES
from deploy.cli.target import NothingRuns, Target
from deploy.cli.terminal import (
    HomeOption,
    JsonOption,
    KafkaOption,
    PortOption,
    PostgresOption,
    PrefixOption,
    UrlOption,
    out,
    run,
)
from deploy.local.errors import LocalError, StoppedBySignal
from deploy.local.home import Home
from deploy.local.port_plan import DEFAULT_BASE
from shared.auth.actor import PARTNER_ROLES, Actor, Role

app = typer.Typer(
    help="Run a national SCORE Training programme and show, to the cent, how far it pays for itself.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(parked.app, name="parked")
app.command("demo")(demo.demo)
app.command("bench")(bench.bench)
app.command("export")(export.export)


@app.command()
def up(
    home: HomeOption = None,
    kafka: KafkaOption = None,
    postgres: PostgresOption = None,
    prefix: PrefixOption = "scorebook",
    port_base: PortOption = DEFAULT_BASE,
) -> None:
    """Start everything and serve until Ctrl-C."""

    async def work() -> int:
        place = Home(home)
        stack = new_stack(place, kafka, postgres, prefix, port_base)
        try:
            async with stack:
                if kafka is None:
                    # The embedded broker keeps nothing; what was not consumed before the last stop comes again.
                    await refill(place)
                for name, url in stack.urls.items():
                    out.print(f"{name:14} {url}/docs", highlight=False)
                out.print("Tokens: scorebook token --role ops --programme '*'. Stop with Ctrl-C.", highlight=False)
                await stack.run_until_stopped()
        except StoppedBySignal:
            pass
        return 0

    run(work())


@app.command("status")
def show_status(home: HomeOption = None, url: UrlOption = None, as_json: JsonOption = False) -> None:
    """Show URLs, lag, outbox backlog and parked messages."""

    async def work() -> int:
        measured = await status.measure(Target.find(Home(home), url))
        if as_json:
            sys.stdout.write(measured.model_dump_json(indent=2) + "\n")
        else:
            status.show(measured, out)
        return 0 if all(one.ready for one in measured.services) else 1

    run(work())


@app.command("verify")
def run_verification(home: HomeOption = None, url: UrlOption = None, as_json: JsonOption = False) -> None:
    """Re-derive everything from its sources; exit 1 and name the rows when anything differs."""

    async def work() -> int:
        report = await verify.verify(Target.find(Home(home), url))
        if as_json:
            sys.stdout.write(report.model_dump_json(indent=2) + "\n")
        else:
            verify.show(report, out)
        return 0 if report.ok else 1

    run(work())


@app.command("replay")
def publish_again(
    home: HomeOption = None,
    url: UrlOption = None,
    service: Annotated[list[str] | None, typer.Option(help="Only these producers; default all.")] = None,
    since: Annotated[datetime | None, typer.Option(help="Only events since then, UTC.")] = None,
    event_type: Annotated[list[str] | None, typer.Option(help="Only these event types.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why, for the audit trail.")] = None,
) -> None:
    """Publish the outboxes again, for a broker that lost its data; consumers recognise what they have."""

    async def work() -> int:
        target = Target.find(Home(home), url)
        unknown = sorted(set(service or ()) - set(NAMES))
        if unknown:
            raise LocalError(f"--service {unknown[0]}: there is no such service; choose from {', '.join(NAMES)}")
        names = service or list(target.urls)
        sent = await replay.republish(target, names, since=since, event_types=event_type, reason=reason)
        for name, count in sent.items():
            out.print(f"{name:14} {count} events are being published again", highlight=False)
        return 0

    run(work())


@app.command("migrate")
def bring_up_to_date(
    home: HomeOption = None,
    postgres: PostgresOption = None,
    prefix: PrefixOption = "scorebook",
) -> None:
    """Create or update the databases; `up` does this by itself."""

    async def work() -> int:
        place = Home(home)
        running = place.running()
        if postgres is None and running is None:
            raise NothingRuns(place)
        admin_url = postgres or (running.admin_url if running else "")
        place.prepare()
        for name in await Preparation(place, prefix).databases(admin_url):
            out.print(f"{name:14} is up to date", highlight=False)
        return 0

    run(work())


@app.command("token")
def print_token(
    role: Annotated[Role, typer.Option(help="What the bearer may do.")],
    programme: Annotated[str, typer.Option(help="Programme code, or * for the whole installation.")],
    partner: Annotated[UUID | None, typer.Option(help="Only this one; partner-admin and -finance need it.")] = None,
    subject: Annotated[str, typer.Option(help="Who the bearer is, for the audit trail.")] = "script",
    hours: Annotated[int, typer.Option(min=1, max=24 * 30, help="How long it is valid.")] = 1,
    home: HomeOption = None,
) -> None:
    """Print a token by the installation's own key, for scripts where there is no identity provider."""
    if role in PARTNER_ROLES and partner is None:
        raise typer.BadParameter(f"{role} needs the id of a partner", param_hint="--partner")

    async def work() -> int:
        actor = Actor(subject, frozenset({role}), programme, partner)
        sys.stdout.write(Target(Home(home), {}).token(actor, timedelta(hours=hours)) + "\n")
        return 0

    run(work())


if __name__ == "__main__":
    app()
