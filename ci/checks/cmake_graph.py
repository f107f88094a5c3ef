"""Reads targets and their dependencies out of CMakeLists.txt files: the declared architecture."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_CALL = re.compile(r"([A-Za-z_]\w*)\s*\(")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\(|\)|[^\s()"]+')
_KEYWORDS = {"SOURCES", "DEPENDS", "LIBRARIES", "TESTS", "TEST_DEPENDS", "FUZZ"}
_SCOPES = {"PUBLIC", "PRIVATE", "INTERFACE"}
_PLAIN_TARGETS = {"add_executable", "add_library", "pybind11_add_module"}


@dataclass
class Target:
    """One library, executable or Python module."""

    name: str
    directory: str
    line: int
    depends: set[str] = field(default_factory=set)
    test_depends: set[str] = field(default_factory=set)


def _calls(text: str) -> Iterator[tuple[str, list[str], int]]:
    """Every command with its arguments and its line; comments are gone."""
    text = re.sub(r"#[^\n]*", "", text)
    position = 0
    while match := _CALL.search(text, position):
        arguments: list[str] = []
        depth, position = 1, match.end()
        while depth and (token := _TOKEN.search(text, position)):
            position = token.end()
            depth += {"(": 1, ")": -1}.get(token[0], 0)
            if token[0] not in "()":
                arguments.append(token[0].strip('"'))
        yield match[1].lower(), arguments, text.count("\n", 0, match.start()) + 1


def _by_keyword(arguments: list[str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    keyword = ""
    for argument in arguments:
        if argument in _KEYWORDS:
            keyword = argument
        else:
            groups.setdefault(keyword, []).append(argument)
    return groups


class CmakeGraph:
    """Targets by name; edges only between targets of the project."""

    def __init__(self, root: Path, lists: list[Path]) -> None:
        self.targets: dict[str, Target] = {}
        for path in sorted(lists):
            self._read(path.parent.as_posix(), (root / path).read_text())

    def _read(self, directory: str, text: str) -> None:
        for command, arguments, line in _calls(text):
            if not arguments or "$" in arguments[0]:
                continue
            name = arguments[0]
            if command.startswith("portolan_add_"):
                groups = _by_keyword(arguments[1:])
                target = self._target(name, directory, line)
                target.depends.update(groups.get("DEPENDS", []))
                target.test_depends.update(groups.get("TEST_DEPENDS", []))
            elif command in _PLAIN_TARGETS:
                self._target(name, directory, line)
            elif command == "target_link_libraries":
                target = self._target(name, directory, line)
                target.depends.update(set(arguments[1:]) - _SCOPES)

    def _target(self, name: str, directory: str, line: int) -> Target:
        return self.targets.setdefault(name, Target(name, directory, line))

    def in_directory(self, directory: str) -> list[Target]:
        """The targets that a CMakeLists.txt in exactly this directory declares."""
        return [target for target in self.targets.values() if target.directory == directory]

    def owners(self, path: Path) -> list[Target]:
        """The targets of the nearest directory above `path` that declares any."""
        for parent in path.parents:
            if found := self.in_directory(parent.as_posix()):
                return found
        return []

    def reachable_directories(self, targets: list[Target], with_tests: bool) -> set[str]:
        """Directories whose headers the targets may include: their own and all below."""
        names = {target.name for target in targets}
        for target in targets:
            names |= target.depends | (target.test_depends if with_tests else set())
        pending = list(names)
        while pending:
            known = self.targets.get(pending.pop())
            for name in (known.depends if known else set()) - names:
                names.add(name)
                pending.append(name)
        return {self.targets[name].directory for name in names if name in self.targets}
