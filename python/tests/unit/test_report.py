"""Reports: read, checked, rendered, judged."""

from __future__ import annotations

import json
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from portolan import Culprit, Error
from portolan.report import (EvidenceKind, ExitCode, FailOn, Format, Impact, Outcome, Requirement,
                             Severity, exit_code_for, find, findings, from_json, render, to_json,
                             validate)

MODEL = Path(__file__).resolve().parents[3] / "reports" / "model"
SAMPLE = (MODEL / "tests" / "golden" / "sample_report.json").read_text()
SCHEMA = json.loads((MODEL / "report.schema.json").read_text())


def smallest(**changes: Any) -> dict[str, Any]:
    """A report with one finding, which `changes` change."""
    finding = {"id": "a.b", "title": "Finding", "verdict": "fail", "severity": "medium",
               "decides": False,
               "reason": {"code": "why", "sentence": "Because."}, "evidence_ids": ["e"], **changes}
    return {"schema": "portolan.report/1", "tool": {"name": "t", "version": "1"},
            "started_at": "2026-01-02T03:04:05.000006Z", "duration_us": 1500000, "complete": True,
            "headline": "One sentence.",
            "sections": [{"id": "s", "title": "Section", "findings": [finding]}],
            "evidence": [{"id": "e", "kind": "timing", "title": "Evidence"}]}


def test_sample_report_round_trip() -> None:
    """The same bytes come back."""
    report = from_json(SAMPLE)
    assert to_json(report) == SAMPLE
    assert from_json(to_json(report)) == report
    assert report != from_json(json.dumps(smallest()))
    validate(report)


def test_written_reports_satisfy_the_schema() -> None:
    """And reports that miss something required do not."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    validator = jsonschema.Draft202012Validator(SCHEMA)
    for text in (SAMPLE, json.dumps(smallest())):
        document = json.loads(to_json(from_json(text)))
        validator.validate(document)
        for key in SCHEMA["required"]:
            lacking = {name: value for name, value in document.items() if name != key}
            assert not validator.is_valid(lacking), key
            with pytest.raises(Error):
                from_json(json.dumps(lacking))


def test_report_is_read_whole() -> None:
    """Every field, in Python's own types."""
    report = from_json(json.dumps(smallest(
        impact="needs-relay", requirement="must", value="v", summary="S.", advice=["A."],
        tags=["t"], references=[{"document": "RFC 4787", "section": "4.1"}],
        location={"source": "offer", "line": 3}, data={"nested": {"x": [1, 2.5, None, True]}})))
    assert report.started_at == datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=timezone.utc)
    assert report.duration == timedelta(seconds=1.5)
    assert (report.tool.name, report.complete, report.cut_off) == ("t", True, None)
    assert report.evidence[0].kind == EvidenceKind.Timing
    finding = find(report, "a.b")
    assert finding.verdict.outcome == Outcome.Fail and finding.verdict.is_fail
    assert finding.verdict.reason is not None and finding.verdict.reason.code == "why"
    assert finding.severity == Severity.Medium and Severity.Low < Severity.Medium
    assert finding.impact == Impact.NeedsRelay and str(finding.impact) == "needs-relay"
    assert finding.requirement == Requirement.Must
    assert finding.references[0].document == "RFC 4787"
    assert finding.location is not None and finding.location.line == 3
    assert finding.data == {"nested": {"x": [1, 2.5, None, True]}}
    assert [each.id for each in findings(report)] == ["a.b"]
    with pytest.raises(KeyError, match="a.b"):
        find(report, "a.c")
    with pytest.raises(KeyError):
        find(report, "a.b", "another")


@pytest.mark.parametrize(("text", "code"), [
    ("", "json."), ("{", "json."), ("[]", "json.shape"), ('{"a":1,"a":2}', "json."),
    (json.dumps(smallest(evidence_ids=["missing"])), "report.invariant"),
    (json.dumps(smallest(verdict="perhaps")), "json.shape"),
    (json.dumps({**smallest(), "schema": "portolan.report/2"}), "report.schema")])
def test_wrong_report_is_a_usage_error(text: str, code: str) -> None:
    """Syntax, shape, version and invariants, each by its own code."""
    with pytest.raises(Error) as caught:
        from_json(text)
    assert caught.value.culprit is Culprit.Usage and caught.value.code.startswith(code)
    assert caught.value.message


def test_exit_codes() -> None:
    """Failures at or above the threshold, then what decides and is open, then 0."""
    failed = from_json(json.dumps(smallest()))
    assert exit_code_for(failed) == ExitCode.Findings and int(ExitCode.Findings) == 1
    assert exit_code_for(failed, FailOn.parse("high")) == ExitCode.Ok
    assert exit_code_for(failed, FailOn.parse("medium")) == ExitCode.Findings
    assert exit_code_for(failed, FailOn.never()) == ExitCode.Ok
    open_one = from_json(json.dumps(smallest(verdict="inconclusive", decides=True)))
    assert exit_code_for(open_one) == ExitCode.Inconclusive
    cut_off = from_json(json.dumps({**smallest(verdict="inconclusive"), "complete": False}))
    assert exit_code_for(cut_off) == ExitCode.Inconclusive
    assert FailOn.parse("must,high").requirement == Requirement.Must
    assert FailOn().matches(next(findings(failed)))
    with pytest.raises(Error, match="fail-on"):
        FailOn.parse("dreadful")


def test_renderings() -> None:
    """Text for people, JSON as it is."""
    report = from_json(SAMPLE)
    text = render(report)
    assert report.headline.split()[0] in text and "\x1b" not in text
    assert "\x1b" in render(report, color=True)
    assert len(render(report, verbose=True)) > len(text) > len(render(report, quiet=True))
    assert max(map(len, render(report, width_columns=50).splitlines())) <= 50
    assert render(report, Format.Json) == SAMPLE
    assert str(Format.Json) == "json"


def test_reports_may_be_used_by_many_threads() -> None:
    """Reading and rendering give up the interpreter lock."""
    report = from_json(SAMPLE)
    results: list[str] = []

    def work() -> None:
        for _ in range(50):
            results.append(render(from_json(to_json(report)), Format.Json))
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [SAMPLE] * 200
