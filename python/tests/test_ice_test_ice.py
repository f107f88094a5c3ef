"""`ice-test ice` against Debian's coturn and the embedded server, on loopback."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
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

Findings = dict[str, dict[str, Any]]


def run_ice(ice_test: Path, tmp_path: Path, *options: str) -> tuple[int, Findings, dict[str, Any]]:
    """Exit code, findings by id (of several servers the last), and the report."""
    output = tmp_path / "ice.json"
    output.unlink(missing_ok=True)
    done = subprocess.run(
        [str(ice_test), "ice", "--format", "json", "--output", str(output), *options],
        capture_output=True, text=True, timeout=180, check=False)
    assert output.exists() or done.returncode == 2, done.stderr
    report = json.loads(output.read_text()) if output.exists() else {"sections": []}
    return (done.returncode,
            {finding["id"]: finding for section in report["sections"]
             for finding in section["findings"]}, report)


def why(finding: dict[str, Any]) -> str:
    """The sentence behind its verdict."""
    return str(finding["reason"]["sentence"])


def test_every_transport_of_coturn_carries_calls(ice_test: Path, tmp_path: Path) -> None:
    """UDP, TCP, TLS and DTLS, and a second server; TLS is TLS, with a certificate that is verified."""
    authority = Authority(tmp_path, "authority")
    identity = authority.issue("IP:127.0.0.1")
    with TurnServer(tmp_path / "one", ["allow-loopback-peers", f"cert={identity.certificate}",
                                       f"pkey={identity.key}"], tls_port=free_port()) as server, \
            TurnServer(tmp_path / "two", ["allow-loopback-peers"]) as other:
        servers = ice_servers(
            tmp_path / "servers.json",
            [*(server.uri(transport) for transport in ("udp", "tcp", "tls", "dtls")),
             other.uri()], {"alice": "wonderland"})
        code, _, report = run_ice(ice_test, tmp_path, "--ice-servers", str(servers), "--ca-file",
                                  str(authority.file))
    failed = [(section["id"], finding["id"], finding.get("reason")) for section in report["sections"]
              for finding in section["findings"] if finding["verdict"] != "pass"]
    assert (code, failed) == (0, [])
    security = {section["id"]: finding["data"]["offerer"].get("security", "")
                for section in report["sections"] for finding in section["findings"]
                if finding["id"] == "ice/relay-to-relay"}
    assert security["3-tls/ice"].startswith("TLS1.") and security["4-dtls/ice"].startswith("DTLS1.")
    assert security["1-udp/ice"] == ""
    assert "wonderland" not in json.dumps(report)


def test_relay_to_relay_is_ready_in_a_tenth_of_a_second(ice_test: Path, tmp_path: Path) -> None:
    """The best of five: the machine has other things to do."""
    with TurnServer(tmp_path / "coturn", ["allow-loopback-peers"]) as server:
        servers = ice_servers(tmp_path / "servers.json", [server.uri()], {"alice": "wonderland"})
        ready_ms = []
        for _ in range(5):
            code, found, _ = run_ice(ice_test, tmp_path, "--ice-servers", str(servers), "--only",
                                     "ice/relay-to-relay")
            assert code == 0
            ready_ms.append(found["ice/relay-to-relay"]["data"]["ready_ms"])
    assert min(ready_ms) <= 100, ready_ms


def test_denied_loopback_peers_are_named_by_our_own_client(ice_test: Path, tmp_path: Path) -> None:
    """coturn forbids its own relays as peers: 403 and the peer, by libnice and by our client."""
    with TurnServer(tmp_path / "coturn") as server:
        servers = ice_servers(tmp_path / "servers.json", [server.uri()], {"alice": "wonderland"})
        code, found, _ = run_ice(ice_test, tmp_path, "--ice-servers", str(servers), "--only",
                                 "ice/relay-to-relay")
    finding = found["ice/relay-to-relay"]
    assert code == 1 and finding["verdict"] == "fail"
    assert "Our own TURN client may not send to the other relay" in why(finding)
    assert "CreatePermission for 127.0.0.1 got error 403" in why(finding)
    assert any(evidence.endswith("/own-client") for evidence in finding["evidence_ids"])


@pytest.mark.parametrize(("flaw", "says"), [
    ("password", "401"), ("nobody", "refused"), ("quota", "486")])
def test_what_decides_before_any_call_is_said_once(ice_test: Path, tmp_path: Path, flaw: str,
                                                   says: str) -> None:
    """One finding with its cause; the scenarios are counted."""
    options = ["allow-loopback-peers"] + (["user-quota=1"] if flaw == "quota" else [])
    with TurnServer(tmp_path / "coturn", options) as server:
        password = "looking-glass" if flaw == "password" else "wonderland"
        uri = f"turn:127.0.0.1:{free_port()}" if flaw == "nobody" else server.uri()
        servers = ice_servers(tmp_path / "servers.json", [uri], {"alice": password})
        if flaw == "quota":
            # One allocation is there, two are needed.
            code, found, _ = run_ice(ice_test, tmp_path, "--ice-servers", str(servers), "--only",
                                     "ice/relay-to-relay")
            assert code == 1 and says in why(found["ice/relay-to-relay"])
            return
        code, found, report = run_ice(ice_test, tmp_path, "--ice-servers", str(servers), "--only",
                                      "ice/relay-to-relay", "--only", "ice/trickle")
    assert code == 1
    failed = [finding for finding in found.values() if finding["verdict"] == "fail"]
    assert len(failed) == 1 and says in why(failed[0]).lower()
    assert report["sections"][0]["subject"]["not_run_count"] == 2


@pytest.mark.parametrize("flaw", ["expired", "self-signed", "wrong-name", "plaintext"])
def test_bridge_does_not_believe_a_wrong_server(ice_test: Path, tmp_path: Path, flaw: str) -> None:
    """No call is made over TLS with a server that is not who it says it is, or has no TLS."""
    authority = Authority(tmp_path, "authority")
    issuer = Authority(tmp_path, "other") if flaw == "self-signed" else authority
    subject = "IP:192.0.2.1" if flaw == "wrong-name" else "IP:127.0.0.1"
    identity = issuer.issue(subject, days=-1) if flaw == "expired" else issuer.issue(subject)
    options = ["allow-loopback-peers", f"cert={identity.certificate}", f"pkey={identity.key}"]
    with TurnServer(tmp_path / "coturn", options,
                    tls_port=None if flaw == "plaintext" else free_port()) as server:
        uri = (f"turns:127.0.0.1:{server.port}?transport=tcp" if flaw == "plaintext"
               else server.uri("tls"))
        servers = ice_servers(tmp_path / "servers.json", [uri], {"alice": "wonderland"})
        code, found, _ = run_ice(ice_test, tmp_path, "--ice-servers", str(servers), "--ca-file",
                                 str(authority.file), "--only", "ice/relay-to-relay")
    words = {"expired": "expired", "self-signed": "issuer is unknown", "wrong-name": "name",
             "plaintext": "tls"}
    assert code == 1 and "ice/relay-to-relay" not in found
    assert words[flaw] in why(found["server/reachable"])


@pytest.mark.slow
def test_audio_and_loss_of_consent_through_coturn(ice_test: Path, tmp_path: Path) -> None:
    """The class that waits."""
    with TurnServer(tmp_path / "coturn", ["allow-loopback-peers"]) as server:
        servers = ice_servers(tmp_path / "servers.json", [server.uri(), server.uri("tcp")],
                              {"alice": "wonderland"})
        code, found, _ = run_ice(ice_test, tmp_path, "--ice-servers", str(servers), "--class",
                                 "wait")
    assert code == 0
    assert found["ice/media"]["data"]["quality"]["to_answerer"]["mos"] > 4
    assert 4_000 < found["ice/consent-loss"]["data"]["consent_lost_after_ms"] < 31_000


@pytest.mark.slow
def test_hold_lives_through_nonces_that_go_stale(ice_test: Path, tmp_path: Path) -> None:
    """coturn's nonces are good for 3 s: the call goes on, and 438 is no refusal."""
    with TurnServer(tmp_path / "coturn", ["allow-loopback-peers", "stale-nonce=3"]) as server:
        servers = ice_servers(tmp_path / "servers.json", [server.uri()], {"alice": "wonderland"})
        code, found, _ = run_ice(ice_test, tmp_path, "--ice-servers", str(servers), "--only",
                                 "ice/hold", "--hold", "10s")
    assert code == 0, found["ice/hold"]


