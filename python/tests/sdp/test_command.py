"""sdp-lint as its users meet it: exit codes, formats, wrapped input, fixes, sessions, errors."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from binaries import REPOSITORY, Program

from .mutants import CAPTURES

BASES = REPOSITORY / "sdp-lint/rules/tests/bases"


def base(name: str) -> str:
    """A clean description with the line ends that RFC 8866 wants."""
    return (BASES / f"{name}.sdp").read_text(encoding="ascii").replace("\n", "\r\n")


BROKEN = base("audio").replace("a=ice-ufrag:F7gI", "a=ice-ufrag:F7")


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A file with one error in line 10, column 13."""
    path = tmp_path / "broken.sdp"
    path.write_text(BROKEN, encoding="ascii", newline="")
    return path


def test_clean_description_is_said_to_be_clean(sdp_lint: Program) -> None:
    """Nothing found is exit code 0."""
    outcome = sdp_lint("--no-config", stdin=base("av"))
    assert outcome.exit_code == 0
    assert outcome.out == "Nothing found in stdin\n"
    assert outcome.err == ""


def test_defect_is_shown_with_line_caret_and_code(sdp_lint: Program, broken: Path) -> None:
    """As compilers do, and exit code 1."""
    outcome = sdp_lint("--no-config", str(broken))
    assert outcome.exit_code == 1
    lines = outcome.out.splitlines()
    number = BROKEN.split("\r\n").index("a=ice-ufrag:F7") + 1
    assert lines[0].startswith(f"{broken}:{number}:13: error[IC003] ")
    assert lines[1] == f"{number} | a=ice-ufrag:F7"
    assert lines[2].strip() == "|             ^^"
    assert lines[-1].startswith("1 error in ")


def test_fail_on_decides_the_exit_code(sdp_lint: Program, broken: Path) -> None:
    """The findings are the same, the judgement is the user's."""
    assert sdp_lint("--no-config", "--fail-on", "never", str(broken)).exit_code == 0
    warned = base("audio").replace("t=0 0\r\n", "t=3034423619 3042462419\r\n")
    assert sdp_lint("--no-config", stdin=warned).exit_code == 0
    assert sdp_lint("--no-config", "--fail-on", "warning", stdin=warned).exit_code == 1


@pytest.mark.parametrize(("arguments", "said"), [
    (["no-such-file.sdp"], "cannot be read"),
    (["/"], "cannot be read"),
    (["--select", "ZZ", "-"], "ZZ"),
    (["--target", "opera", "-"], "opera"),
    (["--target", "chrome@abc", "-"], "chrome@abc"),
    (["--profile", "voip", "-"], "voip"),
    (["--fix", "--diff", "-"], "exclude each other"),
    (["--munging", "-"], "two descriptions"),
    (["--as", "offer", "one.sdp", "two.sdp"], "--separate"),
    (["--why", "the moon is full"], "no rule"),
    (["--explain", "ZZ999"], "ZZ999"),
])
def test_what_cannot_be_done_is_said_with_exit_code_2(
        sdp_lint: Program, arguments: list[str], said: str) -> None:
    """And nothing on standard output."""
    outcome = sdp_lint(*arguments, stdin=base("audio"))
    assert outcome.exit_code == 2
    assert said in outcome.err
    assert outcome.out == ""


