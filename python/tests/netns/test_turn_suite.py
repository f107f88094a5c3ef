"""`ice-test turn` from behind a NAT: what cannot come back is not held against the server."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from binaries import Json
from turn_servers import ice_servers

from .conftest import WorldMaker
from .impaired_link import Impairment
from .namespace import Namespace
from .nat_kinds import BY_ID
from .process import OwnedProcess
from .servers import wait_for_binding, wait_for_file
from .topology import PORT, SPARE, Internet

# What needs packets that arrive at a peer, and what needs only its address.
DATA = ("rfc8656/11.3/data-indication", "rfc8656/12.7/channel-data", "rfc8656/11.5/icmp",
        "rfc8656/11.2/no-permission", "rfc8656/9/address-only")
ADDRESS = ("rfc8656/12.2/number-taken", "rfc8656/12.2/rebind", "rfc8656/12.2/peer-taken")


@pytest.fixture
def relay(internet: Internet, ice_test: Path, tmp_path: Path) -> Iterator[OwnedProcess]:
    """A TURN server on the far side, with a user."""
    ready = tmp_path / "ready"
    password = tmp_path / "password"
    password.write_text("wonderland")
    with internet.start(
            [str(ice_test), "serve", "--turn", "--address", SPARE.v4[0], "--port", str(PORT),
             "--user", f"alice=file:{password}", "--ready-file", str(ready)],
            tmp_path / "server.log") as process:
        wait_for_file(ready, process)
        wait_for_binding(internet, (SPARE.v4[0], PORT), process)
        yield process


def judge(client: Namespace, ice_test: Path, tmp_path: Path, transport: str) -> dict[str, Json]:
    """Every finding, by id."""
    servers = tmp_path / "servers.json"
    servers.write_text(json.dumps({"iceServers": [
        {"urls": f"turn:{SPARE.v4[0]}:{PORT}?transport={transport}", "username": "alice",
         "credential": "wonderland"}]}))
    report = tmp_path / f"{transport}.json"
    only = [word for check in DATA + ADDRESS for word in ("--only", check)]
    with client.start([str(ice_test), "turn", "--ice-servers", str(servers), "--format", "json",
                       "--output", str(report), *only], tmp_path / "client.log") as process:
        process.wait(60)
    return findings_of(report.read_text())


def findings_of(report: str) -> dict[str, Json]:
    """By id."""
    return {finding["id"]: finding for section in json.loads(report)["sections"]
            for finding in section["findings"]}


@pytest.mark.root
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_what_a_nat_keeps_out_does_not_apply(make_world: WorldMaker, relay: OwnedProcess,
                                             ice_test: Path, tmp_path: Path,
                                             transport: str) -> None:
    """Peers are named by the address that the server sees, and nothing fails for want of data."""
    world = make_world(BY_ID["masquerade"])
    found = judge(world.client, ice_test, tmp_path, transport)
    for check in DATA:
        assert found[check]["verdict"] == "unsupported", found[check]
        assert world.outside_address(4) in found[check]["reason"]["sentence"]
    for check in ADDRESS:
        assert found[check]["verdict"] == "pass", found[check]


@pytest.mark.root
def test_full_cone_lets_the_data_in(make_world: WorldMaker, relay: OwnedProcess, ice_test: Path,
                                    tmp_path: Path) -> None:
    """Behind a NAT that keeps ports and filters nothing the data checks are run."""
    found = judge(make_world(BY_ID["full-cone"]).client, ice_test, tmp_path, "udp")
    for check in ("rfc8656/11.3/data-indication", "rfc8656/12.7/channel-data"):
        assert found[check]["verdict"] == "pass", found[check]


@pytest.mark.root
def test_copies_on_a_slow_way_are_no_mangled_payloads(make_world: WorldMaker, relay: OwnedProcess,
                                                      ice_test: Path, tmp_path: Path) -> None:
    """The agents repeat their first payload until it is answered; copies come long after."""
    servers = tmp_path / "servers.json"
    servers.write_text(json.dumps({"iceServers": [
        {"urls": f"turn:{SPARE.v4[0]}:{PORT}", "username": "alice", "credential": "wonderland"}]}))
    report = tmp_path / "ice.json"
    client = make_world(BY_ID["masquerade"], impairment=Impairment(delay_ms=100)).client
    with client.start([str(ice_test), "ice", "--ice-servers", str(servers), "--format", "json",
                       "--output", str(report), "--only", "ice/echo"],
                      tmp_path / "ice.log") as process:
        process.wait(60)
    findings = [finding for section in json.loads(report.read_text())["sections"]
                for finding in section["findings"] if finding["id"] == "ice/echo"]
    assert [finding["verdict"] for finding in findings] == ["pass"], findings


@pytest.mark.root
def test_icmp_errors_that_this_host_holds_back_are_not_the_servers(ice_test: Path,
                                                                   tmp_path: Path) -> None:
    """Linux sends a host one a second, after a few at first (icmp_ratelimit): here one in three."""
    ready = tmp_path / "ready"
    password = tmp_path / "password"
    password.write_text("wonderland")
    with Namespace("client") as client, Namespace("server") as server:
        client.link("c0", server, "s0")
        client.ip("addr add 192.0.2.1/24 dev c0")
        server.ip("addr add 192.0.2.2/24 dev s0")
        client.sysctl("net.ipv4.icmp_ratelimit=3000")
        with server.start(
                [str(ice_test), "serve", "--turn", "--address", "192.0.2.2", "--port", "3478",
                 "--user", f"alice=file:{password}", "--ready-file", str(ready)],
                tmp_path / "server.log") as process:
            wait_for_file(ready, process)
            wait_for_binding(client, ("192.0.2.2", 3478), process)
            with server.socket(socket.AF_INET, socket.SOCK_DGRAM) as spender:
                for _ in range(20):
                    spender.sendto(b"nobody listens", ("192.0.2.1", 9))
            servers = ice_servers(tmp_path / "servers.json", ["turn:192.0.2.2:3478"],
                                  {"alice": "wonderland"})
            done = client.run([str(ice_test), "turn", "--ice-servers", str(servers), "--only",
                               "rfc8656/11.5/icmp", "--format", "json"], timeout_s=60, check=False)
    assert findings_of(done.stdout)["rfc8656/11.5/icmp"]["verdict"] == "pass", done.stdout
