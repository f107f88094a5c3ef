"""Where the programs under test are, and how they are run."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netns.commands import run

REPOSITORY = Path(__file__).resolve().parents[2]
PRESETS = ("release", "dev", "asan")

Json = dict[str, Any]


def build_directory() -> Path:
    """PORTOLAN_BUILD, else the most recently built preset."""
    if named := os.environ.get("PORTOLAN_BUILD"):
        return Path(named).resolve()
    candidates = [REPOSITORY / "build" / preset for preset in PRESETS]
    built = [path for path in candidates if (path / "bin").is_dir()]
    return max(built, key=lambda path: (path / "bin").stat().st_mtime, default=candidates[0])


@dataclass(frozen=True)
class Outcome:
    """What a program left behind."""

    exit_code: int
    out: str
    err: str

    def json(self) -> Json:
        """Standard output as one JSON document."""
        document: Json = json.loads(self.out)
        return document

    def json_list(self) -> list[Json]:
        """Standard output as one JSON array of objects."""
        entries: list[Json] = json.loads(self.out)
        return entries


@contextmanager
def running(argv: list[str], stdout: int = subprocess.PIPE) -> Iterator[subprocess.Popen[str]]:
    """A program to talk to while it runs; it never outlives the block, even when it hangs."""
    with subprocess.Popen(argv, stdout=stdout, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()  # or leaving the block would wait for ever


class Program:
    """One executable, run with a clean environment and a bound on time."""

    def __init__(self, path: Path, wrap: Callable[[list[str]], list[str]] | None = None) -> None:
        self.path = path
        self._wrap = wrap

    def inside(self, wrap: Callable[[list[str]], list[str]]) -> Program:
        """The same program, run through another command line."""
        return Program(self.path, wrap)

    def __call__(self, *arguments: str, timeout_s: float = 20.0, stdin: str | None = None,
                 env: Mapping[str, str] | None = None, cwd: Path | None = None) -> Outcome:
        argv = [str(self.path), *arguments]
        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", **(env or {})}
        result = run(self._wrap(argv) if self._wrap else argv, stdin=stdin, timeout_s=timeout_s,
                     check=False, env=environment, cwd=cwd)
        return Outcome(result.returncode, result.stdout, result.stderr)


@dataclass(frozen=True)
class Finding:
    """One finding of a report, by family and subject."""

    verdict: str
    value: str | None
    reason: str | None


# Finding ids, by the names that the tests use.
SUBJECTS = {
    "udp": "udp/reachability",
    "translation": "nat/translation",
    "mapping": "nat/mapping",
    "filtering": "nat/filtering",
    "pooling": "nat/pooling",
    "ports": "nat/port-allocation",
    "collision": "nat/port-collision",
    "alg": "nat/payload-rewriting",
    "layers": "nat/layers",
    "hairpinning": "nat/hairpinning",
}


class ReportReader:
    """Finds verdicts in a report; the only place that knows how findings are named."""

    def __init__(self, document: Json) -> None:
        self.document = document
        self._findings: dict[tuple[int, str], Finding] = {}
        for section in document["sections"]:
            family = re.search(r"(?:ipv|udp|v)([46])", section["id"])
            for finding in section["findings"]:
                self._findings[int(family[1]) if family else 0, finding["id"]] = Finding(
                    finding["verdict"], finding.get("value"),
                    finding.get("reason", {}).get("code"))

    def finding(self, family: int, subject: str) -> Finding:
        """KeyError, listing what there is, when the report does not have it."""
        try:
            return self._findings[family, SUBJECTS[subject]]
        except KeyError:
            raise KeyError(f"{subject} over IPv{family} among {sorted(self._findings)}") from None

    def value(self, family: int, subject: str) -> str | None:
        """What was found out; None when nothing was."""
        return self.finding(family, subject).value

    def told(self, family: int, subject: str) -> str | None:
        """What was found out, or the code of the reason why nothing was."""
        finding = self.finding(family, subject)
        return finding.value or finding.reason

    def values(self) -> dict[tuple[int, str], tuple[str, str | None]]:
        """Verdict and value of every finding, to compare whole reports."""
        return {key: (finding.verdict, finding.value) for key, finding in self._findings.items()}
