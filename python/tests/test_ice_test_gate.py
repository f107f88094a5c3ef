"""Budgets, baselines, comparisons and the CI examples of `ice-test`, on coturn."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from binaries import REPOSITORY
from netns.certificates import Authority
from netns.process import OwnedProcess
from netns.servers import serve_command, wait_for_file
from turn_servers import TurnServer, free_port, ice_servers

pytestmark = pytest.mark.skipif(
    "PORTOLAN_BUILD" not in os.environ and shutil.which("turnserver") is None,
    reason="turnserver is not installed")

EXAMPLES = REPOSITORY / "ci" / "examples"
GATE = REPOSITORY / "ice-tests" / "gate"


def run(ice_test: Path, tmp_path: Path, command: str,
        *options: str) -> tuple[int, dict[str, dict[str, Any]], str]:
    """Exit code, findings by id, stderr."""
    output = tmp_path / "out.json"
    output.unlink(missing_ok=True)
    done = subprocess.run([str(ice_test), command, "--format", "json", "--output", str(output),
                           *options], capture_output=True, text=True, timeout=120, check=False)
    report = json.loads(output.read_text()) if output.exists() else {"sections": []}
    return (done.returncode, {finding["id"]: finding for section in report["sections"]
                              for finding in section["findings"]}, done.stderr)


def validate(schema: str, document: Path) -> None:
    """Against one of the schemas that are shipped."""
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator(json.loads((GATE / schema).read_text())).validate(
        json.loads(document.read_text()))


def failing_check(ice_test: Path, tmp_path: Path, servers: Path) -> str:
    """A MUST that this server fails."""
    _, found, _ = run(ice_test, tmp_path, "turn", "--ice-servers", str(servers), "--level", "must")
    return next(check for check, finding in found.items()
                if finding["verdict"] == "fail" and check.startswith("rfc"))


def test_baseline_accepts_what_is_known_until_its_day(ice_test: Path, tmp_path: Path) -> None:
    """Written by one run, accepted by the next on other ports; expired and new failures fail."""
    baseline = tmp_path / "baseline.json"
    with TurnServer(tmp_path / "coturn", ["allow-loopback-peers"]) as server:
        servers = ice_servers(tmp_path / "servers.json", [server.uri()])
        check = failing_check(ice_test, tmp_path, servers)
        only = ("--ice-servers", str(servers), "--only", check)
        code, _, _ = run(ice_test, tmp_path, "turn", *only, "--write-baseline", str(baseline))
        assert code == 1
        validate("baseline.schema.json", baseline)
        code, found, _ = run(ice_test, tmp_path, "turn", *only, "--baseline", str(baseline))
        assert code == 0 and found[check]["reason"]["code"] == "accepted"
        report = json.loads((tmp_path / "out.json").read_text())
        assert report["headline"] == ("0 of 1 check failed, 0 passed, 0 were left open, 1 does not "
                                      "apply or is accepted. Accepted until a later day: 1.")
        code, _, stderr = run(ice_test, tmp_path, "turn", "--ice-servers", str(servers), "--only",
                              "rfc8489/12/binding-udp", "--baseline", str(baseline))
        assert code == 0 and stderr == "", "whoever was not asked has not changed"
        said = subprocess.run([str(ice_test), "turn", *only, "--baseline", str(baseline)],
                              capture_output=True, text=True, timeout=60, check=False).stdout
        assert re.search(r"^  known .*  accepted", said, re.MULTILINE), said
        assert re.search(r": \d+ ok, 0 failed, 1 accepted, 0 open; took", said), said
        written = json.loads(baseline.read_text())
        baseline.write_text(json.dumps(
            {**written, "accepted": written["accepted"] + [
                {**written["accepted"][0], "id": other}
                for other in ("security/nothing", "ice/echo", "server/reachable",
                              "budget/gather")]}))
        code, _, stderr = run(ice_test, tmp_path, "turn", *only, "--baseline", str(baseline))
        assert code == 0
        assert "the baseline accepts security/nothing, and nothing has that id" in stderr
        assert stderr.count("nothing has that id") == 1
        for change, reason, is_gone in (
                ({"expires": "2020-01-01"}, "acceptance-expired", False),
                ({"transport": "tcp"}, "violates", False),
                ({"evidence": "Another cause."}, "violates", True)):
            baseline.write_text(json.dumps(
                {**written, "accepted": [{**written["accepted"][0], **change}]}))
            code, found, stderr = run(ice_test, tmp_path, "turn", *only, "--baseline",
                                      str(baseline))
            assert code == 1 and found[check]["reason"]["code"] == reason
            headline = json.loads((tmp_path / "out.json").read_text())["headline"]
            assert headline.endswith(" Accepted until a day that is over: 1.") == (
                reason == "acceptance-expired")
            assert (f"{check} over udp, which does not fail so any more" in stderr) == is_gone


def test_budget_is_kept_or_exceeded(ice_test: Path, tmp_path: Path) -> None:
    """Every bound once far away and once out of reach, over TLS for the certificate's sake."""
    authority = Authority(tmp_path, "authority")
    identity = authority.issue("IP:127.0.0.1", days=10)
    secret = "north"
    with TurnServer(tmp_path / "coturn", [
            "allow-loopback-peers", f"cert={identity.certificate}", f"pkey={identity.key}",
            "use-auth-secret", f"static-auth-secret={secret}"], with_users=False,
            tls_port=free_port()) as server:
        expiry = int(time.time()) + 7200
        username = f"{expiry}:alice"
        credential = subprocess.run(
            ["openssl", "dgst", "-sha1", "-hmac", secret, "-binary"], input=username.encode(),
            capture_output=True, check=True).stdout
        password = subprocess.run(["base64"], input=credential, capture_output=True,
                                  check=True).stdout.decode().strip()
        servers = ice_servers(tmp_path / "servers.json", [server.uri(), server.uri("tls")],
                              {username: password})
        budget = tmp_path / "budget.json"
        good: dict[str, float] = {"allocate_p95_ms": 2000, "amplification": 20, "certificate_days": 9,
                "credential_lifetime_h": 3, "gather_ms": 5000, "ice_ready_ms": 10000,
                "relay_rtt_p50_over_direct_ms": 1000, "relay_rtt_p95_over_direct_ms": 1000,
                "relay_rtt_p99_over_direct_ms": 1000, "loss_pct": 3, "throughput_kbps": 100}
        bad: dict[str, float] = {"allocate_p95_ms": 0.0001, "amplification": 0.5, "certificate_days": 11,
               "credential_lifetime_h": 1, "gather_ms": 0.01, "ice_ready_ms": 0.01}
        for bounds, expected in ((good, 0), (bad, 1)):
            budget.write_text(json.dumps(bounds))
            validate("budget.schema.json", budget)
            options = ("--ice-servers", str(servers), "--ca-file", str(authority.file), "--budget",
                       str(budget))
            seen: dict[str, set[str]] = {}
            for command, only in (("turn", "rfc8656/7.2/allocate"), ("ice", "ice")):
                output = tmp_path / "budget-report.json"
                done = subprocess.run(
                    [str(ice_test), command, "--format", "json", "--output", str(output), *options,
                     "--only", only], capture_output=True, text=True, timeout=120, check=False)
                assert done.returncode == expected, (command, done.stderr, output.read_text())
                for section in json.loads(output.read_text())["sections"]:
                    for finding in section["findings"]:
                        if finding["id"].startswith("budget/"):
                            seen.setdefault(finding["id"], set()).add(finding["verdict"])
            assert len(seen) == len(bounds)
            wanted = "pass" if expected == 0 else "fail"
            for finding_id, verdicts in seen.items():
                assert wanted in verdicts and verdicts <= {wanted, "unsupported"}, finding_id


