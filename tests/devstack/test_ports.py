"""Ports: defaults, what the environment changes, and what is said of a busy one."""

import socket

import pytest

from devstack.ports import PortError, Ports, free_port, is_free


def test_every_port_can_be_set() -> None:
    names = [name for name, _ in Ports().named()]
    environ = {f"MON_ESPACE_PORT_{name.upper()}": str(20_000 + number) for number, name in enumerate(names)}
    assert list(Ports.from_environ(environ).named()) == [(n, 20_000 + i) for i, n in enumerate(names)]


def test_what_is_not_set_keeps_its_default() -> None:
    assert Ports.from_environ({"MON_ESPACE_PORT_PORTAL": "9000", "MON_ESPACE_PORT_SMTP": ""}) == Ports(
        portal=9000
    )


@pytest.mark.parametrize("text", ["0", "70000", "http", "-1", "8000.5"])
def test_a_value_that_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(PortError, match="MON_ESPACE_PORT_CODEC"):
        Ports.from_environ({"MON_ESPACE_PORT_CODEC": text})


def test_two_parts_on_one_port_are_refused() -> None:
    with pytest.raises(PortError, match="8025 is given to both portal and mailbox"):
        Ports.from_environ({"MON_ESPACE_PORT_PORTAL": "8025"})


def test_a_busy_port_is_named_with_its_number_and_its_variable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ports = Ports(**{name: free_port() for name, _ in Ports().named()} | {"mailbox": port})
        with pytest.raises(
            PortError, match=rf"^port {port} \(mailbox\) is in use: .*MON_ESPACE_PORT_MAILBOX"
        ):
            ports.require_free()
        ports.require_free(unneeded=frozenset({"mailbox"}))


def test_free_ports_are_free_and_given_once() -> None:
    ports = [free_port() for _ in range(20)]
    assert len(set(ports)) == 20
    assert all(is_free(port) for port in ports)
