"""Apache Kafka: one node in KRaft mode, broker and controller in one process."""

import asyncio
import base64
import os
import shutil
import uuid
from pathlib import Path

from deploy.kafka import classpath
from deploy.local.child import ChildSpec, run_to_end
from deploy.local.errors import LocalError
from deploy.local.ports import free_port
from deploy.local.readiness import kafka_missing
from deploy.local.server import ChildServer

_LOGGING = Path(__file__).with_name("log4j2.xml")

# Small and quick to start; the optimising compiler would take seconds of two cores for work of a few minutes.
_JAVA_OPTIONS = ("-Xms64m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true")

_SETTINGS = """\
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.quorum.voters=1@127.0.0.1:{controller}
log.dirs={data}
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=4
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
num.network.threads=2
num.io.threads=4
log.cleaner.dedupe.buffer.size=4194304
"""


def available() -> str | None:
    """Why Apache Kafka cannot be run here (no Java, no Maven), None when it can."""
    return classpath.missing()


class ApacheKafka(ChildServer):
    """Apache Kafka on `port`, data and log below `work_dir`; the first start resolves its jars with Maven."""

    def __init__(self, work_dir: Path, port: int) -> None:
        super().__init__(port)
        self._work = work_dir.absolute()
        self._controller_port = free_port()
        self._classpath: str | None = None

    @property
    def log(self) -> Path:
        """Where it writes warnings and errors."""
        return self._work / "kafka.log"

    async def start(self) -> None:
        """Start and return when clients are served; raises `LocalError`."""
        reason = available()
        if reason is not None:
            raise LocalError(f"Apache Kafka cannot run here: {reason}.")
        self._work.mkdir(parents=True, exist_ok=True)
        self._classpath = await classpath.resolve(self.log)
        await super().start()

    def spec(self) -> ChildSpec:
        """How to run it once the jars are resolved, which `start` does."""
        return ChildSpec(
            name="kafka",
            argv=self._java("kafka.Kafka", str(self._properties)),
            env=_environment(),
            log_path=self.log,
            stop_timeout=20.0,
            ready=self.missing,
            prepare=self._prepare,
        )

    async def missing(self) -> str | None:
        """None when it answers Kafka requests, otherwise what is wrong."""
        return await kafka_missing(self.address)

    async def wipe(self) -> None:
        """Remove all topics, offsets and metadata of the stopped server."""
        await asyncio.to_thread(shutil.rmtree, self._data, ignore_errors=True)

    async def _prepare(self) -> None:
        """Write the settings, and format the storage if there is none."""
        self._properties.write_text(_SETTINGS.format(port=self.port, controller=self._controller_port, data=self._data))
        if (self._data / "meta.properties").exists():
            return
        # Given with its option in one word: one id of 64 begins with a dash and would be taken for an option.
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        await run_to_end(
            ChildSpec(
                name="kafka-storage",
                argv=self._java(
                    "kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", "-c", str(self._properties)
                ),
                env=_environment(),
                log_path=self.log,
            )
        )

    def _java(self, *arguments: str) -> list[str]:
        if self._classpath is None:
            raise LocalError("Apache Kafka's jars are not resolved yet: start() does it.")
        return [
            shutil.which("java") or "java",
            *_JAVA_OPTIONS,
            f"-Dlog4j2.configurationFile={_LOGGING}",
            "-cp",
            self._classpath,
            *arguments,
        ]

    @property
    def _data(self) -> Path:
        return self._work / "data"

    @property
    def _properties(self) -> Path:
        return self._work / "server.properties"


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
