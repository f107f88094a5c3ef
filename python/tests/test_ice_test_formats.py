"""What `ice-test turn` leaves behind: SARIF and JUnit files, signals, budgets, secrets, causes."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from binaries import REPOSITORY
from netns.certificates import Authority
from netns.process import OwnedProcess
from netns.servers import serve_command, wait_for_file
from turn_servers import free_port

Json = dict[str, Any]

JUNIT = REPOSITORY / "reports" / "render" / "tests" / "junit.xsd"


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all users of the embedded server."""
    monkeypatch.setenv("PORTOLAN_TURN_PASSWORD", "wonderland")


@contextmanager
def embedded(ice_test: Path, directory: Path, *options: str) -> Iterator[str]:
    """The URI of `ice-test serve --turn` over UDP."""
    ready = directory / "ready"
    ready.unlink(missing_ok=True)
    with OwnedProcess(serve_command(ice_test, ["127.0.0.1"], 0, 0, ready,
                                    ["--turn", "--user", "alice", "--show-credentials", *options]),
                      directory / "server.log") as server:
        wait_for_file(ready, server)
        entries = json.loads(ready.read_text())["iceServers"]
        yield next(url for entry in entries for url in entry["urls"]
                   if url.startswith("turn:") and url.endswith("udp"))


def servers_file(directory: Path, uri: str, username: str = "alice",
                 credential: str = "wonderland") -> Path:
    """With the URI on its fifth line."""
    path = directory / "servers.json"
    path.write_text(json.dumps({"iceServers": [
        {"urls": ["stun:192.0.2.1", uri], "username": username, "credential": credential}]},
        indent=1))
    assert uri in path.read_text().splitlines()[5]
    return path


