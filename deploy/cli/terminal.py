"""What every command shares: its options, its two consoles, and how it ends."""

import asyncio
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, Final

import httpx
import typer
from rich.console import Console

from deploy.local.errors import LocalError, StoppedBySignal

# Into a file or a pipe Rich would fold every table to 80 columns.
_WIDTH: Final = None if sys.stdout.isatty() else 120
out: Final = Console(width=_WIDTH)
err: Final = Console(stderr=True)

HomeOption = Annotated[Path | None, typer.Option("--home", help="Directory of the installation; default .scorebook.")]
KafkaOption = Annotated[str | None, typer.Option(help="HOST:PORT of a Kafka broker; default: the embedded one.")]
PostgresOption = Annotated[
    str | None, typer.Option(help="postgresql:// URL of a role that may create databases; default: embedded.")
]
PrefixOption = Annotated[str, typer.Option(help="First part of every database, role, topic and group name.")]
PortOption = Annotated[int, typer.Option(help="Services listen on the ports after this one; 0 takes free ports.")]
UrlOption = Annotated[list[str] | None, typer.Option("--url", help="NAME=URL of a service; default: what runs here.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def run(work: Coroutine[Any, Any, int]) -> None:
    """Run a command to its exit code; a refusal becomes one sentence on standard error and exit code 2."""
    try:
        code = asyncio.run(work)
    except StoppedBySignal as stopped:
        err.print(str(stopped))
        code = stopped.exit_code
    except LocalError as refused:
        err.print(f"scorebook: {refused}", highlight=False, markup=False)
        code = 2
    except KeyboardInterrupt:
        err.print("Stopped.")
        code = 130
    except (httpx.HTTPError, OSError) as failed:
        err.print(f"scorebook: {str(failed) or type(failed).__name__}", highlight=False, markup=False)
        code = 1
    raise typer.Exit(code)


def say(line: str) -> None:
    """Print a line of progress."""
    err.print(line, highlight=False, markup=False)
