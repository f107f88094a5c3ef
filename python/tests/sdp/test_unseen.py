"""--target before defects that its verdicts were not made from; see unseen.py."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from binaries import Program

from .agreement import foretold
from .linting import findings
from .unseen import Unseen, load, mutants

SESSIONS = {session["browser"]: session for session in load()}
# Measured; what is foretold may get better, and not worse.
AT_LEAST = {("chrome", "offer"): 0.95, ("chrome", "answer"): 0.95,
            ("firefox", "offer"): 0.95, ("firefox", "answer"): 0.92}


def _event(kind: str, text: str) -> dict[str, Any]:
    call = "setLocalDescription" if kind == "offer" else "setRemoteDescription"
    return {"type": call, "value": json.dumps({"type": kind, "sdp": text})}


def _rejections(program: Program, path: Path, browser: str, offer: str,
                group: Sequence[Unseen]) -> list[bool]:
    """What is foretold of each, all in one dump; an answer beside its offer."""
    before = [("offer", offer)] if offer else []
    path.write_text(json.dumps({"PeerConnections": {
        f"1-{number}": {"updateLog": [_event(*each) for each in
                                      [*before, (mutant.kind, mutant.text)]]}
        for number, mutant in enumerate(group)}}))
    outcome = program("--no-config", "--format", "json", "--target", browser, str(path))
    assert outcome.exit_code in (0, 1), outcome.err
    told = findings(json.loads(outcome.out))
    step = len(before) + 1
    return [foretold([each for each in told if each.description // step == number], browser).rejects
            for number in range(len(group))]


@pytest.mark.parametrize(("browser", "kind"), AT_LEAST)
def test_verdicts_agree(sdp_lint: Program, tmp_path: Path, browser: str, kind: str) -> None:
    """With what the browser did; every operation and line counts the same."""
    session = SESSIONS[browser]
    offer = session["answered_offer"] if kind == "answer" else ""
    wrong, count = [], 0
    for _, each in groupby(mutants(session, kind), key=lambda mutant: mutant.operation):
        group = list(each)
        told = _rejections(sdp_lint, tmp_path / "dump.json", browser, offer, group)
        count += len(group)
        wrong += [f"{mutant.key}: {'refused' if mutant.rejected else 'taken'}"
                  for mutant, rejects in zip(group, told, strict=True)
                  if rejects != mutant.rejected]
    assert count > 800
    assert 1 - len(wrong) / count >= AT_LEAST[browser, kind], \
        f"{1 - len(wrong) / count:.3f}\n" + "\n".join(wrong)


@pytest.mark.parametrize(("browser", "kind"), AT_LEAST)
def test_there_is_something_to_tell_apart(browser: str, kind: str) -> None:
    """Neither to foretell nothing nor to foretell everything is good enough."""
    share = [mutant.rejected for mutant in mutants(SESSIONS[browser], kind)]
    assert 1 - AT_LEAST[browser, kind] < sum(share) / len(share) < AT_LEAST[browser, kind]
