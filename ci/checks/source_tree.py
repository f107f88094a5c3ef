"""The project's own files: what git would commit, or everything but the build in an export."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

_SKIPPED = {".git", "build", "__pycache__", ".pytest_cache"}


def own_files(root: Path) -> list[Path]:
    """Relative to `root`, sorted."""
    if (root / ".git").exists():
        listing = subprocess.run(
            ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others",
             "--exclude-standard"], capture_output=True, check=False)
        if listing.returncode == 0:
            listed = {Path(os.fsdecode(name)) for name in listing.stdout.split(b"\0") if name}
            return sorted(path for path in listed if (root / path).is_file())
    found: list[Path] = []
    for directory, folders, entries in os.walk(root):
        folders[:] = [folder for folder in folders if folder not in _SKIPPED]
        found.extend(Path(directory, entry).relative_to(root) for entry in entries)
    return sorted(found)
