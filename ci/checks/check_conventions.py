"""The conventions that a machine can check."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from findings import Finding, report
from source_tree import own_files

MAX_LINES = 800
_CODE = {".cpp", ".hpp", ".h", ".cc"}
_TEXT = _CODE | {".py", ".pyi", ".sh", ".cmake", ".md", ".txt", ".ini", ".toml", ".yml", ".yaml"}
_NAMED = {"CMakeLists.txt", "CMakePresets.json", ".clang-format", ".clang-tidy", "run"}
# Written in two parts, so that this file does not report itself.
_UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME)\b")
# Somebody's own checkout or home; a path inside a URL or below another folder does not start so.
_MACHINE_PATH = re.compile(r"(?<![\w.:}/-])/(?:home|Users|work|root|mnt|media)/[\w.-]+")
_CITATION = re.compile(r"\bRFC[ -]?(\d{2,5})\b")
_INCLUDE = re.compile(r'^\s*#\s*include\s*["<]([^">]+)[">]', re.MULTILINE)


def known_rfcs(listing: Path) -> set[int]:
    """The numbers in the allow-list."""
    lines = listing.read_text().splitlines()
    return {int(line.split()[0]) for line in lines if line and not line.startswith("#")}


class ConventionCheck:
    """All of it for one tree."""

    def __init__(self, root: Path, rfcs: set[int]) -> None:
        self._root = root
        self._rfcs = rfcs
        self.files = [path for path in own_files(root)
                      if path.suffix in _TEXT or path.name in _NAMED]

    def findings(self) -> Iterator[Finding]:
        """Every breach."""
        for path in self.files:
            text = (self._root / path).read_text(errors="replace")
            name = path.as_posix()
            yield from self._lines(name, text)
            if path.suffix == ".hpp" and not re.search(r"^#pragma once$", text, re.MULTILINE):
                yield Finding(name, 1, "no #pragma once")
            if path.suffix == ".cpp":
                yield from self._own_header_first(path, text)

    def _lines(self, name: str, text: str) -> Iterator[Finding]:
        lines = text.splitlines()
        if len(lines) > MAX_LINES:
            yield Finding(name, MAX_LINES + 1, f"{len(lines)} lines; at most {MAX_LINES}")
        for number, line in enumerate(lines, 1):
            if match := _UNFINISHED.search(line):
                yield Finding(name, number, f"{match[1]}: do it, or write down why not")
            if match := _MACHINE_PATH.search(line):
                yield Finding(name, number, f"{match[0]} is a path of one machine")
            for match in _CITATION.finditer(line):
                if int(match[1]) not in self._rfcs:
                    yield Finding(name, number, f"RFC {match[1]} is not in ci/checks/rfcs.txt")

    def _own_header_first(self, path: Path, text: str) -> Iterator[Finding]:
        own = path.with_suffix(".hpp")
        if not (self._root / own).is_file():
            return
        first = _INCLUDE.search(text)
        if first is None or first[1] != own.as_posix():
            line = text.count("\n", 0, first.start(1)) + 1 if first else 1
            yield Finding(path.as_posix(), line, f'does not include "{own.as_posix()}" first')


def main() -> int:
    """Checks the tree given as the only argument, or the one this file is in."""
    here = Path(__file__).resolve()
    root = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else here.parents[2]
    check = ConventionCheck(root, known_rfcs(here.with_name("rfcs.txt")))
    return report("check_conventions", check.findings(), len(check.files))


if __name__ == "__main__":
    sys.exit(main())
