"""Session descriptions: parse, lint, fix, negotiate. Everything here releases the GIL.

    for finding in sdp.lint(text):
        print(finding.line, finding.column, finding.code, finding.message)
"""

from __future__ import annotations

from collections.abc import Iterable

from ._native.sdp import *  # noqa: F403
from ._native.sdp import Finding, Severity


def errors(findings: Iterable[Finding]) -> list[Finding]:
    """Those that are errors."""
    return [finding for finding in findings if finding.severity == Severity.Error]