@pytest.mark.parametrize("wrap", [
    lambda sdp: json.dumps({"type": "offer", "sdp": sdp}),
    lambda sdp: json.dumps([{"type": "offer", "sdp": sdp}], indent=1),
    lambda sdp: sdp.replace("\r\n", "\\r\\n"),
    lambda sdp: json.dumps({"getUserMedia": [], "PeerConnections": {"1-2": {"updateLog": [
        {"time": "x", "type": "setLocalDescription", "value": "type: offer, sdp: " + sdp}]}}}),
    lambda sdp: json.dumps({"PeerConnections": {"1-2": {"updateLog": [
        {"type": "setLocalDescription", "value": json.dumps({"type": "offer", "sdp": sdp})}]}}}),
], ids=["json", "list", "escaped", "old-dump", "new-dump"])
def test_wrapped_description_is_found_located_and_fixed_in_place(
        sdp_lint: Program, tmp_path: Path, wrap: Any) -> None:
    """A fix writes what changed with its escapes, and nothing else."""
    path = tmp_path / "wrapped"
    clean = wrap(base("audio"))
    # An empty s= line is fixed by s=- (RFC 8866 s5.3).
    path.write_text(wrap(base("audio").replace("s=-", "s=")), encoding="ascii", newline="")
    report = sdp_lint("--no-config", "--format", "json", "--fail-on", "never", str(path)).json()
    (found,) = [each for section in report["sections"] for each in section["findings"]]
    assert found["id"] == "SE010"
    at = found["location"]["byte_offset"]
    assert path.read_text(encoding="ascii")[at - 2:at] == "s="
    assert sdp_lint("--no-config", "--fix", str(path)).exit_code == 0
    assert path.read_text(encoding="ascii") == clean


def test_pair_is_judged_and_what_was_negotiated_is_said(
        sdp_lint: Program, tmp_path: Path) -> None:
    """RFC 3264: the answer is judged by the offer."""
    offer, answer = tmp_path / "offer.sdp", tmp_path / "answer.sdp"
    offer.write_text(base("av"), newline="")
    answer.write_text(base("av-answer"), newline="")
    outcome = sdp_lint("--no-config", str(offer), str(answer))
    assert outcome.exit_code == 0, outcome.out
    assert "negotiated: the offerer is ICE-controlling" in outcome.out
    assert "opus/48000/2 (111)" in outcome.out
    assert "the offerer is DTLS server" in outcome.out
    answer.write_text(base("av-answer").replace("a=setup:active", "a=setup:actpass"), newline="")
    outcome = sdp_lint("--no-config", str(offer), str(answer))
    assert outcome.exit_code == 1
    assert "OA014" in outcome.out
    report = sdp_lint("--no-config", "--format", "json", str(offer), str(answer)).json()
    assert report["data"]["negotiations"][0]["sections"][0]["codecs"][0]["name"] == "opus"


def test_target_says_what_a_browser_answers(sdp_lint: Program, broken: Path) -> None:
    """The words are those that were measured."""
    outcome = sdp_lint("--no-config", "--target", "chrome", str(broken))
    assert "target: Chrome 156 will reject this" in outcome.out
    other = sdp_lint("--no-config", "--target", "chrome@99", str(broken))
    assert "measured with Chrome 156" in other.err


def test_message_of_a_browser_leads_to_the_line(sdp_lint: Program) -> None:
    """--why reads the message backwards."""
    text = base("audio").replace("s=-", "s=")
    outcome = sdp_lint("--no-config", "--why", "Expect line: s=", "-", stdin=text)
    assert outcome.exit_code == 0
    assert "SE010" in outcome.out
    assert "stdin:3:" in outcome.out
    assert "SE010" in sdp_lint("--why", "Expect line: s=").out


@pytest.mark.parametrize(("message", "code", "line"), [
    ("SIPCC Failed to parse SDP: SDP Parse Error on line {last}:  o= owner line not specified, "
     "validation failed.", "SE003", 2),
    ("Failed to execute 'setRemoteDescription' on 'RTCPeerConnection': "
     "Failed to parse SessionDescription. s=- Expect line: o=", "SE003", 2),
], ids=["firefox", "chrome"])
def test_message_as_a_console_shows_it_leads_to_the_same_rule(
        sdp_lint: Program, message: str, code: str, line: int) -> None:
    """With the call, the parser's name, two blanks and the number of the line."""
    text = re.sub(r"o=.*\r\n", "", base("audio"), count=1)
    said = message.format(last=text.count("\r\n"))
    outcome = sdp_lint("--no-config", "--why", said, "-", stdin=text)
    assert outcome.exit_code == 0
    assert code in outcome.out
    assert f"stdin:{line}:" in outcome.out
    assert "No finding" not in outcome.out


