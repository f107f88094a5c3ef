"""nat-probe says what it did not ask, and never calls an empty run a success."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from binaries import Program, ReportReader, running
from hostile_server import HostileServer, binding_response
from test_nat_probe_faulty_servers import server

OK, FINDINGS, COULD_NOT, INCONCLUSIVE = range(4)


def _has_ipv6_loopback() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


def test_server_without_address_is_named_beside_a_good_one(nat_probe: Program, ice_test: Path,
                                                           tmp_path: Path) -> None:
    """On stderr and in the report, with the cause; the verdicts are those of the other server."""
    with server(ice_test, tmp_path) as uri:
        outcome = nat_probe("--stun", uri, "--stun", "stun:stun.invalid", "--format", "json",
                            "--family", "4")
    assert outcome.exit_code == OK, outcome.err
    assert "stun:stun.invalid" in outcome.err and "resolve" in outcome.err
    report = ReportReader(outcome.json())
    assert report.value(4, "mapping") == "endpoint-independent"
    left, = [finding for section in outcome.json()["sections"] for finding in section["findings"]
             if finding["id"] == "server/not-asked"]
    assert left["verdict"] == "not_tested" and "stun.invalid" in left["summary"]
    explained = nat_probe("--explain", "server/not-asked")
    assert explained.exit_code == OK and "exit code" in " ".join(explained.out.split())


def test_server_that_takes_no_udp_is_named(nat_probe: Program, ice_test: Path,
                                           tmp_path: Path) -> None:
    """Only in the report: every application's list has some."""
    with server(ice_test, tmp_path) as uri:
        outcome = nat_probe("--stun", uri, "--stun", "stuns:stun.invalid", "--family", "4")
    assert outcome.exit_code == OK, outcome.err
    assert "stuns:stun.invalid" in outcome.out


def test_server_of_the_other_family_is_named(nat_probe: Program, ice_test: Path,
                                             tmp_path: Path) -> None:
    """It has no address to ask over --family 4."""
    with server(ice_test, tmp_path) as uri:
        outcome = nat_probe("--stun", uri, "--stun", "stun:[::1]:3479", "--family", "4")
    assert outcome.exit_code == OK, outcome.err
    assert "stun:[::1]:3479: it has no IPv4 address" in outcome.err


@pytest.mark.skipif(not _has_ipv6_loopback(), reason="needs ::1")
def test_family_6_without_server_is_asked_over_ipv6(nat_probe: Program) -> None:
    """The built-in server has ::1 alone, so that the mapping stays open, which is said."""
    outcome = nat_probe("--family", "6", "--format", "json")
    report = ReportReader(outcome.json())
    assert report.value(6, "udp") == "reachable"
    assert report.value(6, "translation") == "none"
    assert outcome.exit_code in (OK, INCONCLUSIVE)
    assert "one loopback address" in outcome.json()["headline"]
    with pytest.raises(KeyError):
        report.finding(4, "udp")


def test_run_that_asks_no_server_is_an_error(nat_probe: Program, ice_test: Path,
                                             tmp_path: Path) -> None:
    """No address of the family that was asked for: exit code 2, and why."""
    with server(ice_test, tmp_path) as uri:
        outcome = nat_probe("--stun", uri, "--family", "6", "--format", "json")
    assert outcome.exit_code == COULD_NOT and outcome.out == ""
    assert f"no server has an IPv6 address ({uri})" in outcome.err


