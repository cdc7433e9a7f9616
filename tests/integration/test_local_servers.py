"""The servers and the stack of one machine, run for real: start, crash, restart, Ctrl-C, no orphans."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.kafka.server import ApacheKafka, available
from deploy.local.broker import PARTITIONS, EmbeddedBroker
from deploy.local.errors import DatabaseDirectoryBusy, LocalError, ServerUnreachable
from deploy.local.home import Home
from deploy.local.ports import free_port
from deploy.local.postgres import EmbeddedPostgres, find_system_postgres
from deploy.local.server import Server
from deploy.local.stack import Stack
from tests.unit.deploy.waiting import background, lives, names, until

pytestmark = pytest.mark.integration


@pytest.fixture
def room() -> Iterator[Path]:
    """A directory of the test's own, not below pytest's: each new session of pytest closes that one to others.

    As root PostgreSQL runs under another account, which then could no longer reach its data.
    """
    with tempfile.TemporaryDirectory(prefix="scorebook-") as directory:
        yield Path(directory)


@pytest.fixture(params=["wheel", "system"])
async def postgres(request: pytest.FixtureRequest, room: Path) -> AsyncIterator[EmbeddedPostgres]:
    bin_dir = None
    if request.param == "system":
        bin_dir = find_system_postgres()
        if bin_dir is None:
            pytest.skip("no PostgreSQL server is installed on this machine")
    server = EmbeddedPostgres(room / "data", free_port(), "p/w @", room / "postgres.log", bin_dir=bin_dir)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture(params=["embedded", "kafka"])
async def broker(request: pytest.FixtureRequest, room: Path) -> AsyncIterator[Server]:
    server: Server = EmbeddedBroker(free_port(), room / "broker.log")
    if request.param == "kafka":
        reason = available()
        if reason is not None:
            pytest.skip(f"Apache Kafka cannot run here: {reason}")
        server = ApacheKafka(room / "kafka", free_port())
    await server.start()
    yield server
    await server.stop()


async def _ask(server: EmbeddedPostgres, *statements: str) -> object:
    connection = await asyncpg.connect(server.admin_url)
    try:
        answer = None
        for statement in statements:
            answer = await connection.fetchval(statement)
        return answer
    finally:
        await connection.close()


async def test_postgres_is_durable_small_local_and_speaks_utf8(postgres: EmbeddedPostgres) -> None:
    assert await _ask(postgres, "SHOW fsync") == "on"
    assert await _ask(postgres, "SHOW synchronous_commit") == "on"
    assert await _ask(postgres, "SHOW server_encoding") == "UTF8"
    assert await _ask(postgres, "SHOW timezone") == "UTC"
    assert await _ask(postgres, "SHOW listen_addresses") == "127.0.0.1"
    assert await _ask(postgres, "SHOW unix_socket_directories") == ""
    assert await _ask(postgres, "SELECT upper('ñandú')") == "ÑANDÚ"


async def test_postgres_lets_nobody_in_without_the_password(postgres: EmbeddedPostgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(host="127.0.0.1", port=postgres.port, user="postgres", password="guess")


async def test_what_postgres_committed_survives_a_kill(postgres: EmbeddedPostgres) -> None:
    await _ask(postgres, "CREATE TABLE fact (n int)", "INSERT INTO fact SELECT generate_series(1, 1000)")

    await postgres.kill()
    assert postgres.pid is None
    await postgres.start()

    assert await _ask(postgres, "SELECT count(*) FROM fact") == 1000


async def test_a_wiped_postgres_starts_empty(postgres: EmbeddedPostgres) -> None:
    await _ask(postgres, "CREATE TABLE fact (n int)")

    await postgres.restart(wipe=True)

    assert await _ask(postgres, "SELECT to_regclass('fact')") is None


async def test_a_pid_file_whose_number_another_process_took_is_no_obstacle(postgres: EmbeddedPostgres) -> None:
    pid_file = postgres.data_dir / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    await postgres.kill()
    # Of the same account: a process of another one PostgreSQL would know not to be its own.
    owner = pid_file.stat().st_uid
    with background(["/bin/sleep", "60"], user=owner if os.geteuid() == 0 else None) as other:
        pid_file.write_text("\n".join([str(other.pid), *lines[1:]]) + "\n")

        await postgres.start()

        assert await _ask(postgres, "SELECT 1") == 1
        assert other.poll() is None
        other.kill()


async def test_a_second_server_on_the_same_data_is_refused(
    postgres: EmbeddedPostgres, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.local.postgres._LEAVING_SECONDS", 0.3)
    second = EmbeddedPostgres(postgres.data_dir, free_port(), "p/w @", room / "second.log")

    with pytest.raises(DatabaseDirectoryBusy) as refusal:
        await second.start()

    assert refusal.value.pid == postgres.pid
    assert await _ask(postgres, "SELECT 1") == 1


async def test_a_lost_password_is_told_and_nothing_is_left_running(postgres: EmbeddedPostgres, room: Path) -> None:
    await postgres.stop()
    forgetful = EmbeddedPostgres(postgres.data_dir, postgres.port, "another", room / "second.log")
    forgetful._bin = postgres._bin

    with pytest.raises(LocalError, match="another password"):
        await forgetful.start()

    assert forgetful.pid is None


async def test_an_interrupted_first_start_leaves_no_half_made_data(room: Path) -> None:
    server = EmbeddedPostgres(room / "data", free_port(), "pw", room / "postgres.log")
    starting = asyncio.create_task(server.start())
    await until((room / "data.new" / "base").exists)

    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting

    assert names(room) == {"postgres.log"}
    await server.start()
    assert await _ask(server, "SELECT 1") == 1
    await server.stop()


async def _round_trip(broker: Server, topic: str, *, idempotent: bool) -> list[bytes]:
    producer = AIOKafkaProducer(bootstrap_servers=broker.address, enable_idempotence=idempotent, acks="all")
    await producer.start()
    sent = [await producer.send(topic, b"%d" % n, key=b"%d" % (n % 5)) for n in range(1000)]
    await asyncio.gather(*sent)
    await producer.stop()
    # The embedded broker lets a member wait for half its session before it may join.
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=broker.address,
        group_id=f"{topic}-readers",
        session_timeout_ms=6000,
        heartbeat_interval_ms=500,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    read: list[bytes] = []
    async with asyncio.timeout(30):
        while len(read) < len(sent):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                read.extend(record.value for record in records)
    await consumer.commit()
    await consumer.stop()
    return read


async def _admin(broker: Server) -> AIOKafkaAdminClient:
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.address)
    await admin.start()
    return admin


async def test_a_group_reads_everything_once_and_its_offsets_are_kept(broker: Server) -> None:
    admin = await _admin(broker)
    await admin.create_topics([NewTopic("trip", 3, 1)])

    read = await _round_trip(broker, "trip", idempotent=isinstance(broker, ApacheKafka))

    assert sorted(read, key=int) == [b"%d" % n for n in range(1000)]
    partitions = [TopicPartition("trip", n) for n in range(3)]
    offsets = await admin.list_consumer_group_offsets("trip-readers", partitions=partitions)
    assert sum(offset.offset for offset in offsets.values()) == 1000
    await admin.close()


async def test_a_killed_broker_comes_back_on_its_port(broker: Server) -> None:
    admin = await _admin(broker)
    await admin.create_topics([NewTopic("kept", 1, 1)])
    await admin.close()

    await broker.kill()
    assert broker.pid is None
    assert await broker.missing() is not None
    await broker.start()

    admin = await _admin(broker)
    in_memory = isinstance(broker, EmbeddedBroker)
    assert ("kept" in await admin.list_topics()) is not in_memory
    await admin.close()


async def test_a_topic_the_embedded_broker_makes_by_itself_has_as_many_partitions_as_one_we_make(room: Path) -> None:
    broker = EmbeddedBroker(free_port(), room / "broker.log")
    await broker.start()
    try:
        async with AIOKafkaProducer(bootstrap_servers=broker.address, enable_idempotence=False) as producer:
            assert await producer.partitions_for("asked-for") == set(range(PARTITIONS))
    finally:
        await broker.stop()


async def test_a_wiped_broker_has_no_topics(broker: Server) -> None:
    admin = await _admin(broker)
    await admin.create_topics([NewTopic("gone", 1, 1)])
    await admin.close()

    await broker.restart(wipe=True)

    admin = await _admin(broker)
    assert "gone" not in await admin.list_topics()
    await admin.close()


async def _nothing_to_prepare(admin_url: str, bootstrap: str) -> dict[str, dict[str, str]]:
    return {}


async def test_servers_given_by_address_are_used_and_left_running(
    postgres: EmbeddedPostgres, broker: Server, room: Path
) -> None:
    heard: list[tuple[str, str]] = []

    async def prepare(admin_url: str, bootstrap: str) -> dict[str, dict[str, str]]:
        heard.append((admin_url, bootstrap))
        return {}

    async with Stack(
        Home(room / "home"),
        services=[],
        prepare=prepare,
        kafka=broker.address,
        postgres=postgres.admin_url,
        port_base=None,
        handle_signals=False,
    ) as stack:
        assert list(stack.children) == []
        running = stack.home.running()
        assert running is not None
        assert not running.embedded_postgres
        assert not running.embedded_broker

    assert heard == [(postgres.admin_url, broker.address)]
    assert await postgres.missing() is None
    assert await broker.missing() is None


@pytest.mark.parametrize("what", ["kafka", "postgres"])
async def test_a_server_that_does_not_answer_is_told_without_its_password(
    room: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setattr("deploy.local.stack._EXTERNAL_SECONDS", 0.3)
    nowhere = f"127.0.0.1:{free_port()}"
    stack = Stack(
        Home(room / "home"),
        services=[],
        prepare=_nothing_to_prepare,
        kafka=nowhere if what == "kafka" else None,
        postgres=f"postgresql://someone:secret@{nowhere}/postgres" if what == "postgres" else None,
        port_base=None,
        handle_signals=False,
    )

    with pytest.raises(ServerUnreachable) as refusal:
        await stack.start()

    assert nowhere in str(refusal.value)
    assert "secret" not in str(refusal.value)
    assert not any(child.running for child in stack.children)
    assert stack.home.running() is None


# A service as the stack sees it: it listens where it is told, says that it is ready, and ends at SIGTERM.
_SERVICE = """
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
        return Path(self._log.name).read_text()

    def descendants(self) -> list[psutil.Process]:
        return psutil.Process(self._process.pid).children(recursive=True)

    def send(self, signum: signal.Signals) -> None:
        self._process.send_signal(signum)

    async def until_said(self, words: str) -> None:
        await self.until(lambda: words in self.said)

    async def until(self, condition: Callable[[], bool]) -> None:
        await until(lambda: condition() or self._process.poll() is not None, 60)
        assert condition(), self.said

    async def ended(self) -> int:
        await until(lambda: self._process.poll() is not None, 60)
        return self._process.wait()

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._log.close()


