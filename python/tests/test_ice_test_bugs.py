"""`ice-test turn` against `ice-test serve --tls`, sound and with a bug, over every transport."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from netns.process import OwnedProcess
from netns.servers import serve_command, wait_for_file


@contextmanager
def embedded(ice_test: Path, directory: Path, *options: str) -> Iterator[Path]:
    """The iceServers file of a server over UDP, TCP, TLS and DTLS; its authority is `ca.pem`."""
    ready = directory / "ready"
    with OwnedProcess(
            serve_command(ice_test, ["127.0.0.1"], 0, 0, ready,
                          ["--turn", "--user", "alice", "--show-credentials", "--tls",
                           "--tls-ca-out", str(directory / "ca.pem"), *options]),
            directory / "log") as server:
        wait_for_file(ready, server)
        yield ready


def findings(ice_test: Path, ready: Path, *options: str) -> tuple[int, list[tuple[str, str]]]:
    """Exit code, and each check with its verdict."""
    report = ready.with_name("report.json")
    done = subprocess.run(
        [str(ice_test), "turn", "--format", "json", "--output", str(report), "--ice-servers",
         str(ready), "--ca-file", str(ready.with_name("ca.pem")), *options],
        capture_output=True, text=True, timeout=120, check=False)
    sections: list[dict[str, Any]] = json.loads(report.read_text())["sections"]
    return done.returncode, [(finding["id"], finding["verdict"]) for section in sections
                             for finding in section["findings"]]


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTOLAN_TURN_PASSWORD", "wonderland")


def test_four_transports_are_printed_and_sound(ice_test: Path, tmp_path: Path) -> None:
    """The line of JSON is all that the suite needs."""
    with embedded(ice_test, tmp_path) as ready:
        urls = json.loads(ready.read_text())["iceServers"][1]["urls"]
        code, found = findings(ice_test, ready, "--only", "rfc", "--fail-on", "must")
    assert [(url.split(":")[0], url.split("=")[1]) for url in urls] == [
        ("turn", "udp"), ("turn", "tcp"), ("turns", "tcp"), ("turns", "udp")]
    assert [check for check, verdict in found if verdict == "fail"] == []
    assert code == 0


@pytest.mark.parametrize("bug", ["rfc8656/8.2/delete", "tls/plaintext", "rfc8016/3.2.2/move"])
def test_bug_is_found_by_its_check_and_nothing_else_is(ice_test: Path, tmp_path: Path,
                                                       bug: str) -> None:
    """--bug breaks what the check of that id is about."""
    family = bug.rsplit("/", 1)[0]
    with embedded(ice_test, tmp_path, "--bug", bug) as ready:
        code, found = findings(ice_test, ready, "--only", family)
    assert {check for check, verdict in found if verdict == "fail"} == {bug}
    assert code == 1


@pytest.mark.parametrize(("bug", "others"), [
    ("rfc8489/14.6/sha256", {"server/allocation"}),
    ("rfc8489/10/alternate-server", {"server/reachable"}),
    ("rfc8489/6.3.1/change-request", set()),
    ("rfc8656/7.2/lifetime-long", set())])
def test_bug_is_named_in_a_whole_run(ice_test: Path, tmp_path: Path, bug: str,
                                     others: set[str]) -> None:
    """All checks of the RFCs, on two addresses: the one of that id fails, and what rests on it."""
    with embedded(ice_test, tmp_path, "--address", "127.0.0.2", "--bug", bug) as ready:
        code, found = findings(ice_test, ready, "--only", "rfc", "--only", "server",
                               "--fail-on", "should")
    assert {check for check, verdict in found if verdict == "fail"} == {bug} | others
    assert code == 1
    listed = subprocess.run([str(ice_test), "serve", "--list-bugs"], capture_output=True,
                            text=True, timeout=20, check=True).stdout
    (row,) = [line for line in listed.splitlines() if line.split()[0] == bug]
    too = set(row.partition(" May fail too: ")[2].rstrip(".").split())
    assert others <= too and bool(others) == bool(too)


def listed(ice_test: Path) -> dict[str, str]:
    """What --list-bugs says of each."""
    text = subprocess.run([str(ice_test), "serve", "--list-bugs"], capture_output=True, text=True,
                          timeout=20, check=True).stdout
    return {line.split()[0]: line.partition(" ")[2].strip() for line in text.splitlines()}


def options_for_red(said: str) -> list[str]:
    """What a run has to be told, by that row."""
    found = re.search(r" Red with ([^.]*)\.", said)
    return found[1].split() if found else []


def test_each_bug_is_red_with_what_the_list_says_and_not_without(ice_test: Path,
                                                                 tmp_path: Path) -> None:
    """Those that are not red by default, with their checks alone: all that do not take minutes."""
    secret = tmp_path / "secret"
    secret.write_text("north\n")
    rows = {bug: said for bug, said in listed(ice_test).items()
            if options_for_red(said) and "long" not in options_for_red(said)
            and bug != "tls/server-name"  # needs a URI with a name
            and not bug.startswith("rfc7635/")}
    assert len(rows) > 40

    def codes(bug: str) -> tuple[int, int, bool]:
        directory = tmp_path / bug.replace("/", "-")
        directory.mkdir()
        more = ["--turn-secret-file", str(secret), "--address", "::1"]
        if bug.startswith("security/"):
            more += ["--deny-peer", "near", "--fault", "no-response-port"]
        ports = re.search(r"--relay-ports \S+[^. ]", rows[bug])
        with embedded(ice_test, directory, "--bug", bug, *more,
                      *(ports[0].split() if ports else ())) as ready:
            family = ["--only", bug.rsplit("/", 1)[0], "--family", "4", "--turn-secret-file",
                      str(secret)]
            options = options_for_red(rows[bug])
            quiet, _ = findings(ice_test, ready, *family)
            red, found = findings(ice_test, ready, *family, *options)
            return quiet, red, (bug, "fail") in found

    with ThreadPoolExecutor(8) as pool:
        seen = dict(zip(rows, pool.map(codes, rows)))
    assert {bug for bug, (_, red, fails) in seen.items() if red != 1 or not fails} == set()
    alone = {bug for bug in rows if " May fail too: " not in rows[bug]}
    assert {bug for bug in alone if seen[bug][0] == 1} == set()


@pytest.mark.parametrize(("bug", "also"), [
    ("security/peer/ipv6-local", []), ("security/peer/re-encoded", []),
    ("security/random-datagrams", ["--only", "security/random-datagrams"]),
    ("security/peer/nobody", ["--profile", "webrtc-public"])])
def test_what_a_bug_needs_to_show_is_listed(ice_test: Path, tmp_path: Path, bug: str,
                                            also: list[str]) -> None:
    """In words where no option of the registry says it; with that the run is red."""
    for word in also[-1:] or ["--address ::1"]:
        assert word in listed(ice_test)[bug]
    with embedded(ice_test, tmp_path, "--deny-peer", "near", "--fault", "no-response-port",
                  "--address", "::1", "--bug", bug) as ready:
        code, found = findings(ice_test, ready, "--family", "4",
                               *(also if "--only" in also else ["--only", "security", *also]))
    assert code == 1 and (bug, "fail") in found


def test_unknown_bug_is_a_usage_error(ice_test: Path) -> None:
    """With what may have been meant."""
    done = subprocess.run([str(ice_test), "serve", "--turn", "--user", "alice", "--bug",
                           "rfc8656/8.2/delet"],
                          capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 2
    assert "did you mean rfc8656/8.2/delete?" in done.stderr


def test_every_check_is_a_bug(ice_test: Path) -> None:
    """--list-bugs has the ids of `ice-test turn --list` that are checks, whatever their order."""
    def first_words(*words: str) -> set[str]:
        text = subprocess.run([str(ice_test), *words], capture_output=True, text=True, timeout=20,
                              check=True).stdout
        return {line.split()[0] for line in text.splitlines() if "/" in line.split(" ")[0]}

    checks = {check for check in first_words("turn", "--list")
              if not check.startswith(("server/", "budget/"))}
    assert first_words("serve", "--list-bugs") == checks
