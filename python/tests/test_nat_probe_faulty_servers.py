"""nat-probe believes no server that it has caught: the embedded one, made to misbehave on loopback.

The truth there is: no translation, endpoint-independent mapping and filtering.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from binaries import Program, ReportReader
from netns.process import OwnedProcess
from netns.servers import serve_command, wait_for_file

TRUTH = {"translation": "none", "mapping": "endpoint-independent",
         "filtering": "endpoint-independent"}

# What each fault must leave unknown. Everything else may be known, and must then be true.
UNKNOWN: dict[str, tuple[str, ...]] = {
    "ignore-change-request": ("filtering",),
    "reject-change-request": ("filtering",),
    "no-other-address": ("mapping", "filtering"),
    "other-address-same-ip": ("filtering",),
    "other-address-same-port": ("filtering",),
    "other-address-unreachable": ("mapping", "filtering"),
    "reply-from-wrong-address": ("filtering",),
    "wrong-transaction-id": ("translation", "mapping", "filtering"),
    "truncated-reply": ("translation", "mapping", "filtering"),
    "garbage-reply": ("translation", "mapping", "filtering"),
    "error-500": ("translation", "mapping", "filtering"),
    "silent-udp": ("translation", "mapping", "filtering"),
    "oversized-reply": ("translation", "mapping", "filtering"),
    "echo-request": ("translation", "mapping", "filtering"),
    "contradictory-replies": ("translation", "mapping", "filtering"),
    "wrong-fingerprint": ("translation", "mapping", "filtering"),
    "unknown-attribute": ("translation", "mapping", "filtering"),
    "mapped-port-zero": ("translation", "mapping", "filtering"),
    "mapped-unspecified": ("translation", "mapping", "filtering"),
    "mapped-multicast": ("translation", "mapping", "filtering"),
    "mapped-other-family": ("translation", "mapping", "filtering"),
    "no-xor-mapped-address": (),
    "lying-response-origin": (),
}
# These are allowed, or only noise: everything is known as without them.
HARMLESS = ("duplicate-reply", "no-mapped-address", "no-response-port", "alg")


@contextlib.contextmanager
def server(ice_test: Path, directory: Path, *options: str) -> Iterator[str]:
    """An embedded server on two loopback addresses; its URI."""
    ready = directory / "ready"
    argv = serve_command(ice_test, ("127.0.0.1", "127.0.0.2"), 0, 0, ready, options)
    with OwnedProcess(argv, directory / "log") as process:
        wait_for_file(ready, process)
        yield json.loads(ready.read_text())["iceServers"][0]["urls"][0]
    ready.unlink()


def report_of(nat_probe: Program, uri: str) -> ReportReader:
    """Whatever the verdicts: a report."""
    outcome = nat_probe("--stun", uri, "--family", "4", "--format", "json")
    assert outcome.exit_code in (0, 1, 3), outcome.err
    return ReportReader(outcome.json())


def test_sound_server_gives_the_truth(nat_probe: Program, ice_test: Path, tmp_path: Path) -> None:
    """Without a fault everything is known: otherwise the tests below would prove nothing."""
    with server(ice_test, tmp_path) as uri:
        report = report_of(nat_probe, uri)
    assert {subject: report.value(4, subject) for subject in TRUTH} == TRUTH


@pytest.mark.parametrize("fault", UNKNOWN)
def test_fault_never_makes_a_wrong_verdict(fault: str, nat_probe: Program, ice_test: Path,
                                           tmp_path: Path) -> None:
    """RFC 5780 s4.4, s6.1, s7.4: a server that does otherwise cannot show what it should."""
    with server(ice_test, tmp_path, "--fault", fault) as uri:
        report = report_of(nat_probe, uri)
    for subject, truth in TRUTH.items():
        value = report.value(4, subject)
        assert value in (None, truth), subject
        if subject in UNKNOWN[fault]:
            assert value is None, subject


@pytest.mark.parametrize("fault", HARMLESS)
def test_harmless_fault_changes_nothing(fault: str, nat_probe: Program, ice_test: Path,
                                        tmp_path: Path) -> None:
    """XOR-MAPPED-ADDRESS decides, once per transaction. A MAPPED-ADDRESS that differs from it, and
    is not this host's own, shows no rewriting and rules none out."""
    with server(ice_test, tmp_path, "--fault", fault) as uri:
        report = report_of(nat_probe, uri)
    assert {subject: report.value(4, subject) for subject in TRUTH} == TRUTH
    assert report.value(4, "alg") == {"alg": None, "no-mapped-address": None}.get(
        fault, "none")


def test_silent_udp_beside_living_tcp_is_said(nat_probe: Program, ice_test: Path,
                                              tmp_path: Path) -> None:
    """STUN over TCP to the same server is what makes silence a statement."""
    with server(ice_test, tmp_path, "--fault", "silent-udp") as uri:
        outcome = nat_probe("--stun", uri, "--family", "4", "--format", "json")
    assert outcome.exit_code == 1, outcome.err
    assert ReportReader(outcome.json()).value(4, "udp") == "silent"
    assert "answers STUN over TCP" in outcome.out
    assert outcome.json()["headline"].startswith("UDP is blocked")


def test_silent_udp_without_tcp_is_left_open(nat_probe: Program, ice_test: Path,
                                             tmp_path: Path) -> None:
    """The counterpart: with TCP refused, the server is silent, and no network is blamed."""
    with server(ice_test, tmp_path, "--fault", "silent-udp", "--no-tcp") as uri:
        outcome = nat_probe("--stun", uri, "--family", "4", "--format", "json")
    assert outcome.exit_code == 3, outcome.err
    assert ReportReader(outcome.json()).told(4, "udp") == "server-silent"
    assert outcome.json()["headline"].startswith("It is open whether calls will work")


def test_requests_that_come_back_are_named(nat_probe: Program, ice_test: Path,
                                           tmp_path: Path) -> None:
    """They are no silence, and come from nobody but who was asked."""
    with server(ice_test, tmp_path, "--fault", "echo-request") as uri:
        outcome = nat_probe("--stun", uri, "--family", "4", "--format", "json")
    assert outcome.exit_code == 3, outcome.err
    assert ReportReader(outcome.json()).told(4, "udp") == "replies-do-not-match"
    assert "sends the requests back" in outcome.json()["headline"]


@pytest.mark.parametrize("fault", ["other-address-same-ip", "ignore-change-request", "error-500"])
def test_audit_names_the_fault(fault: str, nat_probe: Program, ice_test: Path,
                               tmp_path: Path) -> None:
    """`audit-server` fails a server that does not do what it says, and passes one that does."""
    with server(ice_test, tmp_path) as uri:
        assert nat_probe("audit-server", uri, "--format", "json").exit_code == 0
    with server(ice_test, tmp_path, "--fault", fault) as uri:
        outcome = nat_probe("audit-server", uri, "--format", "json")
    assert outcome.exit_code == 1, outcome.err
    findings = [finding for section in outcome.json()["sections"]
                for finding in section["findings"]]
    assert any(finding["verdict"] == "fail" for finding in findings)
