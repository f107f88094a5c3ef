"""nat-probe in situations that nobody planned for: no network, a dead server, Ctrl-C."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from binaries import Json, Program, ReportReader

from .conftest import WorldMaker
from .namespace import Namespace
from .nat_kinds import BY_ID
from .process import OwnedProcess
from .topology import Internet, ServerAddresses, World

FINDINGS, COULD_NOT, OPEN = 1, 2, 3
NOBODY = "5.5.5.99"  # an address of the internet's that drops everything


@pytest.fixture
def cut_off_host(internet: Internet) -> Iterator[Namespace]:
    """As `unshare -n` makes it: not even a loopback interface is up."""
    with Namespace("alone") as made:
        made.ip("link set lo down")
        yield made


@pytest.fixture
def silent_world(internet: Internet, make_world: WorldMaker) -> World:
    """Behind a NAT that lets nothing through: the server never answers."""
    return make_world(BY_ID["all-dropped"])


# ---- no network
def test_without_any_network_the_cause_is_said(cut_off_host: Namespace, nat_probe: Program
                                               ) -> None:
    """Exit code 1, and advice that fits: a TURN server would not help."""
    outcome = nat_probe.inside(cut_off_host.prefix)("--stun", "stun:192.0.2.1",
                                                    "--format", "json")
    assert outcome.exit_code == FINDINGS, outcome.err
    assert ReportReader(outcome.json()).told(4, "udp") == "no-route"
    advice = outcome.json()["sections"][0]["findings"][0]["advice"]
    assert len(advice) == 1 and "network" in advice[0] and "TURN" not in advice[0]


@pytest.mark.parametrize(("arguments", "words"), [
    ([], "loopback"),
    (["--stun", "stun:stun.test"], "stun.test"),
    (["--stun", "stun:192.0.2.1", "--all-interfaces"], "no interface"),
])
def test_what_cannot_start_without_network_is_an_error(
        arguments: Sequence[str], words: str, cut_off_host: Namespace, nat_probe: Program) -> None:
    """Exit code 2 and one line; the network is not judged on a test that could not be made."""
    outcome = nat_probe.inside(cut_off_host.prefix)(*arguments)
    assert (outcome.exit_code, outcome.out) == (COULD_NOT, "")
    assert words in outcome.err and len(outcome.err.splitlines()) == 1


def test_host_with_ipv6_only_is_judged_on_it(internet: Internet, embedded: ServerAddresses,
                                             nat_probe: Program) -> None:
    """No route for IPv4 is no failure there, and what IPv6 leaves open counts."""
    servers = ["--stun", f"stun:{embedded.v4[0]}", "--stun", f"stun:[{embedded.v6[0]}]",
               "--format", "json"]
    with World(internet, {6: BY_ID["stateful-firewall"]}) as world:
        outcome = nat_probe.inside(world.client.prefix)(*servers)
    assert outcome.exit_code == 0, outcome.err
    report = ReportReader(outcome.json())
    assert report.value(6, "udp") == "reachable"
    assert report.finding(4, "udp").reason == "no-address"
    with World(internet, {6: BY_ID["all-dropped"]}) as world:
        assert nat_probe.inside(world.client.prefix)(*servers).exit_code == OPEN


# ---- nobody answers
def test_server_that_never_answers_stays_open(silent_world: World, nat_probe: Program) -> None:
    """Soon, and without blaming anybody."""
    started = time.monotonic()
    outcome = nat_probe.inside(silent_world.client.prefix)("--stun", f"stun:{NOBODY}", "--family",
                                                           "4", "--format", "json")
    assert time.monotonic() - started < 5
    assert outcome.exit_code == OPEN
    assert outcome.json()["complete"]
    assert ReportReader(outcome.json()).told(4, "udp") == "no-answer"


def test_tenth_of_a_second_is_kept(silent_world: World, nat_probe: Program) -> None:
    """--budget 100ms: a report that says that it was cut off, and what for."""
    started = time.monotonic()
    outcome = nat_probe.inside(silent_world.client.prefix)(
        "--stun", f"stun:{NOBODY}", "--budget", "100ms", "--format", "json")
    assert time.monotonic() - started < 2
    assert outcome.exit_code == OPEN
    document = outcome.json()
    assert not document["complete"] and document["cut_off"]["code"] == "budget"
    assert "100ms" in document["cut_off"]["sentence"]
    assert document["duration_us"] < 400_000


def test_repetitions_have_the_whole_budget_each(make_world: WorldMaker, embedded: ServerAddresses,
                                                nat_probe: Program) -> None:
    """Two of a budget that is just enough for one."""
    world = make_world(BY_ID["masquerade"])
    outcome = nat_probe.inside(world.client.prefix)(
        "--stun", f"stun:{embedded.v4[0]}", "--family", "4", "--budget", "2s", "--repeat", "4",
        "--format", "json")
    assert outcome.exit_code == 0, outcome.err
    assert outcome.json()["complete"]
    assert len(outcome.json()["data"]["ledgers"]["ipv4"]) == 4


def test_long_list_of_servers_is_shortened_and_said(silent_world: World, nat_probe: Program
                                                    ) -> None:
    """RFC 5780 s5: ten transactions a second; who is left out is not left unsaid."""
    servers = [word for number in range(1, 251) for word in ("--stun", f"stun:5.5.6.{number}")]
    outcome = nat_probe.inside(silent_world.client.prefix)(*servers, "--family", "4",
                                                           "--format", "json")
    assert outcome.exit_code == OPEN
    assert "only the first 6 of 250 servers are asked" in outcome.err
    asked = {probe["destination"] for probe in
             outcome.json()["data"]["ledgers"]["ipv4"][0]["probes"]}
    assert len(asked) == 6


# ---- cut off by somebody
def wait_until_caught(pid: int, sign: int) -> None:
    """Until the program has its handler for the signal; before that the signal just ends it."""
    limit = time.monotonic() + 20
    while time.monotonic() < limit:
        status = Path(f"/proc/{pid}/status").read_text()
        caught = next(line.split()[1] for line in status.splitlines()
                      if line.startswith("SigCgt:"))
        is_ours = status.startswith("Name:\tnat-probe\n")
        if is_ours and int(caught, 16) & (1 << (sign - 1)):
            return
        time.sleep(0.01)
    raise AssertionError(f"no handler for signal {sign}")


def cut_off_run(world: World, nat_probe: Program, directory: Path, after_s: float, sign: int,
                *arguments: str) -> tuple[int, Json]:
    """Runs nat-probe on the client, sends it a signal; its exit code and the report it wrote."""
    target = directory / "report.json"
    with OwnedProcess(world.client.prefix([str(nat_probe.path), *arguments, "--format", "json",
                                           "--output", str(target)]),
                      directory / "log") as process:
        wait_until_caught(process.pid, sign)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(after_s)
        process.send(sign)
        exit_code = process.wait(3)
    document: Json = json.loads(target.read_text())
    return exit_code, document


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("command", ["classify", "audit", "lifetime"])
def test_interrupted_run_still_writes_its_report(
        command: str, sign: signal.Signals, make_world: WorldMaker, embedded: ServerAddresses,
        nat_probe: Program, tmp_path: Path) -> None:
    """At once, marked as cut off, with what is known by then."""
    world = make_world(BY_ID["all-dropped" if command == "classify" else "masquerade"])
    uri = f"stun:{embedded.v4[0]}"
    arguments = {"classify": ["--stun", uri], "audit": ["audit-server", uri],
                 "lifetime": ["--stun", uri, "--lifetime", "--family", "4"]}[command]
    exit_code, document = cut_off_run(world, nat_probe, tmp_path,
                                      1.5 if command == "lifetime" else 0.3, sign, *arguments)
    assert exit_code == OPEN
    assert not document["complete"]
    assert document["cut_off"]["code"] == "interrupted"
    if command == "lifetime":
        assert ReportReader(document).value(4, "mapping") == "endpoint-independent"
        again = nat_probe("explain", str(tmp_path / "report.json"), "--format", "json")
        assert again.exit_code == OPEN and again.json()["data"]["differences"] == []