def test_message_of_characters_that_are_not_ascii_is_explained(sdp_lint: Program) -> None:
    """Firefox counts the characters before the first."""
    text = base("audio").replace("s=-", "s=Gespräch")
    position = text.index("ä")
    outcome = sdp_lint("--no-config", "--why",
                       f"SDP contains non ASCII characters at position {position}", "-", stdin=text)
    assert outcome.exit_code == 0
    assert "SY018" in outcome.out


def test_message_without_a_rule_still_leads_to_its_line(sdp_lint: Program) -> None:
    """And says that nothing is known, not that nothing is wrong."""
    text = base("audio")
    number = text.split("\r\n").index("a=mid:0") + 1
    outcome = sdp_lint("--no-config", "--why",
                       "Failed to parse SessionDescription. a=mid:0 Something new.", "-", stdin=text)
    assert outcome.exit_code == 0
    assert f"points at line {number} " in outcome.out
    assert "No finding here is known to cause this message" in outcome.out
    unknown = sdp_lint("--no-config", "--why", "the moon is full", "-", stdin=text)
    assert unknown.exit_code == 2


def test_dump_of_calls_without_arguments_is_read(sdp_lint: Program, tmp_path: Path) -> None:
    """Perfect negotiation: the local descriptions stand at the success of the calls."""
    offer, answer = base("audio"), base("audio-answer")
    log = [{"type": "setLocalDescription", "value": ""},
           {"type": "setLocalDescriptionOnSuccess",
            "value": json.dumps({"type": "offer", "sdp": offer})},
           {"type": "setRemoteDescription",
            "value": json.dumps({"type": "answer", "sdp": answer})},
           {"type": "setRemoteDescriptionOnSuccess", "value": ""}]
    dump = tmp_path / "dump.txt"
    dump.write_text(json.dumps({"PeerConnections": {"9-1": {"updateLog": log}}}))
    report = json.loads(sdp_lint("--no-config", "--format", "json", str(dump)).out)
    assert [section["subject"]["kind"] for section in report["sections"]] == ["offer", "answer"]
    assert len(report["data"]["negotiations"]) == 1

    packed = tmp_path / "dump.gz"
    packed.write_bytes(gzip.compress(dump.read_bytes()))
    refused = sdp_lint("--no-config", str(packed))
    assert refused.exit_code == 2
    assert "gzip" in refused.err

    stats = tmp_path / "rtcstats.txt"
    stats.write_text("RTCStatsDump\n" + "".join(json.dumps(row) + "\n" for row in [
        {"fileFormat": 3},
        ["setLocalDescription", "9-1", None, 0.1],
        ["setLocalDescriptionOnSuccess", "9-1", {"type": "offer", "sdp": offer}, 0.1],
        ["setRemoteDescription", "9-1", {"type": "answer", "sdp": answer}, 0.1]]).replace(
            '", "', '","'))
    report = json.loads(sdp_lint("--no-config", "--format", "json", str(stats)).out)
    assert [section["subject"]["kind"] for section in report["sections"]] == ["offer", "answer"]


def test_sarif_marks_what_the_baseline_knows(sdp_lint: Program, tmp_path: Path) -> None:
    """It stays in the log, and does not count."""
    path = tmp_path / "offer.sdp"
    path.write_text(base("audio").replace("s=-", "s="), newline="")
    known = tmp_path / "known.json"
    assert sdp_lint("--no-config", "--write-baseline", str(known), str(path)).exit_code == 0
    path.write_text(base("audio").replace("s=-", "s=").replace("t=0 0", "t=0  0"), newline="")
    outcome = sdp_lint("--no-config", "--baseline", str(known), "--format", "sarif", str(path))
    results = json.loads(outcome.out)["runs"][0]["results"]
    states = {result["ruleId"]: result["baselineState"] for result in results}
    assert states["SE010"] == "unchanged"
    assert states["SY010"] == "new"
    assert [result["ruleId"] for result in results if "suppressions" in result] == ["SE010"]
    path.write_text(base("audio").replace("s=-", "s="), newline="")
    outcome = sdp_lint("--no-config", "--baseline", str(known), "--format", "sarif", str(path))
    assert outcome.exit_code == 0


