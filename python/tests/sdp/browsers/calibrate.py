"""Asks the installed browsers about every mutant: sdp-lint/corpus/mutants/verdicts.json.

    PYTHONPATH=python/tests /usr/bin/python3 -m sdp.browsers.calibrate [PREFIX ...]

With prefixes of keys ("SY018-", or "@answer" for the mutants of offers put into answers) only those
mutants are tried, and the rest stays as it is recorded, of the same versions.

Recorded data is what `targets` of the catalogue's rows are made from (python/tests/sdp/targets.py),
and says which versions it holds for."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..messages import has_values, template, words
from ..mutants import ANSWERED, KINDS, MUTANTS, EditError, Mutant, load, text_of
from .browser import Browser, Verdict
from .capture import CaptureError, Description, Tampered, package, play

# Peers of one page add up until it is dropped.
_PEERS_A_PAGE = 40


@dataclass(frozen=True)
class Trial:
    """One mutant as one browser saw it."""

    mutant: Mutant
    # What was said, in order; the last is the one with the defect. Of munging: created, munged.
    descriptions: tuple[Description, ...]
    verdict: Verdict


@dataclass
class Trials:
    """All mutants of one kind before one browser."""

    done: list[Trial] = field(default_factory=list)
    # Mutants whose edits do not fit this browser's texts.
    unfit: list[str] = field(default_factory=list)


def try_all(kind: str, browser: Browser, wanted: Sequence[str] = ()) -> Trials:
    """One kind of mutants; of those only the wanted, if any are named."""
    mutants = [mutant for mutant in load(kind)
               if mutant.browsers and mutant.only in ("", browser.kind)
               and (not wanted or any(mutant.key.startswith(each) or mutant.key.endswith(each)
                                      for each in wanted))]
    if kind == "offers":
        return _offers(mutants, browser)
    trials = Trials()
    for number, mutant in enumerate(mutants):
        if number % _PEERS_A_PAGE == 0:
            browser.reset()
        try:
            trials.done.append(
                _munged(mutant, browser) if kind == "munging" else _said(mutant, browser))
        except EditError:
            trials.unfit.append(mutant.key)
    return trials


def _offers(mutants: list[Mutant], browser: Browser) -> Trials:
    blobs = [mutant.change(text_of(mutant.base)) for mutant in mutants]
    return Trials([Trial(mutant, (Description("offer", blob),), verdict)
                   for mutant, blob, verdict in zip(mutants, blobs, browser.offers(blobs),
                                                    strict=True)])


def _said(mutant: Mutant, browser: Browser) -> Trial:
    try:
        play(mutant.scenario, browser, browser, (mutant.at, mutant.change))
    except Tampered as end:
        return Trial(mutant, tuple(end.said), end.verdict)
    raise CaptureError(f"{mutant.key}: the scenario has no description {mutant.at}")


def _munged(mutant: Mutant, browser: Browser) -> Trial:
    peer = browser.peer(*mutant.media)
    try:
        created = peer.offer()
        munged = mutant.change(created)
        return Trial(mutant, (Description("offer", created), Description("offer", munged)),
                     peer.local("offer", munged))
    finally:
        peer.close()


def recorded(trial: Trial) -> dict[str, Any]:
    """A verdict as it is filed: the message without the values that differ from run to run, and, if
    it has values of this description, the browser's own words."""
    verdict = trial.verdict
    if not verdict.accepted:
        lines = trial.descriptions[-1].sdp.replace("\r\n", "\n").split("\n")
        message = template(verdict.message, lines)
        # Sources are drawn anew for each call; a text that was filed has always the same.
        kept = has_values(message) and (len(trial.descriptions) == 1 or "{ssrc}" not in message)
        said = {"said": " ".join(words(verdict.message).split())} if kept else {}
        return {"accepted": False, "error": verdict.error, "message": message, **said}
    return {"accepted": True, **({"declined": verdict.declined} if verdict.declined else {})}


def calibrate(wanted: Sequence[str] = ()) -> Mapping[str, Any]:
    """The verdicts, and the versions they hold for."""
    file: dict[str, Any] = json.loads((MUTANTS / "verdicts.json").read_text())
    verdicts: dict[str, dict[str, Any]] = dict(file["verdicts"]) if wanted else {}
    versions = {}
    for kind in ("chrome", "firefox"):
        with Browser(kind) as browser:
            versions[kind] = {"version": browser.version, "package": package(kind)}
            if wanted and versions[kind] != file["browsers"][kind]:
                raise CaptureError(f"recorded is {file['browsers'][kind]}: calibrate everything")
            for group in (*KINDS, ANSWERED):
                for trial in try_all(group, browser, wanted).done:
                    verdicts.setdefault(trial.mutant.key, {})[kind] = recorded(trial)
    return {"browsers": versions, "verdicts": _in_order(verdicts)}


def _in_order(verdicts: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """As the mutants are listed; those that are no longer are left out."""
    keys = [mutant.key for group in (*KINDS, ANSWERED) for mutant in load(group)]
    return {key: verdicts[key] for key in keys if key in verdicts}


def main() -> None:
    """One line a mutant, so that a new version shows as a short difference."""
    found = calibrate(sys.argv[1:])
    rows = ",\n".join(f'  {json.dumps(key)}: {json.dumps(row)}'
                      for key, row in found["verdicts"].items())
    (MUTANTS / "verdicts.json").write_text(
        f'{{\n "browsers": {json.dumps(found["browsers"])},\n "verdicts": {{\n{rows}\n }}\n}}\n')


if __name__ == "__main__":
    main()
