"""The Python code is typed, strictly. That the stubs say what the native module is shows
python/tests/unit/test_stubs.py: stubtest of Debian 12 does not understand pybind11."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Each with what it imports by itself: scripts, tests and the package have different roots.
PARTS: dict[str, list[str]] = {
    "python/portolan": [],
    "python/tests": ["python/tests", "python", "ci/checks"],
    "python/bindings": ["python"],
    "reports/model/tests": [],
    "sdp-lint/rules": [],
    "ci/checks": ["ci/checks"],
    "ci/bench": ["ci/bench", "python/tests", "python"],
}


def run(argv: list[str], root: Path, path: list[str]) -> bool:
    """Whether a program found nothing; its output goes to ours."""
    where = os.pathsep.join(path)
    return subprocess.run(argv, cwd=root, check=False,
                          env={**os.environ, "MYPYPATH": where, "PYTHONPATH": where}
                          ).returncode == 0


def main() -> int:
    """Checks every part, and says where it found something."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT, help="the tree to check")
    parser.add_argument("--mypy", default="/usr/bin/mypy")
    parser.add_argument("parts", nargs="*", default=[*PARTS], help=", ".join(PARTS))
    given = parser.parse_args()
    if unknown := set(given.parts) - PARTS.keys():
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    config = str(ROOT / "ci" / "mypy.ini")
    sound = True
    for part in given.parts:
        print(f"{part}:", flush=True)
        sound &= run([given.mypy, "--config-file", config, part], given.root, PARTS[part])
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
