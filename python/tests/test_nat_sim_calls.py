"""nat-sim call, run, matrix and probe: whole calls of real libnice in simulated networks."""

from __future__ import annotations

import json
import operator
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from binaries import REPOSITORY, Program, running

SCENARIO_SCHEMA = REPOSITORY / "nat-sim" / "scenario" / "scenario.schema.json"
REPORT_SCHEMA = REPOSITORY / "reports" / "model" / "report.schema.json"


def validator(schema: Path) -> Any:
    """Skips without python3-jsonschema."""
    jsonschema = pytest.importorskip("jsonschema")
    document = json.loads(schema.read_text())
    jsonschema.Draft202012Validator.check_schema(document)
    return jsonschema.Draft202012Validator(document)


def scenario(**members: object) -> dict[str, object]:
    """Two hosts behind NATs of their own, with more or other members."""
    return {"networks": [{"name": "x", "nat": "eim-apdf"}, {"name": "y", "nat": "apdm-apdf"}],
            "parties": {"a": {"network": "x", "turn": ["udp"]}, "b": {"network": "y"}}, **members}


def write(directory: Path, content: object) -> str:
    """As a file; its path."""
    path = directory / "scenario.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


def children_of(pid: int) -> list[int]:
    """The processes that it started."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(word) for word in text.split()]


def test_an_allocation_that_comes_while_the_agent_closes_is_given_back(
        nat_sim: Program, tmp_path: Path) -> None:
    """The call is over before TURN over TCP has answered; libnice warns of what is left."""
    both: dict[str, object] = {"network": "n", "ice_tcp": False}
    outcome = nat_sim("run", write(tmp_path, {
        "seed": 485, "networks": [{"name": "n", "nat": "corp-fw"}],
        "parties": {"a": both | {"ice_tcp": True, "turn": ["udp", "tcp-443"]},
                    "b": both | {"turn": ["tcp", "udp", "tcp-443"]}},
        "signalling": {"delay_ms": 0}}))
    assert outcome.exit_code == 0
    assert outcome.err == ""


# ---- call
def test_a_call_says_which_pair_and_why(nat_sim: Program) -> None:
    """The first sentence says it; the findings are pass; both sides name one pair."""
    outcome = nat_sim("call", "--a", "corp-fw", "--b", "home-generic", "--media", "2s")
    assert outcome.exit_code == 0
    first = " ".join(outcome.out.split("\n\n")[0].split())
    assert first.startswith("A and B connect over ")
    assert "A's NAT uses another port toward B than the one it announced" in first
    document = nat_sim("call", "--a", "corp-fw", "--b", "home-generic", "--media", "2s",
                       "--format", "json").json()
    validator(REPORT_SCHEMA).validate(document)
    verdicts = {entry["id"]: entry["verdict"] for entry in document["sections"][0]["findings"]}
    assert verdicts == {"call/connectivity": "pass", "call/forecast": "pass",
                        "call/nomination": "pass", "call/held": "pass",
                        "call/media": "pass", "call/speech-quality": "pass",
                        "call/claimed-pair": "pass"}
    call = document["data"]["call"]
    assert call["reach"] == "relayed"
    assert call["a"]["selected_pair"]["remote"]["address"] == \
        call["b"]["selected_pair"]["local"]["address"]
    assert call["a"]["media"]["audio_received"]["received"]["received_count"] >= 100


def test_a_call_that_fails_is_a_finding(nat_sim: Program) -> None:
    """Exit code 1, and the reason in the first sentence."""
    outcome = nat_sim("call", "--a", "corp-fw", "--b", "cgn-cell-sym", "--turn", "none")
    assert outcome.exit_code == 1
    assert outcome.out.startswith("A and B do not connect")
    assert "both use another port" in " ".join(outcome.out.split())


@pytest.mark.parametrize("arguments", [
    ("call", "--a", "linux-masq", "--b", "corp-fw", "--media", "1s"),
    ("call", "--a", "nat444", "--b", "udp-blocked", "--turn", "tcp"),
    ("probe", "--nat", "apdm-adf", "--loss", "5%")], ids=operator.itemgetter(2))
def test_the_same_seed_gives_the_same_bytes(arguments: tuple[str, ...], nat_sim: Program) -> None:
    """And another seed other ones."""
    first = nat_sim(*arguments, "--format", "json", "--seed", "5")
    assert first.out == nat_sim(*arguments, "--format", "json", "--seed", "5").out
    assert first.out != nat_sim(*arguments, "--format", "json", "--seed", "6").out


def test_captures_show_both_sides_of_each_nat(nat_sim: Program, tmp_path: Path) -> None:
    """tshark sees STUN in them, from the private address inside and the public one outside."""
    folder = tmp_path / "pcap"
    assert nat_sim("call", "--a", "nat444", "--b", "internet", "--pcap",
                   str(folder)).exit_code == 0
    names = sorted(path.name for path in folder.iterdir())
    assert names == sorted(f"{box}.{side}.pcap" for box in ("home-a", "home-a-2")
                           for side in ("inside", "outside"))

    def sources(name: str) -> set[str]:
        shown = subprocess.run(
            ["tshark", "-r", str(folder / name), "-Y", "stun", "-T", "fields", "-e", "ip.src"],
            capture_output=True, text=True, check=True, timeout=60)
        return set(shown.stdout.split())

    assert "192.168.1.2" in sources("home-a.inside.pcap")
    assert "100.64.0.2" in sources("home-a.outside.pcap")
    assert "100.64.0.2" in sources("home-a-2.inside.pcap")
    outside = sources("home-a-2.outside.pcap")
    assert "203.0.113.1" in outside
    assert not any(ip.startswith(("192.168.", "100.64.")) for ip in outside)


def test_every_decision_of_a_nat_is_an_event(nat_sim: Program, tmp_path: Path) -> None:
    """With reason, requirement, and the packet before and after."""
    path = tmp_path / "events.jsonl"
    assert nat_sim("call", "--a", "eim-apdf", "--b", "eim-apdf", "--turn", "none", "--events",
                   str(path)).exit_code == 0
    events = [json.loads(line) for line in path.read_text().splitlines()]
    assert {event["box"] for event in events} == {"home-a", "home-b"}
    created = next(event for event in events if event.get("mapping_created"))
    assert created["reason"] == "created"
    assert created["packet"]["source"].startswith("192.168.1.2:")
    assert created["becomes"]["source"].startswith("203.0.113.")
    dropped = [event for event in events if event["action"] == "drop"]
    assert any(event["reason"] == "filtered" and "RFC 4787" in event["requirement"]
               for event in dropped)
    assert all(earlier["at_us"] <= later["at_us"]
               for earlier, later in zip(events, events[1:]))


@pytest.mark.parametrize(("arguments", "expected"), [
    (("call", "--a", "linux-mask"), "linux-masq"), (("call", "--turn", "sctp"), "--turn"),
    (("call", "--set", "hairpn=off"), "/hairpn"), (("call", "--set", "hairpin=maybe"), "/hairpin"),
    (("call", "--set", "mapping/udp=x"), "--set, with linux-masq: /mapping/udp: must be"),
    (("matrix", "--set", "mapping/udp=x"), "--set, with eim-eif: /mapping/udp: must be"),
    (("matrix", "--turn", "udp", "--turn", "none", "--turn", "udp"), "--turn: udp"),
    (("matrix", "--a", "eim-eif", "--a", "eim-eif"), "--a: eim-eif"),
    (("call", "--pcap", ""), "--pcap"), (("call", "--events", ""), "--events"),
    (("call", "--events", "-"), "--events"), (("probe", "--pcap", "-"), "--pcap"),
    (("call", "--media", "30"), "--media"), (("matrix", "--a", "nope"), "nope"),
    (("matrix", "--jobs", "0"), "--jobs"), (("probe", "--loss", "101"), "--loss"),
    (("probe", "--nat", "nope"), "nope"), (("run", "/nowhere/x.json"), "/nowhere/x.json"),
    (("call", "--pcap", "/proc/nowhere"), "--pcap")], ids=str)
def test_bad_options_are_refused(arguments: tuple[str, ...], expected: str,
                                 nat_sim: Program) -> None:
    """Exit code 2, one error that names the thing, nothing on standard output."""
    outcome = nat_sim(*arguments)
    assert outcome.exit_code == 2
    assert outcome.out == ""
    assert outcome.err.count("error:") == 1
    assert expected in outcome.err


@pytest.mark.parametrize("command", ["call", "matrix"])
def test_the_settings_that_the_help_names_are_real(command: str, nat_sim: Program) -> None:
    """They work as they stand there, with the presets that are the default."""
    text = " ".join(nat_sim(command, "--help").out.split())
    shown = text.split("for instance ")[1].split(". ")[0].split(" or ")
    assert len(shown) == 2
    fewer = ("--turn", "none") if command == "matrix" else ()
    for setting in shown:
        assert nat_sim(command, "--set", setting, *fewer).exit_code in (0, 1)


def test_the_help_lists_every_exit_code(nat_sim: Program) -> None:
    """Of the tool: what any of its commands ends with; of a command: its own."""
    def codes(*arguments: str) -> list[str]:
        text = nat_sim(*arguments, "--help").out.split("Exit status:")[1].split("\n\n")[0]
        return [line.split()[0] for line in text.splitlines()
                if line.startswith("  ") and line[2] != " "]

    assert codes() == ["0", "1", "2", "3"]
    assert codes("matrix") == ["0", "1", "2", "3"]
    assert codes("presets") == ["0", "2"]


# ---- interruptions
def wait_until_interruptible(pid: int) -> None:
    """Until it catches SIGINT, and a little longer, so that it is in the midst of its work."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        status = Path(f"/proc/{pid}/status").read_text()
        caught = int(status.split("SigCgt:")[1].split()[0], 16)
        if caught & (1 << (signal.SIGINT - 1)):
            break
        time.sleep(0.01)
    time.sleep(0.6)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["int", "term"])