@pytest.mark.slow
def test_hold_names_permissions_that_end_early(ice_test: Path, tmp_path: Path) -> None:
    """A permission of 4 s instead of RFC 8656's 300 s, and libnice refreshes after 240 s."""
    with TurnServer(tmp_path / "coturn", ["allow-loopback-peers", "permission-lifetime=4",
                                          "channel-lifetime=4"]) as server:
        servers = ice_servers(tmp_path / "servers.json", [server.uri()], {"alice": "wonderland"})
        code, found, _ = run_ice(ice_test, tmp_path, "--ice-servers", str(servers), "--only",
                                 "ice/hold", "--hold", "60s")
    assert code == 1
    assert "Nothing came back any more" in why(found["ice/hold"])
    assert "the permission has ended" in why(found["ice/hold"])


@pytest.mark.slow
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_server_that_stops_in_the_middle_of_a_call(ice_test: Path, tmp_path: Path,
                                                   transport: str) -> None:
    """Killed while a call is held: over TCP its connections close, over UDP it falls silent."""
    with TurnServer(tmp_path / "coturn", ["allow-loopback-peers"]) as server:
        servers = ice_servers(tmp_path / "servers.json", [server.uri(transport)],
                              {"alice": "wonderland"})
        output = tmp_path / "report.json"
        with OwnedProcess([str(ice_test), "ice", "--ice-servers", str(servers), "--format", "json",
                           "--output", str(output), "--only", "ice/hold", "--hold", "60s"],
                          tmp_path / "log") as process:
            time.sleep(2.5)
            server.process.send(signal.SIGKILL)
            assert process.wait(60) == 1, process.output()
    finding = next(finding for section in json.loads(output.read_text())["sections"]
                   for finding in section["findings"] if finding["id"] == "ice/hold")
    assert "Nothing came back any more" in why(finding)
    assert "Our own TURN client" in why(finding)
    if transport == "tcp":
        assert "closed" in why(finding) or "reset" in why(finding)


