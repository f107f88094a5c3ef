"""nat-probe's command line on loopback: usage errors, files, output, and no root."""

from __future__ import annotations

import json
import os
import re
import stat
import time
from pathlib import Path

import pytest

from binaries import REPOSITORY, Outcome, Program, ReportReader

SCHEMA = REPOSITORY / "reports" / "model" / "report.schema.json"
OK, FINDINGS, COULD_NOT, INCONCLUSIVE = range(4)


def assert_clear_error(outcome: Outcome, *words: str) -> None:
    """Exit code 2, nothing on stdout, one readable error naming the culprit on stderr."""
    assert outcome.exit_code == COULD_NOT, outcome
    assert outcome.out == ""
    assert outcome.err.startswith("nat-probe: error: "), outcome.err
    assert len(outcome.err.splitlines()) <= 4, outcome.err
    for word in words:
        assert word in outcome.err, outcome.err


# ---- usage
@pytest.mark.parametrize(("arguments", "word"), [
    (["--no-such-option"], "--no-such-option"),
    (["--famly", "4"], "--family"),
    (["--family", "5"], "both"),
    (["--family"], "--family"),
    (["--format", "yaml"], "json"),
    (["--budget", "-1s"], "--budget"),
    (["--budget", "soon"], "--budget"),
    (["--repeat", "0"], "--repeat"),
    (["--repeat", "many"], "--repeat"),
    (["no-such-command"], "no-such-command"),
    (["audit-server"], "URI"),
    (["explain"], "RUN.json"),
    (["--fail-on", "dreadful"], "--fail-on"),
    (["--interface", "nosuchif0"], "nosuchif0"),
    (["--interface", "nosuchif0", "--stun", "stun:127.0.0.1"], "nosuchif0"),
    (["--interface", "lo", "--all-interfaces"], "--all-interfaces"),
])
def test_wrong_usage_is_refused(nat_probe: Program, arguments: list[str], word: str) -> None:
    """The error names what is wrong or what would be right."""
    assert_clear_error(nat_probe(*arguments), word)


@pytest.mark.parametrize("uri", [
    "", "stun:", "stun", "http://127.0.0.1/", "stun:127.0.0.1:0", "stun:127.0.0.1:65536",
    "stun:127.0.0.1:x", "stun:[::1", "stun:[::1]x", "stun://127.0.0.1",
    "stun:127.0.0.1?transport=x", "stun:user@127.0.0.1",
    "stun:a b", "stun:" + "a" * 5000, "stun:\x1b[31mred",
])
def test_malformed_uri_is_refused(nat_probe: Program, uri: str) -> None:
    """RFC 7064 s3.1; control characters do not reach the terminal."""
    outcome = nat_probe("--stun", uri)
    assert_clear_error(outcome)
    assert "\x1b" not in outcome.err
    assert len(outcome.err) < 2000


def test_name_without_address_is_named(nat_probe: Program) -> None:
    """RFC 6761 s6.4: .invalid never resolves."""
    started = time.monotonic()
    outcome = nat_probe("--stun", "stun:stun.invalid", "--format", "json")
    assert time.monotonic() - started < 15
    assert outcome.exit_code != OK
    assert "stun.invalid" in outcome.out + outcome.err


def test_help_names_every_option_and_exit_code(nat_probe: Program) -> None:
    """What the manual promises is what the program has."""
    outcome = nat_probe("--help")
    assert outcome.exit_code == OK and outcome.err == ""
    for word in ("--stun", "--ice-servers", "--family", "--interface", "--all-interfaces",
                 "--budget", "--repeat", "--lifetime", "--invasive", "--format", "--output",
                 "--public", "audit-server", "explain", "--verbose"):
        assert word in outcome.out, word
    for code in "0123":
        assert f"\n  {code} " in outcome.out or f" {code}  " in outcome.out, code
    assert "\x1b" not in outcome.out


@pytest.mark.parametrize("command", ["audit-server", "explain"])
def test_commands_have_help(nat_probe: Program, command: str) -> None:
    """Each by itself."""
    outcome = nat_probe(command, "--help")
    assert outcome.exit_code == OK
    assert command in outcome.out


