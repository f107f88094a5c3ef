"""--target foretells what the browsers did when they were asked: no browser needed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from binaries import Program

from .agreement import Foretold, Outcome, foretold, share
from .linting import Linter, options_of, texts_of
from .mutants import KINDS, MUTANTS, load
from .targets import BROWSERS, generate

AT_LEAST = 0.99


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
                                              not row["accepted"], row.get("message", "")))
    return found


@pytest.mark.parametrize("browser", BROWSERS)
def test_verdicts_agree(outcomes: dict[str, list[Outcome]], browser: str) -> None:
    """On at least 99 % of all mutants, with the browser's own words for what it rejects."""
    wrong = [str(outcome) for outcome in outcomes[browser] if not outcome.is_right]
    assert share(outcomes[browser]) >= AT_LEAST, "\n".join(wrong)


@pytest.mark.parametrize("browser", BROWSERS)
def test_agreement_can_fail(outcomes: dict[str, list[Outcome]], browser: str) -> None:
    """A linter that expects nothing to be rejected, or everything, or has no words for it."""
    for expects in (False, True):
        blind = [Outcome(outcome.key, Foretold(expects, frozenset()), outcome.rejected,
                         outcome.message) for outcome in outcomes[browser]]
        assert share(blind) < AT_LEAST
    wordless = [Outcome(outcome.key, Foretold(outcome.rejected, frozenset()), outcome.rejected,
                        outcome.message) for outcome in outcomes[browser]]
    assert share(wordless) < AT_LEAST


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