async def _all_gone(processes: list[psutil.Process]) -> None:
    assert processes
    await until(lambda: not any(process.is_running() and lives(process.pid) for process in processes), 15)


@pytest.fixture
def directory(room: Path) -> Path:
    for name in ("enrollment", "billing"):
        package = room / "services" / name
        package.mkdir(parents=True)
        # Regular packages, which the import system prefers to the real services further down the path.
        (package.parent / "__init__.py").touch()
        (package / "__init__.py").touch()
        (package / "__main__.py").write_text(textwrap.dedent(_SERVICE))
    return room


@pytest.fixture
def run(directory: Path) -> Iterator[Callable[..., Program]]:
    programs: list[Program] = []

    def make(base: int = 0) -> Program:
        programs.append(Program(directory, base))
        return programs[-1]

    yield make
    for program in programs:
        program.close()


async def test_the_stack_comes_up_tells_where_it_is_and_closes_in_order(run: Callable[..., Program]) -> None:
    program = run()
    await program.until_said("ready after")
    running = program.home.running()
    assert running is not None
    assert running.status == "running"
    assert [child.name for child in running.children] == ["postgres", "broker", "enrollment", "billing"]
    connection = await asyncpg.connect(running.admin_url)
    await connection.close()
    processes = program.descendants()

    program.send(signal.SIGINT)

    assert await program.ended() == 0
    assert program.home.running() is None
    await _all_gone(processes)
    assert "greeting: hello" in program.home.log("enrollment").read_text()
    assert "greeting: good day" in program.home.log("billing").read_text()
    assert "database system is shut down" in program.home.log("postgres").read_text()


