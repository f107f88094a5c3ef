"""Runs Portolan's programs and says what came of it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path

from ._native.report import ExitCode, Report, from_json
from .errors import Culprit, Error

DEFAULT_TIMEOUT = timedelta(seconds=60)


def find_executable(name: str) -> Path:
    """In the build that PORTOLAN_BUILD names, else in the package's own build, else on the PATH."""
    if named := os.environ.get("PORTOLAN_BUILD"):
        places = [Path(named) / "bin"]
    else:
        own = Path(__file__).absolute().parents[2] / "bin"
        places = [own, *map(Path, os.get_exec_path())]
    for place in places:
        if found := shutil.which(name, path=str(place)):
            return Path(found).absolute()
    raise Error(Culprit.Environment, "tools.not-found", f"{name} is not in {places[0]}"
                + ("" if named else " and not on the PATH"),
                hint="Build it, or set PORTOLAN_BUILD to a build directory.")


@dataclass(frozen=True)
class Run:
    """What a program left behind."""

    argv: tuple[str, ...]
    exit_code: int
    stdout: str
    stderr: str
    duration: timedelta

    @property
    def outcome(self) -> ExitCode:
        """What the exit code means; Error when it is none of Portolan's, as after a crash."""
        try:
            return _OUTCOMES[self.exit_code]
        except KeyError:
            raise Error(Culprit.Internal, "tools.exit-code",
                        f"{self.argv[0]} ended with {self.exit_code}: {self.stderr[-2000:]}"
                        ) from None

    @cached_property
    def report(self) -> Report:
        """Standard output, read and checked as a report; Error when it is none."""
        return from_json(self.stdout)


_OUTCOMES = {int(code): code for code in (
    ExitCode.Ok, ExitCode.Findings, ExitCode.CouldNot, ExitCode.Inconclusive)}


def run(name: str, *arguments: str | os.PathLike[str], timeout: timedelta = DEFAULT_TIMEOUT,
        stdin: str = "", env: Mapping[str, str] | None = None,
        cwd: str | os.PathLike[str] | None = None) -> Run:
    """Runs a program to its end; when it takes longer, ends it and its children, and raises Error.

    A `name` with a slash is a path. `env` adds to the environment.
    """
    path = str(Path(name).absolute() if "/" in name else find_executable(name))
    argv = [path, *(os.fspath(each) for each in arguments)]
    started = time.monotonic()
    try:
        process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            errors="replace", env={**os.environ, **(env or {})}, cwd=cwd, start_new_session=True)
    except OSError as error:
        raise Error(Culprit.Environment, "tools.not-started",
                    f"{path} could not be started: {error.strerror}") from error
    with process:
        try:
            out, err = process.communicate(stdin, timeout=timeout.total_seconds())
        except BaseException as error:
            end_group(process)
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            raise Error(Culprit.Environment, "tools.timeout",
                        f"{name} was still running after {timeout.total_seconds():g} s") from error
    return Run(tuple(argv), process.returncode, out, err,
               timedelta(seconds=time.monotonic() - started))


def run_report(name: str, *arguments: str | os.PathLike[str], timeout: timedelta = DEFAULT_TIMEOUT,
               env: Mapping[str, str] | None = None) -> Run:
    """As run(), asking for a JSON report; Error with the program's own words when it wrote none."""
    done = run(name, *arguments, "--format", "json", timeout=timeout, env=env)
    if done.outcome is ExitCode.CouldNot or not done.stdout:
        raise Error(Culprit.Usage, "tools.no-report",
                    f"{name} wrote no report: {done.stderr.strip() or 'nothing on stderr'}")
    done.report  # noqa: B018 -- read now, so that whoever gets a Run has a report
    return done


def end_group(process: subprocess.Popen[str], patience: timedelta = timedelta(0)) -> None:
    """Ends a process started in a session of its own, with its children; first asks it to end."""
    for sign, within in ((signal.SIGTERM, patience), (signal.SIGKILL, None)):
        # A process that has been waited for may have left its number to somebody else.
        if process.poll() is not None:
            return
        os.killpg(process.pid, sign)
        try:
            process.wait(None if within is None else within.total_seconds())
        except subprocess.TimeoutExpired:
            pass
