"""What a check reports, and how it ends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Finding:
    """One breach, where an editor can jump to it."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


def report(check: str, findings: Iterable[Finding], examined_count: int) -> int:
    """Prints findings and a summary; the process's exit code."""
    ordered = sorted(set(findings))
    for finding in ordered:
        print(finding)
    if examined_count == 0:
        print(f"{check}: nothing to examine")
        return 2
    print(f"{check}: {len(ordered)} findings in {examined_count} files")
    return 1 if ordered else 0
