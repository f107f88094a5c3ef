"""What browsers do with each rule's defect: sdp-lint/corpus/mutants/targets.json, made from the
recorded verdicts, and written from there into the catalogue's rows.

    PYTHONPATH=python/tests /usr/bin/python3 -m sdp.targets [--merge]

A code has a list of entries for a browser, of which the first one holds whose `when`, an ECMAScript
regular expression, is found in the finding's line, or that has none; with `in`, "session" or
"media", only before or behind the first m= line, with "bundled" only in a section that uses
another one's transport, with "first" only in the first; with `as`, only in an offer or an answer; with `lacks`, beginnings of lines
between bars, only where no line before it begins so, of those of the session and its own section.
conditions.json says which codes need one; where the mutants of a code still disagree, nothing is
written and they are listed. The mutants of offers that were put into answers as well say nothing by
themselves: where they agree with the rest, a verdict holds for both, else there is one for each;
where they disagree with each other, or are rejected where offers are not, nothing is foretold of
answers."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from .mutants import ANSWERED, CAPTURES, CORPUS, KINDS, MUTANTS, REPOSITORY, Mutant, load, text_of

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
    told: str = "offer"
    # The lines of the session and of the section that come before them.
    before: tuple[str, ...] = ()
    # All that differs is in the first section.
    is_in_first: bool = False
    # One of the mutants of offers, put into an answer.
    is_derived: bool = False

    def fits(self, condition: Entry) -> bool:
        """Whether one of the lines is meant."""
        wanted = condition.get("in", self.part)
        if wanted == "first":
            if not self.is_in_first:
                return False
        elif wanted != self.part and (wanted, self.part) != ("media", "bundled"):
            return False
        if condition.get("as", self.told) != self.told:
            return False
        beginnings = tuple(condition["lacks"].split("|")) if "lacks" in condition else ()
        if beginnings and any(line.startswith(beginnings) for line in self.before):
            return False
        pattern = condition.get("when", "")
        return not pattern or any(re.search(pattern, line) for line in self.lines)


def outcome(row: dict[str, Any]) -> tuple[str, str]:
    """Verdict and message template of a recorded row."""
    if not row["accepted"]:
        return "rejects", row["message"]
    # Taken, but the sections named are turned down in the browser's own answer.
    return ("ignores", "") if row.get("declined") else ("accepts", "")


def capture_of(kind: str, mutant: Mutant, browser: str = "chrome") -> str:
    """The recorded description that a mutant changes, as far as it was recorded."""
    if kind == "offers":
        return mutant.base
    side = browser if kind == ANSWERED else mutant.only or "chrome"
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


def part_of(before: str, after: str, lines: tuple[str, ...]) -> str:
    """Whether one of them stands before the first m= line; or all that differs does so in sections
    that are neither the first of a bundle nor by themselves."""
    parts = after.split("\r\nm=")
    if any(line in parts[0].split("\r\n") for line in lines):
        return "session"
    old = before.split("\r\nm=")
    changed = [index for index, part in enumerate(parts[1:])
               if index + 1 >= len(old) or part != old[index + 1]]
    mids = [re.search(r"\r\na=mid:(\S*)", part) for part in parts[1:]]
    bundle = re.search(r"\r\na=group:BUNDLE \S+(.*)", parts[0])
    untagged = bundle[1].split() if bundle else []
    is_bundled = [found is not None and found[1] in untagged for found in mids]
    return "bundled" if changed and all(is_bundled[index] for index in changed) else "media"


def is_in_first(before: str, after: str) -> bool:
    """Whether only the first section differs."""
    old, new = before.split("\r\nm="), after.split("\r\nm=")
    return old[0] == new[0] and old[2:] == new[2:]


def lines_before(after: str, lines: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the session and of the section before the first of the changed lines."""
    told = re.split(r"\r?\n", after)
    at = next((index for index, line in enumerate(told) if line in lines), 0)
    heads = [index for index, line in enumerate(told) if line.startswith("m=")]
    session = told[:min([at, *heads])]
    head = max((index for index in heads if index <= at), default=at)
    return (*session, *told[head:at])


def cases(browser: str) -> dict[str, list[Case]]:
    """By code."""
    recorded = json.loads((MUTANTS / "verdicts.json").read_text())["verdicts"]
    found: dict[str, list[Case]] = {}
    for kind in (*KINDS, ANSWERED):
        for mutant in load(kind):
            row = recorded.get(mutant.key, {}).get(browser)
            if row is None or mutant.consequence or browser in mutant.exceptions:
                continue
            capture = capture_of(kind, mutant, browser)
            before = text_of(capture)
            after = mutant.change(before, said_before(capture)) \
                if mutant.only in ("", browser) else before
            lines = (mutant.line,) if mutant.line else changed_lines(before, after)
            is_answer = kind == ANSWERED or "answer" in capture.rpartition("/")[2]
            case = Case(mutant, lines, outcome(row), part_of(before, after, lines),
                        "answer" if is_answer else "offer",
                        lines_before(after, lines), is_in_first(before, after),
                        kind == ANSWERED)
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
        # Alone, an answer by way of trial is none of the rule's.
        if not any(not case.is_derived for case in here):
            continue
        outcomes = agreed({case.outcome for case in here})
        if len(outcomes) == 1:
            made.append(entry(condition, outcomes))
            continue
        answers, offers = ([case for case in here if (case.told == told)]
                           for told in ("answer", "offer"))
        for told, cases_of in (("answer", answers), ("", offers)):
            outcomes = agreed({case.outcome for case in cases_of})
            measured = agreed({case.outcome for case in cases_of if not case.is_derived})
            where = {**condition, **({"as": told} if told and offers else {})}
            if len(outcomes) == 1 and (measured or not rejects_more(outcomes, offers)):
                made.append(entry(where, outcomes))
            elif len(measured) == 1:
                # What the trials say of other places is no verdict on this one.
                made.append(entry(where, measured))
            elif cases_of and not measured:
                made.append({**where, "verdict": "unknown"})
            elif cases_of:
                conflicts += [
                    f"{case.mutant.key}: {' '.join(case.outcome)} | {case.lines[:1]!s:.200}"
                    for case in cases_of if not case.is_derived]
    return made, conflicts


def rejects_more(outcomes: set[tuple[str, str]], offers: list[Case]) -> bool:
    """Whether something is rejected in answers alone: it may be for what the edit does besides."""
    verdicts = {case.outcome[0] for case in offers}
    return {verdict for verdict, _ in outcomes} == {"rejects"} and "rejects" not in verdicts


def entry(where: Entry, outcomes: set[tuple[str, str]]) -> Entry:
    """The one outcome under a condition."""
    ((verdict, message),) = outcomes
    return {**where, "verdict": verdict, **({"message": message} if message else {})}


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
