"""`ice-test turn` against Debian's coturn and the embedded server, on loopback."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from netns.certificates import Authority, self_signed
from netns.process import OwnedProcess
from netns.servers import serve_command, wait_for_file
from turn_servers import TurnServer, free_port, ice_servers

pytestmark = pytest.mark.skipif(
    "PORTOLAN_BUILD" not in os.environ and shutil.which("turnserver") is None,
    reason="turnserver is not installed")

GOLDEN = Path(__file__).parent / "golden" / "coturn-4.6.1.json"


def run_turn(ice_test: Path, tmp_path: Path, *options: str) -> tuple[int, dict[str, Any], str]:
    """Exit code, report, and what it said on stderr."""
    report = tmp_path / "report.json"
    report.unlink(missing_ok=True)
    done = subprocess.run(
        [str(ice_test), "turn", "--format", "json", "--output", str(report), *options],
        capture_output=True, text=True, timeout=120, check=False)
    return (done.returncode, json.loads(report.read_text()) if report.exists() else {},
            done.stderr)


def outcomes(report: dict[str, Any]) -> dict[str, str]:
    """By check; of several targets the last."""
    return {finding["id"]: finding["verdict"]
            for section in report["sections"] for finding in section["findings"]}


def sentence(report: dict[str, Any], check: str) -> str:
    """Why the verdict on it is no pass."""
    for section in report["sections"]:
        for finding in section["findings"]:
            if finding["id"] == check:
                return str(finding["reason"]["sentence"])
    raise AssertionError(f"no finding {check}")


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_coturn_differs_where_it_is_known_to(ice_test: Path, tmp_path: Path,
                                             transport: str) -> None:
    """The golden file holds every verdict on Debian's version."""
    with TurnServer(tmp_path / "coturn", ["allow-loopback-peers"]) as server:
        servers = ice_servers(tmp_path / "servers.json", [server.uri(transport)])
        started = time.monotonic()
        code, report, _ = run_turn(ice_test, tmp_path, "--ice-servers", str(servers))
        took_s = time.monotonic() - started
    assert code == 1
    found = outcomes(report)
    if os.environ.get("PORTOLAN_WRITE_GOLDEN"):
        written = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {}
        written[transport] = found
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(json.dumps(written, indent=1, sort_keys=True) + "\n")
    assert found == json.loads(GOLDEN.read_text())[transport]
    assert took_s < 60


def test_fast_set_takes_three_seconds(ice_test: Path, tmp_path: Path) -> None:
    """The best of five: the machine has other things to do."""
    took_s = []
    with TurnServer(tmp_path / "coturn", ["allow-loopback-peers"]) as server:
        servers = ice_servers(tmp_path / "servers.json", [server.uri()])
        for _ in range(5):
            started = time.monotonic()
            run_turn(ice_test, tmp_path, "--ice-servers", str(servers))
            took_s.append(time.monotonic() - started)
            if took_s[-1] <= 3:
                return
    pytest.fail(f"none of {took_s} is at most 3 s")


@pytest.mark.parametrize(("options", "verdict"), [(["user-quota=20"], "pass"), ([], "fail")])
def test_quota_of_coturn(ice_test: Path, tmp_path: Path, options: list[str], verdict: str) -> None:
    """486 beyond it (RFC 8656 s7.2), and none by default."""
    with TurnServer(tmp_path / "coturn", options) as server:
        servers = ice_servers(tmp_path / "servers.json", [server.uri()])
        _, report, _ = run_turn(ice_test, tmp_path, "--ice-servers", str(servers), "--only",
                                "rfc8656/7.2/quota", "--intrusive")
    assert outcomes(report)["rfc8656/7.2/quota"] == verdict


