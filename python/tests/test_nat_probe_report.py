"""`nat-probe report` on loopback: the command line, the built-in server, and ends at any moment."""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from binaries import REPOSITORY, Json, Program
from netns.process import OwnedProcess
from netns.servers import serve_command, wait_for_file
from turn_servers import TurnServer

SCHEMA = REPOSITORY / "reports" / "model" / "report.schema.json"
OK, FINDINGS, COULD_NOT, INCONCLUSIVE = range(4)
PASSWORD = "wonderland"
SEED = 20261128


def findings(document: Json) -> dict[str, Json]:
    """The first of each id."""
    out: dict[str, Json] = {}
    for section in document["sections"]:
        for finding in section["findings"]:
            out.setdefault(finding["id"], finding)
    return out


def write_servers(path: Path, *urls: str) -> Path:
    """A file for --ice-servers."""
    path.write_text(json.dumps({"iceServers": [
        {"urls": list(urls), "username": "alice", "credential": PASSWORD}]}))
    return path


@pytest.mark.parametrize(("arguments", "word"), [
    (["--ice-servers", "/nonexistent.json"], "/nonexistent.json"),
    (["--stun", "turn:127.0.0.1"], "--ice-servers"),
    (["--stun", "127.0.0.1"], "stun:"),
    (["--expect", "miracles"], "relay-only"),
    (["--budget", "1ms"], "--budget"),
    (["--check-url", "https://example.org/204"], "http://"),
    (["--check-url", "http://user@example.org/"], "user"),
    (["--interface", "nosuchif0"], "nosuchif0"),
    (["--interface", "lo", "--all-interfaces"], "--all-interfaces"),
    (["--ca-file", "/nonexistent.pem"], "/nonexistent.pem"),
])
def test_wrong_usage_is_refused(nat_probe: Program, arguments: list[str], word: str) -> None:
    """With exit code 2 and what would be right."""
    outcome = nat_probe("report", *arguments)
    assert outcome.exit_code == COULD_NOT and outcome.out == ""
    assert outcome.err.startswith("nat-probe: error: ") and word in outcome.err, outcome.err


def test_built_in_server_is_labelled_as_such(nat_probe: Program) -> None:
    """Without a server the report shows how one looks, and claims nothing about the network."""
    outcome = nat_probe("report", "--budget", "3s", "--format", "json")
    document = outcome.json()
    assert "nothing about your network" in document["headline"]
    assert document["data"]["built_in_server"] is True
    assert outcome.exit_code in (OK, INCONCLUSIVE), outcome.err
    found = findings(document)
    for identifier in ("relay/allocation", "relay/data", "relay/ice", "relay/from-outside",
                       "ice/candidates", "ice/sdp"):
        assert found[identifier]["verdict"] == "pass", identifier
    assert found["relay/quality"]["data"]["lost_count"] == 0
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
    assert [error.message for error in validator.iter_errors(document)] == []


def test_ice_is_a_timeline_in_every_format(nat_probe: Program, nat_report: Program,
                                           tmp_path: Path) -> None:
    """What libnice did through each transport of the built-in server, when, and the pair it took."""
    saved = tmp_path / "run.json"
    nat_probe("report", "--budget", "6s", "--format", "json", "--output", str(saved))
    document = json.loads(saved.read_text())
    schema = json.loads(SCHEMA.read_text())
    jsonschema = pytest.importorskip("jsonschema")
    trials = [each["data"] for each in document["evidence"] if each["id"].endswith(".ice")]
    assert len(trials) == 2, "over UDP and over TCP"
    for trial in trials:
        (ladder,) = trial["figures"]
        jsonschema.validate(ladder, {"$defs": schema["$defs"], "$ref": "#/$defs/figure"})
        assert ladder["kind"] == "ladder" and 0 < len(ladder["exchanges"]) <= 48
        names = [each["name"] for each in ladder["exchanges"]]
        assert names[0] == "Allocate" and "CreatePermission" in names
        times = [each["at_us"] for each in ladder["exchanges"]]
        assert times == sorted(times) and times[0] >= 0
        chosen = [each for each in ladder["exchanges"] if each.get("is_selected")]
        assert {each["from"] for each in chosen} == {0, 2}, "checked from both sides"
        for each in chosen:
            assert each["at_us"] <= each["ended_at_us"] <= each["answered_at_us"]
        nominating = [each for each in chosen if each["name"] == "check, nominating"]
        assert nominating and {each["from"] for each in nominating} == {0}
        assert {each["pair"] for each in nominating} == {trial["selected_pair"]}
        assert max(mark["at_us"] for mark in ladder["marks"]) <= trial["connected_us"]
    for form, words in (("html", "<h3>ICE through turn:"), ("markdown", "### ICE through turn:"),
                        ("markdown", "| check, nominating |")):
        told = nat_report("render", str(saved), "--format", form).out
        assert told.count(words) >= 2, (form, words)
    verbose = nat_report("render", str(saved), "--format", "text", "-v").out
    assert verbose.count("offerer to answerer: check, nominating") >= 2