def test_statistics_come_as_json_too(sdp_lint: Program) -> None:
    """And as nothing that they cannot be."""
    text = base("audio").replace("s=-", "s=")
    outcome = sdp_lint("--no-config", "--statistics", "--format", "json", "-", stdin=text)
    assert {"code": "SE010", "count": 1}.items() <= json.loads(outcome.out)[0].items()
    assert sdp_lint("--statistics", "--format", "sarif", "-", stdin=text).exit_code == 2


def test_selecting_wins_over_what_the_file_ignores(sdp_lint: Program, tmp_path: Path) -> None:
    """By the same name or a more exact one."""
    (tmp_path / "sdp-lint.json").write_text('{"ignore": ["SE010"]}')
    path = tmp_path / "offer.sdp"
    path.write_text(base("audio").replace("s=-", "s="), newline="")
    assert sdp_lint(str(path)).exit_code == 0
    assert sdp_lint("--select", "SE010", str(path)).exit_code == 1
    assert sdp_lint("--select", "SE", str(path)).exit_code == 0


def test_diff_applies_with_patch_and_changes_nothing_itself(
        sdp_lint: Program, tmp_path: Path) -> None:
    """What --diff shows is what --fix does."""
    path = tmp_path / "offer.sdp"
    text = base("audio").replace("s=-", "s=").replace("a=setup:actpass\r\n", "")
    path.write_text(text, newline="")
    outcome = sdp_lint("--no-config", "--diff", "--as", "offer", str(path))
    assert outcome.exit_code == 1
    assert path.read_bytes().decode() == text
    assert outcome.out.startswith(f"--- {path}\n+++ {path}\n@@ ")
    assert sdp_lint("--no-config", "--fix", "--as", "offer", str(path)).exit_code == 0
    assert sdp_lint("--no-config", "--diff", "--as", "offer", str(path)).out == ""


def test_fixed_standard_input_is_written_to_standard_output(sdp_lint: Program) -> None:
    """So that it works in a pipe."""
    outcome = sdp_lint("--no-config", "--fix", stdin=base("audio").replace("s=-", "s="))
    assert outcome.exit_code == 0
    assert outcome.out.replace("\r\n", "\n") == base("audio").replace("\r\n", "\n")
    assert "fixed 1" in outcome.err


def test_baseline_hides_what_was_known_and_nothing_new(
        sdp_lint: Program, broken: Path, tmp_path: Path) -> None:
    """A finding keeps its identity when lines move."""
    known = tmp_path / "known.json"
    assert sdp_lint("--no-config", "--write-baseline", str(known), str(broken)).exit_code == 0
    assert sdp_lint("--no-config", "--baseline", str(known), str(broken)).exit_code == 0
    broken.write_text(BROKEN.replace("t=0 0\r\n", "b=AS:300\r\nt=0 0\r\n"), newline="")
    moved = sdp_lint("--no-config", "--baseline", str(known), str(broken))
    assert "IC003" not in moved.out
    broken.write_text(BROKEN.replace("a=ice-ufrag:F7", "a=ice-ufrag:F8"), newline="")
    assert sdp_lint("--no-config", "--baseline", str(known), str(broken)).exit_code == 1


def test_configuration_above_the_file_counts_and_the_command_line_wins(
        sdp_lint: Program, broken: Path) -> None:
    """Found upwards; a misspelt key is an error."""
    config = broken.parent / "sdp-lint.json"
    inner = broken.parent / "inner"
    inner.mkdir()
    moved = broken.rename(inner / broken.name)
    config.write_text('{"severity": {"IC003": "warning"}}')
    assert sdp_lint(str(moved)).exit_code == 0
    config.write_text('{"ignore": ["IC003"]}')
    assert "Nothing found" in sdp_lint(str(moved)).out
    assert sdp_lint("--no-config", str(moved)).exit_code == 1
    config.write_text('{"ignroe": ["IC003"]}')
    outcome = sdp_lint(str(moved))
    assert outcome.exit_code == 2
    assert "ignroe" in outcome.err
    for setting in ('"ignore": ["XX999"]', '"select": ["XX999"]', '"severity": {"XX999": "off"}'):
        config.write_text("{" + setting + "}")
        outcome = sdp_lint(str(moved))
        assert outcome.exit_code == 2
        assert "sdp-lint.json" in outcome.err
        assert "XX999" in outcome.err