@pytest.mark.parametrize(("option", "text", "place"), [
    ("--budget", '{"allocate_p95": 3}', "/allocate_p95"),
    ("--budget", '{"loss_pct": "3"}', "/loss_pct"),
    ("--budget", "{", "byte"),
    ("--baseline", '{"schema": "portolan.baseline/1", "accepted": [{}]}', "/accepted/0"),
    ("--baseline", '{"schema": "other", "accepted": []}', "/schema")])
@pytest.mark.parametrize("command", ["turn", "ice"])
def test_wrong_files_are_named_with_their_place(ice_test: Path, tmp_path: Path, command: str,
                                                option: str, text: str, place: str) -> None:
    """Exit code 2, before anything is sent."""
    servers = ice_servers(tmp_path / "servers.json", ["turn:127.0.0.1:9"])
    file = tmp_path / "file.json"
    file.write_text(text)
    code, _, stderr = run(ice_test, tmp_path, command, "--ice-servers", str(servers), option,
                          str(file))
    assert code == 2 and str(file) in stderr and place in stderr, stderr


@pytest.mark.parametrize("selection", [("--class", "intrusive"), ("--only", "rfc8656/7.2/quota")])
def test_missing_permission_to_load_a_server_is_named(ice_test: Path, tmp_path: Path,
                                                      selection: tuple[str, ...]) -> None:
    """Not as a selection that matches nothing."""
    servers = ice_servers(tmp_path / "servers.json", ["turn:127.0.0.1:9"])
    code, _, stderr = run(ice_test, tmp_path, "turn", "--ice-servers", str(servers), *selection)
    assert code == 2 and "--intrusive says that you may" in stderr, stderr


