"""The browsers of this machine are asked: mutants, their own offers, and what --fix makes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from binaries import Program

from .agreement import Outcome, foretold, share
from .browsers.browser import Browser
from .browsers.calibrate import Trial, recorded, try_all
from .browsers.capture import SCENARIOS, Tampered, play
from .linting import Linter, options_of
from .mutants import KINDS, MUTANTS, load

AT_LEAST = 0.99


@pytest.fixture(scope="module")
def trials(browser: Browser) -> dict[str, list[Trial]]:
    """Every mutant before this browser, by kind."""
    return {kind: try_all(kind, browser).done for kind in KINDS}


@pytest.fixture(scope="module")
def shared_linter(sdp_lint: Program, tmp_path_factory: pytest.TempPathFactory) -> Linter:
    """A linter for the whole module."""
    return Linter(sdp_lint, tmp_path_factory.mktemp("browsers"))


def _texts(trial: Trial) -> list[bytes]:
    return [description.sdp.encode() for description in trial.descriptions]


def test_verdicts_are_those_recorded(browser: Browser, trials: dict[str, list[Trial]]) -> None:
    """All of them in the version that was measured; in another one 99 %."""
    file = json.loads((MUTANTS / "verdicts.json").read_text())
    changed = []
    for trial in (trial for group in trials.values() for trial in group):
        before = file["verdicts"].get(trial.mutant.key, {}).get(browser.kind)
        now = json.loads(json.dumps(recorded(trial)))
        if _without_words(now) != _without_words(before):
            changed.append(f"{trial.mutant.key}: {before} -> {now}")
    count = sum(map(len, trials.values()))
    same_version = file["browsers"][browser.kind]["version"] == browser.version
    allowed = 0 if same_version else count // 100
    assert len(changed) <= allowed, "\n".join(changed)


def _without_words(verdict: dict[str, Any] | None) -> dict[str, Any]:
    # In a live call they name sources that are never the same.
    return {key: value for key, value in (verdict or {}).items() if key != "said"}


def test_what_is_rejected_has_a_finding(browser: Browser, trials: dict[str, list[Trial]],
                                        shared_linter: Linter) -> None:
    """Without exception, on the very texts that this browser saw; and --target foretells them."""
    silent, outcomes = [], []
    for kind, group in trials.items():
        for trial in group:
            found = shared_linter.lint(_texts(trial), "--target", browser.kind,
                                       *options_of(kind, trial.mutant))
            verdict = recorded(trial)
            outcomes.append(Outcome(trial.mutant.key, foretold(found, browser.kind),
                                    not trial.verdict.accepted, verdict.get("message", ""),
                                    verdict.get("said", "")))
            if not trial.verdict.accepted and not found:
                silent.append(f"{trial.mutant.key}: {trial.verdict.message}")
    assert silent == []
    wrong = [str(outcome) for outcome in outcomes if not outcome.is_right]
    assert share(outcomes) >= AT_LEAST, "\n".join(wrong)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_own_sessions_are_clean(browser: Browser, shared_linter: Linter, scenario: str) -> None:
    """What this browser says to itself has no error in the default profile."""
    said = [description.sdp.encode() for description in play(scenario, browser, browser)]
    found = shared_linter.lint(said)
    assert [str(each) for each in found if each.level == "error"] == []


def test_fixed_offers_are_taken(browser: Browser, trials: dict[str, list[Trial]],
                                shared_linter: Linter) -> None:
    """A fix never makes a browser refuse what it took; and where it leaves no error, it takes it."""
    fixed = [(trial, shared_linter.fix(_texts(trial), *options_of("offers", trial.mutant)))
             for trial in trials["offers"]]
    changed = [(trial, texts[0]) for trial, texts in fixed if texts != _texts(trial)]
    assert len(changed) >= 50
    refused = []
    for (trial, text), verdict in zip(
            changed, browser.offers([text.decode() for _, text in changed]), strict=True):
        left = shared_linter.lint([text], "--target", browser.kind,
                                  *options_of("offers", trial.mutant))
        expected = trial.verdict.accepted or not foretold(left, browser.kind).rejects
        if expected and not verdict.accepted:
            refused.append(f"{trial.mutant.key}: {verdict.message}")
    assert refused == []


def test_fixed_answers_are_taken(browser: Browser, trials: dict[str, list[Trial]],
                                 shared_linter: Linter) -> None:
    """The same of an answer that was fixed beside its offer, in a live call."""
    before = {trial.mutant.key: trial.verdict for trial in trials["answers"]}
    refused, count = [], 0
    for number, mutant in enumerate(load("answers")):
        if mutant.key not in before or mutant.at != 2:
            continue
        if number % 20 == 0:
            browser.reset()
        left: list[bool] = []

        def mended(text: str, said: Sequence[str]) -> str:
            broken = [said[0].encode(), mutant.change(text, said).encode()]
            texts = shared_linter.fix(broken)
            found = shared_linter.lint(texts, "--target", browser.kind)
            left.append(foretold(found, browser.kind).rejects)
            # The offer has been sent: only the answer can still be mended.
            return texts[1].decode()

        with pytest.raises(Tampered) as end:
            play(mutant.scenario, browser, browser, (mutant.at, mended))
        count += 1
        expected = before[mutant.key].accepted or not left[0]
        if expected and not end.value.verdict.accepted:
            refused.append(f"{mutant.key}: {end.value.verdict.message}")
    assert count >= 25
    assert refused == []


def test_a_rejection_is_told_from_an_acceptance(browser: Browser) -> None:
    """The oracle itself: an offer of its own, and no description at all."""
    peer = browser.peer("audio")
    offer = peer.offer()
    peer.close()
    good, bad = browser.offers([offer, "v=0\r\n"])
    assert good.accepted
    assert not bad.accepted
    assert bad.message


def test_nothing_leaves_the_machine(browser: Browser) -> None:
    """The browser's namespace has loopback and a cable with both ends in it, nothing else."""
    assert set(browser.interfaces()) == {"lo", "nowhere", "nobody"}
