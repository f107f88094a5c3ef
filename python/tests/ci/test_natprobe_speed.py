"""The speed benchmark: what it calls missed, and that it is not passed over in silence."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from types import ModuleType

import pytest

from .conftest import REPOSITORY

SCRIPT = REPOSITORY / "ci" / "bench" / "natprobe_speed.py"


@pytest.fixture(name="speed", scope="module")
def _speed() -> ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("natprobe_speed", SCRIPT)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["natprobe_speed"] = module
    spec.loader.exec_module(module)
    return module


def test_goals_are_the_promised_ones(speed: ModuleType) -> None:
    """At 40 ms of reply delay: two round trips and 50 ms where all answers come."""
    limits = {goal.kind.id: goal.limit_s for goal in speed.GOALS}
    assert limits == {"masquerade": 0.45, "full-cone": pytest.approx(0.13),
                      "routed": pytest.approx(0.13), "udp-dropped": 1.0}


@pytest.mark.parametrize(("seconds", "wrong_count", "started_s", "missed"), [
    ([0.44, 0.45, 9.0], 0, 0.0, False),
    ([0.44, 0.46, 0.46], 0, 0.0, True),
    ([0.44, 0.46, 0.46], 0, 0.02, False),
    ([0.1, 0.1, 0.1], 1, 0.02, True),
])
def test_slow_or_wrong_is_missed(speed: ModuleType, seconds: list[float], wrong_count: int,
                                 started_s: float, missed: bool) -> None:
    """The median counts without the start of a process, and so does every wrong verdict."""
    goal = next(goal for goal in speed.GOALS if goal.kind.id == "masquerade")
    assert speed.is_missed(goal, speed.Measurement(seconds, wrong_count), started_s) is missed


def test_wrong_options_are_refused() -> None:
    """Nothing is measured with them."""
    result = subprocess.run([sys.executable, str(SCRIPT), "--runs", "0"], capture_output=True,
                            text=True, check=False, timeout=60)
    assert result.returncode == 2 and "--runs" in result.stderr