def test_compare_tells_worse_from_better(ice_test: Path, tmp_path: Path) -> None:
    """A server that relays to loopback, and one that does not: the second is the safer one."""
    reports = {}
    cases: dict[str, list[str]] = {"open": ["allow-loopback-peers"], "closed": []}
    for name, options in cases.items():
        with TurnServer(tmp_path / name, options) as server:
            servers = ice_servers(tmp_path / "servers.json", [server.uri()])
            reports[name] = tmp_path / f"{name}.json"
            subprocess.run([str(ice_test), "turn", "--ice-servers", str(servers), "--only",
                            "security/peer", "--format", "json", "--output", str(reports[name])],
                           capture_output=True, timeout=60, check=False)

    def compare(before: str, after: str) -> tuple[int, dict[str, dict[str, Any]]]:
        code, found, _ = run(ice_test, tmp_path, "compare", str(reports[before]),
                             str(reports[after]))
        return code, found
    assert compare("open", "open") == (0, {})
    code, found = compare("closed", "open")
    assert code == 1 and found["security/peer/loopback"]["verdict"] == "fail"
    code, found = compare("open", "closed")
    assert code == 0 and found["security/peer/loopback"]["verdict"] == "pass"
    other = tmp_path / "ice.json"
    subprocess.run([str(ice_test), "ice", "--url", f"turn:127.0.0.1:{free_port()}", "--format",
                    "json", "--output", str(other)], capture_output=True, timeout=60, check=False)
    code, _, stderr = run(ice_test, tmp_path, "compare", str(reports["open"]), str(other))
    assert code == 2 and "is a report of ice-test turn, and" in stderr
    not_a_report = tmp_path / "servers.json"
    code, _, stderr = run(ice_test, tmp_path, "compare", str(not_a_report), str(reports["open"]))
    assert code == 2 and str(not_a_report) in stderr