def test_interrupted_run_writes_what_it_knows(ice_test: Path, tmp_path: Path) -> None:
    """SIGTERM in the middle of a long call: what is done is in the report."""
    with TurnServer(tmp_path / "coturn", ["allow-loopback-peers"]) as server:
        servers = ice_servers(tmp_path / "servers.json", [server.uri()], {"alice": "wonderland"})
        output = tmp_path / "report.json"
        with OwnedProcess([str(ice_test), "ice", "--ice-servers", str(servers), "--format", "json",
                           "--output", str(output), "--only", "ice/trickle", "--only", "ice/hold"],
                          tmp_path / "log") as process:
            time.sleep(2.5)
            process.send(signal.SIGTERM)
            assert process.wait(10) == 3, process.output()
    report = json.loads(output.read_text())
    found = {finding["id"]: finding for section in report["sections"]
             for finding in section["findings"]}
    assert not report["complete"]
    assert found["ice/trickle"]["verdict"] == "pass"
    assert found["ice/hold"]["verdict"] == "not_tested"


def ports_in_use(first: int, last: int) -> set[int]:
    """UDP ports over IPv4 that somebody has on this host."""
    lines = Path("/proc/net/udp").read_text().splitlines()[1:]
    ports = {int(line.split()[1].partition(":")[2], 16) for line in lines}
    return {port for port in ports if first <= port <= last}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_interrupted_run_leaves_no_allocation(ice_test: Path, tmp_path: Path, transport: str,
                                              number: signal.Signals,
                                              monkeypatch: pytest.MonkeyPatch) -> None:
    """The agents of the call under way give their relays back before the program ends."""
    monkeypatch.setenv("PORTOLAN_TURN_PASSWORD", "wonderland")
    ready, relays = tmp_path / "ready", (41100, 41999)
    with OwnedProcess(serve_command(ice_test, ["127.0.0.1"], 0, 0, ready,
                                    ["--turn", "--user", "alice", "--show-credentials",
                                     "--relay-ports", f"{relays[0]}-{relays[1]}"]),
                      tmp_path / "server.log") as server:
        wait_for_file(ready, server)
        known = next(entry for entry in json.loads(ready.read_text())["iceServers"]
                     if "username" in entry)
        uri = next(url for url in known["urls"] if url.endswith(f"transport={transport}"))
        servers = ice_servers(tmp_path / "servers.json", [uri],
                              {known["username"]: known["credential"]})
        before = ports_in_use(*relays)
        with OwnedProcess([str(ice_test), "ice", "--ice-servers", str(servers), "--only",
                           "ice/hold"], tmp_path / "log") as process:
            deadline = time.monotonic() + 10
            while len(ports_in_use(*relays) - before) < 2 and time.monotonic() < deadline:
                time.sleep(0.02)
            time.sleep(0.5)
            assert len(ports_in_use(*relays) - before) >= 2
            started = time.monotonic()
            process.send(number)
            assert process.wait(10) == 3, process.output()
            took_s = time.monotonic() - started
        time.sleep(0.1)
        assert ports_in_use(*relays) - before == set()
    assert took_s < 2