def test_second_user_and_secrets_stay_out_of_the_report(ice_test: Path, tmp_path: Path) -> None:
    """Nothing that a report holds gives a password away."""
    with TurnServer(tmp_path / "coturn", ["allow-loopback-peers"]) as server:
        servers = ice_servers(tmp_path / "servers.json", [server.uri()])
        _, report, _ = run_turn(ice_test, tmp_path, "--ice-servers", str(servers), "--only",
                                "rfc8656/5/foreign-user", "--verbose")
    assert outcomes(report)["rfc8656/5/foreign-user"] == "pass"
    text = json.dumps(report)
    assert "wonderland" not in text and "builder" not in text


def test_loopback_peers_are_refused_and_then_nothing_can_be_relayed(
        ice_test: Path, tmp_path: Path) -> None:
    """Without a peer the data checks do not apply; they do not fail."""
    with TurnServer(tmp_path / "coturn") as server:
        servers = ice_servers(tmp_path / "servers.json", [server.uri()])
        _, report, _ = run_turn(ice_test, tmp_path, "--ice-servers", str(servers), "--only",
                                "rfc8656/11.3/data-indication", "--only", "security/peer/loopback")
    found = outcomes(report)
    assert found["rfc8656/11.3/data-indication"] == "unsupported"
    assert found["security/peer/loopback"] == "pass"


def test_wrong_password_is_named(ice_test: Path, tmp_path: Path) -> None:
    """401 after a correct challenge; the checks that need an allocation are counted in one line."""
    with TurnServer(tmp_path / "coturn") as server:
        servers = ice_servers(tmp_path / "servers.json", [server.uri()], {"alice": "looking-glass"})
        code, report, _ = run_turn(ice_test, tmp_path, "--ice-servers", str(servers))
    assert code == 1
    assert "401" in sentence(report, "server/allocation")
    assert "rfc8656/7.2/allocate" not in outcomes(report)
    section = report["sections"][0]
    count = section["subject"]["not_run_count"]
    assert count > 50 and f"{count} checks could not be run" in section["headline"]
    assert outcomes(report)["rfc8489/12/binding-udp"] == "pass"


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_nobody_there_is_named(ice_test: Path, tmp_path: Path, transport: str) -> None:
    """A closed port is one failure with its cause, at once, and the report is written."""
    servers = ice_servers(tmp_path / "servers.json",
                          [f"turn:127.0.0.1:{free_port()}?transport={transport}"])
    started = time.monotonic()
    code, report, _ = run_turn(ice_test, tmp_path, "--ice-servers", str(servers))
    assert time.monotonic() - started < 3
    assert code == 1
    assert "refused" in sentence(report, "server/reachable").lower()
    assert outcomes(report) == {"server/reachable": "fail"}
    assert report["complete"] and report["sections"][0]["subject"]["not_run_count"] > 100


