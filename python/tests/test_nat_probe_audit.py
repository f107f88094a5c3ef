"""nat-probe audit-server: what each deliberately wrong server is told; none is believed."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from binaries import Json, Outcome, Program
from hostile_server import HostileServer
from test_nat_probe_faulty_servers import server
from test_nat_probe_hostile import USELESS

OK, FINDINGS, COULD_NOT, INCONCLUSIVE = range(4)

# The checks that each fault of `ice-test serve` must fail, besides the three that sum up.
FAILS: dict[str, set[str]] = {
    "garbage-reply": {"audit/answers", "audit/replies-well-formed"},
    "truncated-reply": {"audit/answers", "audit/replies-well-formed"},
    "oversized-reply": {"audit/answers", "audit/replies-well-formed"},
    "echo-request": {"audit/answers", "audit/replies-well-formed"},
    "wrong-transaction-id": {"audit/answers"},
    "wrong-fingerprint": {"audit/answers", "audit/fingerprint"},
    "unknown-attribute": {"audit/answers", "audit/known-attributes"},
    "mapped-port-zero": {"audit/mapped-address-possible"},
    "mapped-unspecified": {"audit/mapped-address-possible"},
    "mapped-multicast": {"audit/mapped-address-possible"},
    "mapped-other-family": {"audit/mapped-address-possible"},
    "contradictory-replies": {"audit/replies-agree"},
}


def findings_of(outcome: Outcome) -> dict[str, Json]:
    """By id; for servers with one address."""
    return {finding["id"]: finding for section in outcome.json()["sections"]
            for finding in section["findings"]}


def failed(outcome: Outcome) -> set[str]:
    """Without the three that only sum up."""
    return {name for name, finding in findings_of(outcome).items()
            if finding["verdict"] == "fail" and "usable-for" not in name}


@pytest.mark.parametrize("fault", FAILS)
def test_fault_fails_its_checks_and_no_other(fault: str, nat_probe: Program, ice_test: Path,
                                             tmp_path: Path) -> None:
    """RFC 8489 s5, s6.3: what clients must discard is named, and the server is of no use."""
    with server(ice_test, tmp_path, "--fault", fault) as uri:
        outcome = nat_probe("audit-server", uri, "--format", "json")
    assert outcome.exit_code == FINDINGS, outcome.err
    assert failed(outcome) == FAILS[fault]
    assert findings_of(outcome)["audit/usable-for-mapping"]["verdict"] != "pass"
    assert "nothing answers" not in outcome.out


@pytest.mark.parametrize("name", ["garbage", "truncated", "oversized", "echo", "wrong-method",
                                  "length-lies", "attribute-length-lies"])
def test_useless_replies_are_not_called_silence(nat_probe: Program, name: str) -> None:
    """A server that sends garbage answers, and it is said with what."""
    with HostileServer(USELESS[name]) as hostile:
        outcome = nat_probe("audit-server", hostile.uri, "--format", "json")
    assert outcome.exit_code == FINDINGS, outcome.err
    assert "audit/answers" in failed(outcome)
    assert "answers, but with" in outcome.json()["headline"]
    assert findings_of(outcome)["audit/answers"]["evidence_ids"]


def test_silent_server_is_not_convicted(nat_probe: Program, ice_test: Path,
                                        tmp_path: Path) -> None:
    """The counterpart: silence stays open."""
    with server(ice_test, tmp_path, "--fault", "silent-udp") as uri:
        outcome = nat_probe("audit-server", uri, "--format", "json")
    assert outcome.exit_code == INCONCLUSIVE
    assert "nothing answers" in outcome.json()["headline"]


def test_audit_can_be_explained(nat_probe: Program, ice_test: Path, tmp_path: Path) -> None:
    """From the packets in the report come the same verdicts."""
    saved = tmp_path / "audit.json"
    with server(ice_test, tmp_path, "--fault", "garbage-reply") as uri:
        nat_probe("audit-server", uri, "--format", "json", "--output", str(saved))
    outcome = nat_probe("explain", str(saved), "--format", "json")
    assert outcome.exit_code == FINDINGS, outcome.err
    assert outcome.json()["data"]["differences"] == []
    assert failed(outcome) == FAILS["garbage-reply"]
    document = json.loads(saved.read_text())
    assert outcome.json()["headline"] == document["headline"]


def test_explained_run_fails_on_what_the_saved_one_failed_on(nat_probe: Program, ice_test: Path,
                                                             tmp_path: Path) -> None:
    """What was given to it, else its default, unless something else is given now."""
    saved = tmp_path / "audit.json"
    codes = []
    with server(ice_test, tmp_path, "--fault", "ignore-change-request") as uri:
        for given in ("low", "never"):
            nat_probe("audit-server", uri, "--fail-on", given, "--format", "json", "--output", str(saved))
            codes.append(nat_probe("explain", str(saved)).exit_code)
    assert codes[0] == FINDINGS
    assert codes[1] != FINDINGS
    assert nat_probe("explain", str(saved), "--fail-on", "low").exit_code == FINDINGS
    document = json.loads(saved.read_text())
    del document["parameters"]["fail-on"]
    saved.write_text(json.dumps(document))
    assert nat_probe("explain", str(saved)).exit_code == FINDINGS


def test_server_that_cannot_be_asked_is_exit_code_2_with_a_report(nat_probe: Program) -> None:
    """A closed port: nothing was learnt about the server."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
        closed.bind(("127.0.0.1", 0))
        uri = f"stun:127.0.0.1:{closed.getsockname()[1]}"
    outcome = nat_probe("audit-server", uri, "--format", "json")
    assert outcome.exit_code == COULD_NOT
    assert findings_of(outcome)["audit/answers"]["verdict"] == "inconclusive"
    assert "cannot be asked over UDP" in outcome.err


@pytest.mark.parametrize(("arguments", "word"), [
    (["stun:127.0.0.1", "--interface", "nosuchif0"], "nosuchif0"),
    (["stun:224.0.0.1"], "224.0.0.1"),
    (["stun:0.0.0.0"], "0.0.0.0"),
    (["stun:127.0.0.1", "--family", "6"], "IPv6"),
    (["stun:[::1]", "--family", "4"], "IPv4"),
    (["stuns:127.0.0.1"], "UDP"),
    (["turn:127.0.0.1?transport=tcp"], "UDP"),
    (["127.0.0.1"], "stun:"),
    (["http://127.0.0.1"], "stun:"),
    (["stun:127.0.0.1:0"], "port"),
    (["stun:127.0.0.1:65536"], "port"),
    (["stun:127.0.0.1", "stun:127.0.0.2"], "stun:127.0.0.2"),
    (["stun:127.0.0.1", "--budget", "0s"], "--budget"),
    (["stun:127.0.0.1", "--budget", "9999h"], "--budget"),
    (["stun:127.0.0.1", "--budget", "99999999999999999999h"], "--budget"),
    (["stun:127.0.0.1", "--seed", "-1"], "--seed"),
    (["stun:stun.invalid"], "stun.invalid"),
])
def test_wrong_usage_is_refused(nat_probe: Program, arguments: list[str], word: str) -> None:
    """Before anything is sent, with the word that is wrong."""
    outcome = nat_probe("audit-server", *arguments)
    assert outcome.exit_code == COULD_NOT, outcome
    assert outcome.out == ""
    assert outcome.err.startswith("nat-probe: error: ") and word in outcome.err, outcome.err
