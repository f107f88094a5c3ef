"""The convention check accepts a tidy tree and fires on every breach."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import REPOSITORY, TreeMaker

SCRIPT = REPOSITORY / "ci" / "checks" / "check_conventions.py"

SOUND = {
    "probe/stun/message.hpp": "#pragma once\n// RFC 8489 s5\n",
    "probe/stun/message.cpp": '#include "probe/stun/message.hpp"\n\n#include <string>\n',
    "probe/stun/tests/test_message.cpp": "#include <gtest/gtest.h>\n",
    "README.md": "See https://example.org/home/page and build/home/x.\n",
}


def check(root: Path) -> subprocess.CompletedProcess[str]:
    """Runs the check as the test command does."""
    return subprocess.run([sys.executable, str(SCRIPT), str(root)], capture_output=True, text=True,
                          check=False, timeout=60)


def test_sound_tree_passes(make_tree: TreeMaker) -> None:
    """URLs and relative paths are no machine paths; tests need no header of their own."""
    result = check(make_tree(SOUND))
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(("path", "content", "message"), [
    ("ci/long.py", "\n" * 801, "ci/long.py:801: 801 lines; at most 800"),
    ("ci/open.py", "# TO" "DO later\n", "ci/open.py:1: TO" "DO"),
    ("ci/open.sh", "true # FIX" "ME\n", "ci/open.sh:1: FIX" "ME"),
    ("docs/a.md", "cd /" "home/someone/checkout\n", "is a path of one machine"),
    ("ci/run.sh", 'PATH="/' 'work/bin"\n', "is a path of one machine"),
    ("probe/stun/wire.hpp", "struct Wire;\n", "probe/stun/wire.hpp:1: no #pragma once"),
    ("probe/stun/message.cpp", '#include <string>\n#include "probe/stun/message.hpp"\n',
     'does not include "probe/stun/message.hpp" first'),
    ("probe/stun/message.cpp", "int x;\n", 'does not include "probe/stun/message.hpp" first'),
    ("docs/b.md", "as RFC" " 9999 says\n", "RFC" " 9999 is not in ci/checks/rfcs.txt"),
])
def test_breach_is_reported(make_tree: TreeMaker, path: str, content: str, message: str) -> None:
    """One deliberate breach each, found where it is."""
    result = check(make_tree({**SOUND, path: content}))
    assert result.returncode == 1, result.stdout + result.stderr
    assert message in result.stdout


def test_empty_tree_is_not_a_pass(make_tree: TreeMaker) -> None:
    """A check that examined nothing has checked nothing."""
    assert check(make_tree({})).returncode == 2