def run(ice_test: Path, directory: Path, *options: str, command: str = "turn",
        form: str = "json") -> tuple[int, str, str]:
    """Exit code, what was written, and stderr."""
    output = directory / "output"
    output.unlink(missing_ok=True)
    done = subprocess.run([str(ice_test), command, "--format", form, "--output", str(output),
                           *options], capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, output.read_text() if output.exists() else "", done.stderr


def findings(text: str) -> dict[str, Json]:
    """By id; of several targets the last."""
    return {finding["id"]: finding for section in json.loads(text)["sections"]
            for finding in section["findings"]}


def places(sarif: str) -> set[tuple[str, int]]:
    """Where the results are; each has to be somewhere."""
    results = json.loads(sarif)["runs"][0]["results"]
    assert results
    where = [result["locations"][0]["physicalLocation"] for result in results]
    return {(place["artifactLocation"]["uri"], place["region"]["startLine"]) for place in where}


def test_sarif_results_are_where_the_server_is_named(ice_test: Path, tmp_path: Path) -> None:
    """GitHub's code scanning refuses results without a physical location."""
    only = ("--only", "rfc8656/7.2/quota", "--only", "rfc8656/8.2/delete", "--intrusive")
    with embedded(ice_test, tmp_path, "--bug", "rfc8656/8.2/delete") as uri:
        servers = servers_file(tmp_path, uri)
        code, text, _ = run(ice_test, tmp_path, "--ice-servers", str(servers), *only, form="sarif")
        by_flag = run(ice_test, tmp_path, "--url", uri, form="sarif")[1]
    assert code == 1
    assert places(text) == {(str(servers), 6)}
    assert places(by_flag) == {("command-line", 1)}


# A failure, a pass, what does not apply, a place with odd characters, nobody there, another command.
RUNS = {
    "bug": ("turn", "--only", "rfc8656/8.2"),
    "security": ("turn", "--only", "security/peer"),
    "odd": ("turn", "--only", "rfc8656/7.2/allocate"),
    "nobody": ("turn",),
    "calls": ("ice", "--only", "ice/gathering", "--only", "ice/relay-to-relay"),
}


def validated_run(ice_test: Path, tmp_path: Path, kind: str, form: str) -> str:
    """What is written of such a run."""
    command, *options = RUNS[kind]
    folder = tmp_path / "ö %& <b>" if kind == "odd" else tmp_path
    folder.mkdir(exist_ok=True)
    with embedded(ice_test, tmp_path, "--bug", "rfc8656/8.2/delete") as uri:
        there = "turn:127.0.0.1:1?transport=tcp" if kind == "nobody" else uri
        servers = servers_file(folder, there)
        _, text, stderr = run(ice_test, tmp_path, "--ice-servers", str(servers), *options,
                              command=command, form=form)
    assert stderr == ""
    return text


@pytest.mark.parametrize("kind", RUNS)
def test_sarif_is_valid_by_its_schema(ice_test: Path, tmp_path: Path, sarif_schema: Json,
                                      kind: str) -> None:
    """Of the standard, and with each rule that a result names."""
    log = json.loads(validated_run(ice_test, tmp_path, kind, "sarif"))
    judge = jsonschema.validators.validator_for(sarif_schema)(sarif_schema)
    assert [error.message for error in judge.iter_errors(log)] == []
    (only,) = log["runs"]
    results, rules = only["results"], only["tool"]["driver"]["rules"]
    for result in results:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    failed = {result["ruleId"] for result in results if result["level"] == "error"}
    assert failed == {"bug": {"rfc8656/8.2/delete"}, "nobody": {"server/reachable"},
                      "security": {f"security/peer/{each}" for each in (
                          "link-local", "loopback", "private")}}.get(kind, set())


@pytest.mark.parametrize("kind", RUNS)
def test_junit_is_valid_by_its_schema(ice_test: Path, tmp_path: Path, kind: str) -> None:
    """The one that dashboards read by, and the numbers are those of what it holds."""
    path = tmp_path / "junit.xml"
    path.write_text(validated_run(ice_test, tmp_path, kind, "junit"))
    done = subprocess.run(["xmllint", "--nonet", "--noout", "--schema", str(JUNIT), str(path)],
                          capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 0, done.stderr
    for suite in ElementTree.parse(path).getroot():
        for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error"),
                          ("skipped", "skipped")):
            assert int(suite.get(name, "")) == len(list(suite.iter(tag)))


def test_junit_says_how_long_each_check_took(ice_test: Path, tmp_path: Path) -> None:
    """And a suite the sum."""
    with embedded(ice_test, tmp_path) as uri:
        _, text, _ = run(ice_test, tmp_path, "--ice-servers", str(servers_file(tmp_path, uri)),
                         "--only", "rfc8656/11.2/no-permission", form="junit")
    suite = next(suite for suite in ElementTree.fromstring(text)
                 if "11.2" in suite.attrib["name"])
    took_s = float(suite[0].attrib["time"])
    assert 0.2 < took_s < 60, "it waits for silence"
    assert float(suite.attrib["time"]) == took_s


def test_end_of_the_terminal_still_writes_the_report(ice_test: Path, tmp_path: Path) -> None:
    """SIGHUP is as SIGTERM; what nohup(1) starts goes on."""
    for is_ignored in (False, True):
        with embedded(ice_test, tmp_path) as uri:
            report = tmp_path / "report.json"
            report.unlink(missing_ok=True)
            command = [str(ice_test), "turn", "--ice-servers", str(servers_file(tmp_path, uri)),
                       "--format", "json", "--output", str(report), "--only",
                       "rfc8656/9/permission-lifetime", "--permission-lifetime", "3s"]
            process = OwnedProcess(["nohup", *command] if is_ignored else command,
                                   tmp_path / "log")
            time.sleep(0.7)
            process.send(signal.SIGHUP)
            process.wait(60)
        assert json.loads(report.read_text())["complete"] is is_ignored


def test_lifetime_of_allocations(ice_test: Path, tmp_path: Path) -> None:
    """They last for what was granted, and no longer."""
    only = ("--only", "rfc8656/6/expires-early", "--only", "rfc8656/6/never-expires",
            "--allocation-lifetime", "4s")
    verdicts = []
    for bug in ((), ("--bug", "rfc8656/6/expires-early"), ("--bug", "rfc8656/6/never-expires")):
        with embedded(ice_test, tmp_path, "--allocation-lifetime", "4s", *bug) as uri:
            _, text, _ = run(ice_test, tmp_path, "--ice-servers", str(servers_file(tmp_path, uri)),
                             *only)
        found = findings(text)
        verdicts.append((found[only[1]]["verdict"], found[only[3]]["verdict"]))
    assert verdicts == [("pass", "pass"), ("fail", "pass"), ("pass", "fail")]


def test_longer_lifetime_than_told_is_left_open(ice_test: Path, tmp_path: Path) -> None:
    """Nobody waits ten minutes who said four seconds."""
    with embedded(ice_test, tmp_path) as uri:
        _, text, _ = run(ice_test, tmp_path, "--ice-servers", str(servers_file(tmp_path, uri)),
                         "--only", "rfc8656/6/never-expires", "--allocation-lifetime", "4s")
    finding = findings(text)["rfc8656/6/never-expires"]
    assert finding["verdict"] == "inconclusive"
    assert "--allocation-lifetime" in finding["reason"]["sentence"]


@pytest.mark.parametrize(("fault", "missing"), [("turn-no-nonce", "NONCE"),
                                                ("turn-no-realm", "REALM")])
def test_what_a_challenge_lacks_is_named(ice_test: Path, tmp_path: Path, fault: str,
                                         missing: str) -> None:
    """Such a 401 is not one after a correct challenge."""
    with embedded(ice_test, tmp_path, "--fault", fault) as uri:
        code, text, _ = run(ice_test, tmp_path, "--ice-servers", str(servers_file(tmp_path, uri)))
    said = findings(text)["server/allocation"]["reason"]["sentence"]
    assert code == 1
    assert f"without {missing}, which it has to have (RFC 8489 s9.2.4, MUST)" in said
    assert "correct challenge" not in said


def test_mangled_data_is_called_so(ice_test: Path, tmp_path: Path) -> None:
    """With the byte, instead of data that did not come."""
    with embedded(ice_test, tmp_path, "--fault", "turn-mangles-data") as uri:
        _, text, _ = run(ice_test, tmp_path, "--ice-servers", str(servers_file(tmp_path, uri)),
                         "--only", "rfc8656/11.3/data-indication")
    finding = findings(text)["rfc8656/11.3/data-indication"]
    assert finding["verdict"] == "fail"
    assert "It arrived mangled: byte 12 of 12 is 0x" in finding["reason"]["sentence"]


def test_expired_user_name_is_the_cause_of_its_401(ice_test: Path, tmp_path: Path) -> None:
    """A name whose time is to come is not."""
    said = []
    for name in ("1700000000:alice", "4000000000:alice"):
        with embedded(ice_test, tmp_path) as uri:
            servers = servers_file(tmp_path, uri, name)
            _, text, _ = run(ice_test, tmp_path, "--ice-servers", str(servers))
        said.append(findings(text)["server/allocation"]["reason"]["sentence"])
    assert "401" in said[0] and "2023-11-14 22:13:20 UTC, is over" in said[0]
    assert "401" in said[1] and "is over" not in said[1]


@pytest.mark.parametrize("names", [["IP:127.0.0.1"], ["DNS:turn.example.org"],
                                   ["DNS:turn.example.org", "IP:192.0.2.7"]])
@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_certificate_for_an_address(ice_test: Path, tmp_path: Path, names: list[str],
                                    transport: str) -> None:
    """Compared with the addresses of the certificate, and what it is for instead is said."""
    authority = Authority(tmp_path, "authority")
    identity = authority.issue(*names)
    port = free_port()
    with embedded(ice_test, tmp_path, "--tls", "--tls-cert", str(identity.certificate),
                  "--tls-key", str(identity.key), "--tls-port", str(port)):
        servers = servers_file(tmp_path, f"turns:127.0.0.1:{port}?transport={transport}")
        _, text, _ = run(ice_test, tmp_path, "--ice-servers", str(servers), "--ca-file",
                         str(authority.file), "--only", "rfc8656/7.2/allocate")
    reachable = findings(text)["server/reachable"]
    if names == ["IP:127.0.0.1"]:
        assert reachable["verdict"] == "pass"
        return
    said = reachable["reason"]["sentence"]
    assert reachable["verdict"] == "fail"
    assert ("It is for turn.example.org, and for no address" if len(names) == 1
            else "It is for turn.example.org, 192.0.2.7") in said


def test_calls_without_a_permitted_peer_end_soon(ice_test: Path, tmp_path: Path) -> None:
    """Our own client knows of the 403 before two agents wait for each other."""
    with embedded(ice_test, tmp_path, "--fault", "turn-forbids-peers") as uri:
        servers = servers_file(tmp_path, uri)
        started = time.monotonic()
        code, text, _ = run(ice_test, tmp_path, "--ice-servers", str(servers), "--only",
                            "ice/relay-to-relay", "--only", "ice/trickle", command="ice")
        took_s = time.monotonic() - started
    finding = findings(text)["ice/relay-to-relay"]
    assert code == 1 and finding["verdict"] == "fail"
    assert "403" in finding["reason"]["sentence"]
    assert took_s < 8


def test_rows_of_a_budget_are_selected_and_foreign_ones_are_not_enough(ice_test: Path,
                                                                       tmp_path: Path) -> None:
    """One file may serve both commands; one that bounds nothing of this one is a mistake."""
    budget = tmp_path / "budget.json"
    budget.write_text('{"allocate_p95_ms": 5000, "amplification": 50, "gather_ms": 5000}')
    calls = tmp_path / "calls.json"
    calls.write_text('{"gather_ms": 5000}')
    with embedded(ice_test, tmp_path) as uri:
        servers = ("--ice-servers", str(servers_file(tmp_path, uri)))
        code, text, stderr = run(ice_test, tmp_path, *servers, "--budget", str(budget), "--only",
                                 "budget/allocate-p95")
        assert code == 0 and set(findings(text)) == {"server/reachable", "server/allocation",
                                                     "budget/allocate-p95"}
        assert stderr == ""
        rows = findings(run(ice_test, tmp_path, *servers, "--budget", str(budget), "--only",
                            "budget")[1])
        assert {"budget/allocate-p95", "budget/amplification"} <= set(rows)
        code, text, _ = run(ice_test, tmp_path, *servers, "--budget", str(budget), "--only",
                            "budget", command="ice")
        assert code == 0 and findings(text)["budget/gather"]["verdict"] == "pass"
        code, _, stderr = run(ice_test, tmp_path, *servers, "--budget", str(calls))
        assert code == 2 and "nothing that ice-test turn measures" in stderr
        code, _, stderr = run(ice_test, tmp_path, *servers, "--only", "budget")
        assert code == 2 and "--budget FILE" in stderr


FORMATS = ("text", "json", "jsonl", "junit", "sarif", "github", "markdown", "html")


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("command", ["turn", "ice"])
def test_short_passwords_are_in_no_output(ice_test: Path, tmp_path: Path, command: str, form: str,
                                          monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody puts them in. What is short is in our own words by chance, and is left there: a hole
    in "0x7FEE" would tell."""
    only = {"turn": ("--only", "rfc8656/7.2/unknown-required", "--only", "rfc8489/9.2.4/wrong"),
            "ice": ("--only", "ice/relay-to-relay")}[command]
    text = ""
    for password in ("~^", "x7"):
        monkeypatch.setenv("PORTOLAN_TURN_PASSWORD", password)
        with embedded(ice_test, tmp_path, "--bug", "rfc8656/7.2/unknown-required") as uri:
            servers = servers_file(tmp_path, uri, credential=password)
            code, text, stderr = run(ice_test, tmp_path, "--ice-servers", str(servers), "--verbose",
                                     *only, command=command, form=form)
        assert code == (1 if command == "turn" else 0), stderr
        assert "~^" not in text + stderr
        assert "[redacted]" not in text + stderr
    if command == "turn" and form in ("text", "json", "html"):
        assert "0x7FEE" in text or "0x7fee" in text


def test_short_passwords_spoil_no_baseline(ice_test: Path, tmp_path: Path,
                                           monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is written is JSON, and is taken the next time."""
    monkeypatch.setenv("PORTOLAN_TURN_PASSWORD", "e")
    baseline = tmp_path / "baseline.json"
    with embedded(ice_test, tmp_path, "--bug", "rfc8656/7.2/unknown-required") as uri:
        options = ("--ice-servers", str(servers_file(tmp_path, uri, credential="e")), "--only",
                   "rfc8656/7.2/unknown-required")
        assert run(ice_test, tmp_path, *options, "--write-baseline", str(baseline))[0] == 1
        json.loads(baseline.read_text())
        code, _, stderr = run(ice_test, tmp_path, *options, "--baseline", str(baseline))
    assert (code, stderr) == (0, "")


@pytest.mark.parametrize(("options", "codes"), [
    (("--fault", "turn-forbids-peers"), (3, 3, 1)),
    (("--deny-peer", "0.0.0.0/0", "--deny-peer", "::/0", "--allow-peer", "192.168.0.0/16"),
     (0, 0, 1)),
    ((), (0, 0, 0))])
def test_relay_that_reaches_nobody_is_not_green(ice_test: Path, tmp_path: Path,
                                                options: tuple[str, ...],
                                                codes: tuple[int, ...]) -> None:
    """Nobody can guess whom a server is there for; on the internet it has to be somebody there."""
    found = []
    with embedded(ice_test, tmp_path, *options) as uri:
        servers = ("--ice-servers", str(servers_file(tmp_path, uri)), "--only", "rfc8656/10.2",
                   "--only", "security/peer/nobody")
        for profile in ("rfc8656", "enterprise", "webrtc-public"):
            found.append(run(ice_test, tmp_path, *servers, "--profile", profile)[0])
        named = run(ice_test, tmp_path, *servers, "--peer", "192.168.7.7")
    assert tuple(found) == codes
    assert named[0] == (1 if "--fault" in options else 0)
