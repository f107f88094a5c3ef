"""`ice-test turn` and URIs without a port: NAPTR, SRV and A records of a real name server."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from binaries import Json

from .dns_server import TYPE_A, TYPE_AAAA, TYPE_NAPTR, TYPE_SRV, DnsServer, Zone, address, naptr, srv
from .namespace import Namespace
from .process import OwnedProcess
from .servers import wait_for_file

_HERE, _THERE = "127.0.0.2", "127.0.0.3"
_PORT = 5000
_RELAY = {(name, TYPE_A): (address(ip),)
          for name, ip in (("a.example.net", _HERE), ("b.example.net", _THERE))}

Run = Callable[..., tuple[dict[str, Any], int, float]]


@pytest.fixture
def host(namespaces_are_cleaned: None) -> Iterator[Namespace]:
    """One host with its own loopback interface and nothing else."""
    with Namespace("dns") as made:
        yield made


@pytest.fixture
def relays(host: Namespace, ice_test: Path, tmp_path: Path) -> Iterator[None]:
    """The embedded server at two addresses and a port that no URI here names."""
    (tmp_path / "password").write_text("wonderland")
    running: list[OwnedProcess] = []
    for ip, port in ((_HERE, _PORT), (_THERE, _PORT), (_HERE, 3478)):
        ready = tmp_path / f"ready-{ip}-{port}"
        running.append(host.start(
            [str(ice_test), "serve", "--turn", "--address", ip, "--port", str(port),
             "--user", f"alice=file:{tmp_path / 'password'}", "--allow-loopback-peers",
             "--ready-file", str(ready)], tmp_path / f"log-{ip}-{port}"))
        wait_for_file(ready, running[-1])
    yield
    for process in running:
        process.stop()


@pytest.fixture
def run(host: Namespace, ice_test: Path, tmp_path: Path) -> Run:
    """`ice-test turn` on that host: its report, its exit code and how long it took."""
    resolv_conf = tmp_path / "resolv.conf"
    resolv_conf.write_text("nameserver 127.0.0.53\noptions attempts:1 timeout:2\n")

    def judge(*uris: str) -> tuple[dict[str, Any], int, float]:
        servers = tmp_path / "servers.json"
        servers.write_text(json.dumps({"iceServers": [
            {"urls": list(uris), "username": "alice", "credential": "wonderland"}]}))
        report = tmp_path / "report.json"
        report.unlink(missing_ok=True)
        begun = time.monotonic()
        done = host.run(
            ["sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"', str(resolv_conf),
             str(ice_test), "turn", "--ice-servers", str(servers), "--only",
             "rfc8489/12/binding-udp", "--only", "rfc8489/12/binding-tcp", "--format", "json",
             "--output", str(report)], timeout_s=60, check=False)
        took_s = time.monotonic() - begun
        if not report.exists():
            return {"error": done.stderr}, done.returncode, took_s
        return json.loads(report.read_text()), done.returncode, took_s

    return judge


def servers_of(report: dict[str, Any]) -> list[Json]:
    """What the report says of each server that was found."""
    return [section["subject"] for section in report["sections"]
            if section["id"].endswith("/server")]


def places(report: dict[str, Any]) -> list[str]:
    """Transport and address of each, in the order of the report."""
    return [f"{server['transport']} {server['address']}" for server in servers_of(report)]


def finding(report: dict[str, Any], wanted: str) -> dict[str, Any]:
    """The first of that id."""
    found: dict[str, Any] = next(
        one for section in report["sections"] for one in section["findings"]
        if one["id"] == wanted)
    return found


def outcomes(report: dict[str, Any]) -> set[str]:
    """Every verdict that the report has."""
    return {one["verdict"] for section in report["sections"] for one in section["findings"]}


@pytest.mark.root
def test_naptr_and_srv_lead_to_every_server(host: Namespace, relays: None, run: Run) -> None:
    """RFC 5928 s3: order by NAPTR, then SRV by priority, every address of every target."""
    zone: Zone = {
        ("example.net", TYPE_NAPTR): (
            naptr(200, 10, "S", "RELAY:turn.udp", "_turn._udp.example.net"),
            naptr(100, 10, "", "RELAY:turn.tcp", "stream.example.net")),
        ("stream.example.net", TYPE_NAPTR): (
            naptr(100, 10, "A", "RELAY:turn.tcp", "a.example.net"),),
        ("_turn._udp.example.net", TYPE_SRV): (
            srv(20, 0, 3478, "a.example.net"), srv(10, 0, _PORT, "both.example.net")),
        ("both.example.net", TYPE_A): (address(_HERE), address(_THERE)),
        **_RELAY}
    with DnsServer(host, "127.0.0.53", zone):
        report, code, _ = run("turn:example.net")
    assert code == 0, report
    first, *udp, last = places(report)
    assert first == f"tcp {_HERE}:3478"
    assert set(udp) == {f"udp {_HERE}:{_PORT}", f"udp {_THERE}:{_PORT}"}
    assert last == f"udp {_HERE}:3478"
    assert outcomes(report) == {"pass"}
    assert finding(report, "server/discovery")["summary"] == (
        "DNS leads here by NAPTR example.net, NAPTR stream.example.net, addresses of "
        "a.example.net.")


@pytest.mark.root
def test_without_records_the_default_port_costs_nothing(host: Namespace, relays: None,
                                                        run: Run) -> None:
    """A name with an address alone is asked about once, and found at port 3478."""
    with DnsServer(host, "127.0.0.53", _RELAY) as dns:
        report, code, took_s = run("turn:a.example.net")
        asked = [question for question in dns.questions if question[1] != TYPE_AAAA]
    assert code == 0, report
    assert places(report) == [f"udp {_HERE}:3478"]
    assert servers_of(report)[0]["found_by"] == "addresses of a.example.net"
    assert sorted(asked) == [("_turn._tcp.a.example.net", TYPE_SRV),
                             ("_turn._udp.a.example.net", TYPE_SRV),
                             ("a.example.net", TYPE_A), ("a.example.net", TYPE_NAPTR)]
    # Far below the second after which a question is repeated.
    assert took_s < 0.9


@pytest.mark.root
def test_transport_in_the_uri_follows_its_srv(host: Namespace, relays: None, run: Run) -> None:
    """The third step of RFC 5928 s3, and a port in the URI that leaves SRV out."""
    zone: Zone = {("_turn._tcp.b.example.net", TYPE_SRV): (srv(0, 0, _PORT, "b.example.net"),),
                  **_RELAY}
    with DnsServer(host, "127.0.0.53", zone) as dns:
        report, code, _ = run("turn:b.example.net?transport=tcp", "turn:a.example.net:3478")
        assert ("a.example.net", TYPE_NAPTR) not in dns.questions
    assert code == 0, report
    assert places(report) == [f"tcp {_THERE}:{_PORT}", f"udp {_HERE}:3478"]


@pytest.mark.root
def test_name_server_that_is_silent_to_such_questions_is_said(host: Namespace, relays: None,
                                                              run: Run) -> None:
    """The wait is bounded, the default port is used, and the report leaves it open."""
    with DnsServer(host, "127.0.0.53", _RELAY, frozenset({TYPE_NAPTR, TYPE_SRV})):
        report, _, took_s = run("turn:a.example.net")
    assert places(report) == [f"udp {_HERE}:3478"]
    said = finding(report, "server/discovery")
    assert said["verdict"] == "inconclusive"
    assert "no answer about NAPTR a.example.net" in said["reason"]["sentence"]
    # RFC 5928 s3 asks for SRV next, and both have been asked for at once.
    assert took_s < 4.5


@pytest.mark.root
def test_records_that_lead_nowhere_are_a_finding(host: Namespace, relays: None, run: Run) -> None:
    """RFC 3958 s2.2.4: the next record is tried, and the first is a fault of the zone."""
    zone: Zone = {
        ("_turn._udp.example.net", TYPE_SRV): (
            srv(1, 0, _PORT, "gone.example.net"), srv(2, 0, _PORT, "a.example.net")), **_RELAY}
    with DnsServer(host, "127.0.0.53", zone):
        report, _, _ = run("turn:example.net?transport=udp")
    assert places(report) == [f"udp {_HERE}:{_PORT}"]
    said = finding(report, "server/discovery")
    assert said["verdict"] == "fail"
    assert "gone.example.net" in said["reason"]["sentence"]


@pytest.mark.root
def test_no_way_to_a_server_names_the_cause(host: Namespace, run: Run) -> None:
    """A service that is declared absent, and a name that does not exist: exit code 2."""
    zone: Zone = {("_turn._udp.example.net", TYPE_SRV): (srv(0, 0, 0, "."),), **_RELAY}
    with DnsServer(host, "127.0.0.53", zone):
        said, code, _ = run("turn:example.net?transport=udp")
        assert code == 2
        assert "SRV _turn._udp.example.net says that there is no such service" in said["error"]
        said, code, _ = run("turn:nobody.example.net")
        assert code == 2
        assert 'cannot resolve "nobody.example.net"' in said["error"]