def test_an_interrupted_call_writes_what_it_knows(number: int, nat_sim: Program,
                                                  tmp_path: Path) -> None:
    """One line says what was interrupted; report and events are there; exit code 3."""
    report, events = tmp_path / "report.json", tmp_path / "events.jsonl"
    with running([str(nat_sim.path), "call", "--media", "10h", "--format", "json", "--output",
                  str(report), "--events", str(events)]) as process:
        wait_until_interruptible(process.pid)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 3, err
    assert out == ""
    assert len(err.splitlines()) == 1
    assert f"{signal.Signals(number).name} came while \"linux-masq x linux-masq\"" in err
    document = json.loads(report.read_text())
    validator(REPORT_SCHEMA).validate(document)
    assert not document["complete"]
    assert document["cut_off"]["code"] == "interrupted"
    assert document["headline"].startswith("Interrupted after ")
    held = next(finding for finding in document["sections"][0]["findings"]
                if finding["id"] == "call/held")
    assert held["verdict"] in ("inconclusive", "not-tested"), "nobody has seen its end"
    assert document["data"]["call"]["a"]["media"]["audio_received"]["received"][
        "received_count"] > 0
    assert all(json.loads(line) for line in events.read_text().splitlines())


def test_an_interrupted_matrix_reports_the_calls_that_were_made(nat_sim: Program,
                                                                tmp_path: Path) -> None:
    """In the report that was asked for, with no worker left behind."""
    report = tmp_path / "report.json"
    presets = ("eim-eif", "eim-adf", "eim-apdf", "apdm-eif", "apdm-adf", "apdm-apdf", "nat444",
               "corp-fw", "linux-masq", "home-generic", "junos-mx", "freebsd-pf")
    both = [word for name in presets for word in ("--a", name, "--b", name)]
    with running([str(nat_sim.path), "matrix", *both, "--turn", "none", "--turn", "udp", "--turn",
                  "tcp", "--turn", "a-only", "--jobs", "2", "--format", "json", "--output",
                  str(report)]) as process:
        wait_until_interruptible(process.pid)
        workers = children_of(process.pid)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode in (1, 3), err
    assert len(err.splitlines()) == 1
    assert "SIGINT came after" in err
    document = json.loads(report.read_text())
    assert not document["complete"]
    assert 0 < len(document["data"]["cells"]) < 4 * len(presets) ** 2
    assert len(workers) == 2
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["int", "term"])
@pytest.mark.parametrize(("first_box", "exit_code"), [("cgn-rfc6888", 3), ("linux-masq", 1)])
def test_interrupted_conformance_reports_the_checks_that_were_made(
        number: int, first_box: str, exit_code: int, nat_sim: Program, tmp_path: Path) -> None:
    """Of the boxes that it came to, and no word about the others; what is found is found, and else
    the answer is open."""
    boxes = [first_box] + ["cgn-rfc6888"] * 7
    preset, report = tmp_path / "chain.json", tmp_path / "report.json"
    preset.write_text(json.dumps({"schema": "portolan.nat-preset/1", "name": "chain",
                                  "summary": "Long enough to be interrupted.", "boxes": boxes}))
    with running([str(nat_sim.path), "conformance", str(preset), "--format", "json", "--output",
                  str(report)]) as process:
        wait_until_interruptible(process.pid)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert process.returncode == exit_code, err
    assert out == ""
    assert len(err.splitlines()) == 1
    document = json.loads(report.read_text())
    validator(REPORT_SCHEMA).validate(document)
    assert not document["complete"]
    assert document["cut_off"]["code"] == "interrupted"
    found = [finding for section in document["sections"] for finding in section["findings"]
             if finding["id"] != "conformance/expectations"]
    known = len(nat_sim("conformance", "--list", "--format", "json").json_list())
    assert 0 < len(found) < known * len(boxes)
    when = f"after {len(found)} of {known * len(boxes)} checks"
    assert f"{signal.Signals(number).name} came {when} of chain" in err
    assert document["headline"].startswith(f"Interrupted {when}; so far: {first_box} meets ")
    assert document["headline"].count(" meets ") == -(-len(found) // known)


# ---- run
def test_a_scenario_file_is_run(nat_sim: Program, tmp_path: Path) -> None:
    """What it describes is what happens."""
    outcome = nat_sim("run", write(tmp_path, scenario(
        name="mine", seed=3, media={"duration_ms": 3000},
        events=[{"at_ms": 20000, "kind": "nat-reboot", "network": "x"}])), "--format", "json")
    assert outcome.exit_code == 0
    document = outcome.json()
    assert document["subject"]["scenario"] == "mine"
    assert document["data"]["call"]["relays_of"] == ["a"]
    assert document["parameters"]["seed"] == "3"


GOOD: list[dict[str, object]] = [
    scenario(), scenario(schema="portolan.scenario/1", seed=2**64 - 1),
    scenario(signalling={"delay_ms": 0.5}, servers={"link": {"loss_pct": 1}})]
BAD: list[dict[str, object]] = [
    {}, scenario(sed=1), scenario(seed=-1), scenario(schema="portolan.scenario/2"),
    scenario(time_limit_ms=1), scenario(parties={"a": {}}),
    scenario(parties={"a": {"families": []}, "b": {}}),
    scenario(parties={"a": {"turn": ["sctp"]}, "b": {}}),
    scenario(networks=[{"nat": "eim-eif"}]), scenario(networks=[{"name": "internet"}]),
    scenario(servers={"link": {"queue_packets": 5}}),
    scenario(servers={"link": {"loss_pct": 1, "burst_loss": {"enter_pct": 1, "leave_pct": 1}}}),
    scenario(servers={"link": {"mtu_bytes": 100}}),
    scenario(events=[{"at_ms": 1, "kind": "nat-reboot"}]),
    scenario(events=[{"at_ms": 1, "kind": "behaviour-change", "network": "x"}]),
    scenario(events=[{"at_ms": 1, "kind": "nat-reboot", "network": "x", "nat": "eim-eif"}])]


@pytest.mark.parametrize("content", GOOD)
def test_schema_and_program_take_the_same(content: dict[str, object], nat_sim: Program,
                                          tmp_path: Path) -> None:
    """What the schema allows is run."""
    validator(SCENARIO_SCHEMA).validate(content)
    assert nat_sim("run", write(tmp_path, content)).exit_code == 0


@pytest.mark.parametrize("content", BAD, ids=lambda content: json.dumps(content)[-60:])
def test_schema_and_program_refuse_the_same(content: dict[str, object], nat_sim: Program,
                                            tmp_path: Path) -> None:
    """What the schema does not allow the program does not run."""
    assert not validator(SCENARIO_SCHEMA).is_valid(content)
    outcome = nat_sim("run", write(tmp_path, content))
    assert outcome.exit_code == 2
    assert outcome.err.count("error:") == 1


@pytest.mark.parametrize(("content", "expected"), [
    ("x" * 1_000_000, "byte"), ("[" * 1_000_000, "scenario.json"), ("\x00" * 1_000_000, "byte"),
    ("", "scenario.json"), ('{"a": 1, "a": 2}', "twice"), ("[]", "object"),
    ("1" * 2_000_000, "scenario.json"),
    (scenario(networks=[{"name": "x", "nat": {"preset": "eim-eif", "parameters":
                                              {"hairpin": "sideways"}}}]), "/networks/0/nat"),
    (scenario(networks=[{"name": "x", "behind": "y"}]), "/networks/0/behind"),
    (scenario(parties={"a": {"network": "z"}, "b": {}}), "/parties/a/network"),
    (scenario(parties={"a": {"relay_only": True}, "b": {}}), "/parties/a/relay_only")],
    ids=lambda value: str(value)[:20])
def test_bad_scenarios_get_an_error_with_the_place(content: object, expected: str,
                                                   nat_sim: Program, tmp_path: Path) -> None:
    """Garbage, impossible topologies, unknown parameters, contradictions."""
    started = time.monotonic()
    outcome = nat_sim("run", write(tmp_path, content))
    assert time.monotonic() - started < 5
    assert outcome.exit_code == 2
    assert outcome.out == ""
    assert expected in outcome.err
    assert len(outcome.err) < 1500


# ---- matrix
def test_the_matrix_is_the_same_for_any_number_of_jobs(nat_sim: Program) -> None:
    """All 81 pairs with and without TURN, as the rules say, byte for byte."""
    one = nat_sim("matrix", "--format", "json", "--jobs", "1", timeout_s=120)
    two = nat_sim("matrix", "--format", "json", "--jobs", "2", timeout_s=120)
    assert one.exit_code == 0
    assert one.out == two.out
    document = one.json()
    validator(REPORT_SCHEMA).validate(document)
    cells = document["data"]["cells"]
    assert len(cells) == 162
    assert {cell["accordance"] for cell in cells} == {"as-forecast", "early"}
    assert all(cell["as_forecast"] == (cell["accordance"] == "as-forecast") for cell in cells)
    as_forecast = sum(cell["as_forecast"] for cell in cells)
    assert document["headline"].startswith(f"{as_forecast} of 162 calls come out as ")
    reaches = [cell["reach"] for cell in cells if cell["turn"] == "none"]
    assert reaches.count("unreachable") == 26


def test_the_matrix_as_text_is_a_grid(nat_sim: Program) -> None:
    """The first sentence, then rows and columns."""
    outcome = nat_sim("matrix", "--a", "linux-masq", "--b", "corp-fw", "--b", "eim-eif", "--turn",
                      "none")
    assert outcome.exit_code == 0
    lines = outcome.out.splitlines()
    assert lines[0] == "All 2 calls come out as the NATs' rules say: 1 direct, 1 unreachable."
    assert lines[-1].split() == ["linux-masq", "-", "direct"]


def test_a_worker_that_dies_is_an_error_with_the_name_of_its_call(nat_sim: Program) -> None:
    """Never a missing cell: exit code 2, nothing on standard output."""
    with running([str(nat_sim.path), "matrix", "--jobs", "2", "--turn", "udp", "--turn", "none",
                  "--turn", "a-only", "--turn", "b-only"]) as process:
        deadline = time.monotonic() + 10
        while len(children_of(process.pid)) < 2 and time.monotonic() < deadline:
            time.sleep(0.001)
        os.kill(children_of(process.pid)[1], signal.SIGKILL)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert out == ""
    assert "was killed by signal 9 (for instance for want of memory)" in err
    assert "defect" not in err, "nobody kills oneself with SIGKILL"
    assert " x " in err and "turn " in err


# ---- probe
def test_a_family_that_the_nat_does_not_carry_is_no_success(nat_sim: Program) -> None:
    """Nothing was measured: what decides stayed open."""
    outcome = nat_sim("probe", "--nat", "home-generic", "--family", "6")
    assert outcome.exit_code == 3
    assert outcome.out.startswith("home-generic carries no IPv6")


@pytest.mark.parametrize("loss", ["0", "5%"])
def test_the_probe_finds_what_is_configured(loss: str, nat_sim: Program) -> None:
    """The nine combinations; the presets are in nat-sim/scenario/tests/test_probe_run.cpp."""
    for mapping in ("eim", "adm", "apdm"):
        for filtering in ("eif", "adf", "apdf"):
            outcome = nat_sim("probe", "--nat", f"{mapping}-{filtering}", "--loss", loss,
                              "--format", "json")
            assert outcome.exit_code in (0, 3)
            for finding in outcome.json()["sections"][0]["findings"]:
                assert finding["verdict"] in ("pass", "inconclusive")
                if finding["verdict"] == "pass":
                    assert finding["data"]["seen"] == finding["data"]["configured"]


def test_findings_are_listed_and_explained(nat_sim: Program) -> None:
    """Each command lists what it reports, and explains what others report too."""
    reported = {"call": ("call/connectivity", "call/forecast", "call/nomination"),
                "matrix": ("matrix/forecast", "matrix/early-nomination", "matrix/nomination"),
                "probe": ("probe/mapping",), "conformance": ("rfc4787/req-1",)}
    for command, identifiers in reported.items():
        listed = nat_sim(command, "--list").out
        for identifier in identifiers:
            assert identifier in listed
            assert nat_sim("call", "--explain", identifier).exit_code == 0
        for other in reported.keys() - {command}:
            assert reported[other][0] not in listed