async def _crowd(program: Program) -> list[psutil.Process]:
    await program.until_said("ready after")
    return program.descendants()


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGHUP])
async def test_a_termination_is_a_stop_in_order(run: Callable[..., Program], signum: signal.Signals) -> None:
    program = run()
    processes = await _crowd(program)

    program.send(signum)

    assert await program.ended() == 0
    await _all_gone(processes)
    assert "closed in order" in program.home.log("billing").read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
async def test_a_killed_supervisor_leaves_no_orphans_and_the_next_start_works(run: Callable[..., Program]) -> None:
    program = run()
    processes = await _crowd(program)
    # More than the children: PostgreSQL has processes of its own.
    assert sum(process.name() == "postgres" for process in processes) > 2
    running = program.home.running()
    assert running is not None
    connection = await asyncpg.connect(running.admin_url)
    await connection.execute("CREATE TABLE fact (n int); INSERT INTO fact VALUES (7)")
    await connection.close()

    program.send(signal.SIGKILL)
    assert await program.ended() == -signal.SIGKILL
    assert program.home.running() is None
    again = run()
    await again.until_said("ready after")

    await _all_gone(processes)
    running = again.home.running()
    assert running is not None
    connection = await asyncpg.connect(running.admin_url)
    assert await connection.fetchval("SELECT n FROM fact") == 7
    await connection.close()


