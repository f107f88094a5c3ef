"""Runs clang-tidy over the project's own .cpp files, and only where something has changed.

A file without findings is remembered in the user's cache, by the hash of everything its verdict
depends on: itself, the project headers it reaches, its command line, the configuration and the
tool's version.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import hashlib
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

from source_tree import own_files
from tidy_batches import Batch, Unit, batches, together

_INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
_NOISE = re.compile(r"^\d+ (warnings?|errors?) .*(generated|treated as errors?)\.?$|^Suppressed |^Use ")
_FINDING = re.compile(r"^(\S+?):\d+:\d+: (?:warning|error): ", re.MULTILINE)


class Hasher:
    """Content hashes over the closure of project includes."""

    def __init__(self, root: Path, salt: str) -> None:
        self._root = root
        self._salt = salt
        self._texts: dict[Path, str] = {}

    def _text(self, path: Path) -> str:
        if path not in self._texts:
            self._texts[path] = (self._root / path).read_text(errors="replace")
        return self._texts[path]

    def closure(self, path: Path) -> set[Path]:
        """The file, and the project's headers that it reaches."""
        seen: set[Path] = set()
        pending = [path]
        while pending:
            current = pending.pop()
            if current in seen:
                continue
            seen.add(current)
            for name in _INCLUDE.findall(self._text(current)):
                if (self._root / name).is_file():
                    pending.append(Path(name))
        return seen

    def key(self, unit: Unit) -> str:
        """Changes whenever the verdict on the unit could."""
        command = unit.command.replace(str(self._root), ".")
        digest = hashlib.sha256(f"{self._salt}\0{command}".encode())
        for path in sorted(self.closure(unit.path)):
            digest.update(f"\0{path}\0{self._text(path)}".encode())
        return digest.hexdigest()


def is_product(path: Path) -> bool:
    """Tests, fuzz targets and benchmarks are compiled with all warnings and formatted, not analysed:
    they are half of the files, and the analysis of one takes longer than its compilation."""
    return not {"tests", "fuzz", "bench"} & set(path.parts)


def sources_of(source: Path) -> list[Path]:
    """What is compiled when this is: with PORTOLAN_UNITY, CMake's file includes many of ours."""
    if source.parent.name != "Unity":
        return [source]
    return [Path(name) for name in _INCLUDE.findall(source.read_text())]


def own_units(root: Path, build: Path) -> list[Unit]:
    """What the build compiles of the product; a missing database is an error of the caller."""
    tracked = set(own_files(root))
    units: dict[Path, Unit] = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        directory = Path(entry["directory"])
        compiled = Path(os.path.normpath(directory / entry["file"]))
        for source in sources_of(compiled):
            if not source.is_relative_to(root) or source.relative_to(root) not in tracked:
                continue
            path = source.relative_to(root)
            if is_product(path):
                command = entry["command"].replace(str(compiled), str(source))
                units.setdefault(path, Unit(path, directory, command))
    return sorted(units.values(), key=lambda unit: unit.path)


def changed_since_head(root: Path) -> set[Path]:
    """Files that differ from the last commit, untracked ones included."""
    listing = subprocess.run(["git", "-C", str(root), "status", "--porcelain", "-z", "-uall"],
                             capture_output=True, text=True, check=True).stdout
    return {Path(entry[3:]) for entry in listing.split("\0") if len(entry) > 3}


def run_tool(argv: list[str], directory: Path) -> tuple[int, str]:
    """Exit code and findings of clang-tidy, without its statistics."""
    result = subprocess.run(["clang-tidy", "--quiet", *argv], cwd=directory, capture_output=True,
                            text=True, errors="replace", check=False, timeout=1800)
    lines = [line for line in (result.stdout + result.stderr).splitlines()
             if not _NOISE.match(line)]
    return result.returncode, "\n".join(lines)


def tidy(root: Path, hasher: Hasher, batch: Batch) -> tuple[set[Unit], str]:
    """The files of a batch that have findings, and the findings."""
    if len(batch) == 1:
        code, output = run_tool([str(root / batch[0].path), "--", *batch[0].options()],
                                batch[0].directory)
        return set(batch) if code else set(), output
    with together(root, batch) as (overlay, pretended):
        code, output = run_tool(
            [f"--vfsoverlay={overlay}", f"--header-filter=^{re.escape(str(root))}/.*\\.[ch]pp$",
             str(pretended), "--", f"-I{root}", *batch[0].options()], batch[0].directory)
    if code == 0:
        return set(), output
    places = {Path(os.path.normpath(batch[0].directory / place))
              for place in _FINDING.findall(output)}
    reached = {unit: {root / path for path in hasher.closure(unit.path)} for unit in batch}
    concerned = {unit for unit in batch if reached[unit] & places}
    is_explained = places <= set().union(*reached.values())
    if concerned and is_explained and "clang-diagnostic-error" not in output:
        return concerned, output
    # What clang does not compile in one piece, or blames on no file of ours, is told apart.
    found = [(unit, tidy(root, hasher, (unit,))) for unit in batch]
    return ({unit for unit, (bad, _) in found if bad},
            "\n".join(text for _, (bad, text) in found if bad))


def cache_directory() -> Path:
    """Where clean files are remembered: it outlives a build tree, as the compiler's cache does."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "portolan-clang-tidy"


def main() -> int:
    """Exit code 0: no findings; 1: findings; 2: nothing to examine."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, required=True, help="a configured build directory")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--changed", action="store_true", help="only what differs from HEAD")
    parser.add_argument("--below", nargs="+", type=Path, default=[],
                        help="only what is in one of these folders")
    parser.add_argument("--cache", type=Path, default=cache_directory(),
                        help="where files without findings are remembered")
    parser.add_argument("--root", type=Path, default=Path(__file__).parents[2])
    arguments = parser.parse_args()
    root = arguments.root.resolve()
    build = arguments.build.resolve()
    units = own_units(root, build)
    if arguments.below:
        units = [unit for unit in units
                 if any(unit.path.is_relative_to(folder) for folder in arguments.below)]
    if not units:
        print("run_clang_tidy: nothing to examine")
        return 2
    if arguments.changed:
        changed = changed_since_head(root)
        units = [unit for unit in units if unit.path in changed]

    version = subprocess.run(["clang-tidy", "--version"], capture_output=True, text=True,
                             check=True).stdout
    settings = [path for path in own_files(root) if path.name == ".clang-tidy"]
    hasher = Hasher(root, version + "".join((root / path).read_text() for path in settings))
    cache = arguments.cache
    cache.mkdir(parents=True, exist_ok=True)
    keys = {unit: hasher.key(unit) for unit in units}
    stale = [unit for unit in units if not (cache / keys[unit]).exists()]

    started = time.monotonic()

    def examine(batch: Batch) -> int:
        """How many files have findings; remembers the others at once, for a run cut short."""
        bad, output = tidy(root, hasher, batch)
        for unit in batch:
            if unit not in bad:
                (cache / keys[unit]).touch()
        if bad:
            print(f"{' '.join(sorted(str(unit.path) for unit in bad))}:\n{output}", flush=True)
        return len(bad)

    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        failed = sum(pool.map(examine, batches(root, stale)))
    print(f"run_clang_tidy: {failed} of {len(units)} files with findings, "
          f"{len(units) - len(stale)} unchanged, {time.monotonic() - started:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
