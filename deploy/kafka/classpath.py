"""Where Kafka's jars are: resolved by Maven once, then remembered."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from deploy.local.child import ChildSpec, run_to_end

POM = Path(__file__).with_name("pom.xml")

_OLDEST_JAVA = 17


def missing() -> str | None:
    """Why Apache Kafka cannot be run here, None when it can."""
    java = shutil.which("java")
    if java is None:
        return "Java is not installed"
    if _java_version(java) < _OLDEST_JAVA:
        return f"Java {_OLDEST_JAVA} or newer is needed"
    if _remembered() is None and shutil.which("mvn") is None:
        return "Maven is not installed"
    return None


async def resolve(log: Path) -> str:
    """The class path for Java; the first call lets Maven download about 43 MB of jars. Raises `ChildFailed`."""
    found = _remembered()
    if found is not None:
        return found
    target = _memory()
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.{os.getpid()}")
    await run_to_end(
        ChildSpec(
            name="mvn",
            argv=[
                shutil.which("mvn") or "mvn",
                "--quiet",
                "--batch-mode",
                "--no-transfer-progress",
                "-Dstyle.color=never",
                f"--file={POM}",
                "dependency:build-classpath",
                "-Dmdep.includeScope=runtime",
                f"-Dmdep.outputFile={part}",
            ],
            env=os.environ,
            log_path=log,
        )
    )
    part.replace(target)
    return target.read_text().strip()


def _remembered() -> str | None:
    try:
        text = _memory().read_text().strip()
    except FileNotFoundError:
        return None
    return text if all(Path(jar).exists() for jar in text.split(os.pathsep)) else None


def _memory() -> Path:
    """The file that remembers the class path of exactly this pom."""
    beside = POM.parent
    directory = beside / "target" if os.access(beside, os.W_OK) else Path.home() / ".cache" / "scorebook" / "kafka"
    return directory / f"classpath-{hashlib.sha256(POM.read_bytes()).hexdigest()[:16]}.txt"


def _java_version(java: str) -> int:
    """The feature release, 17 for 17.0.15; 0 where it cannot be told."""
    done = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    _, _, rest = done.stderr.partition('version "')
    first = rest.split(".")[0].split('"')[0]
    return int(first) if first.isdecimal() else 0
