"""Mutants that no row of the catalogue was made from: nine blind operations on every line of one
session of each browser, and whether that browser took the result. sdp-lint/corpus/unseen.

    {"browser", "version", "offer", "answer", "verdicts": {"offer": {OPERATION: MARKS}, "answer"}}

MARKS has a character for each line of the description: "." taken, "x" refused, " " where the
operation changes nothing. What --target foretells of these is worth more than what it foretells of
the mutants that it has its verdicts from."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .mutants import CORPUS

UNSEEN = CORPUS / "unseen"


def _value(line: str) -> str:
    head, colon, _ = line.partition(":")
    return f"{head}{colon or ':'}x"


def _case(line: str) -> str:
    if line.startswith("a="):
        return re.sub(r"^a=([^:]*)", lambda found: "a=" + found[1].upper(), line)
    return re.sub(r"^[a-z]", lambda found: found[0].upper(), line)


# What comes in place of a line; nothing for none.
OPERATIONS: dict[str, Callable[[str], str | None]] = {
    "del": lambda line: None,
    "dup": lambda line: f"{line}\r\n{line}",
    "trunc": lambda line: line[:max(2, len(line) // 2)],
    "val": _value,
    "case": _case,
    "num": lambda line: re.sub(r"\d+(?!.*\d)", "99999", line, count=1),
    "sp": lambda line: line.replace(" ", "  ", 1),
    "novals": lambda line: re.sub(r":.*", ":", line, count=1),
    "utf": lambda line: f"{line}é",
}


@dataclass(frozen=True)
class Unseen:
    """One line changed, and the verdict."""

    browser: str
    kind: str
    operation: str
    line: int
    text: str
    rejected: bool

    @property
    def key(self) -> str:
        """Where it is."""
        return f"{self.browser} {self.kind} {self.operation}:{self.line}"


def load() -> list[dict[str, Any]]:
    """One for each browser."""
    return [json.loads(file.read_text()) for file in sorted(UNSEEN.glob("*.json"))]


def mutants(session: dict[str, Any], kind: str) -> Iterator[Unseen]:
    """All of one description of a session."""
    lines = session[kind].split("\r\n")[:-1]
    for operation, marks in session["verdicts"][kind].items():
        for index, (line, mark) in enumerate(zip(lines, marks, strict=True)):
            changed = OPERATIONS[operation](line)
            assert (changed == line) == (mark == " "), f"{operation}:{index + 1}"
            if mark == " ":
                continue
            whole = [*lines[:index], *([] if changed is None else [changed]), *lines[index + 1:]]
            yield Unseen(session["browser"], kind, operation, index + 1,
                         "".join(f"{each}\r\n" for each in whole), mark == "x")
