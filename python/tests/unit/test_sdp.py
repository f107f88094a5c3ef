"""portolan.sdp: the C++ linter from Python."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

import portolan
from binaries import Program
from portolan import sdp

BASES = Path(__file__).resolve().parents[3] / "sdp-lint/rules/tests/bases"


def base(name: str) -> str:
    """A clean description."""
    return (BASES / f"{name}.sdp").read_text(encoding="ascii").replace("\n", "\r\n")


def test_parse_gives_sections_codecs_and_attributes() -> None:
    """What a description says, section by section."""
    parsed = sdp.parse(base("av"), kind=sdp.DescriptionKind.Offer)
    audio, video = parsed.sections
    assert (audio.media, audio.mid, audio.port, audio.direction) == ("audio", "0", 9, "sendrecv")
    assert audio.codecs[0].name == "opus"
    assert audio.codecs[0].channels == 2
    assert audio.codecs[0].parameters == "minptime=10;useinbandfec=1"
    assert [codec.name for codec in video.codecs] == ["VP8", "rtx", "H264", "rtx", "AV1", "rtx"]
    assert any(each.name == "rtcp-mux" and each.value is None for each in audio.attributes)
    assert parsed.text == base("av")
    assert parsed.kind == sdp.DescriptionKind.Offer


def test_lint_reports_code_place_and_target() -> None:
    """One defect, found with the right code at the right place."""
    text = base("audio").replace("a=ice-ufrag:F7gI", "a=ice-ufrag:F7")
    (finding,) = sdp.lint(text, targets=[sdp.Browser.Chrome])
    assert finding.code == sdp.Code.IC003
    assert finding.severity == sdp.Severity.Error
    assert text[finding.begin:finding.end] == "F7"
    assert text.split("\r\n")[finding.line - 1] == "a=ice-ufrag:F7"
    assert finding.column == 13
    assert [browser for browser, _ in finding.rejected_by] == [sdp.Browser.Chrome]
    assert sdp.errors(sdp.lint(base("audio"))) == []
    assert sdp.lint(text, ignore=["IC"]) == []


def test_lint_session_judges_answers_by_their_offers() -> None:
    """RFC 8842 s5.3: an answer chooses a role."""
    answer = base("audio-answer").replace("a=setup:active", "a=setup:actpass")
    found = sdp.lint_session([base("audio"), answer])
    assert sdp.Code.OA014 in [finding.code for finding in found]
    assert all(finding.description == 1 for finding in found)
    assert sdp.errors(sdp.lint_session([base("audio"), base("audio-answer")])) == []


def test_fix_changes_what_it_says_and_nothing_else() -> None:
    """And a second time nothing."""
    broken = base("audio").replace("s=-", "s=")
    result = sdp.fix(broken)
    assert result.text == base("audio")
    assert result.fixed_count == 1
    assert sdp.fix(result.text).fixed_count == 0


def test_text_that_is_not_utf8_survives() -> None:
    """Both ways, as surrogates; bytes are taken too."""
    raw = base("audio").encode().replace(b"s=-", b"s=\xff")
    assert sdp.parse(raw).text.encode("utf-8", "surrogateescape") == raw
    assert sdp.parse(sdp.parse(raw).text).text == sdp.parse(raw).text


def test_negotiate_says_what_a_pair_agreed() -> None:
    """Codecs, roles, directions."""
    agreed = sdp.negotiate(base("av"), base("av-answer"))
    assert agreed.offerer_ice_role == "controlling"
    audio, video = agreed.sections
    assert audio.codecs[0] == ("opus", 48000, 2, 111, 111)
    assert audio.offerer_dtls_role == "server"
    assert video.bundled_with == 0
    assert "both send" in str(agreed)


def test_unwrap_takes_descriptions_out_of_json() -> None:
    """And raises with a code when there is none."""
    (found,) = sdp.unwrap('{"type": "answer", "sdp": "v=0\\r\\n"}')
    assert found.kind == sdp.DescriptionKind.Answer
    assert found.text == "v=0\r\n"
    with pytest.raises(portolan.Error) as raised:
        sdp.unwrap('{"sdp"')
    assert raised.value.code == "input.json"


def test_unknown_rule_is_an_error() -> None:
    """A rule that silently does not run is a rule that passes."""
    with pytest.raises(portolan.Error) as raised:
        sdp.lint(base("audio"), select=["ZZ"])
    assert raised.value.code == "lint.unknown-code"


def test_anonymize_keeps_equal_things_equal() -> None:
    """In all texts that are given together."""
    one, two = sdp.anonymize([base("audio"), base("audio")])
    assert one == two
    assert "F7gI" not in one


def test_rules_are_the_catalogue(sdp_lint: Program) -> None:
    """Every row of it, as the command lists it."""
    rules = sdp.rules()
    listed = sdp_lint("--rules", "--format", "json").json_list()
    assert [(rule.code.name, rule.title) for rule in rules] == [
        (row["id"], row["title"]) for row in listed]
    assert sdp.rule(sdp.Code.IC003).name == "ufrag-length"
    assert str(rules[0].severity()) in ("off", "info", "warning", "error")


def test_linting_in_threads_gives_the_same() -> None:
    """The GIL is released, and nothing is shared that changes."""
    text = base("av").replace("a=mid:1", "a=mid:0")
    expected = [repr(finding) for finding in sdp.lint(text)]
    assert expected
    seen: list[list[str]] = []

    def work() -> None:
        for _ in range(50):
            seen.append([repr(finding) for finding in sdp.lint(text)])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 200
    assert all(each == expected for each in seen)
