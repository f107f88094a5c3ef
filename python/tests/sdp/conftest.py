"""Fixtures of the sdp-lint tests: the program with files, and one browser of each kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from binaries import Program

from .browsers.browser import EXECUTABLES, Browser, why_not
from .linting import Linter


@pytest.fixture
def linter(sdp_lint: Program, tmp_path: Path) -> Linter:
    """The linter with a folder for its files."""
    return Linter(sdp_lint, tmp_path)


@pytest.fixture(scope="session", params=list(EXECUTABLES))
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """Each browser in turn, kept alive; skipped with the reason where it cannot be driven."""
    if reason := why_not(request.param):
        pytest.skip(reason)
    with Browser(request.param) as started:
        yield started