def test_list_and_explain_know_findings_and_checks(nat_probe: Program) -> None:
    """Every id that a classification or an audit reports can be looked up."""
    listed = nat_probe("--list", "--format", "json").json_list()
    ids = [entry["id"] for entry in listed]
    assert len(ids) == len(set(ids))
    runs = (nat_probe("--family", "4", "--format", "json"),
            nat_probe("audit-server", "stun:127.0.0.1:9", "--format", "json"))
    for outcome in runs:
        reported = {finding["id"] for section in outcome.json()["sections"]
                    for finding in section["findings"]}
        assert reported and reported <= set(ids)
    explained = nat_probe("--explain", "audit/response-port")
    assert explained.exit_code == OK
    assert "RFC 5780, section 7.5" in explained.out
    assert re.search(r"^audit/response-port +RESPONSE-PORT +may$", nat_probe("--list").out,
                     re.MULTILINE)


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_unusable_authorities_are_refused(nat_probe: Program, tmp_path: Path,
                                          content: str | None) -> None:
    """Before anything is sent: with them no certificate could ever be accepted."""
    path = tmp_path / "authorities.pem"
    if content is not None:
        path.write_text(content)
    assert_clear_error(nat_probe("--ca-file", str(path)), "authorities.pem")


def test_version_is_one_line(nat_probe: Program) -> None:
    """Name and number."""
    outcome = nat_probe("--version")
    assert outcome.exit_code == OK
    assert outcome.out.startswith("nat-probe ") and outcome.out.count("\n") == 1


# ---- the embedded default
@pytest.fixture(scope="module")
def embedded_run(nat_probe: Program) -> Outcome:
    """One run without any server, reported as JSON."""
    return nat_probe("--family", "4", "--format", "json")


def test_without_servers_the_embedded_one_is_used_and_said(nat_probe: Program) -> None:
    """In the first sentence, as it says nothing about the network; no progress off a terminal."""
    outcome = nat_probe("--family", "4")
    assert outcome.exit_code in (OK, FINDINGS, INCONCLUSIVE), outcome.err
    assert "built-in" in outcome.out.splitlines()[0]
    assert "\x1b" not in outcome.out + outcome.err and "\r" not in outcome.out + outcome.err


def test_report_follows_the_schema(embedded_run: Outcome) -> None:
    """Draft 2020-12, as shipped."""
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
    assert [error.message for error in validator.iter_errors(embedded_run.json())] == []


def test_loopback_has_no_nat_and_no_filter(embedded_run: Outcome) -> None:
    """The embedded server on two loopback addresses."""
    report = ReportReader(embedded_run.json())
    assert report.value(4, "udp") == "reachable"
    assert report.value(4, "translation") == "none"
    assert report.value(4, "mapping") == "endpoint-independent"
    assert report.value(4, "filtering") == "endpoint-independent"


# ---- explain
def test_explain_derives_the_same_verdicts(nat_probe: Program, embedded_run: Outcome,
                                           tmp_path: Path) -> None:
    """The evidence in a report is enough to come to its verdicts again."""
    saved = tmp_path / "run.json"
    saved.write_text(embedded_run.out)
    outcome = nat_probe("explain", str(saved), "--format", "json")
    assert outcome.exit_code == embedded_run.exit_code, outcome.err
    assert (ReportReader(outcome.json()).values() == ReportReader(embedded_run.json()).values())


@pytest.mark.parametrize("content", [
    b"", b"{", b"[]", b"null", b"\xff\xfe", b"{}", b'{"schema": "portolan.report/1"}',
    b'{"schema": "something.else/9"}', b"[" * 100_000, b'{"a": 1, "a": 2}',
])
def test_explain_refuses_what_is_no_report(nat_probe: Program, tmp_path: Path,
                                           content: bytes) -> None:
    """Bad syntax, wrong shape, wrong schema, bottomless nesting."""
    wrong = tmp_path / "wrong.json"
    wrong.write_bytes(content)
    assert_clear_error(nat_probe("explain", str(wrong)), "wrong.json")


