"""nat-sim presets and nat-sim conformance: texts, JSON against the schemas, errors, exit codes."""

from __future__ import annotations

import json
import operator
from pathlib import Path
from typing import Any

import pytest

from binaries import REPOSITORY, Program

PRESETS = REPOSITORY / "nat-sim" / "behavior" / "presets"
PRESET_SCHEMA = PRESETS / "schema" / "nat-preset.schema.json"
REPORT_SCHEMA = REPOSITORY / "reports" / "model" / "report.schema.json"


def mine(**members: object) -> dict[str, object]:
    """The smallest preset, with more or other members."""
    return {"schema": "portolan.nat-preset/1", "name": "mine", "summary": "Mine.",
            "parameters": {}, **members}


def write(directory: Path, content: object) -> str:
    """As a file; its path."""
    path = directory / "my-nat.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


def findings(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """All findings of a report, by id."""
    return {entry["id"]: entry for section in document["sections"]
            for entry in section["findings"]}


def validator(schema: Path) -> Any:
    """Skips without python3-jsonschema."""
    jsonschema = pytest.importorskip("jsonschema")
    document = json.loads(schema.read_text())
    jsonschema.Draft202012Validator.check_schema(document)
    return jsonschema.Draft202012Validator(document)


# ---- presets
@pytest.mark.parametrize("path", sorted(PRESETS.glob("*.json")), ids=operator.attrgetter("stem"))
def test_every_preset_file_follows_the_schema(path: Path) -> None:
    """The files that become part of the program."""
    validator(PRESET_SCHEMA).validate(json.loads(path.read_text()))


@pytest.mark.parametrize("content", [
    mine(parameters={"mapping": {"udp": "symmetric"}}), mine(parameters={"mappings": {}}),
    mine(surprise=1), mine(boxes=["open", "open"]), mine(name="My NAT"),
    mine(schema="portolan.nat-preset/2"), mine(evidence=[{"seen": "x"}])])
def test_schema_and_program_refuse_the_same(content: dict[str, object], nat_sim: Program,
                                            tmp_path: Path) -> None:
    """What the schema does not allow the program does not take."""
    assert not validator(PRESET_SCHEMA).is_valid(content)
    assert nat_sim("presets", "--explain", write(tmp_path, content)).exit_code == 2


def test_presets_are_listed_as_text_and_as_json(nat_sim: Program) -> None:
    """One for each file, with its sentence."""
    names = sorted(path.stem for path in PRESETS.glob("*.json"))
    text = nat_sim("presets")
    assert text.exit_code == 0
    assert [line.split()[0] for line in text.out.splitlines() if not line.startswith(" ")] == names
    entries = nat_sim("presets", "--format", "json").json_list()
    assert [entry["name"] for entry in entries] == names
    assert all(entry["summary"] and entry["evidence"] for entry in entries)


def test_a_preset_is_explained_with_parameters_and_evidence(nat_sim: Program) -> None:
    """By name and by alias."""
    by_name = nat_sim("presets", "--explain", "linux-masq")
    assert by_name.exit_code == 0
    assert "/timers/udp_unreplied_ms = 30000" in by_name.out
    assert "nf_nat_core.c" in by_name.out
    assert "Violates by design" in by_name.out
    assert nat_sim("presets", "--explain", "linux-masquerade").out == by_name.out
    chain = nat_sim("presets", "--explain", "nat444", "--format", "json").json()
    assert chain["boxes"] == ["home-generic", "cgn-rfc6888"]


def leaves(value: object, pointer: str = "") -> dict[str, object]:
    """Every value of a parameter document that is no object, by its JSON pointer."""
    if not isinstance(value, dict):
        return {pointer: value}
    return {leaf: inner for key, member in value.items()
            for leaf, inner in leaves(member, f"{pointer}/{key}").items()}


def unexplained(preset: dict[str, Any], text: str) -> list[str]:
    """What a preset's file says and its explanation does not."""
    lines = [line.strip() for line in text.splitlines()]
    words = " ".join(text.split())  # sentences are wrapped
    missing = [preset["summary"]] if preset["summary"] not in words else []
    for pointer, value in leaves(preset.get("parameters", {})).items():
        shown = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
        if f"{pointer} = {shown}" not in lines:
            missing.append(pointer)
    missing += [alias for alias in preset.get("aliases", []) if alias not in words]
    missing += [entry["source"] for entry in preset.get("evidence", [])
                if f"{entry['seen']} [{entry['source']}]" not in words]
    missing += [check for check, why in preset.get("violates", {}).items()
                if f"{check}: {why}" not in words]
    if preset.get("carrier_grade", False) != ("A carrier's NAT: RFC 6888 applies." in words):
        missing.append("carrier_grade")
    if "boxes" in preset and f"outwards: {', '.join(preset['boxes'])}" not in words:
        missing.append("boxes")
    return missing


@pytest.mark.parametrize("path", sorted(PRESETS.glob("*.json")), ids=operator.attrgetter("stem"))
def test_an_explanation_has_all_that_the_preset_file_says(path: Path, nat_sim: Program) -> None:
    """Every parameter with its value, every source, every violation with its reason."""
    preset = json.loads(path.read_text())
    text = nat_sim("presets", "--explain", path.stem).out
    assert unexplained(preset, text) == []
    document = nat_sim("presets", "--explain", path.stem, "--format", "json").json()
    for member in preset.keys() - {"schema"}:
        assert document[member] == preset[member], member


def test_a_parameter_that_is_not_explained_is_noticed(nat_sim: Program, tmp_path: Path) -> None:
    """The comparison above can fail: with any one entry of a file more than what was explained."""
    preset = json.loads((PRESETS / "linux-masq.json").read_text())
    text = nat_sim("presets", "--explain", write(tmp_path, preset)).out
    assert unexplained(preset, text) == []
    for pointer in leaves(preset["parameters"]):
        fewer = "\n".join(line for line in text.splitlines() if f"{pointer} = " not in line)
        assert unexplained(preset, fewer) == [pointer]
    more = json.loads(json.dumps(preset))
    more["parameters"]["forwarding"] = {"decrement_ttl": False}
    assert unexplained(more, text) == ["/forwarding/decrement_ttl"]
    assert unexplained(more, nat_sim("presets", "--explain", write(tmp_path, more)).out) == []
    for member, entry in (("violates", {"rfc4787/req-1": "So it is."}),
                          ("evidence", [{"seen": "This.", "source": "There"}])):
        other = {**preset, member: entry}
        assert len(unexplained(other, text)) == 1


def test_the_shipped_schema_is_the_one_that_the_program_writes(nat_sim: Program,
                                                               tmp_path: Path) -> None:
    """To standard output and to a file."""
    assert nat_sim("presets", "--schema").out == PRESET_SCHEMA.read_text()
    target = tmp_path / "schema.json"
    assert nat_sim("presets", "--schema", "--output", str(target)).exit_code == 0
    assert target.read_text() == PRESET_SCHEMA.read_text()


def test_parameters_are_listed_with_their_defaults(nat_sim: Program) -> None:
    """As text and as JSON."""
    rows = nat_sim("presets", "--parameters", "--format", "json").json_list()
    assert {"/mapping/udp", "/hairpin"} <= {row["pointer"] for row in rows}
    assert "/mapping/udp" in nat_sim("presets", "--parameters").out


@pytest.mark.parametrize(("content", "expected"), [
    ("x" * 1_000_000, "256 KiB"), ("", "my-nat.json"), ("[1, 2", "my-nat.json"),
    ("[]", "object"), ('{"a": 1, "a": 2}', "my-nat.json"), ("[" * 10_000, "my-nat.json"),
    (mine(parameters={"mapping": {"udpp": "x"}}), "/parameters/mapping/udpp"),
    (mine(parameters={"mapping": {"udp": "symmetric"}}), "/parameters/mapping/udp"),
    (mine(parameters={"timers": {"udp_stream_ms": -1}}), "/parameters/timers/udp_stream_ms"),
    (mine(parameters={"port_allocation": {"overlap": True}}),
     "/parameters/port_allocation/overlap"),
    (mine(parametres={}), "/parametres"), (mine(boxes=["open", "open"]), "/boxes"),
    ({key: value for key, value in mine(boxes=["open", "opne"]).items() if key != "parameters"},
     "/boxes/1"),
    (mine(name="\x1b[31mred"), "/name")])
@pytest.mark.parametrize("command", [["presets", "--explain"], ["conformance"]],
                         ids=operator.itemgetter(0))
def test_bad_files_get_an_error_with_the_place(content: object, expected: str, command: list[str],
                                               nat_sim: Program, tmp_path: Path) -> None:
    """Garbage, wrong shapes, unknown parameters, contradictions: exit code 2, one error."""
    outcome = nat_sim(*command, write(tmp_path, content))
    assert outcome.exit_code == 2
    assert outcome.out == ""
    assert outcome.err.count("error:") == 1
    assert expected in outcome.err
    assert "\x1b" not in outcome.err
    assert len(outcome.err) < 1000


@pytest.mark.parametrize(("name", "near"), [
    ("linux-mask", "linux-masq"), ("home-generc", "home-generic"), ("full-con", "full-cone")])
def test_an_unknown_preset_gets_a_suggestion(name: str, near: str, nat_sim: Program) -> None:
    """For both commands."""
    for command in (["presets", "--explain"], ["conformance"]):
        outcome = nat_sim(*command, name)
        assert outcome.exit_code == 2
        assert f"did you mean {near}" in outcome.err.replace("'", "").replace('"', "")


def test_files_that_cannot_be_read_are_named(nat_sim: Program, tmp_path: Path) -> None:
    """A missing one and a folder."""
    for path in (str(tmp_path / "none.json"), f"{tmp_path}/"):
        outcome = nat_sim("conformance", path)
        assert outcome.exit_code == 2
        assert "cannot read" in outcome.err and path in outcome.err


# ---- conformance
def test_the_report_follows_the_schema_and_says_what_was_sent(nat_sim: Program) -> None:
    """Every finding with its requirement, and evidence where something was sent."""
    outcome = nat_sim("conformance", "home-generic", "--format", "json")
    assert outcome.exit_code == 1, outcome.err
    document = outcome.json()
    validator(REPORT_SCHEMA).validate(document)
    assert document["complete"]
    judged = findings(document)
    mapping = judged["rfc4787/req-1"]
    assert (mapping["verdict"], mapping["value"]) == ("pass", "meets")
    assert mapping["requirement"] == "must"
    timer = judged["rfc4787/req-5"]
    assert (timer["verdict"], timer["value"]) == ("fail", "violates-by-design")
    evidence = {entry["id"]: entry for entry in document["evidence"]}
    assert any("UDP 192.168.1.10:5000" in line
               for line in evidence[timer["evidence_ids"][0]]["lines"])
    assert judged["rfc6146/3.5.4"]["verdict"] == "not_tested"


def test_the_same_seed_gives_the_same_report(nat_sim: Program) -> None:
    """Byte by byte."""
    first, second = (nat_sim("conformance", "apdm-apdf", "--format", "json", "--seed", "7")
                     for _ in range(2))
    assert first.out == second.out
    other = nat_sim("conformance", "apdm-apdf", "--format", "json", "--seed", "8").json()
    assert other["evidence"] != first.json()["evidence"]


def test_fail_on_decides_the_exit_code(nat_sim: Program) -> None:
    """A violated SHOULD alone is no failure unless asked for."""
    arguments = ("conformance", "home-generic", "--select", "rfc4787/req-8")
    assert nat_sim(*arguments).exit_code == 0
    assert nat_sim(*arguments, "--fail-on", "should").exit_code == 1
    assert nat_sim("conformance", "home-generic", "--select", "rfc4787/req-5").exit_code == 1
    assert nat_sim("conformance", "home-generic", "--fail-on", "never").exit_code == 0


def test_checks_are_selected_by_prefix_and_none_is_an_error(nat_sim: Program) -> None:
    """A check that silently does not run is a check that passes."""
    document = nat_sim("conformance", "eim-eif", "--select", "rfc4787/req-9", "--select",
                       "rfc4787/req-1", "--format", "json").json()
    chosen = set(findings(document)) - {"conformance/expectations"}
    assert chosen == {"rfc4787/req-1", "rfc4787/req-9"}
    outcome = nat_sim("conformance", "eim-eif", "--select", "rfc9999")
    assert outcome.exit_code == 2
    assert "no id starts with" in outcome.err


def test_checks_are_listed_and_explained(nat_sim: Program) -> None:
    """One entry each, with level, RFC and what is sent."""
    entries = nat_sim("conformance", "--list", "--format", "json").json_list()
    assert len(entries) >= 90
    assert {level for entry in entries for level in entry["attributes"]} == {
        "must", "should", "may"}
    text = nat_sim("conformance", "--explain", "rfc4787/req-9a")
    assert text.exit_code == 0
    assert "RFC 4787, section 6" in text.out
    assert "Sent:" in text.out
    assert nat_sim("conformance", "--explain", "rfc4787/req-99").exit_code == 2


def test_every_explanation_stands_by_itself(nat_sim: Program) -> None:
    """What is sent and what is expected refers to no other check."""
    sentences: list[str] = []
    for entry in nat_sim("conformance", "--list", "--format", "json").json_list():
        sentences += entry["explanation"]
    assert len(sentences) >= 200
    for sentence in sentences:
        said = sentence.split(": ", 1)[-1]
        assert said.lower().rstrip(".") not in ("the same", "as above", "they do", "it does")
        assert len(said.split()) >= 3, sentence


def test_a_chain_is_checked_box_by_box(nat_sim: Program) -> None:
    """With sections of its own for each."""
    document = nat_sim("conformance", "nat444", "--select", "rfc4787/req-1", "--format",
                       "json").json()
    ids = [section["id"] for section in document["sections"]]
    assert ids == ["box-1/rfc4787", "box-1/expectations", "box-2/rfc4787", "box-2/expectations"]


def test_a_file_is_judged_by_what_it_declares(nat_sim: Program, tmp_path: Path) -> None:
    """Without "violates" nothing is a surprise; with it every difference is one."""
    symmetric = {"mapping": {"udp": "address-dependent"}}
    arguments = ("--select", "rfc4787/req-1", "--select", "rfc4787/req-2", "--format", "json")

    def judged(**members: object) -> dict[str, dict[str, Any]]:
        path = write(tmp_path, mine(parameters=symmetric, **members))
        return findings(nat_sim("conformance", path, *arguments).json())

    assert "conformance/expectations" not in judged()
    assert judged(violates={})["conformance/expectations"]["verdict"] == "fail"
    listed = judged(violates={"rfc4787/req-1": "So it is."})
    assert listed["conformance/expectations"]["verdict"] == "pass"
    assert "So it is." in listed["rfc4787/req-1"]["reason"]["sentence"]
    wrong = judged(violates={"rfc4787/req-1": "So it is.", "rfc4787/req-2": "No."})
    assert "is met" in wrong["conformance/expectations"]["reason"]["sentence"]


# ---- the tool
def test_help_lists_the_commands_and_the_man_page_has_them(nat_sim: Program) -> None:
    """A command has to be given."""
    for arguments in (["--help"], ["--help-man"]):
        outcome = nat_sim(*arguments)
        assert outcome.exit_code == 0
        assert "presets" in outcome.out and "conformance" in outcome.out
    assert nat_sim("--version").out.startswith("nat-sim ")
    assert nat_sim().exit_code == 2
    assert nat_sim("conformance").exit_code == 2
    assert "presets" in nat_sim("preset").err