def test_compare_of_two_kinds_of_server(ice_test: Path, tmp_path: Path,
                                        monkeypatch: pytest.MonkeyPatch) -> None:
    """coturn and the embedded server over UDP and TCP: one row for what is the same over both."""
    monkeypatch.setenv("PORTOLAN_TURN_PASSWORD", "wonderland")
    users = {"alice": "wonderland"}
    ready = tmp_path / "ready"
    with TurnServer(tmp_path / "coturn", ["allow-loopback-peers"]) as coturn, \
            OwnedProcess(serve_command(ice_test, ["127.0.0.1"], 0, 0, ready,
                                       ["--turn", "--user", "alice"]), tmp_path / "log") as server:
        wait_for_file(ready, server)
        embedded = [str(uri) for uri in json.loads(ready.read_text())["turn"]["urls"]]
        uris = {"coturn": [coturn.uri(), coturn.uri("tcp")], "embedded": embedded}
        for name, urls in uris.items():
            servers = ice_servers(tmp_path / "servers.json", urls, users)
            subprocess.run([str(ice_test), "turn", "--ice-servers", str(servers), "--format",
                            "json", "--output", str(tmp_path / f"{name}.json")],
                           capture_output=True, timeout=120, check=False)
    code, better, _ = run(ice_test, tmp_path, "compare", str(tmp_path / "coturn.json"),
                          str(tmp_path / "embedded.json"))
    assert code == 0, [row for row in better.values() if row["verdict"] == "fail"]
    code, worse, _ = run(ice_test, tmp_path, "compare", str(tmp_path / "embedded.json"),
                         str(tmp_path / "coturn.json"))
    assert code == 1
    # coturn 4.6.1 answers ChannelBind without an allocation with 400 (RFC 8656 s5: 437).
    check = "rfc8656/12.2/no-allocation"
    assert better[check]["verdict"] == "pass" and worse[check]["verdict"] == "fail"
    assert worse[check]["data"]["transports"] == ["udp", "tcp"]
    text = subprocess.run([str(ice_test), "compare", str(tmp_path / "embedded.json"),
                           str(tmp_path / "coturn.json")], capture_output=True, text=True, timeout=20,
                          check=False).stdout
    assert "ChannelBind without an allocation (udp, tcp)" in text, text
    assert text.count("ChannelBind without an allocation") == 1


def commands(example: Path) -> list[list[str]]:
    """Every call of `ice-test` in a CI file, as words; what the shell does with the code is cut off."""
    lines = re.findall(r"^\s*(ice-test .*?)\s*\|\| code=\$\?$", example.read_text(), re.MULTILINE)
    assert lines, example
    return [line.split() for line in lines]


@pytest.mark.parametrize("example", ["github-turn.yml", "gitlab-turn.yml"])
def test_ci_example_runs_as_it_is(ice_test: Path, tmp_path: Path, example: str) -> None:
    """The very commands of the file: they validate a server, write what the file uploads, and turn
    red with a baseline that accepts nothing."""
    shutil.copy(EXAMPLES / "budget.json", tmp_path)
    shutil.copy(EXAMPLES / "baseline.json", tmp_path)
    validate("budget.schema.json", EXAMPLES / "budget.json")
    validate("baseline.schema.json", EXAMPLES / "baseline.json")
    text = (EXAMPLES / example).read_text()
    with TurnServer(tmp_path / "coturn", ["allow-loopback-peers"]) as server:
        ice_servers(tmp_path / "servers.json", [server.uri(), server.uri("tcp")],
                    {"alice": "wonderland"})
        codes = {}
        for words in commands(EXAMPLES / example):
            done = subprocess.run([str(ice_test), *words[1:]], cwd=tmp_path, capture_output=True,
                                  text=True, timeout=120, check=False)
            codes[words[1]] = done.returncode
            assert done.stderr == "", done.stderr
            written = words[words.index("--output") + 1]
            assert (tmp_path / written).stat().st_size > 500 and text.count(written) >= 2
    # coturn 4.6.1 has failures, which an empty baseline does not accept.
    assert codes["turn"] == 1
    # No username with a time in it, no certificate: what cannot be told is no failure of a call.
    assert codes["ice"] in (0, 3)


def test_ci_examples_build_what_there_is() -> None:
    """Presets, targets and groups of packages that the files name exist."""
    for example in EXAMPLES.glob("*.yml"):
        text = example.read_text()
        assert "--target ice-test" in text
        assert "sh portolan/ci/setup.sh build" in text
        for option in re.findall(r"-D(PORTOLAN_\w+)=", text):
            assert any(option in path.read_text()
                       for path in (REPOSITORY / "ci" / "cmake").glob("*.cmake")), option
