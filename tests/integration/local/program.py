"""A stack in a process of its own, with services that do nothing but be there."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil

from deploy.local.home import Home
from deploy.local.ports import free_port
from tests.unit.deploy.waiting import until

# A service as the stack sees it: it listens where it is told, says that it is ready, and ends at SIGTERM.
SERVICE = """
import http.server, os, signal, threading

class Doors(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health/ready" else 404)
        self.end_headers()

server = http.server.HTTPServer((os.environ["SCOREBOOK_HTTP_HOST"], int(os.environ["SCOREBOOK_HTTP_PORT"])), Doors)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
server.serve_forever()
print("closed in order, greeting:", os.environ["GREETING"], flush=True)
"""

_PROGRAM = """
import asyncio, signal, sys
from pathlib import Path
from deploy.local.errors import LocalError, StoppedBySignal
from deploy.local.home import Home
from deploy.local.stack import Stack

# The suite itself may run under nohup, and the stack then leaves a hang-up ignored.
signal.signal(signal.SIGHUP, signal.SIG_DFL)

def say(text):
    print(text, flush=True)

async def prepare(admin_url, bootstrap):
    return {"enrollment": {"GREETING": "hello"}, "billing": {"GREETING": "good day"}}

async def refilled():
    say("the broker is refilled")

async def main(home, base):
    services = ["enrollment", "billing"]
    async with Stack(
        Home(Path(home)), services=services, prepare=prepare, port_base=base, progress=say, on_broker_restart=refilled
    ) as stack:
        await stack.run_until_stopped()

try:
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
except StoppedBySignal as stopped:
    say(stopped)
    sys.exit(stopped.exit_code)
except LocalError as error:
    say(error)
    sys.exit(2)
"""


class Program:
    """A stack in a process of its own, as the command line would run it."""

    def __init__(self, directory: Path, base: int = 0) -> None:
        self.home = Home(directory / "home")
        self._log = (directory / f"program-{free_port()}.log").open("w+")
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(self.home.path), str(base)],
            cwd=directory,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    @property
    def said(self) -> str:
        """What it printed so far."""
        return Path(self._log.name).read_text()

    def descendants(self) -> list[psutil.Process]:
        """Return its children and theirs."""
        return psutil.Process(self._process.pid).children(recursive=True)

    def send(self, signum: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(signum)

    async def until_said(self, words: str) -> None:
        """Wait until it has printed `words`."""
        await self.until(lambda: words in self.said)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something holds; fails with what it printed when it ends before."""
        await until(lambda: condition() or self._process.poll() is not None)
        assert condition(), self.said

    async def ended(self) -> int:
        """Wait for its end; returns its exit code."""
        await until(lambda: self._process.poll() is not None)
        return self._process.wait()

    def close(self) -> None:
        """End it if it still runs."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._log.close()