def test_closed_port_of_every_server_is_exit_code_2_with_a_report(nat_probe: Program,
                                                                   ice_test: Path,
                                                                   tmp_path: Path) -> None:
    """Nothing was measured; beside a server that answers, the closed port does not count."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
        closed.bind(("127.0.0.1", 0))
        uri = f"stun:127.0.0.1:{closed.getsockname()[1]}"
    outcome = nat_probe("--stun", uri, "--family", "4", "--format", "json")
    assert outcome.exit_code == COULD_NOT
    report = ReportReader(outcome.json())
    assert report.finding(4, "udp").verdict == "inconclusive"
    assert "nothing listens" in outcome.json()["headline"]
    with server(ice_test, tmp_path) as good:
        beside = nat_probe("--stun", uri, "--stun", good, "--family", "4", "--format", "json")
    assert beside.exit_code in (OK, INCONCLUSIVE)


def test_loopback_interface_is_excluded_and_said_so(nat_probe: Program) -> None:
    """What is sent from it never leaves this machine."""
    outcome = nat_probe("--interface", "lo", "--stun", "stun:127.0.0.1:9", "--family", "4")
    assert outcome.exit_code == COULD_NOT
    assert "interface lo" in outcome.err and "loopback addresses are excluded" in outcome.err
    assert "--interface" in outcome.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("command", [["--family", "4", "--stun"], ["audit-server"]])
def test_interrupted_run_still_reports(nat_probe: Program, tmp_path: Path, command: list[str],
                                       number: signal.Signals) -> None:
    """In the middle, also by a closed terminal: what is known is written, the exit code is 3."""
    output = tmp_path / "report.json"
    with HostileServer(lambda request, source: []) as silent:
        with running([str(nat_probe.path), *command, silent.uri, "--format", "json", "--output",
                      str(output)]) as process:
            deadline = time.monotonic() + 10
            while silent.request_count == 0 and time.monotonic() < deadline:
                time.sleep(0.01)
            process.send_signal(number)
            _, err = process.communicate(timeout=10)
    assert process.returncode == INCONCLUSIVE, err
    assert '"interrupted"' in output.read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_authorities_from_a_mute_pipe_can_be_left(nat_probe: Program, tmp_path: Path,
                                                  number: signal.Signals) -> None:
    """Nobody writes to it: the signal ends the wait."""
    pipe = tmp_path / "ca.pem"
    os.mkfifo(pipe)
    with running([str(nat_probe.path), "--stun", "stun:127.0.0.1:9", "--ca-file",
                  str(pipe)]) as process:
        time.sleep(0.5)
        assert process.poll() is None
        process.send_signal(number)
        assert process.wait(timeout=5) == -number


def test_list_of_servers_from_a_mute_pipe_is_left(nat_probe: Program, tmp_path: Path) -> None:
    """Nobody writes to it: an error, and no wait for ever."""
    pipe = tmp_path / "ice.json"
    os.mkfifo(pipe)
    outcome = nat_probe("--ice-servers", str(pipe))
    assert outcome.exit_code == COULD_NOT
    assert "nobody writes to this pipe" in outcome.err


def test_report_into_a_pipe_that_nobody_reads_is_an_error(nat_probe: Program, ice_test: Path,
                                                          tmp_path: Path) -> None:
    """No wait for ever: the reader has five seconds to come."""
    pipe = tmp_path / "run.json"
    os.mkfifo(pipe)
    with server(ice_test, tmp_path) as uri:
        outcome = nat_probe("--stun", uri, "--family", "4", "--output", str(pipe))
    assert outcome.exit_code == COULD_NOT
    assert "nobody reads from this pipe" in outcome.err


@pytest.mark.parametrize(("command", "limit"), [([], 7), (["audit-server"], 6)],
                         ids=["classify", "audit"])
def test_without_sockets_nothing_is_said_of_the_network(nat_probe: Program, ice_test: Path,
                                                        tmp_path: Path, command: list[str],
                                                        limit: int) -> None:
    """Too few file descriptors are a problem of this process: 2, and no verdict."""
    with server(ice_test, tmp_path) as uri:
        arguments = [*command, uri] if command else ["--stun", uri]
        done = subprocess.run(
            ["sh", "-c", f'ulimit -n {limit}; exec "$@"', "sh", str(nat_probe.path), *arguments,
             "--family", "4"], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == COULD_NOT, done.stdout
    assert "Too many open files" in done.stderr
    assert "route" not in done.stdout + done.stderr


def test_server_on_this_machine_promises_nothing(nat_probe: Program, ice_test: Path,
                                                 tmp_path: Path) -> None:
    """No packet has left the machine, so that nothing is known of the way to others."""
    with server(ice_test, tmp_path) as uri:
        outcome = nat_probe("--stun", uri, "--family", "4", "--format", "json")
    headline = outcome.json()["headline"]
    assert "only a server on this machine was asked" in headline
    assert "directly" not in headline


def test_closed_reader_is_no_crash(nat_probe: Program) -> None:
    """`nat-probe | head -1`: not the end by a signal, and no message about the pipe."""
    reading, writing = os.pipe()
    os.close(reading)
    with running([str(nat_probe.path), "--family", "4"], stdout=writing) as process:
        os.close(writing)
        _, err = process.communicate(timeout=20)
    assert process.returncode >= 0 and err == ""


def test_duplicate_server_is_asked_once(nat_probe: Program) -> None:
    """The same URI twice proves nothing more."""
    def reply(request: bytes, source: tuple[str, int]) -> list[tuple[float, bytes]]:
        return [(0, binding_response(request, source))]

    with HostileServer(reply) as plain:
        outcome = nat_probe("--stun", plain.uri, "--stun", plain.uri, "--family", "4",
                            "--format", "json")
    servers = outcome.json()["sections"][0]["subject"]["servers"]
    assert len(servers) == 1


@pytest.mark.parametrize("arguments", [
    ["--interface", "lo"], ["--all-interfaces"], ["--lifetime-steps", "15s"],
])
def test_option_without_effect_is_named(nat_probe: Program, arguments: list[str]) -> None:
    """Whoever gave it expects otherwise."""
    outcome = nat_probe("--family", "4", *arguments)
    assert outcome.exit_code == OK
    assert f"{arguments[0]} has no effect" in outcome.err


def test_list_without_servers_is_refused(nat_probe: Program, tmp_path: Path) -> None:
    """--public with an empty list, and with a folder in its place."""
    empty = tmp_path / "servers.txt"
    empty.write_text("# none\n")
    for path, words in ((empty, "names no server"), (tmp_path, "cannot read")):
        outcome = nat_probe("--public", env={"PORTOLAN_PUBLIC_SERVERS": str(path)})
        assert outcome.exit_code == COULD_NOT
        assert words in outcome.err and str(path) in outcome.err


def test_lifetime_without_sockets_reports_what_was_found_and_fails(
        nat_probe: Program, ice_test: Path, tmp_path: Path) -> None:
    """The ladder needs more sockets than the classification did: no silence about either."""
    report = tmp_path / "run.json"
    with server(ice_test, tmp_path) as uri:
        done = subprocess.run(
            ["sh", "-c", 'ulimit -n 16; exec "$@"', "sh", str(nat_probe.path), "--stun", uri,
             "--family", "4", "--lifetime", "--lifetime-steps", "1s,2s,3s,4s,5s,6s,7s,8s",
             "--format", "json", "--output", str(report)],
            capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == COULD_NOT, done.stdout + done.stderr
    assert "Too many open files" in done.stderr
    run = json.loads(report.read_text())
    assert run["complete"] is False
    assert "Too many open files" in run["cut_off"]["sentence"]
    assert run["sections"][0]["findings"]