def test_home_router_is_simulated_and_says_so(nat_probe: Program, nat_sim: Program) -> None:
    """Without a server nat-sim, which lies beside nat-probe, gives a NAT, and confirms the peers."""
    assert nat_sim.path.parent == nat_probe.path.parent
    document = nat_probe("report", "--budget", "6s", "--format", "json").json()
    assert "this is a simulation" in document["headline"]
    assert document["data"]["simulated_nat"] == "linux-masq"
    found = findings(document)
    assert found["nat/simulated"]["summary"].startswith("Simulated, and not your network")
    assert found["peers/reach"]["value"] == "89 % direct, 11 % relayed"
    assert found["peers/simulated"]["value"] == "10 of 10 as derived"


def test_without_nat_sim_nothing_is_simulated(nat_probe: Program, tmp_path: Path) -> None:
    """The program alone does its work, and says what is missing."""
    alone = Program(Path(shutil.copy(nat_probe.path, tmp_path)))
    document = alone("report", "--quick", "--format", "json").json()
    found = findings(document)
    assert found["nat/simulated"]["reason"]["code"] == "no-nat-sim"
    assert "simulated_nat" not in document["data"]
    assert found["nat/mapping"]["verdict"] == "pass"


def test_shares_of_peers_say_of_whom(nat_probe: Program) -> None:
    """Those whose network lets UDP out; the others are named beside, with how they are reached."""
    found = findings(nat_probe("report", "--quick", "--format", "json").json())
    summary = found["peers/reach"]["summary"]
    assert summary.startswith("By the rules, of peers whose network lets UDP out, in all kinds")
    assert "Halkes and Pouwelse, 2011" in summary and "Richter et al., 2016" in summary
    assert summary.endswith("peers whose network blocks UDP, of whom no published share was found, "
                            "come on top: relayed")
    assert found["peers/reach"]["data"]["populations_are_of"] == "peers-with-udp"


@pytest.mark.parametrize("password", ["e", "r", "error", "401"])
def test_common_password_spoils_no_word(nat_probe: Program, tmp_path: Path, password: str) -> None:
    """A refused one of few letters, or a word of ours: what the server said stays readable, and
    does not tell it."""
    with TurnServer(tmp_path / "coturn") as server:
        path = tmp_path / "ice.json"
        path.write_text(json.dumps({"iceServers": [
            {"urls": f"turn:127.0.0.1:{server.port}", "username": "alice",
             "credential": password}]}))
        outcome = nat_probe("report", "--quick", "--ice-servers", str(path))
    flat = " ".join(outcome.out.split())
    assert "rror 401 (Unauthorized)" in flat and "redacted" not in flat, flat


def test_quick_is_quick(nat_probe: Program) -> None:
    """Within a second and a half; media is left out and said so."""
    document = nat_probe("report", "--quick", "--format", "json").json()
    assert document["duration_us"] < 1_500_000
    assert findings(document)["relay/quality"]["reason"]["code"] == "left-out"


def test_nothing_listens_there(nat_probe: Program, tmp_path: Path) -> None:
    """Exit code 1, both transports with their cause, and no password anywhere."""
    servers = write_servers(tmp_path / "ice.json", "turn:127.0.0.1:9",
                            "turn:127.0.0.1:9?transport=tcp")
    outcome = nat_probe("report", "--ice-servers", str(servers), "--format", "json")
    document = outcome.json()
    assert outcome.exit_code == FINDINGS
    reasons = [finding["reason"]["code"] for section in document["sections"]
               for finding in section["findings"] if finding["id"] == "server/reachable"]
    assert reasons == ["port-closed", "port-closed"]
    assert findings(document)["call/works"]["verdict"] == "inconclusive"
    assert document["headline"].startswith(
        "Your relay cannot be used, and whether calls with others work without it is open: only "
        "this computer itself was asked; of its relay, nothing listens there")
    assert PASSWORD not in outcome.out + outcome.err


