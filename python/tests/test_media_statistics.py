"""Our media statistics against flows whose loss and jitter are known, because nat-sim makes them.

Ten seconds are one call: libnice gives a pair up after ten seconds without an answered consent check,
which so cannot cut a flow short. Seeds are fixed. The standard error of each figure is below a third
of the ten per cent that are allowed.
"""

from __future__ import annotations

import json
import math
import random
from dataclasses import dataclass
from pathlib import Path

import pytest

from binaries import Json, Program

SEEDS = range(1, 61)
MEDIA_MS = 10_000
INTERVAL_MS = 20.0
PACKETS = len(SEEDS) * 2 * MEDIA_MS // 20
ALLOWED = 0.10


@dataclass(frozen=True)
class Direction:
    """What one side says of what it got."""

    expected: int
    lost: int
    jitter_ms: float


def flows(nat_sim: Program, directory: Path, link: Json) -> list[Direction]:
    """Both directions of a call over that link, for each seed."""
    out = []
    path = directory / "scenario.json"
    for seed in SEEDS:
        path.write_text(json.dumps({
            "seed": seed, "parties": {"a": {"link": link}, "b": {}},
            "media": {"duration_ms": MEDIA_MS}}))
        call = nat_sim("run", str(path), "--format", "json").json()["data"]["call"]
        for side in ("a", "b"):
            got = call[side]["media"]["audio_received"]["received"]
            out.append(Direction(got["expected_count"], got["lost_count"], got["jitter_us"] / 1000))
    return out


@pytest.mark.parametrize("loss_pct", [2, 5, 10])
def test_loss_is_that_of_the_link(nat_sim: Program, tmp_path: Path, loss_pct: int) -> None:
    """Each packet is lost with that chance: 60,000 in all."""
    seen = flows(nat_sim, tmp_path, {"loss_pct": loss_pct})
    expected = sum(each.expected for each in seen)
    assert expected == pytest.approx(PACKETS, rel=0.01)
    share = loss_pct / 100
    assert math.sqrt((1 - share) / (share * expected)) < ALLOWED / 3
    measured = sum(each.lost for each in seen) / expected
    assert measured == pytest.approx(share, rel=ALLOWED)


def jitter_of_link(jitter_ms: float) -> float:
    """RFC 3550 s6.4.1 of packets that are late by up to so much, evenly, and never overtake: the mean
    difference of two that follow each other, by a million draws."""
    draw = random.Random(20261129)
    total = 0.0
    last = 0.0
    count = 1_000_000
    for _ in range(count):
        late = max(draw.uniform(0, jitter_ms), last - INTERVAL_MS)
        total += abs(late - last)
        last = late
    return total / count


def test_reference_is_the_integral_where_there_is_one() -> None:
    """Where no packet can overtake, the mean difference of two even draws is a third of the range."""
    assert jitter_of_link(18) == pytest.approx(6, rel=0.005)


@pytest.mark.parametrize("jitter_ms", [6, 18, 30, 60])
def test_jitter_is_that_of_the_link(nat_sim: Program, tmp_path: Path, jitter_ms: int) -> None:
    """One estimate, over the last sixteen packets or so, is 13 % off as a rule: 120 of them."""
    seen = flows(nat_sim, tmp_path, {"jitter_ms": jitter_ms})
    assert sum(each.lost for each in seen) == 0
    values = [each.jitter_ms for each in seen]
    mean = sum(values) / len(values)
    deviation = math.sqrt(sum((each - mean) ** 2 for each in values) / (len(values) - 1))
    assert deviation / math.sqrt(len(values)) < mean * ALLOWED / 3
    assert mean == pytest.approx(jitter_of_link(jitter_ms), rel=ALLOWED)


def test_jitter_beside_loss_is_the_same(nat_sim: Program, tmp_path: Path) -> None:
    """A gap is no jitter: what was sent later has a later time stamp."""
    seen = flows(nat_sim, tmp_path, {"jitter_ms": 18, "loss_pct": 5})
    mean = sum(each.jitter_ms for each in seen) / len(seen)
    assert mean == pytest.approx(jitter_of_link(18), rel=ALLOWED)
    assert sum(each.lost for each in seen) / sum(each.expected for each in seen) == \
        pytest.approx(0.05, rel=ALLOWED)