def test_anonymizer_names_what_it_did_not_understand(sdp_lint: Program) -> None:
    """Whoever shows the text to others has to know which lines nobody read."""
    outcome = sdp_lint("--anonymize", stdin=base("av").replace(
        "a=group:", "From: Alice\r\na=x-room:winter-garden\r\na=x-flag\r\na=group:"))
    assert outcome.exit_code == 0
    assert "a=x-room (line 6)" in outcome.err
    assert "From (line 5)" in outcome.err
    assert "x-flag" not in outcome.err
    assert sdp_lint("--anonymize", stdin=base("av")).err == ""


def test_lines_that_lost_their_ends_lose_nothing_else(sdp_lint: Program, tmp_path: Path) -> None:
    """Safe fixes take nothing away; the guess that ends the lines brings the description back."""
    path = tmp_path / "one-line.sdp"
    joined = base("av").replace("\r\n", " ").strip() + "\r\n"
    path.write_text(joined, encoding="ascii", newline="")
    sdp_lint("--no-config", "--fix", "--as", "offer", str(path))
    assert path.read_bytes().decode() == joined
    sdp_lint("--no-config", "--fix", "--unsafe-fixes", "--as", "offer", str(path))
    assert path.read_bytes().decode() == base("av")


def test_candidate_without_foundation_is_not_made_shorter(
        sdp_lint: Program, tmp_path: Path) -> None:
    """Without the blank it would lack a field, and Chrome, which took it, would refuse it."""
    text = base("av").replace(
        "a=mid:0", "a=candidate: 1 udp 2113937151 203.0.113.7 51073 typ host\r\na=mid:0", 1)
    path = tmp_path / "offer.sdp"
    path.write_text(text, encoding="ascii", newline="")
    outcome = sdp_lint("--no-config", "--fix", "--as", "offer", str(path))
    assert "SY017" in outcome.out
    assert path.read_bytes().decode() == text


def test_message_about_one_browsers_quirk_finds_it_without_a_target(sdp_lint: Program) -> None:
    """Quirks are silent in the profile, and whose message it is nobody has said."""
    text = base("av").replace("a=group:BUNDLE 0 1", "a=group:BUNDLE 7 0 1")
    said = ("mid specified for bundle transport in group attribute does not exist in the SDP. "
            "(mid=7)")
    outcome = sdp_lint("--no-config", "--why", said, "-", stdin=text)
    assert outcome.exit_code == 0
    assert "QK010" in outcome.out
    assert "No finding" not in outcome.out


def test_bundled_section_has_the_dtls_role_of_its_bundle(
        sdp_lint: Program, tmp_path: Path) -> None:
    """There is one transport, whatever the section says of its own."""
    answer = base("av-answer")
    assert answer.count("a=setup:active") == 2
    head, _, tail = answer.rpartition("a=setup:active")
    paths = [tmp_path / "offer.sdp", tmp_path / "answer.sdp"]
    for path, text in zip(paths, (base("av"), head + "a=setup:passive" + tail), strict=True):
        path.write_text(text, encoding="ascii", newline="")
    outcome = sdp_lint("--no-config", *map(str, paths))
    assert outcome.out.count("the offerer is DTLS server") == 2
    assert "the offerer is DTLS client" not in outcome.out


def test_anonymizer_hides_what_a_session_and_its_files_are_about(sdp_lint: Program) -> None:
    """In attributes that are registered, and so are no unknown ones to warn of."""
    outcome = sdp_lint("--anonymize", stdin=base("av").replace(
        "a=group:", "a=keywds:merger\r\na=cat:finance\r\n"
        'a=file-selector:name:"secret plan.pdf"\r\na=group:'))
    assert outcome.exit_code == 0
    for secret in ("merger", "finance", "secret", "plan"):
        assert secret not in outcome.out