def test_list_explain_and_selection(ice_test: Path, tmp_path: Path) -> None:
    """--list knows the scenarios and the budget, and no check of the conformance suite."""
    def text(*options: str) -> str:
        return subprocess.run([str(ice_test), "ice", *options], capture_output=True, text=True,
                              timeout=20, check=True).stdout
    listed = text("--list")
    assert "ice/relay-to-relay" in listed and "budget/ice-ready" in listed
    assert "rfc8656/7.2" not in listed
    assert "USE-CANDIDATE" in text("--explain", "ice/regular-nomination")
    servers = ice_servers(tmp_path / "servers.json", ["turn:127.0.0.1:9"])
    for options in (("--only", "ice/nothing"), ("--only", "ice/h", "--class", "wait")):
        code, _, _ = run_ice(ice_test, tmp_path, "--ice-servers", str(servers), *options)
        assert code == 2


@pytest.mark.parametrize(("fault", "scenario", "words"), [
    ("turn-duplicates-data", "ice/echo", "more than once"),
    ("turn-zero-lifetime", "ice/gathering", "LIFETIME of 0")])
def test_what_a_server_does_wrong_is_found_and_survived(
        ice_test: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str, scenario: str,
        words: str) -> None:
    """libnice does not survive an allocation that is over when it begins: it is kept from one."""
    monkeypatch.setenv("PORTOLAN_TURN_PASSWORD", "wonderland")
    ready = tmp_path / "ready"
    with OwnedProcess(serve_command(ice_test, ["127.0.0.1"], 0, 0, ready,
                                    ["--turn", "--user", "alice", "--show-credentials", "--fault",
                                     fault]), tmp_path / "log") as server:
        wait_for_file(ready, server)
        code, found, _ = run_ice(ice_test, tmp_path, "--ice-servers", str(ready), "--only",
                                 scenario)
    assert code == 1
    assert found[scenario]["verdict"] == "fail" and words in why(found[scenario])