def test_silence_is_named_within_seconds(ice_test: Path, tmp_path: Path) -> None:
    """A port where somebody listens and says nothing: seven copies, and no half minute."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        servers = ice_servers(tmp_path / "servers.json",
                              [f"turn:127.0.0.1:{deaf.getsockname()[1]}"])
        started = time.monotonic()
        code, report, _ = run_turn(ice_test, tmp_path, "--ice-servers", str(servers))
    assert 4 < time.monotonic() - started < 10
    assert code == 1
    assert "7 copies" in sentence(report, "server/reachable")
    assert outcomes(report) == {"server/reachable": "fail"}


@pytest.mark.parametrize(("kind", "transport", "said", "limits"), [
    (socket.SOCK_STREAM, "tcp", "over tls: no answer to the TLS handshake within 5000 ms", (4, 9)),
    (socket.SOCK_DGRAM, "udp", "over dtls: no answer to the DTLS handshake within 5000 ms, twice "
     "from different ports", (9, 15))])
def test_silence_on_a_tls_port_takes_as_long_as_is_said(
        ice_test: Path, tmp_path: Path, kind: socket.SocketKind, transport: str, said: str,
        limits: tuple[float, float]) -> None:
    """TCP sends again what gets lost of TLS, so that one try says it; DTLS is tried twice."""
    with socket.socket(socket.AF_INET, kind) as deaf:
        deaf.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            deaf.listen(50)
        port = deaf.getsockname()[1]
        servers = ice_servers(tmp_path / "servers.json",
                              [f"turns:127.0.0.1:{port}?transport={transport}"])
        started = time.monotonic()
        code, report, _ = run_turn(ice_test, tmp_path, "--ice-servers", str(servers))
    assert limits[0] < time.monotonic() - started < limits[1]
    assert code == 1
    assert sentence(report, "server/reachable") == f"127.0.0.1:{port} {said}"


@pytest.mark.parametrize("is_there", [True, False])
def test_authorities_that_nobody_needs_are_named(ice_test: Path, tmp_path: Path,
                                                 is_there: bool) -> None:
    """--ca-file without a server over TLS: a file that is missing is wrong all the same."""
    authority = tmp_path / "ca.pem"
    if is_there:
        authority = Authority(tmp_path, "ca").file
    done = subprocess.run(
        [str(ice_test), "turn", "--url", f"turn:127.0.0.1:{free_port()}", "--ca-file",
         str(authority)], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == (1 if is_there else 2)
    assert ("--ca-file is not needed" in done.stderr) == is_there
    assert (str(authority) in done.stderr) != is_there


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_server_that_dies_in_the_middle_is_not_blamed_for_silence(
        ice_test: Path, tmp_path: Path, transport: str) -> None:
    """What the dead server does not answer is left open, within seconds; TCP is closed by its end."""
    with TurnServer(tmp_path / "coturn", ["allow-loopback-peers"]) as server:
        servers = ice_servers(tmp_path / "servers.json", [server.uri(transport)])
        report_file = tmp_path / "report.json"
        process = OwnedProcess(
            [str(ice_test), "turn", "--ice-servers", str(servers), "--format", "json", "--output",
             str(report_file), "--jobs", "1"], tmp_path / "log")
        with process:
            time.sleep(0.4)
            server.process.send(signal.SIGKILL)
            started = time.monotonic()
            process.wait(100)
    report = json.loads(report_file.read_text())
    verdicts = list(outcomes(report).values())
    assert verdicts.count("inconclusive") > 20, verdicts
    known = json.loads(GOLDEN.read_text())[transport]
    assert [check for check, verdict in outcomes(report).items()
            if verdict == "fail" and known.get(check) != "fail"
            # It looks for servers that are dead after what it sends.
            and check != "security/random-datagrams"] == []
    assert time.monotonic() - started < 90


def test_time_limited_credentials_are_made_from_the_secret(ice_test: Path, tmp_path: Path) -> None:
    """Valid, expired, wrong and everlasting ones."""
    secret = tmp_path / "secret"
    secret.write_text("north\n")
    with TurnServer(tmp_path / "coturn", ["use-auth-secret", "static-auth-secret=north"],
                    with_users=False) as server:
        code, report, _ = run_turn(ice_test, tmp_path, "--url", server.uri(),
                                   "--turn-secret-file", str(secret), "--only", "security/rest")
    found = outcomes(report)
    assert found["server/allocation"] == "pass"
    assert found["security/rest/expired"] == "pass"
    assert found["security/rest/ttl"] == "fail"
    assert code == 0, "a time limit is of medium severity, and nothing else fails"
    assert "north" not in json.dumps(report)


@pytest.mark.parametrize("flaw", ["none", "expired", "unknown-issuer", "self-signed",
                                  "wrong-name"])
@pytest.mark.parametrize("transport", ["tls", "dtls"])
def test_certificates_are_verified(ice_test: Path, tmp_path: Path, flaw: str,
                                   transport: str) -> None:
    """A server that is not who it says it is is not reachable, and the report says why."""
    authority = Authority(tmp_path, "authority")
    other = Authority(tmp_path, "other")
    issuer = other if flaw == "unknown-issuer" else authority
    subject = "IP:192.0.2.1" if flaw == "wrong-name" else "IP:127.0.0.1"
    if flaw == "self-signed":
        identity = self_signed(tmp_path, subject)
    else:
        identity = issuer.issue(subject, days=-1 if flaw == "expired" else 1)
    with TurnServer(tmp_path / "coturn",
                    [f"cert={identity.certificate}", f"pkey={identity.key}"],
                    tls_port=free_port()) as server:
        servers = ice_servers(tmp_path / "servers.json", [server.uri(transport)])
        code, report, _ = run_turn(ice_test, tmp_path, "--ice-servers", str(servers), "--ca-file",
                                   str(authority.file), "--only", "tls", "--only",
                                   "rfc8656/7.2/allocate")
    found = outcomes(report)
    if flaw == "none":
        assert found["server/reachable"] == "pass"
        assert found["rfc8656/7.2/allocate"] == "pass"
        if transport == "tls":
            assert found["tls/plaintext"] == "fail", "coturn tells TLS from plaintext by itself"
    else:
        assert code == 1
        word, remedy = {"expired": ("expired", "renew the certificate"),
                        "unknown-issuer": ("issuer is unknown", "its authority with --ca-file"),
                        "self-signed": ("It is self-signed", "from an authority"),
                        "wrong-name": ("name", "for the host that the URI names")}[flaw]
        assert word in sentence(report, "server/reachable")
        assert word in sentence(report, "tls/certificate")
        (advice,) = next(finding["advice"] for finding in report["sections"][0]["findings"]
                         if finding["id"] == "server/reachable")
        assert remedy in advice
        assert ("--ca-file" in advice) == (flaw in ("unknown-issuer", "self-signed"))


def test_selection_of_nothing_is_an_error(ice_test: Path, tmp_path: Path) -> None:
    """Exit code 2, before anything is sent."""
    servers = ice_servers(tmp_path / "servers.json", ["turn:127.0.0.1:9"])
    for options in (("--only", "rfc9999"), ("--only", "rfc8656/7.2/quota"),
                    ("--only", "rfc8489/14.14", "--level", "must")):
        code, report, stderr = run_turn(ice_test, tmp_path, "--ice-servers", str(servers), *options)
        assert code == 2 and not report and "error" in stderr


def test_interrupted_run_writes_what_it_knows(ice_test: Path, tmp_path: Path) -> None:
    """SIGTERM in the middle: a report that says that it is cut off; exit code 1 where it had already
    found a failure, 3 where it had not."""
    with TurnServer(tmp_path / "coturn") as server:
        servers = ice_servers(tmp_path / "servers.json", [server.uri(), server.uri("tcp")])
        report = tmp_path / "report.json"
        process = OwnedProcess([str(ice_test), "turn", "--ice-servers", str(servers), "--format",
                                "json", "--output", str(report)], tmp_path / "log")
        time.sleep(0.3)
        process.send(signal.SIGTERM)
        code = process.wait(10)
    written = json.loads(report.read_text())
    found = any(verdict == "fail" for verdict in outcomes(written).values())
    assert (code, written["complete"]) == (1 if found else 3, False)


def test_embedded_server_is_sound(ice_test: Path, tmp_path: Path,
                                  monkeypatch: pytest.MonkeyPatch) -> None:
    """`ice-test turn` finds no failure of a MUST in `ice-test serve --turn`, and exits with 0."""
    monkeypatch.setenv("PORTOLAN_TURN_PASSWORD", "wonderland")
    ready = tmp_path / "ready"
    with OwnedProcess(serve_command(ice_test, ["127.0.0.1"], 0, 0, ready,
                                    ["--turn", "--user", "alice", "--user", "bob",
                                     "--show-credentials"]), tmp_path / "log") as server:
        wait_for_file(ready, server)
        code, report, _ = run_turn(ice_test, tmp_path, "--ice-servers", str(ready), "--only",
                                   "rfc8656", "--only", "rfc8489", "--fail-on", "must")
    failed = [check for check, outcome in outcomes(report).items() if outcome == "fail"]
    assert (code, failed) == (0, [])


LIFETIMES = ("--only", "rfc8656/9/permission-lifetime", "--only", "rfc8656/12/channel-lifetime",
             "--only", "rfc8656/5/nonce-lifetime", "--only", "rfc8489/9.2.4/nonce-stale",
             "--permission-lifetime", "4s", "--channel-lifetime", "8s", "--nonce-lifetime", "2s")


def test_coturn_with_short_lifetimes(ice_test: Path, tmp_path: Path) -> None:
    """Nonces, permissions and channels end when coturn was told, and what is sent changes nothing."""
    with TurnServer(tmp_path / "coturn",
                    ["allow-loopback-peers", "stale-nonce=2", "permission-lifetime=4",
                     "channel-lifetime=8"]) as server:
        servers = ice_servers(tmp_path / "servers.json", [server.uri()])
        code, report, _ = run_turn(ice_test, tmp_path, "--ice-servers", str(servers), *LIFETIMES)
    found = outcomes(report)
    assert {check: verdict for check, verdict in found.items() if verdict != "pass"} == {}
    assert len([check for check in found if check.startswith("rfc")]) == 4 and code == 0


def test_lifetimes_that_do_not_end_are_noticed(ice_test: Path, tmp_path: Path) -> None:
    """The same against a coturn with the standard ones: 300 s, 600 s, and nonces for ever."""
    with TurnServer(tmp_path / "coturn", ["allow-loopback-peers"]) as server:
        servers = ice_servers(tmp_path / "servers.json", [server.uri()])
        code, report, _ = run_turn(ice_test, tmp_path, "--ice-servers", str(servers), *LIFETIMES)
    found = outcomes(report)
    assert code == 1
    assert [found[check] for check in LIFETIMES[1:8:2]] == ["fail", "fail", "fail", "unsupported"]


def embedded(ice_test: Path, directory: Path, *options: str) -> OwnedProcess:
    """`ice-test serve --turn` with the users alice and bob; its ready file is in the directory."""
    directory.mkdir()
    server = OwnedProcess(
        serve_command(ice_test, ["127.0.0.1"], 0, 0, directory / "ready",
                      ["--turn", "--user", "alice", "--user", "bob", "--show-credentials", *options]),
        directory / "log")
    wait_for_file(directory / "ready", server)
    return server


def address_of(directory: Path) -> str:
    """Where such a server answers."""
    servers = json.loads((directory / "ready").read_text())["iceServers"]
    return str(servers[-1]["urls"][0]).removeprefix("turn:").split("?")[0]


def test_redirection_is_followed_and_named(ice_test: Path, tmp_path: Path,
                                           monkeypatch: pytest.MonkeyPatch) -> None:
    """Error 300 leads to the server that is tested, with the same credentials (RFC 8489 s10)."""
    monkeypatch.setenv("PORTOLAN_TURN_PASSWORD", "wonderland")
    there, here = tmp_path / "there", tmp_path / "here"
    with embedded(ice_test, there) as _, \
            embedded(ice_test, here, "--alternate-server", address_of(there)) as _:
        code, report, _ = run_turn(ice_test, tmp_path, "--ice-servers", str(here / "ready"),
                                   "--only", "rfc8656/7.2/allocate",
                                   "--only", "rfc8489/10/alternate-server")
        assert code == 0
        subject = report["sections"][0]["subject"]
        assert subject["redirected_by"] == [address_of(here)]
        assert subject["address"] == address_of(there)
    assert set(outcomes(report).values()) == {"pass"}
    assert "It redirects" in json.dumps(report)


def test_redirection_in_circles_ends(ice_test: Path, tmp_path: Path,
                                     monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that redirects to itself is not asked for ever, and the report says so."""
    monkeypatch.setenv("PORTOLAN_TURN_PASSWORD", "wonderland")
    with embedded(ice_test, tmp_path / "here", "--fault", "turn-alternate-loop") as _:
        code, report, _ = run_turn(ice_test, tmp_path, "--ice-servers",
                                   str(tmp_path / "here" / "ready"))
    assert code == 1
    assert "which is itself" in sentence(report, "server/reachable")