def test_anonymizer_hides_names_of_interfaces(sdp_lint: Program) -> None:
    """Which stand behind addresses, where none should."""
    outcome = sdp_lint("--anonymize", stdin=base("av").replace(
        "a=rtcp-mux\r\n", "a=rtcp-mux\r\n"
        "a=candidate:1 1 udp 2113937151 fe80::1%wlan-office 5000 typ host\r\n", 1).replace(
        "c=IN IP4 0.0.0.0", "c=IN IP6 fe80::1%wlan-office"))
    assert outcome.exit_code == 0
    assert outcome.out.count("fe80::1%") > 1
    for secret in ("wlan", "office"):
        assert secret not in outcome.out


def test_anonymizer_hides_keys_and_hosts_wherever_they_stand(sdp_lint: Program) -> None:
    """A blank behind inline:, no inline: at all, and the host of a=rtcp."""
    outcome = sdp_lint("--anonymize", stdin=base("sip-audio").replace(
        "a=sendrecv\r\n", "a=sendrecv\r\na=rtcp:53020 IN IP4 sbc.corp.example\r\n"
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline: d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj\r\n"
        "a=crypto:2 AES_CM_128_HMAC_SHA1_80 WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n"))
    assert outcome.exit_code == 0
    for secret in ("d0Rmdmcm", "WVNfX19z", "sbc", "corp"):
        assert secret not in outcome.out


@pytest.mark.parametrize("option", ["--output", "--write-baseline"])
def test_output_never_takes_the_place_of_an_input(
        sdp_lint: Program, broken: Path, option: str) -> None:
    """By whatever name it goes."""
    other = broken.parent / "other.sdp"
    other.symlink_to(broken)
    outcome = sdp_lint("--no-config", option, str(other), str(broken))
    assert outcome.exit_code == 2
    assert "replace the input" in outcome.err
    assert broken.read_text() == BROKEN.replace("\r\n", "\n")


def test_fix_leaves_the_blank_of_an_origin_without_address(sdp_lint: Program) -> None:
    """Chrome takes it with the blank, and refuses it without."""
    text = re.sub(r"^(o=.*) \S+\r$", r"\1 \r", base("audio"), flags=re.MULTILINE)
    assert "IP4 \r\n" in text
    outcome = sdp_lint("--no-config", "--fix", "-", stdin=text)
    assert "IP4 \n" in outcome.out.replace("\r\n", "\n")


def test_fix_writes_back_to_regular_files_only(sdp_lint: Program) -> None:
    """Else the fixed text would be lost."""
    outcome = sdp_lint("--no-config", "--fix", "/dev/stdin", stdin=base("audio").replace("s=-", "s="))
    assert outcome.exit_code == 2
    assert "/dev/stdin" in outcome.err
    assert "give -" in outcome.err


def test_utf16_is_named(sdp_lint: Program, tmp_path: Path) -> None:
    """Windows PowerShell writes it."""
    path = tmp_path / "wide.sdp"
    path.write_bytes(base("audio").encode("utf-16"))
    outcome = sdp_lint("--no-config", str(path))
    assert outcome.exit_code == 2
    assert "UTF-16" in outcome.err
    assert "iconv" in outcome.err


def test_anonymized_description_holds_nothing_of_the_original(sdp_lint: Program) -> None:
    """And is as clean as before."""
    outcome = sdp_lint("--anonymize", stdin=base("av"))
    assert outcome.exit_code == 0
    for secret in ("F7gI", "x9cml", "7A:D7", "mJ4xQf7TzRk2bVnL", "3735928559",
                   "4611731400430051336"):
        assert secret in base("av")
        assert secret not in outcome.out
    assert "error[" not in sdp_lint("--no-config", "--raw", stdin=outcome.out).out


def test_anonymizing_tells_what_it_leaves_out_and_what_it_does_not_know(sdp_lint: Program) -> None:
    """A description within a line of a log, and a capability of no known attribute."""
    line = "10:00 alice: " + json.dumps({"type": "offer", "sdp": base("audio")})
    outcome = sdp_lint("--anonymize", stdin=line + "\n")
    assert "nothing is left of line 1" in outcome.err
    for secret in ("alice", "F7gI", "mJ4xQf7TzRk2bVnL"):
        assert secret in line
        assert secret not in outcome.out
    outcome = sdp_lint("--anonymize", stdin=base("audio") + "a=acap:1 x-home:villa\r\n")
    assert "acap" in outcome.err
    known = base("audio") + "a=acap:1 ptime:20\r\n"
    assert sdp_lint("--anonymize", stdin=known).err == ""


