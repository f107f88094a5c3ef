"""`ice-test serve --turn` against coturn's own client, turnutils_uclient, on loopback."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from netns.process import OwnedProcess
from netns.servers import serve_command, wait_for_file
from netns.stun_message import binding_request, new_transaction_id

_PASSWORD = "wonderland"
_MESSAGES = 5


@pytest.fixture
def turn_port(tmp_path: Path, ice_test: Path,
              monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Of a server with a user, and the channel numbers that turnutils_uclient binds."""
    monkeypatch.setenv("PORTOLAN_TURN_PASSWORD", _PASSWORD)
    ready = tmp_path / "ready"
    server = OwnedProcess(
        serve_command(ice_test, ["127.0.0.1"], 0, 0, ready,
                      ["--turn", "--user", "alice", "--rfc5766-channels"]), tmp_path / "log")
    wait_for_file(ready, server)
    uri = str(json.loads(ready.read_text())["turn"]["urls"][0])
    yield int(uri.partition("?")[0].rpartition(":")[2])
    server.stop()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("options", [["--turn", "--user", "alice"], []], ids=["turn", "stun"])
def test_signal_ends_it_in_order(tmp_path: Path, ice_test: Path, monkeypatch: pytest.MonkeyPatch,
                                 number: int, options: list[str]) -> None:
    """With exit code 0 and no word of it; the end of a terminal (SIGHUP) is one of them."""
    monkeypatch.setenv("PORTOLAN_TURN_PASSWORD", _PASSWORD)
    ready = tmp_path / "ready"
    with OwnedProcess(serve_command(ice_test, ["127.0.0.1"], 0, 0, ready, options),
                      tmp_path / "log") as server:
        wait_for_file(ready, server)
        server.send(number)
        assert server.wait(10) == 0, server.output()
        assert "error" not in server.output()


def test_password_on_the_command_line_is_refused_and_not_repeated(ice_test: Path) -> None:
    """--user alice=wonderland: neither a file nor a variable."""
    done = subprocess.run([str(ice_test), "serve", "--turn", "--user", "alice=wonderland"],
                          capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 2
    assert "--user alice=...: the name is followed by neither =file: nor =env:" in done.stderr
    assert "wonderland" not in done.stderr + done.stdout


@pytest.mark.parametrize(("options", "mode"), [(["--show-credentials"], 0o600), ([], 0o644)])
def test_ready_file_with_a_password_is_for_its_owner(tmp_path: Path, ice_test: Path,
                                                     monkeypatch: pytest.MonkeyPatch,
                                                     options: list[str], mode: int) -> None:
    """Whatever the umask lets through, and whoever had the file before."""
    monkeypatch.setenv("PORTOLAN_TURN_PASSWORD", "wonderland")
    ready = tmp_path / "ready"
    old = os.umask(0o022)
    try:
        subprocess.run([str(ice_test), "serve", "--turn", "--user", "alice", "--ready-file",
                        str(ready), "--duration", "1s", *options],
                       capture_output=True, timeout=20, check=True)
    finally:
        os.umask(old)
    assert ready.stat().st_mode & 0o777 == mode


def test_end_of_the_terminal_leaves_what_nohup_started(tmp_path: Path, ice_test: Path) -> None:
    """It still answers, and SIGTERM ends it."""
    ready = tmp_path / "ready"
    command = serve_command(ice_test, ["127.0.0.1"], 0, 0, ready, [])
    with OwnedProcess(["nohup", *command], tmp_path / "log") as server:
        wait_for_file(ready, server)
        server.send(signal.SIGHUP)
        uri = str(json.loads(ready.read_text())["iceServers"][0]["urls"][0])
        port = int(uri.partition("?")[0].rpartition(":")[2])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(5)
            sock.sendto(binding_request(new_transaction_id()), ("127.0.0.1", port))
            assert sock.recv(2048)
        assert server.exit_code is None
        server.send(signal.SIGTERM)
        assert server.wait(10) == 0, server.output()


@pytest.fixture
def echo_port(tmp_path: Path) -> Iterator[int]:
    """Of coturn's UDP echo server."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    peer = OwnedProcess(["turnutils_peer", "-L", "127.0.0.1", "-p", str(port)], tmp_path / "peer")
    yield port
    peer.stop()


def uclient(turn_port: int, echo_port: int, *options: str,
            password: str = _PASSWORD) -> str:
    """What it prints; its exit code says nothing."""
    done = subprocess.run(
        ["turnutils_uclient", "-u", "alice", "-w", password, "-p", str(turn_port),
         "-e", "127.0.0.1", "-r", str(echo_port), "-n", str(_MESSAGES), "-m", "1", "-z", "5", "-c",
         *options, "127.0.0.1"],
        capture_output=True, text=True, timeout=60, check=False, env=dict(os.environ))
    return done.stdout + done.stderr


needs_coturn = pytest.mark.skipif(
    "PORTOLAN_BUILD" not in os.environ and shutil.which("turnutils_uclient") is None,
    reason="turnutils_uclient is not installed")


@needs_coturn
@pytest.mark.parametrize("transport", [(), ("-t",)], ids=["udp", "tcp"])
@pytest.mark.parametrize("carrier", [(), ("-s",)], ids=["channels", "indications"])
def test_turnutils_uclient_gets_every_message_back(
        turn_port: int, echo_port: int, transport: tuple[str, ...],
        carrier: tuple[str, ...]) -> None:
    """ChannelData and Send/Data indications, over UDP and TCP."""
    output = uclient(turn_port, echo_port, *transport, *carrier)
    assert re.search(rf"tot_send_msgs={_MESSAGES}, tot_recv_msgs={_MESSAGES}\b", output), output


@needs_coturn
def test_turnutils_uclient_is_refused_with_a_wrong_password(
        turn_port: int, echo_port: int) -> None:
    """And relays nothing."""
    output = uclient(turn_port, echo_port, password="looking-glass")
    assert "tot_recv_msgs" not in output, output
    assert "Cannot complete Allocation" in output, output
