"""Runs a program to its end, with a bound on time and an error that says what went wrong."""

from __future__ import annotations

import ctypes
import functools
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence

PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


class CommandError(RuntimeError):
    """A program that had to succeed did not."""


def die_with_parent() -> None:
    """Makes a child end with this process, even when that is killed before it can clean up."""
    _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def run(
    argv: Sequence[str],
    *,
    stdin: str | None = None,
    timeout_s: float = 20.0,
    check: bool = True,
    env: Mapping[str, str] | None = None,
    cwd: str | os.PathLike[str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Output as text; CommandError on a bad exit code (unless told otherwise) or on timeout."""
    process = subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env=dict(env) if env is not None else None,
        cwd=cwd,
        start_new_session=True,
        preexec_fn=die_with_parent,
    )
    try:
        out, err = process.communicate(stdin, timeout=timeout_s)
    except BaseException as error:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        if isinstance(error, subprocess.TimeoutExpired):
            raise CommandError(
                f"{' '.join(argv)}: no end within {timeout_s} s\n{out}\n{err}"
            ) from None
        raise
    if check and process.returncode != 0:
        raise CommandError(
            f"{' '.join(argv)}: exit {process.returncode}\n{stdin or ''}\n{out}{err}")
    return subprocess.CompletedProcess(argv, process.returncode, out, err)


@functools.cache
def _has_real_time() -> bool:
    chrt = shutil.which("chrt")
    return chrt is not None and run([chrt, "--rr", "1", "true"], check=False).returncode == 0


def punctual(argv: Sequence[str]) -> list[str]:
    """The command line with real-time priority, where this host grants it: what measures delays, or
    makes them, is not late itself on a busy machine."""
    return [*(("chrt", "--rr", "1") if _has_real_time() else ()), *argv]
