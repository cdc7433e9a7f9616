"""Finding the programs of the servers."""

import importlib.resources
import os
from pathlib import Path

import pytest

from deploy.kafka import classpath
from deploy.local.broker import EmbeddedBroker, broker_program
from deploy.local.errors import ServerMissing
from deploy.local.postgres import wheel_bin


def _wheel_with_broker(directory: Path, mode: int) -> Path:
    program = directory / "bin" / "tansu"
    program.parent.mkdir(parents=True)
    program.write_bytes(b"\x7fELF")
    program.chmod(mode)
    return program


def test_the_broker_runs_straight_from_the_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = _wheel_with_broker(tmp_path / "wheel", 0o755)
    monkeypatch.setattr(importlib.resources, "files", lambda _: tmp_path / "wheel")

    assert broker_program(tmp_path / "home") == program


def test_the_broker_is_copied_only_where_the_wheel_lost_its_permission_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = _wheel_with_broker(tmp_path / "wheel", 0o644)
    monkeypatch.setattr(importlib.resources, "files", lambda _: tmp_path / "wheel")
    (tmp_path / "home").mkdir()

    copy = broker_program(tmp_path / "home")

    assert copy.parent == tmp_path / "home"
    assert copy.read_bytes() == program.read_bytes()
    assert os.access(copy, os.X_OK)


def test_a_missing_broker_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Path:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(importlib.resources, "files", missing)

    with pytest.raises(ServerMissing, match=r"scorebook\[embedded\]"):
        broker_program(tmp_path)


def test_the_broker_inherits_nothing_that_could_make_it_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUST_LOG", "info")
    monkeypatch.setenv("STORAGE_ENGINE", "memory://elsewhere/")

    spec = EmbeddedBroker(20_000, tmp_path / "broker.log").spec()

    assert set(spec.env) == {"PATH"}
    assert "--silent" in spec.argv


def test_a_missing_postgresql_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)

    with pytest.raises(ServerMissing, match=r"scorebook\[embedded\]"):
        wheel_bin()


def test_kafka_is_not_available_without_java(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert classpath.missing() == "Java is not installed"


@pytest.mark.parametrize(
    ("version", "reason"), [("11.0.2", "Java 17 or newer is needed"), ("17.0.15", "Maven is not installed")]
)
def test_kafka_needs_java_17_and_maven(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str, reason: str
) -> None:
    java = tmp_path / "java"
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-01-01' >&2\n")
    java.chmod(0o755)
    pom = tmp_path / "pom.xml"
    pom.write_text("<project/>")
    monkeypatch.setattr(classpath, "POM", pom)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert classpath.missing() == reason


async def test_a_remembered_class_path_needs_all_its_jars(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pom = tmp_path / "pom.xml"
    pom.write_text("<project/>")
    monkeypatch.setattr(classpath, "POM", pom)
    jar = tmp_path / "a.jar"
    jar.touch()
    remembered = classpath._memory()
    remembered.parent.mkdir()
    remembered.write_text(str(jar))

    assert await classpath.resolve(tmp_path / "log") == str(jar)
    jar.unlink()
    assert classpath._remembered() is None
