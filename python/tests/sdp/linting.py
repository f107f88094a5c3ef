"""Runs sdp-lint on descriptions and reads its report."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from binaries import Program

from .mutants import CAPTURES, Mutant, text_of


@dataclass(frozen=True)
class Said:
    """What a target is said to do with one finding's defect."""

    verdict: str
    message: str


@dataclass(frozen=True)
class LintFinding:
    """One finding; `description` is counted from 0."""

    code: str
    level: str
    description: int
    line: str
    message: str
    targets: dict[str, Said] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.level}[{self.code}] {self.description}: {self.line!r}: {self.message}"


def findings(report: dict[str, Any]) -> list[LintFinding]:
    """All of a report, in order."""
    return [LintFinding(
        each["id"], each["data"]["level"], index, each["data"]["line"],
        each["reason"]["sentence"],
        {browser: Said(said["verdict"], said.get("message", ""))
         for browser, said in each["data"].get("targets", {}).items()})
        for index, section in enumerate(report["sections"]) for each in section["findings"]]


class Linter:
    """sdp-lint with files in one folder."""

    def __init__(self, program: Program, folder: Path) -> None:
        self._program = program
        self._folder = folder

    def write(self, texts: Sequence[bytes], names: Sequence[str] = ()) -> list[str]:
        """Files whose names say what each description is."""
        paths = []
        for index, text in enumerate(texts):
            name = names[index] if names else f"{index + 1}-{'answer' if index % 2 else 'offer'}"
            path = self._folder / f"{name}.sdp"
            path.write_bytes(text)
            paths.append(str(path))
        return paths

    def lint(self, texts: Sequence[bytes], *options: str) -> list[LintFinding]:
        """One text by itself, more as a session."""
        kind = ("--as", "offer") if len(texts) == 1 else ()
        outcome = self._program("--no-config", "--format", "json", *kind, *options,
                                *self.write(texts))
        assert outcome.exit_code in (0, 1), outcome.err
        return findings(json.loads(outcome.out))

    def fix(self, texts: Sequence[bytes], *options: str) -> list[bytes]:
        """The texts after --fix."""
        paths = self.write(texts)
        kind = ("--as", "offer") if len(texts) == 1 else ()
        outcome = self._program("--no-config", "--fix", *kind, *options, *paths)
        assert outcome.exit_code in (0, 1), outcome.err
        return [Path(path).read_bytes() for path in paths]


def texts_of(kind: str, mutant: Mutant) -> list[bytes]:
    """The captures up to and including the one with the defect; of munging: created, munged."""
    if kind == "offers":
        return [mutant.bytes(text_of(mutant.base))]
    side = mutant.only or "chrome"
    if kind == "munging":
        created = text_of(f"{side}-{side}/all-trickled/1-offer.sdp")
        return [created.encode(), mutant.change(created).encode()]
    folder = CAPTURES / f"{side}-{side}" / mutant.scenario
    said = [path.read_bytes().decode() for path in sorted(folder.glob("*.sdp"))][:mutant.at]
    said[-1] = mutant.change(said[-1], said[:-1])
    return [text.encode() for text in said]


def options_of(kind: str, mutant: Mutant) -> list[str]:
    """What the mutant has to be linted with."""
    return ["--profile", mutant.profile, *(["--munging"] if kind == "munging" else [])]
