"""Puts source files together that one run of clang-tidy can examine in one translation unit.

Most of the time of a run goes into the headers of the system, which are then read and walked through
once for all of them. What belongs together lies in one folder and is compiled with the same options.
Files that define the same name, each for itself, do not go together: the compiler says which.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

# More save little: the shared headers are by then a small part, and the last batch ends late.
_MOST = 12


@dataclass(frozen=True)
class Unit:
    """One entry of compile_commands.json that is ours; `path` counts from the root."""

    path: Path
    directory: Path
    command: str

    def options(self) -> tuple[str, ...]:
        """How the compiler is called, without what is made of what."""
        words = iter(shlex.split(self.command)[1:])
        kept: list[str] = []
        for word in words:
            if word in ("-o", "-c"):
                next(words, None)
            else:
                kept.append(word)
        return tuple(kept)


Batch = tuple[Unit, ...]


def text_of(batch: Batch) -> str:
    """The translation unit."""
    return "".join(f'#include "{unit.path}"  // NOLINT(bugprone-suspicious-include)\n'
                   for unit in batch)


def _misfits(root: Path, batch: Batch) -> list[Unit]:
    """What has to leave before the rest compiles; never the first."""
    compiler = shlex.split(batch[0].command)[0]
    result = subprocess.run(
        [compiler, "-fsyntax-only", "-w", "-x", "c++", f"-I{root}", *batch[0].options(), "-"],
        input=text_of(batch), cwd=batch[0].directory, capture_output=True, text=True,
        errors="replace", check=False, timeout=900)
    if result.returncode == 0:
        return []
    named = {Path(os.path.normpath(batch[0].directory / place)) for place in
             re.findall(r"^([^\s:]+):\d+:\d+: (?:fatal )?error:", result.stderr, re.MULTILINE)}
    return [unit for unit in batch[1:] if root / unit.path in named] or \
        list(batch[(len(batch) + 1) // 2:])


def batches(root: Path, units: list[Unit]) -> Iterator[Batch]:
    """Every unit once, in batches that compile (one file alone is not tried)."""
    def kind(unit: Unit) -> tuple[Path, tuple[str, ...]]:
        return unit.path.parent, unit.options()

    for _, group in groupby(sorted(units, key=kind), kind):
        waiting = list(group)
        while waiting:
            batch, waiting = tuple(waiting[:_MOST]), waiting[_MOST:]
            while len(batch) > 1 and (misfits := _misfits(root, batch)):
                batch = tuple(unit for unit in batch if unit not in misfits)
                waiting = misfits + waiting
            yield batch


@contextmanager
def together(root: Path, batch: Batch) -> Iterator[tuple[Path, Path]]:
    """An overlay of the file system, and where in it the translation unit lies: in the folder of its
    files, whose configuration of clang-tidy is the one that counts."""
    with tempfile.TemporaryDirectory() as directory:
        real = Path(directory, "unit.cpp")
        real.write_text(text_of(batch))
        pretended = root / batch[0].path.parent / f"together_with_{batch[0].path.name}"
        overlay = Path(directory, "overlay.yaml")
        overlay.write_text(json.dumps({"version": 0, "roots": [
            {"name": str(pretended), "type": "file", "external-contents": str(real)}]}))
        yield overlay, pretended