def test_explain_refuses_a_truncated_report(nat_probe: Program, embedded_run: Outcome,
                                            tmp_path: Path) -> None:
    """Half a report is none."""
    half = tmp_path / "half.json"
    half.write_text(embedded_run.out[: len(embedded_run.out) // 2])
    assert_clear_error(nat_probe("explain", str(half)), "half.json")


def test_explain_refuses_another_tools_report(nat_probe: Program, embedded_run: Outcome,
                                              tmp_path: Path) -> None:
    """Its evidence is not nat-probe's to judge."""
    other = embedded_run.json()
    other["tool"]["name"] = "nat-sim"
    saved = tmp_path / "other.json"
    saved.write_text(json.dumps(other))
    assert_clear_error(nat_probe("explain", str(saved)), "other.json", "nat-sim")


@pytest.mark.parametrize("command", ["audit-server", "explain"])
def test_usage_errors_lead_to_the_help_of_the_command(nat_probe: Program, command: str) -> None:
    """Not to the tool's own, which says nothing of its options."""
    assert f"nat-probe {command} --help shows" in nat_probe(command, "a", "b").err


# ---- files
@pytest.mark.parametrize("content", [
    "", "{", "[]", "{}", '{"iceServers": {}}', '{"iceServers": [{"urls": 5}]}',
    '{"iceServers": [{"urls": "http://x"}]}', '{"iceServers": []}',
])
def test_wrong_ice_servers_file_is_refused(nat_probe: Program, tmp_path: Path,
                                           content: str) -> None:
    """The error names the file."""
    path = tmp_path / "servers.json"
    path.write_text(content)
    assert_clear_error(nat_probe("--ice-servers", str(path)), "servers.json")


def test_errors_about_ice_servers_keep_the_secret(nat_probe: Program, tmp_path: Path) -> None:
    """Not even a syntax error quotes the file."""
    path = tmp_path / "servers.json"
    for broken in ('{"iceServers": [{"urls": "turn:x", "credential": "hunter2hunter2"}',
                   '{"iceServers": [{"urls": "no uri", "credential": "hunter2hunter2"}]}'):
        path.write_text(broken)
        outcome = nat_probe("--ice-servers", str(path), "--verbose")
        assert outcome.exit_code == COULD_NOT
        assert "hunter2" not in outcome.out + outcome.err


@pytest.mark.parametrize("option", ["--ice-servers", "explain"])
def test_unreadable_file_is_named(nat_probe: Program, tmp_path: Path, option: str) -> None:
    """Missing, and a directory."""
    assert_clear_error(nat_probe(option, str(tmp_path / "missing.json")), "missing.json")
    assert_clear_error(nat_probe(option, str(tmp_path)), tmp_path.name)


def test_output_is_written_whole_and_alone(nat_probe: Program, tmp_path: Path) -> None:
    """The file has the report, stdout nothing, the folder no temporary file; modes are kept."""
    target = tmp_path / "report.json"
    target.write_text("old")
    target.chmod(0o640)
    outcome = nat_probe("--family", "4", "--format", "json", "--output", str(target))
    assert outcome.exit_code in (OK, FINDINGS, INCONCLUSIVE), outcome.err
    assert outcome.out == ""
    assert json.loads(target.read_text())["schema"] == "portolan.report/1"
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.json"]
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_impossible_output_is_refused_before_the_work(nat_probe: Program, tmp_path: Path) -> None:
    """A missing folder and a folder instead of a file, without having probed."""
    for path in (tmp_path / "missing" / "report.json", tmp_path):
        started = time.monotonic()
        outcome = nat_probe("--format", "json", "--output", str(path))
        assert_clear_error(outcome, str(path))
        assert time.monotonic() - started < 5
    assert list(tmp_path.iterdir()) == []


def test_failed_run_keeps_the_old_output(nat_probe: Program, tmp_path: Path) -> None:
    """A usage error does not cost yesterday's report."""
    target = tmp_path / "report.json"
    target.write_text("old")
    assert_clear_error(nat_probe("--stun", "stun:", "--output", str(target)))
    assert target.read_text() == "old"


def test_full_device_is_an_error(nat_probe: Program) -> None:
    """A report that could not be written was not made."""
    if not os.path.exists("/dev/full"):
        pytest.skip("needs /dev/full")
    outcome = nat_probe("--family", "4", "--format", "json", "--output", "/dev/full")
    assert outcome.exit_code == COULD_NOT
    assert "nat-probe: error:" in outcome.err
