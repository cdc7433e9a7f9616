"""Ports on 127.0.0.1."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from deploy.local.errors import PortBusy
from deploy.local.port_plan import PortPlan
from deploy.local.ports import ensure_free, free_port, holder


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server


def test_a_free_port_is_never_given_twice() -> None:
    given = [free_port() for _ in range(50)]

    assert len(set(given)) == len(given)


def test_a_port_given_to_another_process_is_not_given_here_before_that_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    [first, second] = free_port() + 1, free_port() + 1
    program = (
        f"from deploy.local import ports; ports._candidates = lambda: [{first}]; print(ports.free_port()); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-u", "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert int(other.stdout.readline()) == first
        monkeypatch.setattr("deploy.local.ports._candidates", lambda: [first, second])
        assert free_port() == second
        other.stdin.write("\n")
    monkeypatch.setattr("deploy.local.ports._candidates", lambda: [first])
    assert free_port() == first


def test_a_free_port_can_be_listened_on() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", free_port()))
        server.listen()


def test_a_busy_port_is_refused_with_what_wanted_it_and_who_holds_it(listener: socket.socket) -> None:
    port = listener.getsockname()[1]

    with pytest.raises(PortBusy) as refusal:
        ensure_free(port, "PostgreSQL")

    assert str(port) in str(refusal.value)
    assert "PostgreSQL" in str(refusal.value)
    assert f"process {os.getpid()}" in str(refusal.value)


def test_nobody_holds_a_free_port() -> None:
    assert holder(free_port()) is None


def test_connections_that_have_just_closed_do_not_count_as_busy(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    with socket.create_connection(("127.0.0.1", port)):
        served, _ = listener.accept()
        served.close()  # the side that closes first keeps the port in TIME_WAIT
    listener.close()

    ensure_free(port, "anything")


def test_the_four_services_and_the_servers_keep_fixed_distances_from_the_base() -> None:
    plan = PortPlan.make(["billing", "enrollment"], 9000)

    assert plan.services == {"billing": 9004, "enrollment": 9001}
    assert (plan.postgres, plan.broker) == (9032, 9092)


def test_a_further_service_comes_behind_the_four() -> None:
    plan = PortPlan.make(["enrollment", "console"], 9000)

    assert plan.services == {"enrollment": 9001, "console": 9005}


@pytest.mark.parametrize("base", [0, None])
def test_without_a_base_all_ports_are_free_ones(base: int | None) -> None:
    plan = PortPlan.make(["enrollment", "billing"], base)

    ports = {*plan.services.values(), plan.postgres, plan.broker}
    assert len(ports) == 4
    plan.ensure_free(postgres=True, broker=True)


def test_a_busy_port_of_a_server_that_somebody_else_runs_does_not_matter(listener: socket.socket) -> None:
    plan = PortPlan({}, postgres=listener.getsockname()[1], broker=free_port())

    plan.ensure_free(postgres=False, broker=True)
    with pytest.raises(PortBusy):
        plan.ensure_free(postgres=True, broker=True)
