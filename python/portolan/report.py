"""What every tool writes: read, check, render."""

from __future__ import annotations

from collections.abc import Iterator

from ._native.report import *  # noqa: F403
from ._native.report import Finding, Report


def findings(report: Report) -> Iterator[Finding]:
    """Every finding of every section, in order."""
    for section in report.sections:
        yield from section.findings


def find(report: Report, finding_id: str, section_id: str | None = None) -> Finding:
    """The first of that id, in that section if one is named; KeyError, listing what there is."""
    seen: list[str] = []
    for section in report.sections:
        for finding in section.findings:
            if finding.id == finding_id and section_id in (None, section.id):
                return finding
            seen.append(f"{section.id} {finding.id}")
    raise KeyError(f"{finding_id} is not among {seen}")