@pytest.mark.parametrize(("lines", "said"), [
    ("v=0|s=-|o=- 1 1 IN IP4 0.0.0.0|t=0 0", "s=- Expect line: o="),
    ("v=0|o=- 1 1 IN IP4 0.0.0.0|t=0 0|s=-", "t=0 0 Expect line: s="),
    ("o=- 1 1 IN IP4 0.0.0.0|v=0|s=-|t=0 0", "o=- 1 1 IN IP4 0.0.0.0 Expect line: v="),
    ("v=0|o=- 1 1 IN IP4 0.0.0.0|s=-|b=AS:1|a=x-y|t=0 0", "a=x-y Expect line: t="),
])
def test_chrome_names_the_line_that_stands_in_the_place_of_another(
        sdp_lint: Program, lines: str, said: str) -> None:
    """Measured: not the line that is out of place, where the finding is."""
    text = base("audio").split("a=group", 1)[1]
    outcome = sdp_lint("--no-config", "--target", "chrome", "--as", "offer",
                       stdin=lines.replace("|", "\r\n") + "\r\na=group" + text)
    assert f"Failed to parse SessionDescription. {said}\n" in outcome.out


def test_rule_is_explained_by_name(sdp_lint: Program) -> None:
    """In any case, as by its code; what is near is told."""
    told = sdp_lint("--explain", "IC003").out
    assert told
    assert sdp_lint("--explain", "ufrag-length").out == told
    assert sdp_lint("--explain=UFRAG-Length").out == told
    misspelt = sdp_lint("--explain", "ufrag-lenght")
    assert misspelt.exit_code == 2
    assert misspelt.out == ""
    assert "'ufrag-lenght'" in misspelt.err
    assert "did you mean ufrag-length (IC003)?" in misspelt.err


@pytest.mark.parametrize("name", ["text", "json", "jsonl", "sarif", "junit", "github", "markdown",
                                  "html"])
def test_every_format_names_the_finding(sdp_lint: Program, broken: Path, name: str) -> None:
    """The exit code is the same in all of them."""
    outcome = sdp_lint("--no-config", "--format", name, str(broken))
    assert outcome.exit_code == 1
    assert "IC003" in outcome.out
    assert outcome.err == ""


