"""The type check finds what is wrong, in every part that there is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from check_types import PARTS
from source_tree import own_files

from .conftest import REPOSITORY, TreeMaker

SCRIPT = REPOSITORY / "ci" / "checks" / "check_types.py"
NO_MYPY = not Path("/usr/bin/mypy").exists()


def check(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs it on a tree."""
    return subprocess.run([sys.executable, str(SCRIPT), "--root", str(root), *arguments],
                          capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.slow
@pytest.mark.skipif(NO_MYPY, reason="needs mypy")
@pytest.mark.parametrize(("body", "word"), [
    ("def half(x: int) -> int:\n    return x // 2\n", None),
    ("def half(x):\n    return x // 2\n", "no-untyped-def"),
    ("def half(x: int) -> str:\n    return x // 2\n", "return-value"),
    ("import no_such_module\n", "import"),
])
def test_part_is_sound_or_told_why_not(make_tree: TreeMaker, body: str, word: str | None) -> None:
    """Strictly: what has no types is wrong too."""
    result = check(make_tree({"ci/checks/example.py": body}), "ci/checks")
    assert result.returncode == (0 if word is None else 1), result.stdout
    assert word is None or f"[{word}]" in result.stdout


def test_unknown_part_is_refused(tmp_path: Path) -> None:
    """Nothing checked is not sound."""
    assert check(tmp_path, "no/such/part").returncode == 2


def test_every_folder_with_python_is_a_part() -> None:
    """A new one must not go unchecked."""
    folders = {str(path.parent) for path in own_files(REPOSITORY) if path.suffix == ".py"}
    assert {folder for folder in folders
            if not any(folder == part or folder.startswith(f"{part}/") for part in PARTS)} == set()
