"""Captures with one defect put into them. A mutant is data: sdp-lint/corpus/mutants/*.json.

An edit acts on the lines of one section ("in": "session" or an index; without it all of them):
  {"sub": RE, "with": TEXT}      the first line with a match; with "all": true every one
  {"drop": RE}                   likewise removes lines
  {"after": RE, "add": [LINE]}   lines behind the first line with a match, or "before" it
  {"add": [LINE]}                lines at the end
  {"raw": RE, "with": TEXT}      on the whole text, line ends included; "all" likewise
  {"copy": RE}                   lines with a match become those of the description before it
  {"keep": RE}                   the same, of what its own side said before
An edit that changes nothing is an error: a mutant without a defect would prove nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[3]
CORPUS = REPOSITORY / "sdp-lint" / "corpus"
CAPTURES = CORPUS / "captures"
MUTANTS = CORPUS / "mutants"
DEFAULT_OFFER = "chrome-chrome/all/1-offer.sdp"

Edit = dict[str, Any]


class EditError(Exception):
    """An edit found nothing to change."""


@dataclass(frozen=True)
class Mutant:
    """One defect and the code of the rule that must find it."""

    code: str
    name: str
    edits: tuple[Edit, ...]
    base: str = DEFAULT_OFFER
    # Of answers and renegotiations: the capture's scenario, and which description is changed.
    scenario: str = "conversation"
    at: int = 1
    # Of munging: what the offer is made for.
    media: tuple[str, ...] = ("audio", "video", "data")
    # The only browser whose texts the edits fit.
    only: str = ""
    profile: str = "webrtc"
    # Whether the text can be handed to a browser at all.
    browsers: bool = True
    note: str = ""
    # The code that a browser's rejection belongs to, when it is not this one: what the defect
    # leads to rather than what it is.
    consequence: str = ""
    # Browsers whose verdict is not what they do with this defect as a rule, and why.
    exceptions: dict[str, str] = field(default_factory=dict)
    # Other codes that must find it too.
    also: tuple[str, ...] = ()
    # The line that the finding is in, where it is not one that the edits change.
    line: str = ""

    @property
    def key(self) -> str:
        """Unique, and what the recorded verdicts are filed under."""
        return f"{self.code}-{self.name}"

    def change(self, text: str, said: Sequence[str] = ()) -> str:
        """The text with the defect. `said` are the descriptions before it, of both sides."""
        return apply(text, self.edits, said)

    def bytes(self, text: str) -> bytes:
        """The same as bytes; in a text that no browser can be handed, each letter stands for one."""
        mutated = self.change(text)
        return mutated.encode() if self.browsers else mutated.encode("latin-1")


# What the rows of each file leave out.
_DEFAULTS: dict[str, dict[str, Any]] = {
    "offers": {},
    "answers": {"scenario": "conversation", "at": 2},
    "renegotiations": {"scenario": "again", "at": 3},
    "munging": {},
}
KINDS = tuple(_DEFAULTS)
# The mutants of offers once more, put into answers: not every edit fits, and not every defect is
# one there. What browsers make of them says for which descriptions a verdict holds.
ANSWERED = "answered"
_ANSWERED_MARK = "@answer"


def load(kind: str) -> list[Mutant]:
    """One of KINDS, or ANSWERED."""
    if kind == ANSWERED:
        return [replace(mutant, name=mutant.name + _ANSWERED_MARK, scenario="conversation", at=2)
                for mutant in load("offers") if mutant.base == DEFAULT_OFFER and mutant.browsers]
    rows: list[dict[str, Any]] = json.loads((MUTANTS / f"{kind}.json").read_text())
    return [_mutant({**_DEFAULTS[kind], **row}) for row in rows]


def _mutant(row: dict[str, Any]) -> Mutant:
    lists = {key: tuple(value) for key, value in row.items() if isinstance(value, list)}
    return Mutant(**{**row, **lists})


def text_of(capture: str) -> str:
    """A description as it was captured."""
    return (CAPTURES / capture).read_bytes().decode()


def apply(text: str, edits: Sequence[Edit], said: Sequence[str] = ()) -> str:
    """The text with every edit done in turn."""
    for edit in edits:
        if "raw" in edit:
            changed = _raw(text, edit)
        elif "copy" in edit:
            changed = _copied(text, edit["copy"], said[-1])
        elif "keep" in edit:
            changed = _copied(text, edit["keep"], said[-2])
        else:
            changed = _lines(text, edit)
        if changed == text:
            raise EditError(f"nothing to change for {json.dumps(edit)}")
        text = changed
    return text


def _raw(text: str, edit: Edit) -> str:
    return re.sub(edit["raw"], edit["with"], text, count=0 if edit.get("all") else 1)


def _copied(text: str, pattern: str, before: str) -> str:
    if pattern == ".*":
        return before
    given = [line for line in before.split("\r\n") if re.search(pattern, line)]
    lines = text.split("\r\n")
    for index in [index for index, line in enumerate(lines) if re.search(pattern, line)]:
        if given:
            lines[index] = given.pop(0)
    return "\r\n".join(lines)


def _lines(text: str, edit: Edit) -> str:
    # Lines keep their ends; section -1 is the session.
    lines = re.findall(r"[^\r\n]*\r?\n|[^\r\n]+\r?", text)
    section, sections = -1, []
    for line in lines:
        section += line.startswith("m=")
        sections.append(section)
    wanted = {"session": -1, None: None}.get(edit.get("in"), edit.get("in"))
    inside = [index for index, at in enumerate(sections) if wanted in (None, at)]
    return "".join(_edited(lines, inside, edit))


def _edited(lines: list[str], inside: list[int], edit: Edit) -> list[str]:
    added = [f"{line}\r\n" for line in edit.get("add", [])]
    anchor = edit.get("sub") or edit.get("drop") or edit.get("after") or edit.get("before")
    if anchor is None:
        return _inserted(lines, inside[-1] + 1, added) if inside else lines
    found = [index for index in inside if re.search(anchor, lines[index].rstrip("\r\n"))]
    if not edit.get("all"):
        found = found[:1]
    if not found:
        return lines
    if "after" in edit:
        return _inserted(lines, found[0] + 1, added)
    if "before" in edit:
        return _inserted(lines, found[0], added)
    if "drop" in edit:
        return [line for index, line in enumerate(lines) if index not in found]
    for index in found:
        body = lines[index].rstrip("\r\n")
        lines[index] = re.sub(anchor, edit["with"], body, count=1) + lines[index][len(body):]
    return lines


def _inserted(lines: list[str], at: int, added: list[str]) -> list[str]:
    return [*lines[:at], *added, *lines[at:]]