def test_sarif_has_what_the_standard_demands(sdp_lint: Program, broken: Path) -> None:
    """SARIF 2.1.0: s3.13.2, s3.14.6, s3.19.2, s3.27; ruleIndex points at its rule (s3.27.6)."""
    log = sdp_lint("--no-config", "--format", "sarif", str(broken)).json()
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "sdp-lint"
    for result in run["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("none", "note", "warning", "error")
        assert result["message"]["text"]
        region = result["locations"][0]["physicalLocation"]["region"]
        assert region["startLine"] >= 1
        assert region["endColumn"] >= region["startColumn"] >= 1
    assert run["invocations"][0]["executionSuccessful"] is True


def _sarif(sdp_lint: Program, *arguments: str) -> dict[str, Any]:
    return sdp_lint("--no-config", "--format", "sarif", *arguments).json()


def test_sarif_is_valid_by_its_schema(sdp_lint: Program, broken: Path, tmp_path: Path,
                                      sarif_schema: dict[str, Any]) -> None:
    """Of findings with fixes and related places, of a pair, of nothing, of odd bytes and names."""
    schema_validator = jsonschema.validators.validator_for(sarif_schema)(sarif_schema)
    odd = tmp_path / "ö %&.sdp"
    odd.write_bytes(broken.read_bytes().replace(b"s=-", b"s=\xff\x00\xc3\xb6"))
    empty = tmp_path / "empty.sdp"
    empty.write_bytes(b"")
    conversation = CAPTURES / "chrome-chrome/conversation"
    pair = [str(conversation / name) for name in ("1-offer.sdp", "2-answer.sdp")]
    logs = [_sarif(sdp_lint, str(broken), "--target", "chrome,firefox"), _sarif(sdp_lint, str(odd)),
            _sarif(sdp_lint, str(empty)), _sarif(sdp_lint, *pair), _sarif(sdp_lint, *pair[::-1])]
    for log in logs:
        assert [error.message for error in schema_validator.iter_errors(log)] == []
    assert sum(len(log["runs"][0]["results"]) for log in logs) >= 10
    # The schema does refuse.
    logs[0]["runs"][0]["results"][0]["level"] = "fatal"
    assert not schema_validator.is_valid(logs[0])


@pytest.mark.parametrize("wrapped", [False, True], ids=["plain", "json"])
def test_sarif_columns_are_utf16(sdp_lint: Program, tmp_path: Path, wrapped: bool) -> None:
    """As columnKind says: a letter of two bytes is one column, one beyond the first plane two."""
    text = (CAPTURES / "chrome-chrome/audio/1-offer.sdp").read_bytes().decode()
    text = text.replace("a=mid:0", "a=mid:0\r\na=x-\u00fc\U0001f600:1 ")
    if wrapped:
        text = json.dumps({"type": "offer", "sdp": text}, ensure_ascii=False)
    file = tmp_path / "offer"
    file.write_bytes(text.encode())
    log = _sarif(sdp_lint, "--select", "SY009", str(file))
    (run,) = log["runs"]
    assert run["columnKind"] == "utf16CodeUnits"
    (result,) = run["results"]
    region = result["locations"][0]["physicalLocation"]["region"]
    lines = text.split("\n")
    units = lines[region["startLine"] - 1].encode("utf-16-le")
    marked = units[2 * (region["startColumn"] - 1):2 * (region["endColumn"] - 1)]
    assert marked.decode("utf-16-le") == " "
    data = text.encode()[region["byteOffset"]:region["byteOffset"] + region["byteLength"]]
    assert data == b" "


def test_junit_counts_what_it_lists(sdp_lint: Program, broken: Path) -> None:
    """Dashboards believe the attributes."""
    root = ElementTree.fromstring(
        sdp_lint("--no-config", "--format", "junit", str(broken)).out)
    assert root.tag == "testsuites"
    assert int(root.attrib["tests"]) == len(root.findall(".//testcase"))
    assert int(root.attrib["failures"]) == len(root.findall(".//failure")) == 1


def test_rules_are_listed_and_explained(sdp_lint: Program) -> None:
    """--rules, --list and --explain derive from one table, whose length the README tells."""
    listed = sdp_lint("--rules", "--format", "json").json_list()
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^sdp-lint --rules +# all (\d+)$", readme, re.MULTILINE) == [str(len(listed))]
    assert sdp_lint("--rules").out == sdp_lint("--list").out
    explained = sdp_lint("--explain", "IC003").out
    assert "RFC 8839" in explained
    assert "error in webrtc" in explained


def test_hostile_bytes_are_judged_and_not_obeyed(sdp_lint: Program, tmp_path: Path) -> None:
    """A megabyte in one line, 100,000 lines, NUL, escape sequences: an answer, in bounded time."""
    samples = [b"a=" + b"x" * 1_000_000, b"m=\n" * 100_000, bytes(range(256)) * 100,
               b"v=0\r\ns=\x1b[31mred\r\n", b"", b"\r" * 10_000,
               b"v=0\r\nm=audio 9 RTP/AVP " + b"1 " * 300_000]
    for index, sample in enumerate(samples):
        path = tmp_path / f"{index}.sdp"
        path.write_bytes(sample)
        outcome = sdp_lint("--no-config", "--quiet", str(path), timeout_s=60)
        assert outcome.exit_code in (0, 1), outcome.err
        assert "\x1b" not in outcome.out


def test_program_needs_none_of_the_large_libraries(sdp_lint: Program) -> None:
    """It loads neither GLib nor libnice nor ns-3."""
    libraries = subprocess.run(["ldd", str(sdp_lint.path)], check=True, capture_output=True,
                               text=True).stdout
    for foreign in ("glib", "gobject", "libnice", "libns3", "gnutls"):
        assert foreign not in libraries
