"""What `ice-test` says, and exits with, where servers are dead, mute, without credentials or no TURN
servers: every sentence is about what happened."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from netns.certificates import Authority
from netns.process import OwnedProcess
from netns.servers import serve_command, wait_for_file
from turn_servers import TurnServer, free_port, ice_servers

pytestmark = pytest.mark.skipif(
    "PORTOLAN_BUILD" not in os.environ and shutil.which("turnserver") is None,
    reason="turnserver is not installed")

ALICE = {"alice": "wonderland"}


def run(ice_test: Path, command: str, *options: str) -> tuple[int, dict[str, Any]]:
    """Exit code and report."""
    done = subprocess.run([str(ice_test), command, "--format", "json", *options],
                          capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, json.loads(done.stdout)


def by_id(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Of several servers the last."""
    return {finding["id"]: finding for section in report["sections"]
            for finding in section["findings"]}


@contextmanager
def listener(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """The port of somebody who does that with every connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        def loop() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                serve(connection)

        thread = threading.Thread(target=loop, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize("scheme", ["turn", "turns"])
def test_silence_after_the_connection_is_told_with_its_time(ice_test: Path, tmp_path: Path,
                                                            scheme: str) -> None:
    """Nothing was received, five seconds passed, and a firewall is not what it looks like."""
    kept: list[socket.socket] = []
    with listener(kept.append) as port:
        servers = ice_servers(tmp_path / "servers.json",
                              [f"{scheme}:127.0.0.1:{port}?transport=tcp"], ALICE)
        code, report = run(ice_test, "turn", "--ice-servers", str(servers), "--only",
                           "rfc8489/12")
    for connection in kept:
        connection.close()
    assert code == 1
    (advice,) = by_id(report)["server/reachable"]["advice"]
    assert ("is TLS enabled on that port?" if scheme == "turns" else "is it a TURN server?"
            ) in advice and "firewall" not in advice
    (evidence,) = report["evidence"]
    exchanges = evidence["data"]["exchanges"]
    assert "received" not in [each.get("direction") for each in exchanges]
    if scheme == "turns":
        (waited,) = exchanges
        assert 4_900_000 < waited["at_us"] < 9_000_000 and "direction" not in waited
        assert "no answer to the TLS handshake" in waited["note"]
        assert not evidence["lines"][0].startswith("+0.0 ms")
    assert report["sections"][0]["headline"] == (
        "1 check could not be run: the server cannot be used.")


def test_what_a_web_server_says_is_quoted(ice_test: Path, tmp_path: Path) -> None:
    """Its first octets look like the beginning of ChannelData; it hung up after saying something."""
    def refuse(connection: socket.socket) -> None:
        with connection:
            connection.recv(2000)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with listener(refuse) as port:
        servers = ice_servers(tmp_path / "servers.json",
                              [f"turn:127.0.0.1:{port}?transport=tcp"], ALICE)
        code, report = run(ice_test, "turn", "--ice-servers", str(servers))
    assert code == 1
    assert ('after 28 octets that are no whole message and begin with "HTTP/1.1 400 Bad Request"'
            in report["headline"])


@pytest.mark.parametrize("command", ["turn", "ice"])
def test_one_dead_server_of_three_hides_no_others(ice_test: Path, tmp_path: Path,
                                                  command: str) -> None:
    """The first line says how many, which, and how the rest came out."""
    only = "rfc8489/12" if command == "turn" else "ice/gathering"
    dead = free_port()
    with TurnServer(tmp_path / "coturn", ["allow-loopback-peers"]) as server:
        servers = ice_servers(tmp_path / "servers.json", [
            server.uri(), server.uri("tcp"), f"turn:127.0.0.1:{dead}"], ALICE)
        code, report = run(ice_test, command, "--ice-servers", str(servers), "--only", only)
        wrong = ice_servers(tmp_path / "wrong.json", [server.uri(), server.uri("tcp")],
                            {"alice": "looking-glass"})
        wrong_code, refused = run(ice_test, command, "--ice-servers", str(wrong), "--only", only)
    thing = "check" if command == "turn" else "ICE scenario"
    assert code == wrong_code == 1
    assert report["headline"].startswith(
        f"1 of 3 servers cannot be used: 127.0.0.1:{dead} over udp: ")
    assert report["headline"].endswith(f". 0 of 2 {thing}s failed, 2 passed, 0 were left open.")
    assert refused["headline"].startswith(
        f"2 of 2 servers cannot be used, the first because: 127.0.0.1:{server.port}: Allocate got "
        "error 401 (Unauthorized) after a correct challenge")
    if command == "ice":
        assert refused["sections"][0]["headline"] == (
            "1 ICE scenario could not be run without an allocation.")


def test_calls_that_nobody_made_are_no_success(ice_test: Path, tmp_path: Path) -> None:
    """Without credentials, or where libnice cannot use the relays, what decides is open: 3."""
    ready = tmp_path / "ready"
    with TurnServer(tmp_path / "coturn", ["allow-loopback-peers"]) as server:
        code, report = run(ice_test, "ice", "--url", server.uri())
    assert code == 3
    assert report["headline"].endswith(" No username and credential were given.")
    assert report["sections"][0]["headline"].endswith(
        "ICE scenarios could not be run without an allocation.")
    with OwnedProcess(["env", "PORTOLAN_TURN_PASSWORD=wonderland",
                       *serve_command(ice_test, ["::1"], 0, 0, ready,
                                      ["--turn", "--user", "alice", "--show-credentials"])],
                      tmp_path / "log") as process:
        wait_for_file(ready, process)
        code, report = run(ice_test, "ice", "--ice-servers", str(ready))
    found = by_id(report)
    assert found["ice/relay-to-relay"]["verdict"] == "not_tested" and code == 3


def test_selection_of_which_nothing_can_be_run_is_no_success(ice_test: Path,
                                                             tmp_path: Path) -> None:
    """Checks that need credentials, without any: 3; where others are run as well, 0 as ever."""
    with TurnServer(tmp_path / "coturn") as server:
        codes = [run(ice_test, "turn", "--url", server.uri(), *selection)[0] for selection in (
            ("--only", "rfc8656/7.2/allocate"),
            ("--only", "rfc8656/7.2/allocate", "--only", "rfc8489/12"))]
    assert codes == [3, 0]


def test_peers_and_channels_are_named_as_people_write_them(ice_test: Path,
                                                           tmp_path: Path) -> None:
    """Each address once; channel numbers in hexadecimal, as the requirement has them."""
    with TurnServer(tmp_path / "coturn", ["denied-peer-ip=0.0.0.0-255.255.255.255"]) as server:
        servers = ice_servers(tmp_path / "servers.json", [server.uri()], ALICE)
        _, report = run(ice_test, "turn", "--ice-servers", str(servers), "--only",
                        "security/peer/nobody")
    said = by_id(report)["security/peer/nobody"]["reason"]["sentence"]
    assert said.count("127.0.0.1") == 1
    with TurnServer(tmp_path / "open", ["allow-loopback-peers"]) as server:
        servers = ice_servers(tmp_path / "servers.json", [server.uri()], ALICE)
        _, report = run(ice_test, "turn", "--ice-servers", str(servers), "--only",
                        "rfc8656/12.2/channel-range")
    assert by_id(report)["rfc8656/12.2/channel-range"]["reason"]["sentence"].startswith(
        "Channel 0x5000: ")


def test_last_day_of_a_certificate_is_named(ice_test: Path, tmp_path: Path) -> None:
    """It is good, and not for 0 days."""
    authority = Authority(tmp_path, "authority")
    identity = authority.issue("IP:127.0.0.1", days=1)
    time.sleep(1)  # In the second of its issue it has a whole day left.
    with TurnServer(tmp_path / "coturn", [f"cert={identity.certificate}", f"pkey={identity.key}"],
                    tls_port=free_port()) as server:
        servers = ice_servers(tmp_path / "servers.json", [server.uri("tls")], ALICE)
        _, report = run(ice_test, "turn", "--ice-servers", str(servers), "--ca-file",
                        str(authority.file), "--only", "tls/certificate-days")
    assert by_id(report)["tls/certificate-days"]["reason"]["sentence"] == (
        "The certificate is good for less than a day.")