def test_reservations_are_given_back(ice_test: Path, tmp_path: Path,
                                     monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight pairs of ports of ten, which are there again for whoever comes next."""
    monkeypatch.setenv("PORTOLAN_TURN_PASSWORD", "wonderland")
    with embedded(ice_test, tmp_path / "here", "--relay-ports", "61000-61019") as _:
        for _ in range(3):
            _, report, _ = run_turn(ice_test, tmp_path, "--ice-servers",
                                    str(tmp_path / "here" / "ready"), "--only", "security/entropy")
            assert outcomes(report)["security/entropy"] == "pass", sentence(report,
                                                                            "security/entropy")


@pytest.fixture
def embedded_password(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all users of the embedded server."""
    monkeypatch.setenv("PORTOLAN_TURN_PASSWORD", "wonderland")


def embedded_report(ice_test: Path, tmp_path: Path, addresses: list[str],
                    *options: str) -> dict[str, Any]:
    """Of the suite against such a server, over UDP."""
    ready = tmp_path / "ready"
    with OwnedProcess(serve_command(ice_test, addresses, 0, 0, ready,
                                    ["--turn", "--user", "alice", "--user", "bob",
                                     "--show-credentials", *options]), tmp_path / "log") as server:
        wait_for_file(ready, server)
        entries = json.loads(ready.read_text())["iceServers"]
        uri = next(url for entry in entries for url in entry["urls"]
                   if url.startswith("turn:") and url.endswith("udp"))
        servers = ice_servers(tmp_path / "servers.json", [uri],
                              {"alice": "wonderland", "bob": "wonderland"})
        _, report, _ = run_turn(ice_test, tmp_path, "--ice-servers", str(servers))
    return report


def test_server_without_authentication_is_an_open_relay_and_its_peers_are_judged(
        ice_test: Path, tmp_path: Path) -> None:
    """Nothing is refused that was never asked, and what needs a challenge does not apply."""
    options = ["no-auth", "allow-loopback-peers"]
    with TurnServer(tmp_path / "coturn", options, with_users=False) as server:
        servers = ice_servers(tmp_path / "servers.json", [server.uri()])
        code, report, _ = run_turn(ice_test, tmp_path, "--ice-servers", str(servers))
    found = outcomes(report)
    assert code == 1
    assert found["security/open-relay"] == "fail"
    for check in ("loopback", "link-local", "private"):
        assert found[f"security/peer/{check}"] == "fail", check
    assert found["rfc8489/9.2.4/wrong-password"] == "unsupported"
    assert found["rfc8656/11.3/data-indication"] == "pass"
    golden = json.loads(GOLDEN.read_text())["udp"]
    assert {check for check, verdict in found.items() if verdict == "fail"
            and golden.get(check) != "fail" and not check.startswith("security/")} == set()


@pytest.mark.parametrize("options", [["user-quota=3"], ["min-port=50000", "max-port=50003"]],
                         ids=["quota", "ports"])
def test_server_without_room_violates_nothing_by_that(ice_test: Path, tmp_path: Path,
                                                      options: list[str]) -> None:
    """RFC 8656 s7.2: 486 at any point; what a server with room would say stays open."""
    with TurnServer(tmp_path / "coturn", ["allow-loopback-peers", *options]) as server:
        servers = ice_servers(tmp_path / "servers.json", [server.uri()])
        _, report, _ = run_turn(ice_test, tmp_path, "--ice-servers", str(servers), "--only",
                                "rfc8656/7.2", "--only", "rfc8489/9.2.4")
    golden = json.loads(GOLDEN.read_text())["udp"]
    worse = {check: sentence(report, check) for check, verdict in outcomes(report).items()
             if verdict == "fail" and golden.get(check) != "fail"}
    assert not worse, worse


@pytest.mark.usefixtures("embedded_password")
def test_peers_of_the_other_family_than_the_relay_are_no_violation(
        ice_test: Path, tmp_path: Path) -> None:
    """A client over IPv6 whose relays are on IPv4: 443 is right (RFC 8656 s10.2, s12.2)."""
    report = embedded_report(ice_test, tmp_path, ["::1"], "--relay-address", "127.0.0.1")
    assert {check for check, verdict in outcomes(report).items() if verdict == "fail"
            and not check.startswith("security/")} == set()
    assert outcomes(report)["rfc8656/12.2/channel-range"] == "unsupported"


@pytest.mark.usefixtures("embedded_password")
@pytest.mark.parametrize("fault", ["turn-relayed-private", "turn-relayed-wrong-port"])
def test_relay_elsewhere_is_one_finding(ice_test: Path, tmp_path: Path, fault: str) -> None:
    """Where relays are not at the address that the server tells, nothing else is blamed for it."""
    report = embedded_report(ice_test, tmp_path, ["127.0.0.1"], "--fault", fault)
    found = outcomes(report)
    assert found["rfc8656/11.3/data-indication"] == "fail"
    assert found["rfc8656/12.7/channel-data"] == "inconclusive"
    assert {check for check, verdict in found.items()
            if verdict == "fail" and not check.startswith("security/")
            } <= {"rfc8656/11.3/data-indication", "rfc8656/7.2/even-port",
                  "rfc8656/7.2/even-port-reserve"}, found


@pytest.mark.usefixtures("embedded_password")
def test_relay_of_another_family_than_asked_for_is_a_finding(ice_test: Path,
                                                             tmp_path: Path) -> None:
    """And refusals of peers of a family that the relay is not of show no policy."""
    report = embedded_report(ice_test, tmp_path, ["127.0.0.1"], "--fault", "turn-ignores-family")
    found = outcomes(report)
    assert found["rfc8656/7.2/family-requested"] == "fail"
    assert found["security/peer/ipv6-local"] == "inconclusive"


@pytest.mark.parametrize("command", ["turn", "ice"])
def test_name_without_an_address_leaves_the_others(ice_test: Path, tmp_path: Path,
                                                   command: str) -> None:
    """It fails by itself; alone it is an error."""
    with TurnServer(tmp_path / "coturn", ["allow-loopback-peers"]) as server:
        both = ice_servers(tmp_path / "both.json", ["turn:nobody.invalid:3478", server.uri()])
        alone = ice_servers(tmp_path / "alone.json", ["turn:nobody.invalid:3478"])
        only = "rfc8656/7.2/allocate" if command == "turn" else "ice/gathering"
        codes = []
        for servers in (both, alone):
            written = tmp_path / f"{servers.stem}-report.json"
            done = subprocess.run(
                [str(ice_test), command, "--ice-servers", str(servers), "--only", only, "--format",
                 "json", "--output", str(written)], capture_output=True, text=True, timeout=60,
                check=False)
            codes.append(done.returncode)
    assert codes == [1, 2]
    report = json.loads((tmp_path / "both-report.json").read_text())
    findings = [finding for section in report["sections"] for finding in section["findings"]]
    assert (only, "pass") in {(finding["id"], finding["verdict"]) for finding in findings}
    assert any("nobody.invalid" in finding["reason"]["sentence"] for finding in findings
               if finding["id"] == "server/reachable" and finding["verdict"] == "fail")
