"""--target foretells what the browsers did when they were asked: no browser needed."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from binaries import Program

from .agreement import Foretold, Outcome, foretold, share
from .linting import Linter, options_of, texts_of
from .messages import UNKNOWN
from .mutants import KINDS, MUTANTS, load
from .targets import BROWSERS, generate

AT_LEAST = 0.99

# Codes with a message of which a value stays open: what the other side said, where a parser's own
# column is, which of several defects it meets first.
UNFORETOLD = {
    "chrome": {"BU001", "CO004", "CO015", "ME002", "MS005", "OA005", "OA025", "OA033", "OA034",
               "QK018", "SE020", "SY009", "SY010", "SY014", "SY017", "SY019"},
    "firefox": {"CO014", "ME002", "ME003", "ME005", "ME006", "ME013", "OA001", "OA002", "OA009", "OA012",
                "OA025", "OA034", "QK008", "QK015", "SE001", "SI004", "SI006", "SI007", "SI008", "SI009",
                "SI010", "SI017", "SY009", "SY011", "SY014", "SY017"},
}

_VALUE = re.compile(r"(level |line |mid='|MID=')(\d+)")


@pytest.fixture(scope="module")
def outcomes(sdp_lint: Program, tmp_path_factory: pytest.TempPathFactory
             ) -> dict[str, list[Outcome]]:
    """Every recorded verdict beside what sdp-lint says, by browser."""
    linter = Linter(sdp_lint, tmp_path_factory.mktemp("targets"))
    recorded = json.loads((MUTANTS / "verdicts.json").read_text())["verdicts"]
    found: dict[str, list[Outcome]] = {browser: [] for browser in BROWSERS}
    for kind in KINDS:
        for mutant in load(kind):
            rows = recorded.get(mutant.key, {})
            findings = linter.lint(texts_of(kind, mutant), "--target", ",".join(BROWSERS),
                                   *options_of(kind, mutant)) if rows else []
            for browser, row in rows.items():
                found[browser].append(Outcome(mutant.key, foretold(findings, browser),
                                              not row["accepted"], row.get("message", ""),
                                              row.get("said", "")))
    return found


@pytest.mark.parametrize("browser", BROWSERS)
def test_verdicts_agree(outcomes: dict[str, list[Outcome]], browser: str) -> None:
    """On at least 99 % of all mutants, with the browser's own words for what it rejects."""
    wrong = [str(outcome) for outcome in outcomes[browser] if not outcome.is_right]
    assert share(outcomes[browser]) >= AT_LEAST, "\n".join(wrong)


@pytest.mark.parametrize("browser", BROWSERS)
def test_what_a_browser_reads_otherwise_is_foretold(
        outcomes: dict[str, list[Outcome]], browser: str) -> None:
    """One by one: the share would not show the few mutants that no row of the catalogue speaks of."""
    excepted = {mutant.key for kind in KINDS for mutant in load(kind)
                if browser in mutant.exceptions}
    seen = [outcome for outcome in outcomes[browser] if outcome.key in excepted]
    assert {outcome.key for outcome in seen} == excepted
    assert [str(outcome) for outcome in seen if not outcome.is_right] == []


@pytest.mark.parametrize("browser", BROWSERS)
def test_agreement_can_fail(outcomes: dict[str, list[Outcome]], browser: str) -> None:
    """A linter that expects nothing to be rejected, or everything, or has no words for it."""
    for expects in (False, True):
        blind = [replace(outcome, foretold=Foretold(expects, frozenset()))
                 for outcome in outcomes[browser]]
        assert share(blind) < AT_LEAST
    wordless = [replace(outcome, foretold=Foretold(outcome.rejected, frozenset()))
                for outcome in outcomes[browser]]
    assert share(wordless) < AT_LEAST


@pytest.mark.parametrize("browser", BROWSERS)
def test_a_wrong_value_is_a_wrong_message(outcomes: dict[str, list[Outcome]], browser: str) -> None:
    """A level, a line or a mid with another digit is not what the browser said."""
    valued = [outcome for outcome in outcomes[browser]
              if outcome.said in outcome.foretold.messages and _VALUE.search(outcome.said)]
    assert len(valued) >= {"chrome": 10, "firefox": 60}[browser]
    for outcome in valued:
        shifted = frozenset(_VALUE.sub(r"\g<1>9\g<2>", message)
                            for message in outcome.foretold.messages)
        told = replace(outcome.foretold, messages=shifted)
        assert not replace(outcome, foretold=told).is_right, outcome.key


@pytest.mark.parametrize("browser", BROWSERS)
def test_values_are_filled_in(outcomes: dict[str, list[Outcome]], browser: str) -> None:
    """No message shows a word of its template; what nobody can foretell is the exception."""
    told = [(outcome, message) for outcome in outcomes[browser]
            for message in outcome.foretold.messages]
    assert [message for _, message in told if re.search(r"\{[a-z_]+\}", message)] == []
    unfilled = {outcome.key.partition("-")[0] for outcome, message in told if UNKNOWN in message}
    assert unfilled == UNFORETOLD[browser]


def test_targets_follow_from_the_verdicts() -> None:
    """targets.json and the catalogue's rows are what sdp.targets makes of verdicts.json."""
    made, conflicts = generate()
    assert conflicts == []
    assert made == json.loads((MUTANTS / "targets.json").read_text())
    rows = {row["code"]: row.get("targets", {})
            for file in (Path(MUTANTS).parents[1] / "rules" / "catalogue").glob("*.json")
            for row in json.loads(file.read_text())}
    for code, measured in made["targets"].items():
        assert {browser: rows[code].get(browser) for browser in measured} == measured, code
