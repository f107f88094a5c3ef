"""One URI with several credentials: `ice-test turn` and `ice` try every one of them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from binaries import Program
from netns.process import OwnedProcess
from netns.servers import serve_command, wait_for_file

Json = dict[str, Any]

PASSWORDS = {"alice": "wonderland", "bob": "builder"}


@pytest.fixture
def uri(ice_test: Path, tmp_path: Path) -> Iterator[str]:
    """Of the embedded server over UDP, with two users."""
    ready = tmp_path / "ready"
    users = []
    for name, password in PASSWORDS.items():
        (tmp_path / name).write_text(password)
        users += ["--user", f"{name}=file:{tmp_path / name}"]
    with OwnedProcess(serve_command(ice_test, ["127.0.0.1"], 0, 0, ready, ["--turn", *users]),
                      tmp_path / "server.log") as server:
        wait_for_file(ready, server)
        yield next(url for url in json.loads(ready.read_text())["turn"]["urls"]
                   if url.endswith("udp"))


def servers_file(directory: Path, uri: str, *users: tuple[str, str]) -> Path:
    """An entry for each of them."""
    path = directory / "servers.json"
    path.write_text(json.dumps({"iceServers": [
        {"urls": uri, "username": name, "credential": password} for name, password in users]}))
    return path


ONLY = {"turn": ("rfc8656/7.2/allocate", "rfc8656/5/foreign-user"), "ice": ("ice/gathering",)}


def run(ice_test: Path, command: str, servers: Path,
        *selected: str) -> tuple[int, Json, str]:
    """Exit code, report and stderr of what is selected, or of a few checks."""
    only = selected or ONLY[command]
    done = subprocess.run(
        [str(ice_test), command, "--ice-servers", str(servers), "--format", "json",
         *(word for each in only for word in ("--only", each))],
        capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, json.loads(done.stdout), done.stderr


def findings(report: Json) -> dict[str, Json]:
    """Of one server."""
    assert report["subject"]["servers"] == [report["sections"][0]["subject"]["uri"]]
    return {finding["id"]: finding for section in report["sections"]
            for finding in section["findings"]}


GOOD = (("alice", "wonderland"), ("bob", "builder"))


@pytest.mark.parametrize("command", ["turn", "ice"])
def test_every_credential_gets_an_allocation(ice_test: Path, tmp_path: Path, uri: str,
                                             command: str) -> None:
    """Said once, with the entries of the file; one that is there twice is the same."""
    code, report, _ = run(ice_test, command, servers_file(tmp_path, uri, *GOOD, GOOD[0]))
    found = findings(report)
    assert code == 0 and found["server/other-users"]["verdict"] == "pass"
    assert "/iceServers/1" in found["server/other-users"]["summary"]
    assert "/iceServers/2" not in found["server/other-users"]["summary"]


@pytest.mark.parametrize("command", ["turn", "ice"])
@pytest.mark.parametrize(("users", "wrong"), [
    ((*GOOD, ("bob", "wrong-one")), ["/iceServers/2"]),
    ((("alice", "wonderland"), ("alice", "wrong-one"), ("bob", "builder"), ("eve", "wrong-two")),
     ["/iceServers/1", "/iceServers/3"]),
], ids=["third", "same-name"])
def test_credential_that_is_refused_is_named(
        ice_test: Path, tmp_path: Path, uri: str, command: str, users: tuple[tuple[str, str], ...],
        wrong: list[str]) -> None:
    """By its entry, in the first sentence too; the checks run with the first one."""
    code, report, stderr = run(ice_test, command, servers_file(tmp_path, uri, *users))
    found = findings(report)
    refused = found.pop("server/other-users")
    assert code == 1 and refused["verdict"] == "fail"
    said = refused["reason"]["sentence"]
    assert [each for each in ("/iceServers/1", "/iceServers/2", "/iceServers/3") if each in said
            ] == wrong
    assert said.count("401") == len(wrong) and "0 of" in report["headline"]
    assert wrong[0] in report["headline"]
    assert {finding["verdict"] for finding in found.values()} == {"pass"}, found
    for text in (json.dumps(report), stderr):
        assert "wrong-" not in text and "builder" not in text and "wonderland" not in text


@pytest.mark.parametrize("command", ["turn", "ice"])
def test_servers_alone_are_asked_and_explained(ice_test: Path, tmp_path: Path, uri: str,
                                               command: str) -> None:
    """--only server asks for an allocation with each credential, and no more."""
    code, report, _ = run(ice_test, command, servers_file(tmp_path, uri, *GOOD), "server")
    found = findings(report)
    things = {"turn": "checks", "ice": "ICE scenarios"}[command]
    assert code == 0 and report["headline"] == (
        f"The server is there and gives allocations; no {things} were run.")
    assert {name: finding["verdict"] for name, finding in found.items()} == {
        f"server/{name}": "pass" for name in ("reachable", "allocation", "other-users")}
    code, report, _ = run(ice_test, command, servers_file(tmp_path, uri, ("alice", "wrong-one")),
                          "server")
    assert code == 1 and "401" in report["headline"]
    for name in (*found, "server/discovery"):
        said = subprocess.run([str(ice_test), command, "--explain", name], capture_output=True,
                              text=True, timeout=20, check=True).stdout
        assert said.startswith(f"{name}: ")


def test_second_user_is_the_first_with_another_name(ice_test: Path, tmp_path: Path,
                                                    uri: str) -> None:
    """Two credentials of one user are one user."""
    report = run(ice_test, "turn", servers_file(tmp_path, uri, GOOD[0], ("alice", "old"),
                                                GOOD[1]))[1]
    assert findings(report)["rfc8656/5/foreign-user"]["verdict"] == "pass"
    report = run(ice_test, "turn", servers_file(tmp_path, uri, GOOD[0], ("alice", "old")))[1]
    assert findings(report)["rfc8656/5/foreign-user"]["verdict"] == "not_tested"


def test_nat_probe_names_what_it_leaves_out(nat_probe: Program, tmp_path: Path, uri: str) -> None:
    """On stderr and in the report: the first credentials are the ones that it tries."""
    servers = servers_file(tmp_path, uri, *GOOD, GOOD[0])
    outcome = nat_probe("report", "--ice-servers", str(servers), "--quick", "--format", "json")
    left_out = [finding for section in outcome.json()["sections"]
                for finding in section["findings"] if finding["id"] == "server/not-asked"]
    (finding,) = left_out
    for text in (outcome.err, finding["summary"]):
        assert f"{uri} with the credentials of /iceServers/1" in text, text
        assert "/iceServers/2" not in text
    assert len(outcome.json()["subject"]["servers"]) == 1
    outcome = nat_probe("report", "--ice-servers", str(servers_file(tmp_path, uri, *GOOD[:1] * 2)),
                        "--quick", "--format", "json")
    assert "server/not-asked" not in outcome.out and outcome.err == ""
