"""The guard that keeps the tests off the network: it must hold, here and in child processes."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest


@pytest.fixture
def own_log(tmp_path, monkeypatch):
    monkeypatch.setenv("TAXON_NETWORK_LOG", str(tmp_path / "log"))
    return tmp_path / "log"


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_guard__refuses_to_leave_this_machine(own_log, host):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as opened, pytest.raises(ConnectionRefusedError, match="off the network"):
        opened.connect((host, 80))
    assert own_log.read_text().split() == [host]


def test_guard__refuses_to_look_names_up(own_log):
    with pytest.raises(ConnectionRefusedError, match="off the network"):
        socket.create_connection(("example.org", 80))
    assert own_log.read_text().split() == ["example.org"]


def test_guard__holds_in_child_processes(own_log):
    code = "import socket; socket.create_connection(('192.0.2.1', 80))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "the tests stay off the network" in done.stderr
    assert own_log.read_text().split() == ["192.0.2.1"]


def test_guard__lets_this_machine_through():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as opened:
        assert opened.getpeername()[1] == server.getsockname()[1]