@pytest.mark.parametrize(
    "moment",
    ["postgres.new/base", "postgres/postmaster.pid", "logs/enrollment.log"],
    ids=["initdb", "servers", "services"],
)
async def test_ctrl_c_in_the_middle_of_starting_leaves_nothing_and_hurts_nothing(
    run: Callable[..., Program], moment: str
) -> None:
    program = run()
    await program.until((program.home.path / moment).exists)
    processes = program.descendants()

    program.send(signal.SIGINT)

    assert await program.ended() == 128 + signal.SIGINT
    assert "Stopped." in program.said
    assert "Traceback" not in program.said
    await _all_gone(processes)
    assert not (program.home.path / "postgres.new").exists()
    again = run()
    await again.until_said("ready after")


async def test_a_second_ctrl_c_ends_everything_at_once(directory: Path, run: Callable[..., Program]) -> None:
    deaf = directory / "services" / "billing" / "__main__.py"
    deaf.write_text(_SERVICE.replace("threading.Thread(target=server.shutdown).start()", "None"))
    program = run()
    processes = await _crowd(program)

    program.send(signal.SIGINT)
    await asyncio.sleep(1)
    assert any(lives(process.pid) for process in processes)
    program.send(signal.SIGINT)

    assert await program.ended() == 0
    await _all_gone(processes)


async def test_a_second_start_is_refused_and_the_first_runs_on(run: Callable[..., Program]) -> None:
    first = run()
    await first.until_said("ready after")

    second = run()

    assert await second.ended() == 2
    assert f"in use by process {first._process.pid}" in second.said
    assert "Traceback" not in second.said
    assert first.home.running() is not None


async def test_a_busy_port_is_told_before_anything_starts(run: Callable[..., Program]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", free_port()))
        other.listen()
        port = other.getsockname()[1]

        program = run(port - 1)

        assert await program.ended() == 2
    assert f"Port {port} is needed for the enrollment service but is taken by process {os.getpid()}" in program.said
    assert not program.home.postgres.exists()
    assert program.home.running() is None


async def test_a_service_that_fails_to_start_shows_its_log_and_takes_the_rest_down(
    directory: Path, run: Callable[..., Program]
) -> None:
    (directory / "services" / "billing" / "__main__.py").write_text("raise SystemExit('no price list')")
    program = run()

    assert await program.ended() == 2
    assert "billing ended with exit code 1 before it was ready" in program.said
    assert "no price list" in program.said
    assert program.home.running() is None


async def test_a_killed_server_or_service_comes_back_under_the_running_stack(run: Callable[..., Program]) -> None:
    program = run()
    await program.until_said("ready after")
    running = program.home.running()
    assert running is not None

    for child in running.children:
        os.kill(child.pid, signal.SIGKILL)
        await program.until_said(f"{child.name} is back")

    await program.until_said("the broker is refilled")
    after = program.home.running()
    assert after is not None
    assert {child.name for child in after.children} == {child.name for child in running.children}
    assert not {child.pid for child in after.children} & {child.pid for child in running.children}
    connection = await asyncpg.connect(after.admin_url)
    await connection.close()