@pytest.mark.parametrize(("arguments", "words"), [
    (["--stun", "stun:127.0.0.1:9"], "only this computer itself was asked; of its server, nothing"),
    (["--stun", "stun:nobody.invalid"], "nobody.invalid"),
    (["--stun", "stun:127.0.0.1", "--family", "6"], "no address of the family asked for"),
])
def test_wrong_server_is_not_held_against_the_network(nat_probe: Program, arguments: list[str],
                                                      words: str) -> None:
    """What a STUN server does not show is open: nothing has failed but that server."""
    outcome = nat_probe("report", "--quick", "--format", "json", *arguments)
    assert outcome.exit_code == INCONCLUSIVE, outcome.out
    document = outcome.json()
    assert document["headline"].startswith("It is open whether calls ")
    assert words in document["headline"]


def test_working_relay_on_this_computer_leaves_calls_open(
        nat_probe: Program, ice_test: Path, tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything of it is measured, and nothing of the way to others: exit code 3. What is asked
    of relays over UDP alone is not said to be silent over others."""
    monkeypatch.setenv("PORTOLAN_TURN_PASSWORD", PASSWORD)
    ready, authority = tmp_path / "ready", tmp_path / "ca.pem"
    command = serve_command(ice_test, ["127.0.0.1", "127.0.0.2"], 0, 0, ready,
                            ["--turn", "--user", "alice", "--show-credentials", "--tls",
                             "--tls-ca-out", str(authority)])
    with OwnedProcess(command, tmp_path / "server.log") as server:
        wait_for_file(ready, server)
        outcome = nat_probe("report", "--ice-servers", str(ready), "--ca-file", str(authority),
                            "--format", "json")
    document = outcome.json()
    assert document["headline"].startswith(
        "It is open whether calls with others will work: your relay, "), document["headline"]
    assert "it is on this computer, and whether others can reach it" in document["headline"]
    found = findings(document)
    assert found["call/works"]["reason"]["code"] == "only-this-computer"
    assert found["network/egress"]["reason"]["code"] == "only-this-computer"
    assert found["peers/reach"]["verdict"] == "not_tested"
    assert found["relay/under-load"]["data"]["video_expected_count"] > 0
    assert outcome.exit_code == INCONCLUSIVE
    outside = {section["subject"]["transport"]: finding for section in document["sections"]
               for finding in section["findings"] if finding["id"] == "relay/from-outside"}
    assert set(outside) == {"udp", "tcp", "tls", "dtls"}
    assert outside["udp"]["verdict"] == "pass"
    for transport in ("tcp", "tls", "dtls"):
        assert outside[transport]["reason"]["sentence"] == \
            "It is asked over UDP, of a relay of the same server"


def test_built_in_server_answers_over_ipv6(nat_probe: Program) -> None:
    """On the one loopback address of that family: a relay, and what it cannot show left open."""
    outcome = nat_probe("report", "--quick", "--family", "6", "--format", "json")
    found = findings(outcome.json())
    assert found["relay/allocation"]["verdict"] == "pass"
    assert found["call/works"]["verdict"] == "pass"
    assert found["nat/mapping"]["verdict"] == "not_tested"


def test_option_without_effect_is_told(nat_probe: Program) -> None:
    """The built-in server is asked over loopback, from whatever interface."""
    outcome = nat_probe("report", "--quick", "--interface", "lo")
    assert "--interface has no effect on the built-in server" in outcome.err


@pytest.mark.parametrize("servers", [[], ["--stun", "stun:127.0.0.1:9"]], ids=["built-in", "closed"])
def test_saved_report_is_explained(nat_probe: Program, tmp_path: Path, servers: list[str]) -> None:
    """The NAT is judged again from its packets; what the relays did stays as it was measured."""
    saved = tmp_path / "run.json"
    first = nat_probe("report", "--quick", "--format", "json", "--output", str(saved), *servers)
    again = nat_probe("explain", str(saved), "--format", "json")
    assert again.exit_code == first.exit_code and again.err == "", again.err
    was, derived = json.loads(saved.read_text()), again.json()
    assert derived["headline"] == was["headline"]
    assert derived["data"]["differences"] == []
    assert [section["id"] for section in derived["sections"]] == [
        section["id"] for section in was["sections"]]
    assert {each["id"] for each in derived["evidence"]} == {each["id"] for each in was["evidence"]}


def test_every_id_is_listed_and_explained(nat_probe: Program) -> None:
    """--list knows all that a run can report."""
    listed = nat_probe("report", "--list").out
    document = nat_probe("report", "--quick", "--format", "json").json()
    for identifier in findings(document):
        assert identifier in listed, identifier
        assert nat_probe("report", "--explain", identifier).exit_code == OK


def test_thresholds_are_explained_and_printed(nat_probe: Program) -> None:
    """A limit that nobody can read is no limit."""
    assert "150 ms" in nat_probe("report", "--explain", "relay/quality").out
    document = nat_probe("report", "--budget", "3s", "--format", "json").json()
    thresholds = findings(document)["relay/quality"]["data"]["thresholds"]
    assert thresholds["rtt_p50_us"] == 150_000


def processes_of(session: int) -> list[str]:
    """The command lines of what still runs of it."""
    out = []
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if entry.name.isdigit() and int(fields[3]) == session and fields[0] != "Z":
                out.append((entry / "cmdline").read_text().replace("\0", " "))
        except (OSError, IndexError):
            continue
    return out


def left_after(session: int, within_s: float) -> list[str]:
    """What still runs of it then: the kernel ends children a moment after their parent."""
    deadline = time.monotonic() + within_s
    while (left := processes_of(session)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL],
                         ids=["int", "term", "kill"])
def test_end_at_any_moment_leaves_a_whole_report_or_none(
        nat_probe: Program, tmp_path: Path, number: signal.Signals) -> None:
    """Twenty random moments of a run of some two seconds. What is written can be read, is valid,
    and says that it is not complete; and what can be caught is caught from the start of the work
    on."""
    chance = random.Random(SEED + number)
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
    written = 0
    for attempt in range(20):
        output = tmp_path / f"{attempt}.json"
        after_s = chance.uniform(0.0, 1.8)
        with subprocess.Popen([str(nat_probe.path), "report", "--budget", "4s", "--format", "json",
                               "--output", str(output)], stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, start_new_session=True) as process:
            time.sleep(after_s)
            process.send_signal(number)
            _, err = process.communicate(timeout=10)
        where = f"seed {SEED}, killed after {after_s:.3f} s, {err.decode()}"
        assert left_after(process.pid, 2.0) == [], where
        if not output.exists():
            assert process.returncode == -number, where
            continue
        written += 1
        document = json.loads(output.read_text())
        assert [error.message for error in validator.iter_errors(document)] == [], where
        assert number != signal.SIGKILL or document["complete"], where
        if not document["complete"]:
            assert document["cut_off"]["code"] == "interrupted", where
            assert process.returncode in (FINDINGS, INCONCLUSIVE), where
    assert number == signal.SIGKILL or written >= 10, f"{written} reports of 20"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL],
                         ids=["int", "term", "kill"])
def test_end_at_any_moment_leaves_no_allocation(
        nat_probe: Program, ice_test: Path, tmp_path: Path, number: signal.Signals,
        monkeypatch: pytest.MonkeyPatch) -> None:
    """On a server with room for a run and a few more allocations, which live ten minutes: a run
    after ten that were ended finds room. After ten that could not end in order it does not, which
    shows that what is left behind would be seen."""
    monkeypatch.setenv("PORTOLAN_TURN_PASSWORD", PASSWORD)
    chance = random.Random(SEED + number)
    ready = tmp_path / "ready"
    with OwnedProcess(serve_command(ice_test, ["127.0.0.1"], 0, 0, ready,
                                    ["--turn", "--user", "alice", "--show-credentials",
                                     "--max-user-allocations", "8"]),
                      tmp_path / "server.log") as server:
        wait_for_file(ready, server)
        command = [str(nat_probe.path), "report", "--budget", "4s", "--format", "json",
                   "--ice-servers", str(ready)]
        for _ in range(10):
            with subprocess.Popen([*command, "--output", str(tmp_path / "cut.json")],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
                time.sleep(chance.uniform(0.6, 1.6))
                process.send_signal(number)
                process.wait(timeout=10)
        document = nat_probe(*command[1:]).json()
    refused = [finding["id"] for section in document["sections"] for finding in section["findings"]
               if "486" in finding.get("reason", {}).get("sentence", "")]
    assert bool(refused) == (number == signal.SIGKILL), refused
