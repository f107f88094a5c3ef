"""What browsers do with each rule's defect: sdp-lint/corpus/mutants/targets.json, made from the
recorded verdicts, and written from there into the catalogue's rows.

    PYTHONPATH=python/tests /usr/bin/python3 -m sdp.targets [--merge]

A code has a list of entries for a browser, of which the first one holds whose `when`, an ECMAScript
regular expression, is found in the finding's line, or that has none; with `in`, "session" or
"media", only before or behind the first m= line.
conditions.json says which codes need one; where the mutants of a code still disagree, nothing is
written and they are listed."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from .mutants import CAPTURES, CORPUS, KINDS, MUTANTS, REPOSITORY, Mutant, load, text_of

CATALOGUE = REPOSITORY / "sdp-lint" / "rules" / "catalogue"
BROWSERS = ("chrome", "firefox")

Entry = dict[str, str]
_WORD = re.compile(r"\{[a-z_]+\}")


@dataclass(frozen=True)
class Case:
    """A mutant, the lines where a finding can be, and an outcome."""

    mutant: Mutant
    lines: tuple[str, ...]
    outcome: tuple[str, str]
    part: str = ""

    def fits(self, condition: Entry) -> bool:
        """Whether one of the lines is meant."""
        if condition.get("in", self.part) != self.part:
            return False
        pattern = condition.get("when", "")
        return not pattern or any(re.search(pattern, line) for line in self.lines)


def outcome(row: dict[str, Any]) -> tuple[str, str]:
    """Verdict and message template of a recorded row."""
    if not row["accepted"]:
        return "rejects", row["message"]
    # Taken, but the sections named are turned down in the browser's own answer.
    return ("ignores", "") if row.get("declined") else ("accepts", "")


def capture_of(kind: str, mutant: Mutant) -> str:
    """The recorded description that a mutant changes, as far as it was recorded."""
    if kind == "offers":
        return mutant.base
    side = mutant.only or "chrome"
    if kind == "munging":
        return f"{side}-{side}/all-trickled/1-offer.sdp"
    name = "offer" if mutant.at % 2 else "answer"
    return f"{side}-{side}/{mutant.scenario}/{mutant.at}-{name}.sdp"


def said_before(capture: str) -> list[str]:
    """The descriptions of the same session before it."""
    file = CAPTURES / capture
    return [each.read_bytes().decode() for each in sorted(file.parent.glob("*.sdp"))
            if each.name < file.name]


def changed_lines(before: str, after: str) -> tuple[str, ...]:
    """Lines that are new; where one was only taken away, the m= line or the first line."""
    old, new = re.split(r"[\r\n]+", before), re.split(r"\r?\n", after)
    found = []
    for what, _, _, begin, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        head = max((index for index in range(begin) if new[index].startswith("m=")), default=0)
        if what == "delete":
            found.append(new[head])
        elif what != "equal":
            found += new[begin:end]
    return tuple(found)


def part_of(lines: tuple[str, ...], text: str) -> str:
    """Whether one of them stands before the first m= line."""
    session = text.partition("\r\nm=")[0].split("\r\n")
    return "session" if any(line in session for line in lines) else "media"


def cases(browser: str) -> dict[str, list[Case]]:
    """By code."""
    recorded = json.loads((MUTANTS / "verdicts.json").read_text())["verdicts"]
    found: dict[str, list[Case]] = {}
    for kind in KINDS:
        for mutant in load(kind):
            row = recorded.get(mutant.key, {}).get(browser)
            if row is None or mutant.consequence or browser in mutant.exceptions:
                continue
            capture = capture_of(kind, mutant)
            before = text_of(capture)
            after = mutant.change(before, said_before(capture)) \
                if mutant.only in ("", browser) else before
            lines = (mutant.line,) if mutant.line else changed_lines(before, after)
            case = Case(mutant, lines, outcome(row), part_of(lines, after))
            for code in (mutant.code, *mutant.also):
                found.setdefault(code, []).append(case)
    return found


def agreed(outcomes: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """One, if the messages differ only in where a value is from: then it cannot be foretold."""
    if len({(verdict, _WORD.sub("{}", message)) for verdict, message in outcomes}) != 1:
        return outcomes
    verdict, first = next(iter(outcomes))
    words: list[set[str]] = [
        {*said} for said in zip(*(_WORD.findall(message) for _, message in outcomes), strict=True)]
    told = (said.pop() if len(said) == 1 else "{other}" for said in words)
    return {(verdict, _WORD.sub(lambda _: next(told), first))}


def entries(group: list[Case], conditions: list[Entry]) -> tuple[list[Entry], list[str]]:
    """A code's entries, and the mutants that disagree under the same condition."""
    rest = group
    made: list[Entry] = []
    conflicts: list[str] = []
    everything: list[Entry] = [*conditions, {}]
    for condition in everything:
        here = [case for case in rest if not condition or case.fits(condition)]
        rest = [case for case in rest if case not in here]
        if not here:
            continue
        outcomes = agreed({case.outcome for case in here})
        if len(outcomes) > 1:
            conflicts += [f"{case.mutant.key}: {' '.join(case.outcome)} | {case.lines[:1]!s:.200}"
                          for case in here]
            continue
        verdict, message = outcomes.pop()
        made.append({**condition, "verdict": verdict,
                     **({"message": message} if message else {})})
    return made, conflicts


def generate() -> tuple[dict[str, Any], list[str]]:
    """The whole of targets.json, and what stands against it."""
    verdicts = json.loads((MUTANTS / "verdicts.json").read_text())
    conditions: dict[str, dict[str, list[Entry]]] = json.loads(
        (MUTANTS / "conditions.json").read_text())
    targets: dict[str, dict[str, list[Entry]]] = {}
    conflicts: list[str] = []
    for browser in BROWSERS:
        for code, group in cases(browser).items():
            made, against = entries(group, conditions.get(code, {}).get(browser, []))
            targets.setdefault(code, {})[browser] = made
            conflicts += [f"{browser} {line}" for line in against]
    return {"browsers": verdicts["browsers"], "targets": dict(sorted(targets.items()))}, conflicts


def merge(targets: dict[str, Any]) -> list[str]:
    """Writes `targets` of the rows; the names of the files that changed."""
    changed = []
    for file in sorted(CATALOGUE.glob("*.json")):
        rows = json.loads(file.read_text())
        for row in rows:
            if measured := targets["targets"].get(row["code"]):
                row["targets"] = {**row.get("targets", {}), **measured}
        text = json.dumps(rows, indent=2, ensure_ascii=False) + "\n"
        if text != file.read_text():
            file.write_text(text)
            changed.append(file.relative_to(REPOSITORY).as_posix())
    return changed


def main() -> int:
    """1 when mutants disagree."""
    targets, conflicts = generate()
    if conflicts:
        print("\n".join(conflicts))
        return 1
    rows = ",\n".join(f"  {json.dumps(code)}: {json.dumps(row)}"
                      for code, row in targets["targets"].items())
    (MUTANTS / "targets.json").write_text(
        f'{{\n "browsers": {json.dumps(targets["browsers"])},\n "targets": {{\n{rows}\n }}\n}}\n')
    if "--merge" in sys.argv[1:]:
        print("\n".join(merge(targets)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
